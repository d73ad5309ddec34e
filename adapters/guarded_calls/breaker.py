"""A breaker over all processes: pybreaker decides, on outcomes that the processes share.

pybreaker's own ways to make a call do not fit awaited ones (docs/adr/0010), so a call is admitted
before, and pybreaker is given the finished outcome after.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
)

from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.local_copy import LocalCopy
from adapters.guarded_calls.ports import (
    Admission,
    BreakerStates,
    ProbeRule,
    StateUnavailableError,
    Verdict,
)
from domain.clock import Clock
from domain.errors import HeldBackError

BREAKER_OPEN = "breaker_open"
"""The cause of a call that was held back."""
LONGEST_WAIT_FOR_A_PROBE_SECONDS = 10.0
"""How long what needed a call waits while somebody finds out whether the service is back: all that
was parked comes back at once, and must not wait as long again because it met the probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRule:
    """When a breaker opens, and what becomes of calls then."""

    failure_percent: int = 50
    minimum_calls: int = 10
    """Fewer calls in the window than these open nothing, but see OutcomeWindow for hanging ones."""
    window_seconds: float = 60.0
    retry_seconds: float = 60.0
    """How long it stays open before one call may try."""
    park_seconds: float = 300.0
    """How long what needed a call waits while it is open."""


class Breaker:
    """Admits calls to one service, and is told how each of them ended."""

    def __init__(
        self,
        name: str,
        rule: BreakerRule,
        *,
        states: BreakerStates,
        clock: Clock,
        longest_call_seconds: float,
        news: BreakerNews,
    ) -> None:
        self._name = name
        self._rule = rule
        self._states = states
        self._clock = clock
        self._news = news
        # A probe keeps others away for as long as it can take, and a little longer.
        self._probes = ProbeRule(
            retry_seconds=rule.retry_seconds, lease_seconds=longest_call_seconds + 5.0
        )
        self._copy = LocalCopy(
            name,
            clock,
            window_seconds=rule.window_seconds,
            minimum_calls=rule.minimum_calls,
        )
        self._breaker = CircuitBreaker(
            fail_max=rule.failure_percent,
            reset_timeout=rule.retry_seconds,
            state_storage=self._copy,
            listeners=[news],
            name=name,
            throw_new_error_on_trip=False,
        )

    async def look(self) -> None:
        """Raise HeldBackError if a call would not be admitted now."""
        now = self._now()
        try:
            found = await self._states.look(self._name, self._probes, now=now)
        except StateUnavailableError:
            found = self._copy.admit(self._probes, now=now)
        else:
            self._follow(found)
        self._require(found)

    async def admit(self) -> Admission:
        """Let a call go ahead, or raise HeldBackError; every admission is settled or given back."""
        now, probe = self._now(), token_hex(8)
        try:
            admission = await self._states.admit(self._name, self._probes, now=now, probe=probe)
        except StateUnavailableError:
            admission = self._copy.admit(self._probes, now=now, probe=probe)
        except asyncio.CancelledError:
            # Perhaps the lease was ours already, and only the answer is missing.
            await self.give_back(Admission(verdict=Verdict.PROBE, probe=probe))
            raise
        else:
            self._follow(admission)
        return self._require(admission)

    async def settle(self, admission: Admission, *, is_failure: bool, seconds: float) -> None:
        """Take note of how a call ended, and how long it took."""
        if admission.verdict is Verdict.PROBE:
            await self._settle_probe(admission.probe, is_failure=is_failure)
        else:
            await self._count(is_failure=is_failure, seconds=seconds)

    async def give_back(self, admission: Admission) -> None:
        """Take note that a call ended without finding anything out."""
        if admission.verdict is not Verdict.PROBE:
            return
        self._copy.give_back(admission.probe)
        with suppress(StateUnavailableError):
            await self._states.give_back(self._name, probe=admission.probe)

    async def _settle_probe(self, probe: str, *, is_failure: bool) -> None:
        self._copy.state = STATE_HALF_OPEN
        self._tell(is_failure=is_failure)
        with suppress(StateUnavailableError):
            if is_failure:
                await self._states.open(self._name, now=self._now(), probe=probe)
            else:
                await self._states.close(self._name, probe=probe)

    async def _count(self, *, is_failure: bool, seconds: float) -> None:
        now, copy = self._now(), self._copy
        try:
            counted = await self._states.count(
                self._name, copy.window, now=now, is_failure=is_failure, seconds=seconds
            )
        except StateUnavailableError:
            counted = copy.window.with_outcome(now, is_failure=is_failure, seconds=seconds)
        if counted is None or copy.state != STATE_CLOSED:
            # Somebody has opened it meanwhile; what this call found says nothing new.
            return
        copy.window = counted
        self._tell(is_failure=is_failure)
        if copy.state == STATE_OPEN:
            with suppress(StateUnavailableError):
                await self._states.open(self._name, now=now)

    def _follow(self, shared: Admission) -> None:
        self._copy.follow(shared, self._probes)
        # Reading it is how pybreaker notices, and tells its listener.
        _ = self._breaker.state

    def _tell(self, *, is_failure: bool) -> None:
        with suppress(_CallFailedError):
            self._breaker.call(_end, is_failure=is_failure)

    def _require(self, admission: Admission) -> Admission:
        if admission.verdict is Verdict.OPEN:
            self._news.held_back()
            raise HeldBackError(
                f"Calls to {self._name} are suspended, for too many have failed.",
                cause=BREAKER_OPEN,
                retry_after_seconds=self._park_seconds(admission),
                service=self._name,
            )
        return admission

    def _park_seconds(self, admission: Admission) -> float:
        if admission.is_probing:
            return min(self._rule.park_seconds, LONGEST_WAIT_FOR_A_PROBE_SECONDS)
        return self._rule.park_seconds

    def _now(self) -> float:
        return self._clock.now().timestamp()


class _CallFailedError(Exception):
    """Stands for whatever a call failed with."""


def _end(*, is_failure: bool) -> None:
    if is_failure:
        raise _CallFailedError
