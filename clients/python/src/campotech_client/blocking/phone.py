"""A technician's phone for callers who wait; it uploads in the background all the same."""

from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar

from campotech.tracking.v1.location_pb2 import TrackingPolicy
from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.phone.phone import Phone
from campotech_client.phone.position import Position

ResultT = TypeVar("ResultT")


class BlockingPhone:
    """`campotech_client.Phone` with methods that wait; a context manager as well."""

    def __init__(self, loop: BackgroundLoop, phone: Phone) -> None:
        self._loop = loop
        self._phone = phone

    @property
    def device(self) -> str:
        """The name of the phone; empty until it is registered."""
        return self._read(lambda: self._phone.device)

    @property
    def policy(self) -> TrackingPolicy:
        """How the server wants the phone to measure and send."""
        return self._read(lambda: self._phone.policy)

    @property
    def waiting(self) -> int:
        """How many fixes are not known to be stored."""
        return self._read(lambda: self._phone.waiting)

    @property
    def server_is_ahead_by(self) -> timedelta:
        """How far the server's clock is ahead of the phone's, as last heard."""
        return self._read(lambda: self._phone.server_is_ahead_by)

    def offer(self, position: Position) -> bool:
        """Record the position if the policy wants one now; return whether it did."""
        return self._loop.run(self._phone.offer(position))

    def record(self, position: Position) -> int:
        """Keep the position durably and return its number; it is sent at the next upload.

        Raises BufferFullError when the server has taken nothing for weeks.
        """
        return self._loop.run(self._phone.record(position))

    def upload_now(self) -> None:
        """Send what waits at once, whatever the policy's interval."""
        self._read(self._phone.upload_now)

    def wait_until_acked(self, *, timeout_seconds: float) -> bool:
        """Upload now; return whether everything recorded so far is stored within the time.

        Raises what no repeat can cure, such as PermissionDeniedError.
        """
        return self._loop.run(self._phone.wait_until_acked(timeout_seconds=timeout_seconds))

    def __enter__(self) -> Self:
        self._loop.run(self._phone.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.run(self._phone.__aexit__(kind, error, traceback))

    def _read(self, read: Callable[[], ResultT]) -> ResultT:
        """Do something in the phone's own thread."""

        async def reading() -> ResultT:
            return read()

        return self._loop.run(reading())
