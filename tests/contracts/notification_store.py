"""What every NotificationStore owes: one row per notification, and members' addresses."""

from dataclasses import replace

import pytest

from domain.commands import TaskClaim
from domain.errors import NotFoundError
from domain.identifiers import MemberId, NotificationId, OrganizationId, TaskId
from domain.notifications.email import address_digest
from domain.notifications.notification_log import Channel, NotificationLog, NotificationState
from domain.notifications.ports import NotificationStore
from tests.support.builders import a_context
from tests.support.clocks import MORNING, new_id

ADDRESS = "ana@example.com"


def a_log(organization_id: OrganizationId) -> NotificationLog:
    return NotificationLog(
        id=NotificationId(new_id()),
        organization_id=organization_id,
        channel=Channel.EMAIL,
        state=NotificationState.FAILED,
        template="invoice_ready",
        address_digest=address_digest(organization_id, ADDRESS),
        failure_code="550",
        failure_message="no such mailbox",
        finished_at=MORNING,
    )


class NotificationStoreContract:
    store: NotificationStore

    async def an_organization(self) -> OrganizationId:
        raise NotImplementedError

    async def a_member(self, organization_id: OrganizationId, *, email: str) -> MemberId:
        raise NotImplementedError

    async def logs_of(self, organization_id: OrganizationId) -> list[NotificationLog]:
        raise NotImplementedError

    async def record(self, *logs: NotificationLog) -> None:
        for log in logs:
            async with self.store.transaction(a_context(log.organization_id)) as transaction:
                await transaction.record(log)

    async def test_a_recorded_notification_is_kept(self) -> None:
        organization_id = await self.an_organization()
        log = a_log(organization_id)

        await self.record(log)

        assert await self.logs_of(organization_id) == [log]

    async def test_how_it_ends_takes_the_place_of_how_it_ended_before(self) -> None:
        organization_id = await self.an_organization()
        member_id = await self.a_member(organization_id, email=ADDRESS)
        failed = replace(a_log(organization_id), member_id=member_id, address_digest=None)
        sent = replace(failed, state=NotificationState.SENT, failure_code="", failure_message="")

        await self.record(failed, sent)

        assert await self.logs_of(organization_id) == [sent]

    async def test_organisations_have_notifications_of_their_own(self) -> None:
        log = a_log(await self.an_organization())

        await self.record(log)

        assert await self.logs_of(await self.an_organization()) == []

    async def test_nothing_is_kept_of_a_transaction_that_fails(self) -> None:
        organization_id = await self.an_organization()
        lost = TaskClaim(task_id=TaskId(new_id()), fencing_token=1, attempt=1)
        context = a_context(organization_id, task=lost)

        with pytest.raises(ZeroDivisionError):
            async with self.store.transaction(context) as transaction:
                await transaction.record(a_log(organization_id))
                raise ZeroDivisionError

        assert await self.logs_of(organization_id) == []

    @pytest.mark.parametrize("email", [ADDRESS, ""])
    async def test_a_members_address_is_the_one_it_has_now(self, email: str) -> None:
        organization_id = await self.an_organization()
        member_id = await self.a_member(organization_id, email=email)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            found = await transaction.email_address_of(member_id)

        assert found == email

    async def test_a_member_of_another_organisation_does_not_exist(self) -> None:
        member_id = await self.a_member(await self.an_organization(), email=ADDRESS)
        other = await self.an_organization()

        async with self.store.transaction(a_context(other)) as transaction:
            with pytest.raises(NotFoundError):
                await transaction.email_address_of(member_id)
