"""The fake keeps the promises of the real store."""

import pytest

from domain.identifiers import MemberId, OrganizationId
from domain.notifications.notification_log import NotificationLog
from tests.contracts.notification_store import NotificationStoreContract
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_notifications import InMemoryNotificationStore


class TestInMemoryNotificationStore(NotificationStoreContract):
    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.fake = self.store = InMemoryNotificationStore()

    async def an_organization(self) -> OrganizationId:
        return an_organization_id()

    async def a_member(self, organization_id: OrganizationId, *, email: str) -> MemberId:
        member_id = MemberId(new_id())
        self.fake.addresses[organization_id, member_id] = email
        return member_id

    async def logs_of(self, organization_id: OrganizationId) -> list[NotificationLog]:
        return [log for log in self.fake.logs.values() if log.organization_id == organization_id]
