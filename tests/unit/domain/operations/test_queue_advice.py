import pytest

from domain.operations.durations import Durations
from domain.operations.queue_advice import QueueStatus, advise, demand_of, status_of
from domain.operations.queue_statistics import Backlog, QueueStatistics


def an_hour(tasks: int, *, run_seconds: float = 1.0, wait_seconds: float = 0.1) -> QueueStatistics:
    return QueueStatistics(
        dispatched=tasks,
        finished=tasks,
        succeeded=tasks,
        waits=Durations.of([wait_seconds] * tasks),
        runs=Durations.of([run_seconds] * tasks),
    )


def status_with(utilization: float, **particular: object) -> QueueStatus:
    values: dict[str, object] = {
        "hour": an_hour(10),
        "concurrency": 10,
        "promise_seconds": 5.0,
        "backlog": Backlog(),
        **particular,
    }
    hour = values.pop("hour")
    return status_of(hour, utilization=utilization, **values)  # type: ignore[arg-type]  # a test's own values


@pytest.mark.parametrize(("finished", "is_advised"), [(99, False), (100, True)])
def test_advice_needs_a_hundred_finished_tasks(finished: int, *, is_advised: bool) -> None:
    hour = an_hour(finished)
    demand = demand_of(hour, seconds=3600, concurrency=2)

    advice = advise(hour, demand, promise_seconds=60, backlog=Backlog())

    assert (advice.recommended_concurrency is not None) == is_advised


def test_utilization_is_the_rate_times_the_service_time_over_the_places() -> None:
    hour = an_hour(3600, run_seconds=1.5)

    demand = demand_of(hour, seconds=3600, concurrency=2)

    assert demand.arrival_rate == 1.0
    assert demand.service_seconds == pytest.approx(1.5)
    assert demand.utilization == pytest.approx(0.75)


def test_attempts_that_failed_are_part_of_a_tasks_service_time() -> None:
    hour = QueueStatistics(succeeded=2, retried=4, runs=Durations.of([1.0] * 6))

    assert hour.service_seconds == 3.0


def test_the_larger_of_both_recommendations_counts() -> None:
    hour = an_hour(360, run_seconds=20.0)
    demand = demand_of(hour, seconds=3600, concurrency=2)

    strict = advise(hour, demand, promise_seconds=5, backlog=Backlog())
    lenient = advise(hour, demand, promise_seconds=900, backlog=Backlog())

    assert (strict.by_little, strict.by_promise) == (3, 5)
    assert strict.recommended_concurrency == 5
    assert lenient.recommended_concurrency == lenient.by_little == 3


def test_the_backlog_is_worked_off_beside_what_comes_and_what_others_have() -> None:
    hour = an_hour(3600)
    demand = demand_of(hour, seconds=3600, concurrency=5)
    backlog = Backlog(ready=600)

    alone = advise(hour, demand, promise_seconds=60, backlog=backlog)
    beside_others = advise(hour, demand, promise_seconds=60, backlog=backlog, others_load=2.0)

    assert alone.drain_seconds == pytest.approx(150)
    assert beside_others.drain_seconds == pytest.approx(300)


@pytest.mark.parametrize(
    ("utilization", "status"),
    [
        (0.7, QueueStatus.HEALTHY),
        (0.71, QueueStatus.WARNING),
        (0.9, QueueStatus.WARNING),
        (0.91, QueueStatus.CRITICAL),
    ],
)
def test_the_status_follows_utilization(utilization: float, status: QueueStatus) -> None:
    assert status_with(utilization) is status


def test_tasks_that_start_too_late_are_a_warning() -> None:
    late = an_hour(10, wait_seconds=7.0)

    assert status_with(0.1, hour=late) is QueueStatus.WARNING
    assert status_with(0.1, hour=late, promise_seconds=60.0) is QueueStatus.HEALTHY


def test_tasks_that_wait_for_no_worker_are_critical() -> None:
    assert status_with(0.0, concurrency=0, backlog=Backlog(ready=1)) is QueueStatus.CRITICAL
    assert status_with(0.0, concurrency=0) is QueueStatus.HEALTHY
