"""A delivery is stored, for each organisation its part, before anybody says so."""

import pytest

from adapters.clock import Uuid7Source
from adapters.whatsapp.webhooks import CloudApiWebhooks
from domain.errors import TemporaryError
from domain.identifiers import PLATFORM_ORGANIZATION_ID, OrganizationId
from domain.webhooks.use_cases.receive_whatsapp import WebhookPorts, receive_whatsapp
from tests.support.builders import a_context, an_organization_id
from tests.support.in_memory_webhooks import GivenNumbers, InMemoryWebhookInbox
from tests.support.whatsapp_deliveries import a_change, a_delivery, an_inbound_text, delivery_of

ONE, TWO = an_organization_id(), an_organization_id()
NUMBERS = {"1": ONE, "2": TWO}


class Door:
    """Where deliveries come in."""

    def __init__(self) -> None:
        self.inbox = InMemoryWebhookInbox()
        self._ports = WebhookPorts(
            whatsapp=CloudApiWebhooks(app_secret=None, verify_token=None),
            numbers=GivenNumbers(NUMBERS),
            inbox=self.inbox,
            ids=Uuid7Source(),
        )

    async def take(self, content: bytes) -> int:
        context = a_context(PLATFORM_ORGANIZATION_ID)
        return await receive_whatsapp(self._ports, context=context, content=content)

    def owners(self) -> list[OrganizationId]:
        return [entry.organization_id for entry in self.inbox.entries.values()]


@pytest.fixture
def door() -> Door:
    return Door()


async def test_a_delivery_is_stored_with_its_task(door: Door) -> None:
    content = a_delivery(an_inbound_text(), number="1")

    new = await door.take(content)

    (entry,) = door.inbox.entries.values()
    ((owner, kind, _),) = door.inbox.ledger.tasks
    (task,) = door.inbox.ledger.tasks.values()
    assert (new, entry.content, entry.organization_id) == (1, content, ONE)
    assert (owner, kind, task.payload) == (ONE, "webhook:process", {"inbox_id": str(entry.id)})


async def test_the_same_delivery_is_stored_once(door: Door) -> None:
    content = a_delivery(an_inbound_text(), number="1")

    news = [await door.take(content) for _ in range(3)]

    assert news == [1, 0, 0]
    assert len(door.inbox.ledger.tasks) == 1


async def test_each_organisation_gets_its_own_part(door: Door) -> None:
    content = delivery_of(
        a_change(an_inbound_text(), number="2"),
        a_change(an_inbound_text(), number="1"),
        a_change(an_inbound_text(), number="999"),
    )

    await door.take(content)

    assert sorted(door.owners()) == sorted([ONE, TWO, PLATFORM_ORGANIZATION_ID])


async def test_what_was_stored_before_it_broke_off_is_not_stored_again(door: Door) -> None:
    content = delivery_of(
        a_change(an_inbound_text(), number="1"), a_change(an_inbound_text(), number="2")
    )
    door.inbox.away = {TWO}

    with pytest.raises(TemporaryError):
        await door.take(content)
    door.inbox.away = set()
    new = await door.take(content)

    assert new == 1
    assert door.owners() == [ONE, TWO]


async def test_what_cannot_be_read_is_kept_by_the_platform(door: Door) -> None:
    await door.take(b"no JSON")

    assert door.owners() == [PLATFORM_ORGANIZATION_ID]
