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

    What a call shows is reported again and again: reports of several processes may cross, and who
    made the last change may be gone before anybody hears of it.
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
        self._is_open = False
        BREAKER_OPEN.labels(service).set(0)

    def success(self, cb: CircuitBreaker) -> None:
        del cb
        self._report(Status.HEALTHY)

    def held_back(self) -> None:
        """Hear that a call was held back, because the breaker is open."""
        self._report(self._status_when_open)

    def state_change(
        self,
        cb: CircuitBreaker,
        old_state: CircuitBreakerState | None,
        new_state: CircuitBreakerState,
    ) -> None:
        del cb, old_state
        # From open to half-open and back again is no news.
        if new_state.name == STATE_OPEN and not self._is_open:
            self._is_open = True
            _log.warning("breaker_opened", service=self._service)
            self._report(self._status_when_open)
        elif new_state.name == STATE_CLOSED and self._is_open:
            self._is_open = False
            _log.info("breaker_closed", service=self._service)
            self._report(Status.HEALTHY)
        BREAKER_OPEN.labels(self._service).set(int(self._is_open))

    def _report(self, status: Status) -> None:
        if self._reports is not None and self._feature_id:
            self._reports.report(self._feature_id, status)
