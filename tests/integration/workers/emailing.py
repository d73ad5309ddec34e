"""E-mails of one business, from their dispatch to the mailbox of the sandbox."""

from collections.abc import Mapping

from adapters.clock import Uuid7Source
from adapters.postgres.pools import create_pool
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from cli.local_servers.children import Child
from domain.notifications.templates import Data
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from domain.transactions import NewTask
from tests.integration.sandbox.running import RunningSandbox
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


def relay_of(sandbox: RunningSandbox) -> dict[str, str]:
    """Return the settings by which the sandbox is the relay."""
    return {
        "CAMPOTECH_SMTP_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "CAMPOTECH_EMAIL_FROM": "CampoTech <avisos@campotech.example>",
    }


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
