"""The fake of the message store keeps the promises of the real one."""

import pytest

from domain.directory.customer import Customer
from domain.identifiers import OrganizationId
from domain.messaging.message import Message
from tests.contracts.message_store import MessageStoreContract
from tests.support.builders import a_customer, an_organization_id
from tests.support.in_memory_messages import InMemoryMessageStore


class TestInMemoryMessageStore(MessageStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.memory = InMemoryMessageStore()
        self.store = self.memory

    async def a_tenant(self) -> OrganizationId:
        return an_organization_id()

    async def a_customer(self, organization_id: OrganizationId, **particular: object) -> Customer:
        customer = a_customer(organization_id, **particular)
        self.memory.customers[customer.id] = customer
        return customer

    async def drop(self, message: Message) -> None:
        del self.memory.messages[message.id]
