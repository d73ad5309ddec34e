from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from domain.connections.expiry_alerts import CertificateExpiries
from domain.health.status import Status
from domain.operations.operator_alerts import DeadCause
from domain.operations.partitions import PartitionRunway
from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task_type import Tier
from tests.support.clocks import StoppedClock
from tests.support.given_health import GivenFeatures
from tests.support.given_senders import GivenSender
from tests.support.given_statistics import GivenStatistics, counted, working
from tests.support.in_memory_alerts import InMemoryAlerts
from tests.support.task_types import NOTE, TEST_TYPES
from workers.keeper.courier import Courier
from workers.keeper.watchman import Watchman

NOTES = QueueKey(NOTE.name, Tier.REALTIME)


class Found:
    """What there is to find: causes of death and runways."""

    def __init__(self) -> None:
        self.causes: list[DeadCause] = []
        self.runways: list[PartitionRunway] = []
        self.certificates = CertificateExpiries(expired=0, expiring=0)

    async def certificate_expiries(self, now: datetime, soon: datetime) -> CertificateExpiries:
        return self.certificates

    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        return self.causes[:limit]

    async def partition_runways(self) -> Sequence[PartitionRunway]:
        return self.runways


@pytest.fixture
def alerts() -> InMemoryAlerts:
    return InMemoryAlerts()


@pytest.fixture
def found() -> Found:
    return Found()


def a_watchman(
    alerts: InMemoryAlerts,
    found: Found,
    statistics: GivenStatistics | None = None,
    features: GivenFeatures | None = None,
) -> Watchman:
    return Watchman(
        book=alerts,
        statistics=statistics or GivenStatistics(),
        causes=found,
        runways=found,
        certificates=found,
        features=features or GivenFeatures(),
        clock=StoppedClock(),
        types=TEST_TYPES,
        dead_task_limit=100,
    )


async def test_too_many_dead_tasks_are_said_once_and_their_end_too(
    alerts: InMemoryAlerts, found: Found
) -> None:
    statistics = GivenStatistics()
    watchmen = [a_watchman(alerts, found, statistics) for _ in range(2)]

    with capture_logs() as logs:
        for dead in (100, 101, 130, 90):
            statistics.now = replace(working(realtime=1), backlogs={NOTES: Backlog(dead=dead)})
            for watchman in watchmen:
                await watchman.watch_queues()

    assert [(entry["event"], entry["key"]) for entry in logs] == [
        ("alert", "dead-tasks:all"),
        ("alert_recovered", "dead-tasks:all"),
    ]


async def test_certificates_whose_time_comes_are_said_until_they_are_renewed(
    alerts: InMemoryAlerts, found: Found
) -> None:
    watchman = a_watchman(alerts, found)

    with capture_logs() as logs:
        for expired, expiring in ((0, 0), (0, 2), (0, 2), (1, 1), (0, 0)):
            found.certificates = CertificateExpiries(expired=expired, expiring=expiring)
            await watchman.watch_certificates()

    said = [(entry["event"], entry["key"]) for entry in logs]
    assert said[:2] == [("alert", "certificates:expiring"), ("alert", "certificates:expired")]
    assert sorted(said[2:]) == [
        ("alert_recovered", "certificates:expired"),
        ("alert_recovered", "certificates:expiring"),
    ]


async def test_a_cause_of_death_is_said_once_for_ever(alerts: InMemoryAlerts, found: Found) -> None:
    watchman = a_watchman(alerts, found)
    cause = DeadCause(type=NOTE.name, error_fingerprint="00aa", tasks=1, reason="KeyError")

    with capture_logs() as logs:
        for causes in ([cause], [cause], [], [cause]):
            found.causes = causes
            await watchman.watch_deaths()
            alerts.now += timedelta(days=300)

    assert [entry["event"] for entry in logs] == ["alert", "alert_recovered"]


async def test_a_short_runway_is_said_once_and_its_end_too(
    alerts: InMemoryAlerts, found: Found
) -> None:
    watchman = a_watchman(alerts, found)

    with capture_logs() as logs:
        for days in (14.5, 7, 6.9, 6.8, 14):
            found.runways = [PartitionRunway(table="t", days=days, premade_days=14)]
            await watchman.watch_runways()

    assert [entry["event"] for entry in logs] == ["alert", "alert_recovered"]
    assert logs[0]["text"].startswith("Partitions of t reach 6.9 days ahead")


async def test_a_feature_that_works_badly_is_said_once_and_its_end_too(
    alerts: InMemoryAlerts, found: Found
) -> None:
    features = GivenFeatures()
    watchmen = [a_watchman(alerts, found, features=features) for _ in range(2)]

    with capture_logs() as logs:
        for status in (Status.HEALTHY, Status.DEGRADED, Status.DEGRADED, Status.HEALTHY):
            features.report("invoicing.afip", status)
            for watchman in watchmen:
                await watchman.watch_features()

    assert [(entry["event"], entry["key"]) for entry in logs] == [
        ("alert", "feature:invoicing.afip"),
        ("alert_recovered", "feature:invoicing.afip"),
    ]


async def test_the_metrics_of_the_queues_are_shown(alerts: InMemoryAlerts, found: Found) -> None:
    statistics = GivenStatistics({NOTES: counted(3600, run_seconds=8)}, working(realtime=10))

    await a_watchman(alerts, found, statistics).watch_queues()

    shown = {
        name: REGISTRY.get_sample_value(f"campotech_queue_{name}", {"queue": NOTE.name})
        for name in ("status", "concurrency", "recommended_concurrency", "arrivals_per_second")
    }
    assert shown == {
        "status": 1,
        "concurrency": 10,
        "recommended_concurrency": 12,
        "arrivals_per_second": 1,
    }
    assert (
        REGISTRY.get_sample_value(
            "campotech_queue_last_day_count", {"queue": "tier:realtime", "what": "finished"}
        )
        == 3600
    )


async def test_a_notice_is_brought_by_every_way(alerts: InMemoryAlerts, found: Found) -> None:
    found.runways = [PartitionRunway(table="t", days=1, premade_days=14)]
    await a_watchman(alerts, found).watch_runways()
    ways = [GivenSender("webhook"), GivenSender("email")]

    for _ in range(2):
        await Courier(alerts, ways).deliver()

    assert [len(way.told) for way in ways] == [1, 1]


async def test_a_notice_that_did_not_arrive_is_brought_again(
    alerts: InMemoryAlerts, found: Found
) -> None:
    found.runways = [PartitionRunway(table="t", days=1, premade_days=14)]
    await a_watchman(alerts, found).watch_runways()
    broken, other = GivenSender("webhook"), GivenSender("email")
    courier = Courier(alerts, [broken, other])
    broken.is_failing = True
    await courier.deliver()
    broken.is_failing = False
    await courier.deliver()
    alerts.now += timedelta(seconds=11)

    await courier.deliver()

    assert [(notice.id, notice.attempt) for notice in broken.told] == [("partition-runway:t#1", 2)]
    assert len(other.told) == 1


async def test_without_a_way_there_is_nothing_to_bring(alerts: InMemoryAlerts) -> None:
    assert not await Courier(alerts, []).deliver()
