"""Notifications on a real Postgres."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg.rows import dict_row

from adapters.postgres.notification_store import PostgresNotificationStore
from domain.commands import TaskClaim
from domain.identifiers import MemberId, NotificationId, OrganizationId, TaskId
from domain.notifications.notification_log import Channel, NotificationLog, NotificationState
from domain.operations.task import LeaseLostError
from tests.contracts.notification_store import NotificationStoreContract, a_log
from tests.support.builders import a_context
from tests.support.clocks import new_id
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database


class TestPostgresNotificationStore(NotificationStoreContract):
    @pytest.fixture(autouse=True)
    async def _store(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.store = PostgresNotificationStore(opener)
            self.tenants = Tenants(opener)
            self.database = database
            yield

    async def an_organization(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def a_member(self, organization_id: OrganizationId, *, email: str) -> MemberId:
        return (await self.tenants.member(organization_id, email=email)).id

    async def logs_of(self, organization_id: OrganizationId) -> list[NotificationLog]:
        with psycopg.connect(self.database.app_url, row_factory=dict_row) as connection:
            connection.execute(
                "SELECT set_config('app.organization_id', %s, true)", [str(organization_id)]
            )
            rows = connection.execute(
                "SELECT * FROM notification_logs ORDER BY created_at"
            ).fetchall()
        return [
            NotificationLog(
                id=NotificationId(row["id"]),
                organization_id=OrganizationId(row["organization_id"]),
                channel=Channel(row["channel"]),
                state=NotificationState(row["state"]),
                template=row["template"],
                member_id=row["member_id"],
                address_digest=row["address_digest"],
                failure_code=row["failure_code"] or "",
                failure_message=row["failure_message"] or "",
                finished_at=row["finished_at"],
            )
            for row in rows
        ]

    async def test_a_worker_that_lost_the_task_records_nothing(self) -> None:
        organization_id = await self.an_organization()
        lost = TaskClaim(task_id=TaskId(new_id()), fencing_token=1, attempt=1)

        with pytest.raises(LeaseLostError):
            async with self.store.transaction(a_context(organization_id, task=lost)) as transaction:
                await transaction.record(a_log(organization_id))
                transaction.finish_task()

        assert await self.logs_of(organization_id) == []
