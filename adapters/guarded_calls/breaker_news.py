"""Tells people and machines that a breaker opened or closed."""

import structlog
from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerListener,
    CircuitBreakerState,
)

from adapters.guarded_calls.metrics import BREAKER_OPEN
from domain.health.ports import FeatureReports
from domain.health.status import Status

_log = structlog.get_logger(__name__)


class BreakerNews(CircuitBreakerListener):
    """Logs changes, shows the state, and reports the feature that stands on the service.

    Reports once from each process that learns of a change: whoever opened a breaker may be gone
    by the time that it closes.
    """

    def __init__(
        self,
        service: str,
        reports: FeatureReports | None = None,
        *,
        feature_id: str = "",
        status_when_open: Status = Status.OFFLINE,
    ) -> None:
        self._service = service
        self._reports = reports
        self._feature_id = feature_id
        self._status_when_open = status_when_open
        self._known = ""
        BREAKER_OPEN.labels(service).set(0)

    def success(self, cb: CircuitBreaker) -> None:
        del cb
        # The first call that succeeds tells of a breaker that was never seen open here.
        if not self._known:
            self._known = STATE_CLOSED
            self._report(Status.HEALTHY)

    def state_change(
        self,
        cb: CircuitBreaker,
        old_state: CircuitBreakerState | None,
        new_state: CircuitBreakerState,
    ) -> None:
        del cb, old_state
        if new_state.name not in {STATE_OPEN, STATE_CLOSED} or new_state.name == self._known:
            return
        self._known = new_state.name
        is_open = new_state.name == STATE_OPEN
        BREAKER_OPEN.labels(self._service).set(int(is_open))
        if is_open:
            _log.warning("breaker_opened", service=self._service)
        else:
            _log.info("breaker_closed", service=self._service)
        self._report(self._status_when_open if is_open else Status.HEALTHY)

    def _report(self, status: Status) -> None:
        if self._reports is not None and self._feature_id:
            self._reports.report(self._feature_id, status)
