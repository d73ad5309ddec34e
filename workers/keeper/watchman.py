"""Looks for what operators must know, tells it once, and says when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from domain.alerts import Alert, AlertBook, Changes, Severity, keep_family
from domain.clock import Clock
from domain.connections.arca_connection import EXPIRES_SOON
from domain.connections.expiry_alerts import (
    CERTIFICATES,
    CertificateExpiries,
    about_certificates,
)
from domain.health.feature_alerts import keep_feature_alerts
from domain.health.ports import FeatureStates
from domain.operations.operator_alerts import (
    DEAD_CAUSE,
    DEAD_TASKS,
    PARTITION_RUNWAY,
    QUEUE_CRITICAL,
    DeadCause,
    about_dead_causes,
    about_dead_tasks,
    about_queues,
    about_runways,
)
from domain.operations.partitions import PartitionRunway
from domain.operations.queue_ports import QueueStatisticsStore
from domain.operations.task_type import TaskTypes
from domain.operations.use_cases.get_queue_metrics import get_queue_metrics
from workers.keeper.queue_gauges import show_queue_metrics

_log = structlog.get_logger(__name__)


class DeadCauses(Protocol):
    """What tasks died of, over all organisations."""

    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        """Return the causes, the newest death first; raise TemporaryError."""
        ...


class Runways(Protocol):
    async def partition_runways(self) -> Sequence[PartitionRunway]: ...


class Certificates(Protocol):
    """Until when certificates are good, over all organisations."""

    async def certificate_expiries(self, now: datetime, soon: datetime) -> CertificateExpiries:
        """Return how many have expired, and how many will until `soon`; raise TemporaryError."""
        ...


MOST_CAUSES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchman:
    """Several keepers may watch: the book says which of them tells."""

    book: AlertBook
    statistics: QueueStatisticsStore
    causes: DeadCauses
    runways: Runways
    certificates: Certificates
    features: FeatureStates
    clock: Clock
    types: TaskTypes
    dead_task_limit: int

    async def watch_queues(self) -> bool:
        """Show the metrics of the queues, and tell which are critical and how many tasks died."""
        report = await get_queue_metrics(self.statistics, self.types, now=self.clock.now())
        show_queue_metrics(report)
        await self._keep(QUEUE_CRITICAL, about_queues(report.tiers))
        dead = sum(tier.backlog.dead for tier in report.tiers.values())
        await self._keep(DEAD_TASKS, about_dead_tasks(dead, limit=self.dead_task_limit))
        return False

    async def watch_deaths(self) -> bool:
        causes = await self.causes.dead_causes(MOST_CAUSES)
        await self._keep(DEAD_CAUSE, about_dead_causes(causes))
        return False

    async def watch_runways(self) -> bool:
        await self._keep(PARTITION_RUNWAY, about_runways(await self.runways.partition_runways()))
        return False

    async def watch_certificates(self) -> bool:
        now = self.clock.now()
        expiries = await self.certificates.certificate_expiries(now, now + EXPIRES_SOON)
        await self._keep(CERTIFICATES, about_certificates(expiries))
        return False

    async def watch_features(self) -> bool:
        say(await keep_feature_alerts(self.book, self.features.current()))
        return False

    async def _keep(self, family: str, alerts: Sequence[Alert]) -> None:
        say(await keep_family(self.book, family, alerts))


def say(changes: Changes) -> None:
    """Write into the log what this process has to tell."""
    for alert in changes.told:
        write = _log.error if alert.severity is Severity.URGENT else _log.warning
        write("alert", key=alert.key, severity=alert.severity, text=alert.text)
    for key in changes.recovered:
        _log.info("alert_recovered", key=key)
