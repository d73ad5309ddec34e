"""Counts and logs each request; never its query, which is what the link's worth is in."""

import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUESTS = Counter("campotech_web_requests", "Requests that were answered.", ["method", "status"])
_SECONDS = Histogram("campotech_web_request_seconds", "How long requests took.", ["method"])
_METHODS = frozenset({"GET", "HEAD", "PUT"})
_QUIET_PATHS = frozenset({"/healthz"})
_log = structlog.get_logger(__name__)


class Observation:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET_PATHS:
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        finally:
            _note(scope, status, seconds=time.perf_counter() - began)


def _note(scope: Scope, status: int, *, seconds: float) -> None:
    # Callers may send any method: a metric has few labels.
    method = scope["method"] if scope["method"] in _METHODS else "other"
    _REQUESTS.labels(method, str(status)).inc()
    _SECONDS.labels(method).observe(seconds)
    _log.info(
        "web_request",
        method=method,
        path=scope["path"],
        status=status,
        seconds=round(seconds, 4),
        request_id=_header(scope, b"x-request-id"),
    )


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
