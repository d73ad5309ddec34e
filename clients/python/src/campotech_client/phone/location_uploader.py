"""Brings fixes from the phone's buffer to the server, through breaks of every kind."""

from __future__ import annotations

import asyncio

import grpc

from campotech.tracking.v1 import locations_pb2_grpc
from campotech_client.connection import CallMetadata, Connection
from campotech_client.errors import (
    CampoTechError,
    NotFoundError,
    PreconditionError,
)
from campotech_client.phone.fix_buffer import FixBuffer
from campotech_client.phone.registration import PhoneModel, register_device
from campotech_client.phone.upload_state import UploadState
from campotech_client.phone.upload_stream import UploadStream
from campotech_client.retries import may_succeed_later
from campotech_client.statuses import stream_error_of


class LocationUploader:
    """Registers the phone, sends what waits in the buffer, forgets what was acked.

    The newest fixes go first, the history after them. After a break it sends again what was not
    acked. The server's policy decides how often it sends, and whether over an open stream or by
    calling and hanging up.
    """

    def __init__(
        self, connection: Connection, buffer: FixBuffer, *, model: PhoneModel, state: UploadState
    ) -> None:
        self.device = ""
        self._connection = connection
        self._buffer = buffer
        self._model = model
        self._state = state
        self._stub = locations_pb2_grpc.TrackingServiceStub(connection.channel)

    async def run(self) -> None:
        """Upload for ever; raise what no repeat can cure, with the fixes still in the buffer."""
        failures = 0
        while True:
            try:
                await self._register_once()
                await self._until_something_waits()
                await self._connection.authorised(self._upload)
            except CampoTechError as error:
                failures = 0 if self._state.has_acks else failures + 1
                await self._recover_from(error, failures)
            else:
                failures = 0
                await self._state.until_due()

    async def _register_once(self) -> None:
        if not self.device:
            registered = await register_device(self._connection, self._buffer, self._model)
            self.device = registered.device.name
            self._state.adopt(registered.policy)

    async def _until_something_waits(self) -> None:
        while len(self._buffer) == 0:
            await self._state.until_due()

    async def _upload(self, metadata: CallMetadata) -> None:
        self._state.has_acks = False
        stream = UploadStream(self._buffer, self._state, device=self.device)
        try:
            await stream.run(self._stub.StreamLocations(metadata=metadata))
        except grpc.aio.AioRpcError as raised:
            raise stream_error_of(raised, was_accepted=self._state.has_acks) from raised

    async def _recover_from(self, error: CampoTechError, failures: int) -> None:
        # A server that was set up anew does not know the phone any more.
        is_forgotten = isinstance(error, NotFoundError | PreconditionError) and failures <= 1
        if is_forgotten:
            self.device = ""
        if not (is_forgotten or may_succeed_later(error)):
            raise error
        pause = self._connection.retries.pause_seconds(
            failures, asked_for=error.retry_after_seconds
        )
        await asyncio.sleep(pause)
