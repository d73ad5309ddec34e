"""Request ids and traces: what logs, tasks and errors of one call have in common."""

import re

from domain.identifiers import IdSource
from server.calls import Call, Interceptor

# The caller's text ends up in logs and rows: what does not look like an id is replaced.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIdInterceptor(Interceptor):
    """Takes over `x-request-id` and `traceparent`, or gives the call an id."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    def begin(self, call: Call) -> None:
        given = call.header("x-request-id")
        call.request_id = given if _REQUEST_ID.fullmatch(given) else str(self._ids.new_id())
        traceparent = call.header("traceparent")
        call.traceparent = traceparent if _TRACEPARENT.fullmatch(traceparent) else None
