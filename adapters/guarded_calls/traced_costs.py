"""The books of guarded calls with a span for every entry."""

from adapters.guarded_calls.ports import CallCosts, CallOutcome
from adapters.traces.ports import SpanKind, Traces

_WENT_WELL = frozenset({CallOutcome.OK, CallOutcome.REFUSED})
"""A refusal is an answer: the service works."""


class TracedCallCosts:
    """Keeps the books and notes each try, or that there was none, under the task that wanted it."""

    def __init__(self, books: CallCosts, traces: Traces) -> None:
        self._books = books
        self._traces = traces

    def record(
        self, service: str, operation: str, *, outcome: CallOutcome, duration_seconds: float
    ) -> None:
        self._books.record(service, operation, outcome=outcome, duration_seconds=duration_seconds)
        self._traces.note(
            f"{service} {operation}",
            SpanKind.CLIENT,
            seconds=duration_seconds,
            attributes={"peer.service": service, "campotech.call.outcome": outcome.value},
            failure="" if outcome in _WENT_WELL else outcome.value,
        )

    def held_back(self, service: str, cause: str) -> None:
        self._books.held_back(service, cause)
        self._traces.note(
            f"{service} held back",
            SpanKind.CLIENT,
            seconds=0.0,
            attributes={"peer.service": service, "campotech.call.held_back": cause},
            failure="",
        )
