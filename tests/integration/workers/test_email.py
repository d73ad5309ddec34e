"""`notification:email` from its dispatch to the mailbox, with the processes that are deployed."""

import signal
from collections.abc import Iterator, Mapping

import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.pools import create_pool
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from cli.local_servers.children import Child
from domain.notifications.templates import Data
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from domain.transactions import NewTask
from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import RunningSandbox, running_sandbox
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import new_id
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

DATA: Data = {
    "customer_name": "Ana",
    "organization_name": "Plomería San Martín",
    "job_number": 17,
    "comprobante": "Factura B 00002-00000017",
    "cae": "75123456789012",
    "total": "$ 121.000,00",
}
AT_ONCE = "UPDATE tasks SET run_at = now() WHERE state IN ('parked', 'scheduled')"


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxSettings()) as running:
        yield running


@pytest.fixture
def sandbox(module_sandbox: RunningSandbox) -> RunningSandbox:
    module_sandbox.reset()
    return module_sandbox


class Emailing:
    """A keeper, and workers whose relay is the sandbox."""

    def __init__(self, platform: TaskPlatform, sandbox: RunningSandbox) -> None:
        self.platform = platform
        self.sandbox = sandbox
        platform.start_keeper()

    def start_worker(self) -> Child:
        return self.platform.start_worker_as_deployed(Tier.BACKGROUND)

    async def dispatch(self, count: int = 1) -> list[ReadyTask]:
        organization_id = an_organization_id()
        pool = create_pool(self.platform.database.app_url, name="test", max_size=1)
        await pool.open()
        tasks = [
            NewTask(
                type="notification:email",
                payload={
                    "address": f"customer{number}@example.com",
                    "template": "invoice_ready",
                    "data": DATA,
                },
                idempotency_key=str(new_id()),
            )
            for number in range(count)
        ]
        async with tenant_transaction(pool, organization_id) as connection:
            ready = await insert_tasks(connection, a_context(organization_id), tasks, Uuid7Source())
        await pool.close()
        return ready

    def taken(self) -> Mapping[str, int]:
        """Return how often each e-mail came, by the task in its Message-ID."""
        listed = self.sandbox.http.get("/sandbox/smtp/messages").json()["messages"]
        return {email["message_id"][1:].partition("@")[0]: email["times"] for email in listed}

    def logs(self) -> Mapping[str, str]:
        rows = self.platform.execute("SELECT id, state FROM notification_logs")
        assert len(rows) == len(dict(rows))
        return {str(task_id): state for task_id, state in rows}

    def are_done(self, tasks: list[ReadyTask]) -> bool:
        return eventually(
            lambda: all(self.platform.history(task, "state") == "done" for task in tasks),
            within_seconds=30,
        )

    def becomes(self, task: ReadyTask, state: str) -> bool:
        return eventually(lambda: self.platform.history(task, "state") == state, within_seconds=20)


@pytest.fixture
def emailing(platform: TaskPlatform, sandbox: RunningSandbox) -> Emailing:
    platform.use(
        {
            "CAMPOTECH_SMTP_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
            "CAMPOTECH_EMAIL_FROM": "CampoTech <avisos@campotech.example>",
        }
    )
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
