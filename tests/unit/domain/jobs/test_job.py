"""Rules of a job: which state may follow which, who may move it, whose version counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.commands import Role
from domain.errors import EtagMismatchError
from domain.identifiers import MemberId
from domain.jobs.job import CancelReason, Job, NotYourJobError
from domain.jobs.job_state import PASSAGES, JobState, JobStep, TransitionRefusedError
from domain.jobs.visit import PauseReason
from domain.money import Money
from tests.support.builders import a_job, an_actor
from tests.support.clocks import MORNING, new_id

STEPS: dict[JobStep, Callable[[Job], Job]] = {
    JobStep.ASSIGN: lambda job: job.assign_to(MemberId(new_id()), MORNING, expected=job.version),
    JobStep.UNASSIGN: lambda job: job.unassign(MORNING, expected=job.version),
    JobStep.START_TRAVEL: lambda job: job.start_travel(MORNING),
    JobStep.ARRIVE: lambda job: job.arrive(MORNING),
    JobStep.START: lambda job: job.start(MORNING),
    JobStep.PAUSE: lambda job: job.pause(MORNING, reason=PauseReason.BREAK, note=""),
    JobStep.RESUME: lambda job: job.resume(MORNING),
    JobStep.COMPLETE: lambda job: job.complete(
        MORNING, work_summary="Cambié el cuerito", final_price=None
    ),
    JobStep.CANCEL: lambda job: job.cancel(MORNING, reason=CancelReason.CUSTOMER_REQUEST, note=""),
}
EVERY_PAIR = [(current, step) for current in JobState for step in JobStep]
ALLOWED = {
    ("PENDING", "AssignJob"): "ASSIGNED",
    ("ASSIGNED", "AssignJob"): "ASSIGNED",
    ("ASSIGNED", "UnassignJob"): "PENDING",
    ("ASSIGNED", "StartTravel"): "EN_ROUTE",
    ("EN_ROUTE", "ArriveAtJob"): "ARRIVED",
    ("ARRIVED", "StartJob"): "IN_PROGRESS",
    ("IN_PROGRESS", "PauseJob"): "PAUSED",
    ("PAUSED", "ResumeJob"): "IN_PROGRESS",
    ("IN_PROGRESS", "CompleteJob"): "COMPLETED",
    ("PAUSED", "CompleteJob"): "COMPLETED",
    ("PENDING", "CancelJob"): "CANCELLED",
    ("ASSIGNED", "CancelJob"): "CANCELLED",
    ("EN_ROUTE", "CancelJob"): "CANCELLED",
    ("ARRIVED", "CancelJob"): "CANCELLED",
    ("IN_PROGRESS", "CancelJob"): "CANCELLED",
    ("PAUSED", "CancelJob"): "CANCELLED",
}


@pytest.mark.parametrize(("current", "step"), EVERY_PAIR)
def test_a_job_moves_along_its_day_and_no_other_way(current: JobState, step: JobStep) -> None:
    job = a_job(state=current)

    if (current, step) in ALLOWED:
        moved = STEPS[step](job)
        assert (moved.state, moved.version) == (ALLOWED[current, step], job.version + 1)
    else:
        with pytest.raises(TransitionRefusedError) as refusal:
            STEPS[step](job)
        assert refusal.value.metadata == {
            "step": step,
            "current_state": current,
            "wanted_state": PASSAGES[step].reaches,
        }


def test_every_step_has_a_row_in_the_table() -> None:
    assert set(PASSAGES) == set(JobStep) == set(STEPS)


def test_each_step_is_timed_where_it_belongs() -> None:
    job = a_job(state=JobState.ASSIGNED, technician_id=MemberId(new_id()))
    step = timedelta(minutes=10)

    done = (
        job.start_travel(MORNING)
        .arrive(MORNING + step)
        .start(MORNING + 2 * step)
        .complete(MORNING + 3 * step, work_summary="Listo", final_price=Money(500))
    )

    assert done.times.en_route_at == MORNING
    assert done.times.arrived_at == MORNING + step
    assert done.times.started_at == MORNING + 2 * step
    assert done.times.completed_at == done.updated_at == MORNING + 3 * step
    assert done.price == Money(500)


def test_the_agreed_price_stands_unless_another_is_said() -> None:
    job = a_job(state=JobState.IN_PROGRESS, price=Money(700))

    done = job.complete(MORNING, work_summary="Listo", final_price=None)

    assert done.price == Money(700)


@pytest.mark.parametrize("expected", [None, 3])
def test_a_job_with_a_technician_is_only_reassigned_by_its_version(expected: int | None) -> None:
    job = a_job(state=JobState.ASSIGNED, technician_id=MemberId(new_id()), version=4)

    with pytest.raises(EtagMismatchError) as refusal:
        job.assign_to(MemberId(new_id()), MORNING, expected=expected)

    assert refusal.value.metadata == {"current_etag": "4", "current_state": "ASSIGNED"}


@pytest.mark.parametrize("expected", [None, 3])
def test_a_job_is_only_taken_back_by_its_version(expected: int | None) -> None:
    job = a_job(state=JobState.ASSIGNED, technician_id=MemberId(new_id()), version=4)

    with pytest.raises(EtagMismatchError):
        job.unassign(MORNING, expected=expected)


def test_a_job_that_was_taken_back_is_nobodys() -> None:
    job = a_job(state=JobState.ASSIGNED, technician_id=MemberId(new_id()))

    assert job.unassign(MORNING, expected=job.version).technician_id is None


def test_a_stale_version_is_refused_even_for_the_first_assignment() -> None:
    job = a_job(version=2)

    with pytest.raises(EtagMismatchError):
        job.assign_to(MemberId(new_id()), MORNING, expected=1)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DISPATCHER])
def test_whoever_dispatches_moves_any_job(role: Role) -> None:
    a_job(technician_id=MemberId(new_id())).check_movable_by(an_actor(role))


def test_the_assigned_technician_moves_the_job() -> None:
    technician = MemberId(new_id())

    a_job(technician_id=technician).check_movable_by(
        an_actor(Role.TECHNICIAN, member_id=technician)
    )


@pytest.mark.parametrize("assigned", [None, MemberId(new_id())])
def test_another_technician_does_not_move_the_job(assigned: MemberId | None) -> None:
    job = a_job(technician_id=assigned)

    with pytest.raises(NotYourJobError):
        job.check_movable_by(an_actor(Role.TECHNICIAN, member_id=MemberId(new_id())))


def test_a_technician_without_a_member_id_moves_nothing() -> None:
    with pytest.raises(NotYourJobError):
        a_job(technician_id=None).check_movable_by(an_actor(Role.TECHNICIAN))
