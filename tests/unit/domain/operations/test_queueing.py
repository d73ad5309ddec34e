import math

import pytest

from domain.operations.queue_advice import advise, demand_of
from domain.operations.queue_statistics import Backlog
from domain.operations.queueing import (
    LATE_SHARE,
    chance_to_wait,
    chance_to_wait_longer,
    concurrency_by_little,
    concurrency_for_promise,
    drain_seconds,
    mean_wait_seconds,
)
from tests.support.simulated_queue import simulate

WITHIN = 0.10


@pytest.mark.parametrize(
    ("concurrency", "utilization", "service_seconds", "tasks"),
    [
        (1, 0.5, 2.0, 300_000),
        (2, 0.8, 30.0, 400_000),
        (5, 0.7, 4.0, 300_000),
        (10, 0.85, 0.5, 400_000),
        (50, 0.9, 1.5, 600_000),
    ],
)
def test_prediction_and_simulation_agree(
    concurrency: int, utilization: float, service_seconds: float, tasks: int
) -> None:
    simulated = simulate(
        arrival_rate=utilization * concurrency / service_seconds,
        service_seconds=service_seconds,
        concurrency=concurrency,
        tasks=tasks,
        seed=20_261_122,
    )
    counted = simulated.as_counted()

    demand = demand_of(counted, seconds=simulated.seconds, concurrency=concurrency)
    advice = advise(counted, demand, promise_seconds=60, backlog=Backlog())

    assert demand.utilization == pytest.approx(simulated.utilization, rel=WITHIN)
    assert demand.utilization == pytest.approx(utilization, rel=WITHIN)
    assert advice.expected_wait_seconds == pytest.approx(simulated.mean_wait_seconds, rel=WITHIN)


def test_the_promise_holds_with_the_recommended_concurrency_and_not_with_less() -> None:
    load, service_seconds, promise_seconds = 6.0, 20.0, 5.0

    concurrency = concurrency_for_promise(
        load, service_seconds=service_seconds, promise_seconds=promise_seconds
    )
    late = {
        places: simulate(
            arrival_rate=load / service_seconds,
            service_seconds=service_seconds,
            concurrency=places,
            tasks=200_000,
            seed=5,
        ).share_waiting_longer(promise_seconds)
        for places in (concurrency, concurrency - 1)
    }

    assert late[concurrency] <= LATE_SHARE * (1 + WITHIN)
    assert late[concurrency - 1] > LATE_SHARE * (1 - WITHIN)


@pytest.mark.parametrize(
    ("load", "concurrency", "chance"),
    [(0.5, 1, 0.5), (1.0, 2, 1 / 3), (2.0, 3, 4 / 9), (8.0, 10, 0.409180)],
)
def test_the_chance_to_wait_is_that_of_the_tables(
    load: float, concurrency: int, chance: float
) -> None:
    assert chance_to_wait(load, concurrency) == pytest.approx(chance, rel=1e-5)


def test_large_numbers_of_workers_neither_overflow_nor_lose_digits() -> None:
    busy = chance_to_wait(19_800.0, 20_000)
    half_idle = chance_to_wait(10_000.0, 20_000)

    assert 0.05 < busy < 0.2
    assert 0 <= half_idle < 1e-9


def test_more_work_than_workers_makes_an_endless_queue() -> None:
    assert math.isinf(mean_wait_seconds(3.0, 3, service_seconds=1.0))
    assert chance_to_wait_longer(60.0, 4.0, 3, service_seconds=1.0) == 1.0
    assert drain_seconds(100.0, 3.0, 3) is None


def test_what_is_left_over_works_off_the_backlog() -> None:
    assert drain_seconds(100.0, 3.0, 5) == 50.0
    assert drain_seconds(0.0, 9.0, 5) == 0.0


@pytest.mark.parametrize(("load", "concurrency"), [(0.0, 1), (0.7, 1), (0.71, 2), (7.0, 10)])
def test_by_little_workers_are_busy_for_seventy_percent(load: float, concurrency: int) -> None:
    assert concurrency_by_little(load) == concurrency


def test_without_work_one_place_is_enough() -> None:
    assert concurrency_for_promise(0.0, service_seconds=0.0, promise_seconds=5.0) == 1
