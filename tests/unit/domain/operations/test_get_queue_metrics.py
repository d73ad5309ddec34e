from dataclasses import replace
from datetime import timedelta

import pytest

from domain.operations.queue_advice import QueueStatus
from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task_type import Tier
from domain.operations.use_cases.get_queue_metrics import get_queue_metrics
from tests.support.clocks import MORNING
from tests.support.given_statistics import GivenStatistics, counted, working
from tests.support.task_types import CHORE, LONG, NOTE, TEST_TYPES

NOTES, CHORES = QueueKey(NOTE.name, Tier.REALTIME), QueueKey(CHORE.name, Tier.BACKGROUND)
URGENT_CHORES = QueueKey(CHORE.name, Tier.REALTIME)


async def test_every_known_type_and_every_tier_is_there_even_without_tasks() -> None:
    report = await get_queue_metrics(GivenStatistics(), TEST_TYPES, now=MORNING)

    assert set(report.types) == set(TEST_TYPES)
    assert set(report.tiers) == set(Tier)
    assert {each.status for each in report.types.values()} == {QueueStatus.HEALTHY}
    assert report.types[LONG.name].tiers == {Tier.BATCH}


async def test_a_type_this_build_does_not_know_is_there_if_it_was_counted() -> None:
    store = GivenStatistics({QueueKey("old:type", Tier.BATCH): counted(3)})

    report = await get_queue_metrics(store, TEST_TYPES, now=MORNING)

    assert report.types["old:type"].last_day.finished == 3


async def test_types_share_the_workers_of_their_tier() -> None:
    store = GivenStatistics(
        {NOTES: counted(3600, run_seconds=4), URGENT_CHORES: counted(3600, run_seconds=5.5)},
        working(realtime=10),
    )

    report = await get_queue_metrics(store, TEST_TYPES, now=MORNING)

    note, tier = report.types[NOTE.name], report.tiers[Tier.REALTIME]
    assert note.advice.demand.utilization == pytest.approx(0.4)
    assert tier.advice.demand.utilization == pytest.approx(0.95)
    assert (note.status, tier.status) == (QueueStatus.CRITICAL, QueueStatus.CRITICAL)


async def test_a_type_in_two_tiers_is_one_queue_to_whoever_asks_for_the_type() -> None:
    store = GivenStatistics(
        {CHORES: counted(10), URGENT_CHORES: counted(5)}, working(realtime=10, background=5)
    )

    report = await get_queue_metrics(store, TEST_TYPES, now=MORNING)

    chore = report.types[CHORE.name]
    assert chore.last_day.finished == 15
    assert chore.advice.demand.concurrency == 15
    assert report.tiers[Tier.BACKGROUND].last_day.finished == 10


async def test_the_rate_is_over_the_hour_or_since_anything_was_counted() -> None:
    store = GivenStatistics({NOTES: counted(600)}, working(realtime=10))
    young = GivenStatistics(
        store.counted, replace(store.now, first_counted_at=MORNING - timedelta(minutes=10))
    )

    old_report = await get_queue_metrics(store, TEST_TYPES, now=MORNING)
    young_report = await get_queue_metrics(young, TEST_TYPES, now=MORNING)

    assert old_report.types[NOTE.name].advice.demand.arrival_rate == pytest.approx(600 / 3600)
    assert young_report.types[NOTE.name].advice.demand.arrival_rate == pytest.approx(1.0)
    assert young_report.window.since == MORNING - timedelta(minutes=10)


async def test_what_waits_is_added_up() -> None:
    early, late = MORNING - timedelta(minutes=9), MORNING
    present = replace(
        working(),
        backlogs={
            CHORES: Backlog(ready=2, dead=1, oldest_ready_at=late),
            URGENT_CHORES: Backlog(ready=3, oldest_ready_at=early),
        },
    )

    report = await get_queue_metrics(GivenStatistics({}, present), TEST_TYPES, now=MORNING)

    chore = report.types[CHORE.name]
    assert chore.backlog == Backlog(ready=5, dead=1, oldest_ready_at=early)
    assert chore.status is QueueStatus.CRITICAL
