"""What guarded calls need from outside: the state that all processes share, limits, the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from adapters.guarded_calls.outcomes import OutcomeWindow
from domain.errors import TemporaryError


class StateUnavailableError(TemporaryError):
    """What the processes share is out of reach: each has to decide by what it knows itself."""

    reason = "SHARED_STATE_UNAVAILABLE"


class Verdict(StrEnum):
    """What a breaker says to a call."""

    CLOSED = "closed"
    """Go ahead, like everybody."""
    PROBE = "probe"
    """Go ahead, alone, and find out whether the service is back."""
    OPEN = "open"
    """Do not call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A breaker's answer to one call."""

    verdict: Verdict
    wait_seconds: float = 0.0
    """OPEN: how soon somebody may try again."""
    is_probing: bool = False
    """OPEN: whether somebody tries right now."""
    probe: str = ""
    """PROBE: the token of the lease; whoever has it decides what becomes of the breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRule:
    """When an open breaker lets a call through, and for how long that call keeps others away."""

    retry_seconds: float
    lease_seconds: float


class BreakerStates(Protocol):
    """The breakers of all processes, by name. Methods raise StateUnavailableError.

    `now` is in seconds since the epoch. A breaker that nobody has opened is closed.
    """

    async def look(self, breaker: str, rule: ProbeRule, *, now: float) -> Admission:
        """Return what `admit` would say, without taking a lease."""
        ...

    async def admit(self, breaker: str, rule: ProbeRule, *, now: float, probe: str) -> Admission:
        """Answer a call; of all that ask while it is open, one gets the lease of the probe."""
        ...

    async def count(
        self,
        breaker: str,
        window: OutcomeWindow,
        *,
        now: float,
        is_failure: bool,
        seconds: float,
    ) -> OutcomeWindow | None:
        """Count an outcome and return those of all processes, None if it is open by now.

        `window` says how long the window is; what it holds does not matter. `seconds` is what
        the call took.
        """
        ...

    async def open(self, breaker: str, *, now: float, probe: str = "") -> None:
        """Open it, or open it anew after a probe; a probe whose lease was lost changes nothing."""
        ...

    async def close(self, breaker: str, *, probe: str) -> None:
        """Close it with nothing counted; a probe whose lease was lost changes nothing."""
        ...

    async def give_back(self, breaker: str, *, probe: str) -> None:
        """Return the lease of a probe that found nothing out: the next call may try."""
        ...


class Limiter(Protocol):
    """Keeps calls within the limits of a service, over all processes."""

    async def look(self, *keys: str) -> None:
        """Raise HeldBackError if `take` would; takes nothing."""
        ...

    async def take(self, *keys: str) -> None:
        """Count a call against every limit, or raise HeldBackError and count it against none.

        The keys say whom the call concerns, from the wider to the narrower.
        """
        ...


class CallHistory(Protocol):
    """What is known of earlier calls where the counts are lost."""

    async def newest_calls(
        self, since: datetime, limit: int, *, keys: Sequence[str]
    ) -> Sequence[datetime]:
        """Return when calls that concern these keys were made, the newest first.

        Raises TemporaryError.
        """
        ...


class CallOutcome(StrEnum):
    """How one try of a call ended."""

    OK = "ok"
    REFUSED = "refused"
    """The service works, and said no."""
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class CallCosts(Protocol):
    """The books: every try of a call is an entry."""

    def record(
        self, service: str, operation: str, *, outcome: CallOutcome, duration_seconds: float
    ) -> None:
        """Enter a try; never waits."""
        ...

    def held_back(self, service: str, cause: str) -> None:
        """Enter a call that was not made; never waits."""
        ...
