"""The fake of the inbox keeps the promises of the real one."""

import pytest

from domain.identifiers import OrganizationId
from tests.contracts.webhook_inbox import WebhookInboxContract
from tests.support.builders import an_organization_id
from tests.support.in_memory_webhooks import InMemoryWebhookInbox


class TestInMemoryWebhookInbox(WebhookInboxContract):
    @pytest.fixture(autouse=True)
    def _empty_inbox(self) -> None:
        self.inbox = InMemoryWebhookInbox()

    async def a_tenant(self) -> OrganizationId:
        return an_organization_id()
