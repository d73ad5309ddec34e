"""No unary call runs without an end: the caller's deadline counts, up to what the server allows."""

import time

from domain.deadline import set_end
from server.calls import Call, Interceptor


class DeadlineInterceptor(Interceptor):
    """Limits calls that come without a deadline, or with one too far away.

    gRPC itself cancels a handler when the caller's own deadline passes. Streams live until
    somebody hangs up.
    """

    def __init__(self, *, default_seconds: float, max_seconds: float) -> None:
        self._default_seconds = default_seconds
        self._max_seconds = max_seconds

    def begin(self, call: Call) -> None:
        if call.method.is_stream:
            return
        remaining = call.context.time_remaining()
        if remaining is None:
            remaining = call.timeout_seconds = self._default_seconds
        elif remaining > self._max_seconds:
            remaining = call.timeout_seconds = self._max_seconds
        set_end(time.monotonic() + remaining)
