"""A process's own copy of a breaker, in the shape that pybreaker keeps its state in.

It follows what all processes share, and decides alone while that is out of reach.
"""

from datetime import UTC, datetime

from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN, CircuitBreakerStorage

from adapters.guarded_calls.outcomes import OutcomeWindow
from adapters.guarded_calls.ports import Admission, ProbeRule, Verdict
from domain.clock import Clock


class LocalCopy(CircuitBreakerStorage):
    """pybreaker counts failures in a row; this counts the failures among a hundred calls."""

    def __init__(
        self, name: str, clock: Clock, *, window_seconds: float, minimum_calls: int
    ) -> None:
        super().__init__(name)
        self._clock = clock
        self._minimum_calls = minimum_calls
        self._state = STATE_CLOSED
        self._opened_at: datetime | None = None
        self._probe = ""
        self._probe_until = 0.0
        self._successful_probes = 0
        self.window = OutcomeWindow(seconds=window_seconds)

    @property
    def state(self) -> str:
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        if state != self._state and state == STATE_CLOSED:
            self.window = OutcomeWindow(seconds=self.window.seconds)
        if state != STATE_HALF_OPEN:
            self._probe, self._probe_until = "", 0.0
        self._state = state

    @property
    def counter(self) -> int:
        return self.window.failure_percent(self._minimum_calls)

    @property
    def success_counter(self) -> int:
        return self._successful_probes

    def increment_success_counter(self) -> None:
        self._successful_probes += 1

    def reset_success_counter(self) -> None:
        self._successful_probes = 0

    @property
    def opened_at(self) -> datetime | None:
        return self._opened_at

    @opened_at.setter
    def opened_at(self, moment: datetime) -> None:
        # pybreaker reads the machine's clock; rules go by the Clock port.
        del moment
        self._opened_at = self._clock.now()

    def follow(self, shared: Admission, rule: ProbeRule) -> None:
        """Take over what all processes share."""
        if shared.verdict is Verdict.CLOSED:
            self.state = STATE_CLOSED
            return
        since = self._clock.now().timestamp() - rule.retry_seconds + shared.wait_seconds
        self._opened_at = datetime.fromtimestamp(since, UTC)
        self.state = STATE_OPEN

    def admit(self, rule: ProbeRule, *, now: float, probe: str = "") -> Admission:
        """Answer a call as the shared state would; without a probe take no lease."""
        if self._opened_at is None or self._state == STATE_CLOSED:
            return Admission(verdict=Verdict.CLOSED)
        due_at = max(self._opened_at.timestamp() + rule.retry_seconds, self._probe_until)
        if due_at > now:
            return Admission(
                verdict=Verdict.OPEN,
                wait_seconds=due_at - now,
                is_probing=self._probe_until > now,
            )
        if probe:
            self._probe, self._probe_until = probe, now + rule.lease_seconds
        return Admission(verdict=Verdict.PROBE, probe=probe)

    def give_back(self, probe: str) -> None:
        if probe == self._probe:
            self._probe, self._probe_until = "", 0.0
