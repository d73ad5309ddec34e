"""What became of notifications, in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import MemberId, birth_time
from domain.notifications.notification_log import NotificationLog
from domain.notifications.ports import NotificationTransaction

_RECORD = """
INSERT INTO notification_logs (organization_id, id, created_at, channel, state, template,
  member_id, address_digest, failure_code, failure_message, finished_at)
VALUES (%(organization_id)s, %(id)s, %(created_at)s, %(channel)s, %(state)s, %(template)s,
  %(member_id)s, %(address_digest)s, %(failure_code)s, %(failure_message)s, %(finished_at)s)
ON CONFLICT (organization_id, id, created_at) DO UPDATE SET state = excluded.state,
  failure_code = excluded.failure_code, failure_message = excluded.failure_message,
  finished_at = excluded.finished_at
"""


class PostgresNotificationTransaction(PostgresTransaction):
    """The domain's NotificationTransaction."""

    async def email_address_of(self, member_id: MemberId) -> str:
        cursor = await self._connection.execute(
            "SELECT email FROM members WHERE organization_id = %(organization_id)s AND id = %(id)s",
            {"organization_id": self.organization_id, "id": member_id},
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("member", member_id)
        return str(row[0])

    async def record(self, log: NotificationLog) -> None:
        await self._connection.execute(
            _RECORD,
            {
                "organization_id": log.organization_id,
                "id": log.id,
                "created_at": birth_time(log.id),
                "channel": log.channel.value,
                "state": log.state.value,
                "template": log.template,
                "member_id": log.member_id,
                "address_digest": log.address_digest,
                "failure_code": log.failure_code or None,
                "failure_message": log.failure_message or None,
                "finished_at": log.finished_at,
            },
        )


class PostgresNotificationStore:
    """The domain's NotificationStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[NotificationTransaction]:
        async with self._opener.open(context, PostgresNotificationTransaction) as transaction:
            yield transaction
