"""Guarded calls for tests: without Redis, and with books that can be read."""

from adapters.clock import SystemClock
from adapters.guarded_calls.breaker import Breaker, BreakerRule
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.calls import GuardedCalls
from adapters.guarded_calls.ports import BreakerStates, CallOutcome, Limiter
from adapters.guarded_calls.retries import RetryRule
from domain.clock import Clock
from domain.errors import HeldBackError
from domain.health.status import Status
from tests.support.in_memory_breakers import InMemoryBreakerStates


class FewTokens:
    """A Limiter with so many tokens; what is taken does not come back."""

    def __init__(self, tokens: int = 1_000_000) -> None:
        self.tokens = tokens
        self.taken: list[tuple[str, ...]] = []

    async def look(self, *keys: str) -> None:
        if not self.tokens:
            raise HeldBackError("No tokens.", cause="rate_limited", retry_after_seconds=60)

    async def take(self, *keys: str) -> None:
        await self.look(*keys)
        self.tokens -= 1
        self.taken.append(keys)


class NotedCosts:
    """The books, as a list."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, CallOutcome]] = []
        self.causes: list[str] = []

    def record(
        self, service: str, operation: str, *, outcome: CallOutcome, duration_seconds: float
    ) -> None:
        self.outcomes.append((operation, outcome))

    def held_back(self, service: str, cause: str) -> None:
        self.causes.append(cause)


class NotedReports:
    """The health's FeatureReports of one process, as a list of changes."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, Status]] = []

    def report(self, feature_id: str, status: Status) -> None:
        if self.reported[-1:] != [(feature_id, status)]:
            self.reported.append((feature_id, status))


def a_breaker(
    *,
    rule: BreakerRule | None = None,
    states: BreakerStates | None = None,
    clock: Clock | None = None,
    news: BreakerNews | None = None,
    longest_call_seconds: float = 30.0,
) -> Breaker:
    return Breaker(
        "arca",
        rule or BreakerRule(),
        states=states or InMemoryBreakerStates(),
        clock=clock or SystemClock(),
        longest_call_seconds=longest_call_seconds,
        news=news or BreakerNews("arca"),
    )


def guarded_calls(
    *,
    deadline_seconds: float = 5.0,
    tries: int = 1,
    breaker: Breaker | None = None,
    limiter: Limiter | None = None,
    costs: NotedCosts | None = None,
) -> GuardedCalls:
    """Return calls to ARCA that a test slows down or breaks as it wants."""
    return GuardedCalls(
        service="arca",
        deadline_seconds=deadline_seconds,
        limiter=limiter or FewTokens(),
        breaker=breaker or a_breaker(),
        costs=costs or NotedCosts(),
        retries=RetryRule(tries=tries, first_backoff_seconds=0.01),
        chance=lambda: 1.0,
    )
