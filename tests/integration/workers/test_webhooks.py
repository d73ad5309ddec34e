"""`webhook:process` with the workers that are deployed: a bad delivery harms no other."""

from collections.abc import AsyncIterator

import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.business_numbers import PostgresBusinessNumbers
from adapters.postgres.pools import create_pool
from adapters.postgres.webhook_inbox import PostgresWebhookInbox
from adapters.whatsapp.webhooks import CloudApiWebhooks
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from domain.webhooks.use_cases.receive_whatsapp import WebhookPorts, receive_whatsapp
from tests.support.builders import a_context
from tests.support.postgres_stores import NotedHints, Tenants, open_transactions
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually
from tests.support.whatsapp_deliveries import NUMBER, a_delivery, an_inbound_text

KEPT = "SELECT body FROM whatsapp_messages ORDER BY body"


class Intake:
    """Takes deliveries for one business, and has the platform's workers process them."""

    def __init__(self, platform: TaskPlatform, ports: WebhookPorts, hints: NotedHints) -> None:
        self._platform = platform
        self._ports = ports
        self._hints = hints

    async def take(self, content: bytes) -> ReadyTask:
        context = a_context(PLATFORM_ORGANIZATION_ID)
        await receive_whatsapp(self._ports, context=context, content=content)
        return self._hints.tasks[-1]

    def kept(self) -> list[str]:
        return [body for (body,) in self._platform.execute(KEPT)]

    def becomes(self, task: ReadyTask, state: str) -> bool:
        return eventually(lambda: self._platform.history(task, "state") == state, within_seconds=20)


@pytest.fixture
async def intake(platform: TaskPlatform) -> AsyncIterator[Intake]:
    hints = NotedHints()
    async with (
        open_transactions(platform.database, hints) as opener,
        create_pool(platform.database.system_url, name="test", max_size=1) as system_pool,
    ):
        await Tenants(opener).organization(whatsapp_phone_number_id=NUMBER)
        ports = WebhookPorts(
            whatsapp=CloudApiWebhooks(app_secret=None, verify_token=None),
            numbers=PostgresBusinessNumbers(system_pool),
            inbox=PostgresWebhookInbox(opener),
            ids=Uuid7Source(),
        )
        platform.start_keeper()
        platform.start_worker_as_deployed(Tier.REALTIME)
        yield Intake(platform, ports, hints)


async def test_a_bad_delivery_is_dead_for_all_to_see_and_its_neighbours_are_done(
    platform: TaskPlatform, intake: Intake
) -> None:
    before = await intake.take(a_delivery(an_inbound_text("antes")))
    bad = await intake.take(
        a_delivery(an_inbound_text("bueno"), an_inbound_text("malo", timestamp="ayer"))
    )
    no_delivery = await intake.take(b"no JSON at all")
    after = await intake.take(a_delivery(an_inbound_text("después")))

    assert intake.becomes(before, "done")
    assert intake.becomes(after, "done")
    assert intake.becomes(bad, "dead")
    assert intake.becomes(no_delivery, "dead")
    (attempt,) = platform.ledger(bad, "attempts")
    assert attempt["error"].startswith("WEBHOOK_UNREADABLE: 1 events cannot be read")
    assert intake.kept() == ["antes", "bueno", "después"]


async def test_a_delivery_is_processed_although_nobody_handed_it_over(intake: Intake) -> None:
    tasks = [await intake.take(a_delivery(an_inbound_text(str(number)))) for number in range(5)]

    assert all(intake.becomes(task, "done") for task in tasks)
    assert intake.kept() == ["0", "1", "2", "3", "4"]
