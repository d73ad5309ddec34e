"""What a stand-in owes the sandbox: to read a request, do its work, and fail like the original."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reply:
    response: Response
    # One line for whoever looks at the traffic.
    outcome: str
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    operation: str
    perform: Callable[[], Reply]
    # Answers with an error code of the service itself, without doing the work.
    refuse: Callable[[str], Response]
    fields: Fields = field(default_factory=dict)


class FaultTarget(Protocol):
    @property
    def name(self) -> str:
        """Return the name by which faults and the view of traffic know it."""
        ...

    @property
    def operations(self) -> frozenset[str]:
        """Return what a fault can be aimed at."""
        ...


class Service(FaultTarget, Protocol):
    def read(self, request: Request, body: bytes) -> Call:
        """Understand a request, without any effect yet."""
        ...

    def throttled(self, wait_seconds: float) -> Response:
        """Return the answer to too many requests."""
        ...

    def broken(self) -> Response:
        """Return an HTTP 500 that says nothing."""
        ...
