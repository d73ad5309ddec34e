import pytest

from domain.errors import (
    ConflictError,
    ExhaustedError,
    HeldBackError,
    InvalidInputError,
    PreconditionError,
    TemporaryError,
    UnknownOutcomeError,
)
from domain.operations.settlement import (
    LONGEST_BACKOFF_SECONDS,
    LONGEST_ERROR,
    describe,
    done,
    failed,
    longest_backoff_seconds,
    returned,
    without_handler,
)
from domain.operations.task import AttemptOutcome, ParkTask, TaskState
from tests.support.task_builders import a_claimed_task
from tests.support.task_types import LONG, NOTE


@pytest.mark.parametrize(
    "error",
    [
        TemporaryError("busy"),
        UnknownOutcomeError("lost"),
        ValueError("a mistake"),
        TimeoutError(),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    settlement = failed(a_claimed_task(attempt=1), NOTE, error, jitter=0.5)

    assert (settlement.state, settlement.outcome) == (TaskState.SCHEDULED, AttemptOutcome.RETRY)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("no", field="x"),
        PreconditionError("no"),
        ConflictError("no"),
    ],
)
def test_what_a_rule_refuses_is_dead_at_once(error: Exception) -> None:
    settlement = failed(a_claimed_task(attempt=1), NOTE, error, jitter=0.5)

    assert (settlement.state, settlement.outcome) == (TaskState.DEAD, AttemptOutcome.DEAD)


def test_the_last_attempt_that_fails_is_the_end() -> None:
    task = a_claimed_task(attempt=3, max_attempts=3)

    assert failed(task, NOTE, TemporaryError("busy"), jitter=0.5).state is TaskState.DEAD


def test_attempts_that_crashed_are_not_among_those_that_failed() -> None:
    task = a_claimed_task(attempt=3, crashes=1, max_attempts=3)

    assert failed(task, NOTE, TemporaryError("busy"), jitter=0.5).state is TaskState.SCHEDULED


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
def test_the_backoff_doubles_with_every_failure(failures: int) -> None:
    settlement = failed(a_claimed_task(attempt=failures), LONG, TemporaryError("x"), jitter=0.5)

    assert settlement.delay_seconds == 5.0 * 2 ** (failures - 1) * 0.5


def test_the_backoff_has_a_bound() -> None:
    assert longest_backoff_seconds(LONG, 1000) == LONGEST_BACKOFF_SECONDS


def test_a_retry_comes_no_earlier_than_the_provider_asked_for() -> None:
    error = TemporaryError("busy", retry_after_seconds=120)

    assert failed(a_claimed_task(attempt=1), NOTE, error, jitter=0.9).delay_seconds == 120


def test_a_parked_task_waits_as_long_as_it_says() -> None:
    settlement = failed(a_claimed_task(), NOTE, ParkTask(300, "breaker_open"), jitter=0.5)

    assert settlement.state is TaskState.PARKED
    assert (settlement.delay_seconds, settlement.parked_reason) == (300, "breaker_open")


def test_a_full_limit_parks_the_task_even_at_its_last_attempt() -> None:
    task = a_claimed_task(attempt=3, max_attempts=3)

    settlement = failed(task, NOTE, ExhaustedError("full", retry_after_seconds=7), jitter=0.5)

    assert settlement.state is TaskState.PARKED
    assert (settlement.delay_seconds, settlement.parked_reason) == (7, "rate_limited")


def test_a_call_that_was_held_back_parks_the_task_under_its_cause() -> None:
    task = a_claimed_task(attempt=3, max_attempts=3)
    error = HeldBackError("suspended", cause="breaker_open", retry_after_seconds=300)

    settlement = failed(task, NOTE, error, jitter=0.5)

    assert settlement.state is TaskState.PARKED
    assert (settlement.delay_seconds, settlement.parked_reason) == (300, "breaker_open")
    assert not settlement.is_counted


def test_only_what_was_really_tried_counts_as_an_attempt() -> None:
    task = a_claimed_task()
    parked = failed(task, NOTE, ParkTask(1, "x"), jitter=0.5)
    retried = failed(task, NOTE, ValueError(), jitter=0.5)

    counted = [
        item.is_counted
        for item in (done(task), retried, parked, returned(task), without_handler(task))
    ]

    assert counted == [True, True, False, False, False]


def test_an_error_is_described_by_its_reason_or_its_class() -> None:
    assert describe(TemporaryError("busy")) == "TEMPORARILY_UNAVAILABLE: busy"
    assert describe(KeyError("x")) == "KeyError: 'x'"


def test_a_description_is_text_that_can_be_stored() -> None:
    text = describe(ValueError("\x00\ud800" + "x" * 5000))

    assert text.encode()
    assert "\x00" not in text
    assert len(text) == LONGEST_ERROR
