"""What those who are traced need to know of it; nothing here imports OpenTelemetry."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float | bool]
"""What a span says beside its name: ids and stable words, never personal data or a message."""


class SpanKind(StrEnum):
    """Which part of the way a span is."""

    SERVER = "server"
    """A call that we answer."""
    CONSUMER = "consumer"
    """An attempt at a task."""
    CLIENT = "client"
    """A call to an outside service."""


class Span(Protocol):
    """One piece of work, from its beginning to its end."""

    @property
    def trace_id(self) -> str:
        """The trace it belongs to, as 32 hexadecimal digits."""
        ...

    @property
    def traceparent(self) -> str:
        """What makes later work, maybe in another process, a child of this one (W3C)."""
        ...

    def annotate(self, attributes: Attributes) -> None:
        """Say more of it."""
        ...

    def fail(self, reason: str) -> None:
        """Say that it went wrong; the reason is a stable word."""
        ...

    def end(self) -> None:
        """Say that it is over."""
        ...


class Traces(Protocol):
    """Notes what happens under which trace. Never waits and never raises."""

    def begin(
        self, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes
    ) -> Span:
        """Begin a span under a traceparent, or a trace of its own where that is None.

        Until the asyncio task that begins it ends, what it notes belongs to this span.
        """
        ...

    def note(
        self, name: str, kind: SpanKind, *, seconds: float, attributes: Attributes, failure: str
    ) -> None:
        """Note what ends just now and took so long, as part of the span that was begun.

        `failure` is a stable word for what went wrong, empty where nothing did.
        """
        ...
