"""A technician's phone: what it measures reaches the server, sooner or later, once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

from campotech.tracking.v1.location_pb2 import TrackingPolicy
from campotech_client.connection import Connection
from campotech_client.phone.fix_buffer import FixBuffer
from campotech_client.phone.location_uploader import LocationUploader
from campotech_client.phone.position import Position, is_due
from campotech_client.phone.registration import PhoneModel
from campotech_client.phone.upload_state import UploadState


class Phone:
    """Keeps every recorded position in a file until the server has stored it durably.

    Use it as an async context manager: inside, it uploads in the background; what is still in the
    file at the end is sent the next time. Recording works without network and without a server.
    """

    def __init__(self, connection: Connection, buffer_path: Path | str, model: PhoneModel) -> None:
        self._buffer = FixBuffer(buffer_path)
        self._state = UploadState()
        self._uploader = LocationUploader(connection, self._buffer, model=model, state=self._state)
        self._uploading: asyncio.Task[None] | None = None
        self._last: Position | None = None

    @property
    def device(self) -> str:
        """The name of the phone; empty until it is registered."""
        return self._uploader.device

    @property
    def policy(self) -> TrackingPolicy:
        """How the server wants the phone to measure and send."""
        return self._state.policy

    @property
    def waiting(self) -> int:
        """How many fixes are not known to be stored."""
        return len(self._buffer)

    @property
    def server_is_ahead_by(self) -> timedelta:
        """How far the server's clock is ahead of the phone's, as last heard."""
        return self._state.server_is_ahead_by

    async def offer(self, position: Position) -> bool:
        """Record the position if the policy wants one now; return whether it did."""
        if not is_due(position, last=self._last, policy=self.policy):
            return False
        await self.record(position)
        return True

    async def record(self, position: Position) -> int:
        """Keep the position durably and return its number; it is sent at the next upload.

        Raises BufferFullError when the server has taken nothing for weeks.
        """
        seq = await asyncio.to_thread(self._buffer.append, position.as_fix())
        is_first, self._last = self._last is None, position
        if is_first:
            # Nobody shall wait an interval to see that the technician is there.
            self._state.ask()
        return seq

    def upload_now(self) -> None:
        """Send what waits at once, whatever the policy's interval."""
        self._state.ask()

    async def wait_until_acked(self, *, timeout_seconds: float) -> bool:
        """Upload now; return whether everything recorded so far is stored within the time.

        Raises what no repeat can cure, such as PermissionDeniedError.
        """
        self.upload_now()
        acked = asyncio.ensure_future(self._all_acked())
        watched = {acked} if self._uploading is None else {acked, self._uploading}
        try:
            done, _ = await asyncio.wait(
                watched, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            acked.cancel()
        for task in done:
            await task
        return acked in done

    async def __aenter__(self) -> Self:
        self._uploading = asyncio.create_task(self._uploader.run())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        outcomes: Sequence[BaseException | None] = ()
        if self._uploading is not None:
            self._uploading.cancel()
            outcomes = await asyncio.gather(self._uploading, return_exceptions=True)
        self._buffer.close()
        for outcome in outcomes:
            if kind is None and isinstance(outcome, Exception):
                raise outcome

    async def _all_acked(self) -> None:
        while self.waiting:
            await self._state.until_next_acks()
