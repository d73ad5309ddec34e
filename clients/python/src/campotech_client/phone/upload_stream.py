"""One open stream to the server: fixes go out, acks come back and empty the buffer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

import grpc

from campotech.tracking.v1.location_pb2 import Fix, LocationBatch
from campotech.tracking.v1.locations_pb2 import StreamLocationsRequest, StreamLocationsResponse
from campotech_client.phone.fix_buffer import FixBuffer
from campotech_client.phone.upload_state import UploadState
from campotech_client.statuses import connection_lost

FIXES_PER_BATCH = 500
FIXES_PER_ROUND = 2000
ACK_TIMEOUT_SECONDS = 30.0

UploadCall = grpc.aio.StreamStreamCall[StreamLocationsRequest, StreamLocationsResponse]

# What writing to a broken stream raises; reading from it tells why it broke.
_BROKEN = (asyncio.InvalidStateError, grpc.aio.AioRpcError)


class UploadStream:
    """Sends in rounds: the newest of what waits, then acks are awaited, then the next newest."""

    def __init__(self, buffer: FixBuffer, state: UploadState, *, device: str) -> None:
        self._buffer = buffer
        self._state = state
        self._device = device
        self._install_epoch = buffer.install_epoch
        self._unacked: set[int] = set()

    async def run(self, call: UploadCall) -> None:
        """Return once the policy says to hang up; raise when the stream breaks."""
        receiving = asyncio.create_task(self._receive(call))
        sending = asyncio.create_task(self._send(call))
        try:
            await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            call.cancel()
            for task in (receiving, sending):
                task.cancel()
            outcomes = await asyncio.gather(receiving, sending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _send(self, call: UploadCall) -> None:
        while True:
            while fixes := await self._newest():
                self._unacked = {fix.seq for fix in fixes}
                await self._write(call, fixes)
                await self._until_acked()
            if self._state.hangs_up:
                await _hang_up(call)
                return
            await self._state.until_due()

    async def _newest(self) -> Sequence[Fix]:
        self._state.forget_asked()
        return await asyncio.to_thread(self._buffer.newest, FIXES_PER_ROUND)

    async def _write(self, call: UploadCall, fixes: Sequence[Fix]) -> None:
        with contextlib.suppress(*_BROKEN):
            for first in range(0, len(fixes), FIXES_PER_BATCH):
                batch = LocationBatch(
                    device=self._device,
                    install_epoch=self._install_epoch,
                    fixes=fixes[first : first + FIXES_PER_BATCH],
                )
                await call.write(StreamLocationsRequest(batch=batch))

    async def _until_acked(self) -> None:
        try:
            while self._unacked:
                async with asyncio.timeout(ACK_TIMEOUT_SECONDS):
                    await self._state.until_next_acks()
        except TimeoutError:
            raise connection_lost("The server acks nothing.") from None

    async def _receive(self, call: UploadCall) -> None:
        async for response in call:
            if response.HasField("server_time"):
                server_time = response.server_time.ToDatetime(tzinfo=UTC)
                self._state.server_is_ahead_by = server_time - datetime.now(UTC)
            if response.install_epoch == self._install_epoch:
                await self._forget(response)
            if response.HasField("policy"):
                self._state.adopt(response.policy)
        if not self._state.hangs_up:
            raise connection_lost("The server ended the stream.")

    async def _forget(self, response: StreamLocationsResponse) -> None:
        rejected = {fix.seq for fix in response.rejected}
        await asyncio.to_thread(self._buffer.forget, response.acked, rejected)
        self._unacked = {
            seq
            for seq in self._unacked - rejected
            if not any(together.first <= seq <= together.last for together in response.acked)
        }
        self._state.note_acks()


async def _hang_up(call: UploadCall) -> None:
    with contextlib.suppress(*_BROKEN):
        await call.done_writing()
