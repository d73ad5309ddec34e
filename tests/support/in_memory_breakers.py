"""The state of breakers in memory, with the promises of the shared one."""

from dataclasses import dataclass, replace

from adapters.guarded_calls.outcomes import OutcomeWindow
from adapters.guarded_calls.ports import Admission, ProbeRule, StateUnavailableError, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    at: float
    probe: str = ""
    probe_until: float = 0.0


class InMemoryBreakerStates:
    """The guarded calls' BreakerStates; `is_away` plays a Redis that is gone."""

    def __init__(self) -> None:
        self.is_away = False
        self._opened: dict[str, _Opened] = {}
        self._windows: dict[str, OutcomeWindow] = {}

    def wipe(self) -> None:
        self._opened.clear()
        self._windows.clear()

    async def look(self, breaker: str, rule: ProbeRule, *, now: float) -> Admission:
        return await self.admit(breaker, rule, now=now, probe="")

    async def admit(self, breaker: str, rule: ProbeRule, *, now: float, probe: str) -> Admission:
        self._require()
        opened = self._opened.get(breaker)
        if opened is None:
            return Admission(verdict=Verdict.CLOSED)
        due_at = max(opened.at + rule.retry_seconds, opened.probe_until)
        if due_at > now:
            return Admission(
                verdict=Verdict.OPEN,
                wait_seconds=due_at - now,
                is_probing=opened.probe_until > now,
            )
        if probe:
            until = now + rule.lease_seconds
            self._opened[breaker] = replace(opened, probe=probe, probe_until=until)
        return Admission(verdict=Verdict.PROBE, probe=probe)

    async def count(
        self,
        breaker: str,
        window: OutcomeWindow,
        *,
        now: float,
        is_failure: bool,
        seconds: float,
    ) -> OutcomeWindow | None:
        self._require()
        if breaker in self._opened:
            return None
        known = self._windows.get(breaker, OutcomeWindow(seconds=window.seconds))
        self._windows[breaker] = known.with_outcome(now, is_failure=is_failure, seconds=seconds)
        return self._windows[breaker]

    async def open(self, breaker: str, *, now: float, probe: str = "") -> None:
        self._require()
        opened = self._opened.get(breaker)
        is_allowed = opened is None if not probe else opened is not None and opened.probe == probe
        if is_allowed:
            self._opened[breaker] = _Opened(at=now)
            self._windows.pop(breaker, None)

    async def close(self, breaker: str, *, probe: str) -> None:
        self._require()
        if self._is_held(breaker, probe):
            del self._opened[breaker]
            self._windows.pop(breaker, None)

    async def give_back(self, breaker: str, *, probe: str) -> None:
        self._require()
        if self._is_held(breaker, probe):
            self._opened[breaker] = _Opened(at=self._opened[breaker].at)

    def _is_held(self, breaker: str, probe: str) -> bool:
        opened = self._opened.get(breaker)
        return opened is not None and bool(probe) and opened.probe == probe

    def _require(self) -> None:
        if self.is_away:
            raise StateUnavailableError("Redis is gone.")
