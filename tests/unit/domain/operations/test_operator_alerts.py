from dataclasses import replace

import pytest

from domain.alerts import Severity
from domain.operations.operator_alerts import (
    DeadCause,
    about_dead_causes,
    about_dead_tasks,
    about_queues,
    about_runways,
)
from domain.operations.partitions import PartitionRunway
from domain.operations.queue_ports import Present
from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task_type import Tier
from domain.operations.use_cases.get_queue_metrics import QueueReport, get_queue_metrics
from tests.support.clocks import MORNING
from tests.support.given_statistics import GivenStatistics, counted, working
from tests.support.task_types import NOTE, TEST_TYPES

NOTES = QueueKey(NOTE.name, Tier.REALTIME)


async def report_on(tasks: int, present: Present) -> QueueReport:
    store = GivenStatistics({NOTES: counted(tasks)}, present)
    return await get_queue_metrics(store, TEST_TYPES, now=MORNING)


@pytest.mark.parametrize(("count", "alerts"), [(0, 0), (100, 0), (101, 1)])
def test_more_dead_tasks_than_the_limit_are_an_alert(count: int, alerts: int) -> None:
    assert len(about_dead_tasks(count, limit=100)) == alerts


def test_each_cause_of_death_has_an_alert_of_its_own() -> None:
    causes = [
        DeadCause(type=NOTE.name, error_fingerprint=fingerprint, tasks=3, reason="KeyError")
        for fingerprint in ("00aa", "00bb")
    ]

    alerts = about_dead_causes(causes)

    assert [alert.key for alert in alerts] == ["dead-cause:00aa", "dead-cause:00bb"]
    assert "test:note" in alerts[0].text
    assert "KeyError" in alerts[0].text


async def test_a_tier_whose_workers_are_overloaded_is_an_alert_with_advice() -> None:
    report = await report_on(36_000, working(realtime=10))

    (alert,) = about_queues(report.tiers)

    assert (alert.key, alert.severity) == ("queue-critical:realtime", Severity.URGENT)
    assert "100% busy" in alert.text
    assert "15 are recommended" in alert.text


async def test_a_tier_without_workers_is_an_alert_as_soon_as_tasks_wait() -> None:
    waiting = replace(working(), backlogs={NOTES: Backlog(ready=3)})

    (alert,) = about_queues((await report_on(0, waiting)).tiers)
    none = about_queues((await report_on(0, working())).tiers)

    assert alert.text == "No worker of the tier realtime lives, and 3 tasks wait."
    assert not none


def test_only_a_short_runway_is_an_alert() -> None:
    runways = [
        PartitionRunway(table="long", days=14, premade_days=14),
        PartitionRunway(table="short", days=6.9, premade_days=14),
    ]

    alerts = about_runways(runways)

    assert [alert.key for alert in alerts] == ["partition-runway:short"]
