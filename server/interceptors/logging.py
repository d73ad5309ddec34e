"""One log event per call: who asked for what, how it ended and how long it took."""

import grpc
import structlog
from structlog.typing import FilteringBoundLogger

from server.calls import Call, Interceptor

# Asked every second by whoever balances the load.
_QUIET_SERVICES = frozenset({"grpc.health.v1.Health"})
_OUR_FAULT = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})


class LoggingInterceptor(Interceptor):
    """Logs the end of every call; exceptions that nobody foresaw with their traceback."""

    def __init__(self) -> None:
        # Bound once: what get_logger returns makes a new logger for every event.
        self._logger: FilteringBoundLogger = structlog.get_logger().bind()

    def finished(self, call: Call) -> None:
        if call.code is grpc.StatusCode.OK and call.method.service in _QUIET_SERVICES:
            return
        log = self._logger.error if call.code in _OUR_FAULT else self._logger.info
        log(
            "call_finished",
            method=call.method.path,
            code=call.code.name,
            reason=call.reason or None,
            duration_ms=round(call.seconds_taken * 1000, 2),
            request_id=call.request_id,
            organization_id=call.organization_id or None,
            exc_info=call.error if call.code in _OUR_FAULT else None,
        )
