"""Paused queues in Postgres: rows of the platform's own organisation."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from psycopg.rows import TupleRow

from adapters.postgres.reads import read_rows
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.queue_pause import QueuePause

_COLUMNS = "queue, reason, actor, paused_at"
_LIST = f"SELECT {_COLUMNS} FROM queue_pauses ORDER BY queue"
_GET = f"SELECT {_COLUMNS} FROM queue_pauses WHERE queue = %(queue)s"
_PAUSE = """
INSERT INTO queue_pauses (organization_id, queue, reason, actor)
VALUES (%(organization_id)s, %(queue)s, %(reason)s, %(actor)s) ON CONFLICT DO NOTHING
"""
_RESUME = "DELETE FROM queue_pauses WHERE queue = %(queue)s"


class PostgresQueuePauseTransaction(PostgresTransaction):
    """The domain's QueuePauseTransaction."""

    async def pause_of(self, queue: str) -> QueuePause | None:
        cursor = await self._connection.execute(_GET.encode(), {"queue": queue})
        row = await cursor.fetchone()
        return _to_pause(row) if row else None

    async def pause(self, queue: str, reason: str) -> bool:
        inserted = await self._connection.execute(
            _PAUSE,
            {
                "organization_id": self.organization_id,
                "queue": queue,
                "reason": reason,
                "actor": self._context.actor.subject,
            },
        )
        return inserted.rowcount == 1

    async def resume(self, queue: str) -> bool:
        return (await self._connection.execute(_RESUME, {"queue": queue})).rowcount == 1


class PostgresQueuePauses:
    """The domain's QueuePauses as the app role, for the platform's own organisation."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[PostgresQueuePauseTransaction]:
        return self._opener.open(context, PostgresQueuePauseTransaction)

    async def all(self) -> Sequence[QueuePause]:
        rows = await read_rows(self._opener.pool, PLATFORM_ORGANIZATION_ID, _LIST, {})
        return [_to_pause(row) for row in rows]


def _to_pause(row: TupleRow) -> QueuePause:
    queue, reason, actor, paused_at = row
    return QueuePause(queue=queue, reason=reason, actor=actor, paused_at=paused_at)
