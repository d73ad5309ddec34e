"""`notification:email` from its dispatch to the mailbox, with the processes that are deployed."""

import signal
from collections.abc import Iterator

import pytest

from domain.operations.task import ReadyTask
from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import RunningSandbox, running_sandbox
from tests.integration.workers.emailing import Emailing, relay_of
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

AT_ONCE = "UPDATE tasks SET run_at = now() WHERE state IN ('parked', 'scheduled')"


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxSettings()) as running:
        yield running


@pytest.fixture
def sandbox(module_sandbox: RunningSandbox) -> RunningSandbox:
    module_sandbox.reset()
    return module_sandbox


@pytest.fixture
def emailing(platform: TaskPlatform, sandbox: RunningSandbox) -> Emailing:
    platform.use(relay_of(sandbox))
    return Emailing(platform, sandbox)


def ids(tasks: list[ReadyTask]) -> set[str]:
    return {str(task.task_id) for task in tasks}


async def test_every_task_sends_one_e_mail_and_leaves_one_note(emailing: Emailing) -> None:
    emailing.start_worker()

    tasks = await emailing.dispatch(20)

    assert emailing.are_done(tasks)
    assert emailing.taken() == dict.fromkeys(ids(tasks), 1)
    assert emailing.logs() == dict.fromkeys(ids(tasks), "SENT")


async def test_workers_killed_while_the_relay_answers_send_no_second_e_mail(
    emailing: Emailing,
) -> None:
    emailing.sandbox.put_fault("smtp.DATA", "hang_after", seconds=30, times=5)
    worker = emailing.start_worker()
    tasks = await emailing.dispatch(8)
    assert eventually(lambda: len(emailing.taken()) == 5, within_seconds=20)

    worker.send(signal.SIGKILL)
    emailing.start_worker()

    assert emailing.are_done(tasks)
    taken = emailing.taken()
    assert set(taken) == ids(tasks)
    assert sorted(taken.values()) == [1, 1, 1, 2, 2, 2, 2, 2]
    assert emailing.logs() == dict.fromkeys(ids(tasks), "SENT")


async def test_lost_answers_end_in_one_e_mail(emailing: Emailing) -> None:
    emailing.sandbox.put_fault("smtp", "answer_lost", times=2)
    emailing.start_worker()

    (task,) = await emailing.dispatch()

    assert emailing.are_done([task])
    assert emailing.taken() == {str(task.task_id): 3}
    assert emailing.logs() == {str(task.task_id): "SENT"}
    assert [attempt["outcome"] for attempt in emailing.platform.history(task, "attempts")] == [
        "retry",
        "retry",
        "done",
    ]


@pytest.mark.parametrize(
    ("fault", "reason"), [("throttled", "rate_limited"), ("down", "relay_unreachable")]
)
async def test_a_relay_that_takes_nothing_costs_no_attempt(
    emailing: Emailing, fault: str, reason: str
) -> None:
    emailing.sandbox.put_fault("smtp", fault)
    emailing.start_worker()
    (task,) = await emailing.dispatch()
    assert emailing.becomes(task, "parked")
    assert emailing.platform.ledger(task, "parked_reason") == reason

    emailing.sandbox.http.delete("/sandbox/faults")
    emailing.platform.execute(AT_ONCE)

    assert emailing.are_done([task])
    assert emailing.platform.history(task, "attempt") == 1
    assert emailing.taken() == {str(task.task_id): 1}


async def test_a_refused_e_mail_is_dead_with_the_reason_and_noted(emailing: Emailing) -> None:
    emailing.sandbox.put_fault("smtp.RCPT", "error", code="550 5.1.1 No such user")
    emailing.start_worker()

    (task,) = await emailing.dispatch()

    assert emailing.becomes(task, "dead")
    (attempt,) = emailing.platform.ledger(task, "attempts")
    assert attempt["error"] == "EMAIL_REFUSED: The e-mail was refused: 550 5.1.1 No such user"
    assert emailing.logs() == {str(task.task_id): "FAILED"}
    assert emailing.taken() == {}


async def test_without_a_relay_e_mails_wait_visibly(
    platform: TaskPlatform, sandbox: RunningSandbox
) -> None:
    emailing = Emailing(platform, sandbox)
    emailing.start_worker()

    (task,) = await emailing.dispatch()

    assert emailing.becomes(task, "parked")
    assert platform.ledger(task, "parked_reason") == "no_handler"
