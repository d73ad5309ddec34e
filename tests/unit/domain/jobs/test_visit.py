"""A visit's times: what counts as work, and how often it may stand still."""

from datetime import datetime, timedelta

import pytest

from domain.jobs.job import CancelReason, Job
from domain.jobs.job_state import JobState
from domain.jobs.visit import MOST_PAUSES, PauseReason, TooManyPausesError, VisitTimes
from tests.support.builders import a_job
from tests.support.clocks import MORNING


def after(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def a_begun_job() -> Job:
    return a_job(state=JobState.ARRIVED).start(MORNING)


def paused(job: Job, at: datetime) -> Job:
    return job.pause(at, reason=PauseReason.WAITING_FOR_PARTS, note="Falta un codo")


def completed(job: Job, at: datetime) -> Job:
    return job.complete(at, work_summary="Listo", final_price=None)


def test_pauses_are_no_work() -> None:
    job = paused(a_begun_job(), after(10)).resume(after(30))
    job = paused(job, after(40)).resume(after(45))

    done = completed(job, after(60))

    assert [(pause.began_at, pause.ended_at) for pause in done.times.pauses] == [
        (after(10), after(30)),
        (after(40), after(45)),
    ]
    assert done.times.worked == timedelta(minutes=35)


def test_a_pause_keeps_its_reason_and_note() -> None:
    (pause,) = paused(a_begun_job(), after(10)).times.pauses

    assert (pause.reason, pause.note) == (PauseReason.WAITING_FOR_PARTS, "Falta un codo")
    assert pause.ended_at is None


def test_a_job_that_is_completed_while_it_is_paused_worked_until_the_pause() -> None:
    done = completed(paused(a_begun_job(), after(10)), after(60))

    assert done.times.pauses[-1].ended_at == done.times.completed_at == after(60)
    assert done.times.worked == timedelta(minutes=10)


def test_a_job_that_is_cancelled_while_it_is_paused_worked_until_the_pause() -> None:
    job = paused(a_begun_job(), after(10))

    cancelled = job.cancel(after(60), reason=CancelReason.CUSTOMER_REQUEST, note="")

    assert cancelled.times.pauses[-1].ended_at == after(60)
    assert cancelled.times.worked == timedelta(minutes=10)


@pytest.mark.parametrize(
    "times",
    [
        VisitTimes(),
        VisitTimes(started_at=MORNING),
        VisitTimes(en_route_at=MORNING, cancelled_at=after(5)),
    ],
)
def test_nobody_has_worked_before_work_has_begun_and_ended(times: VisitTimes) -> None:
    assert times.worked is None


def test_a_clock_that_was_set_back_makes_no_negative_work() -> None:
    times = VisitTimes(started_at=MORNING, completed_at=after(-10))

    assert times.worked == timedelta()


def test_a_job_is_not_paused_for_ever() -> None:
    job = a_begun_job()
    for _ in range(MOST_PAUSES):
        job = paused(job, after(1)).resume(after(2))

    with pytest.raises(TooManyPausesError):
        paused(job, after(3))
