"""What of a job may be changed: every field in every state, and what is no change at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import InvalidInputError
from domain.identifiers import CustomerId
from domain.jobs.job_changes import (
    CHANGEABLE_WHILE,
    CustomerImmutableError,
    FieldFixedError,
    JobChanges,
    JobField,
    differing_fields,
    with_changes,
)
from domain.jobs.job_state import JobState
from domain.jobs.price_line import PriceNotOfLinesError
from domain.jobs.schedule import Schedule
from domain.money import Money
from tests.support.builders import AN_ADDRESS, a_job, a_price_line
from tests.support.clocks import MORNING, new_id

LATER = MORNING + timedelta(hours=3)
A_SCHEDULE = Schedule(starts_at=MORNING, ends_at=MORNING + timedelta(hours=2))
CHANGES = {
    JobField.DESCRIPTION: JobChanges(description="Pierde el termotanque"),
    JobField.SERVICE_ADDRESS: JobChanges(
        service_address=replace(AN_ADDRESS, street_address="Av. Rivadavia 5000")
    ),
    JobField.SCHEDULED_START: JobChanges(starts_at=MORNING + timedelta(hours=1)),
    JobField.SCHEDULED_END: JobChanges(ends_at=LATER),
    JobField.PRICE: JobChanges(price=Money(500)),
    # Of the same price, so that nothing else differs.
    JobField.PRICE_LINES: JobChanges(price_lines=(a_price_line(unit_price=a_job().price),)),
}
OPEN = {"PENDING", "ASSIGNED", "EN_ROUTE", "ARRIVED", "IN_PROGRESS", "PAUSED"}
ALLOWED = {
    JobField.DESCRIPTION: OPEN,
    JobField.SERVICE_ADDRESS: {"PENDING", "ASSIGNED", "EN_ROUTE"},
    JobField.SCHEDULED_START: {"PENDING", "ASSIGNED"},
    JobField.SCHEDULED_END: {"PENDING", "ASSIGNED"},
    JobField.PRICE: OPEN,
    JobField.PRICE_LINES: OPEN,
}


def test_every_field_has_a_row_in_the_table() -> None:
    assert set(CHANGEABLE_WHILE) == set(JobField) == set(CHANGES)


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("field", JobField)
def test_a_field_changes_while_it_may_and_no_longer(field: JobField, state: JobState) -> None:
    job = a_job(state=state, schedule=A_SCHEDULE)

    if state in ALLOWED[field]:
        changed = with_changes(job, CHANGES[field], LATER)
        assert differing_fields(job, changed) == [field]
        assert (changed.version, changed.updated_at) == (job.version + 1, LATER)
    else:
        with pytest.raises(FieldFixedError) as refusal:
            with_changes(job, CHANGES[field], LATER)
        assert refusal.value.metadata == {"field": f"job.{field}", "current_state": state}


@pytest.mark.parametrize("state", JobState)
def test_what_is_the_same_already_is_no_change(state: JobState) -> None:
    job = a_job(state=state, schedule=A_SCHEDULE)
    changes = JobChanges(
        customer_id=job.customer_id,
        description=job.description,
        service_address=job.service_address,
        starts_at=job.schedule.starts_at,
        ends_at=job.schedule.ends_at,
        price=job.price,
        price_lines=job.price_lines,
    )

    assert with_changes(job, changes, LATER) is job


def test_a_schedule_can_be_taken_back() -> None:
    job = a_job(schedule=A_SCHEDULE)

    changed = with_changes(job, JobChanges(starts_at=None, ends_at=None), LATER)

    assert changed.schedule == Schedule()


def test_a_new_end_is_checked_against_the_start_that_stands() -> None:
    job = a_job(schedule=A_SCHEDULE)

    with pytest.raises(InvalidInputError) as refusal:
        with_changes(job, JobChanges(ends_at=MORNING), LATER)

    assert refusal.value.field == "job.scheduled_end_time"


def test_new_lines_make_the_price() -> None:
    lines = (a_price_line(unit_price=Money(500)), a_price_line(unit_price=Money(200)))

    changed = with_changes(a_job(), JobChanges(price_lines=lines), LATER)

    assert (changed.price, changed.price_lines) == (Money(700), lines)


def test_a_job_with_lines_takes_no_other_price() -> None:
    job = a_job(price=Money(500), price_lines=(a_price_line(unit_price=Money(500)),))

    with pytest.raises(PriceNotOfLinesError):
        with_changes(job, JobChanges(price=Money(400)), LATER)


def test_a_job_whose_lines_are_taken_back_keeps_their_sum_or_gets_another_price() -> None:
    job = a_job(price=Money(500), price_lines=(a_price_line(unit_price=Money(500)),))

    kept = with_changes(job, JobChanges(price_lines=()), LATER)
    other = with_changes(job, JobChanges(price_lines=(), price=Money(400)), LATER)

    assert (kept.price, kept.price_lines) == (Money(500), ())
    assert (other.price, other.price_lines) == (Money(400), ())


def test_a_job_stays_with_its_customer() -> None:
    with pytest.raises(CustomerImmutableError):
        with_changes(a_job(), JobChanges(customer_id=CustomerId(new_id())), LATER)
