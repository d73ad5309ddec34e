"""What every WebhookInbox owes: each content once for an organisation, and nobody else's."""

from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, WebhookId
from domain.webhooks.inbox import LARGEST_CONTENT_BYTES, InboxEntry
from domain.webhooks.ports import WebhookInbox
from tests.support.builders import a_context
from tests.support.clocks import new_id

CONTENT = '{"entry": [], "note": "mañana \0"}'.encode()


def an_entry(organization_id: OrganizationId, content: bytes = CONTENT) -> InboxEntry:
    return InboxEntry(id=WebhookId(new_id()), organization_id=organization_id, content=content)


class WebhookInboxContract(ABC):
    """Subclasses give an inbox and organisations."""

    inbox: WebhookInbox

    @abstractmethod
    async def a_tenant(self) -> OrganizationId:
        """Return a new organisation."""

    async def added(self, entry: InboxEntry) -> bool:
        async with self.inbox.transaction(a_context(entry.organization_id)) as transaction:
            return await transaction.add(entry)

    async def test_content_comes_back_byte_for_byte(self) -> None:
        entry = an_entry(await self.a_tenant())

        is_new = await self.added(entry)

        assert is_new
        assert await self.inbox.entry(entry.organization_id, entry.id) == entry

    async def test_there_is_room_for_the_largest_content(self) -> None:
        largest = an_entry(await self.a_tenant(), b" " * LARGEST_CONTENT_BYTES)

        assert await self.added(largest)

    async def test_the_same_content_is_stored_once(self) -> None:
        entry = an_entry(await self.a_tenant())
        await self.added(entry)

        again = await self.added(replace(entry, id=WebhookId(new_id())))

        assert not again

    async def test_what_one_organisation_has_another_may_get_too(self) -> None:
        await self.added(an_entry(await self.a_tenant()))

        assert await self.added(an_entry(await self.a_tenant()))

    async def test_a_block_that_fails_stores_nothing(self) -> None:
        entry = an_entry(await self.a_tenant())

        with pytest.raises(ZeroDivisionError):
            async with self.inbox.transaction(a_context(entry.organization_id)) as transaction:
                await transaction.add(entry)
                raise ZeroDivisionError

        assert await self.added(entry)

    async def test_what_took_effect_is_marked_and_keeps_its_content(self) -> None:
        entry = an_entry(await self.a_tenant())
        await self.added(entry)

        async with self.inbox.transaction(a_context(entry.organization_id)) as transaction:
            await transaction.mark_processed(entry.id, {"unknown_message": 2})

        found = await self.inbox.entry(entry.organization_id, entry.id)
        assert found.processed_at is not None
        assert found.content == entry.content

    async def test_an_entry_of_another_organisation_does_not_exist(self) -> None:
        entry = an_entry(await self.a_tenant())
        await self.added(entry)

        with pytest.raises(NotFoundError):
            await self.inbox.entry(await self.a_tenant(), entry.id)
