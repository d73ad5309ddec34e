"""The cron as operators use it: its entries, and a run of one out of turn."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from adapters.postgres.cron_rows import COLUMNS, to_entry
from adapters.postgres.reads import read_rows
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.cron import CronEntry

_LIST = f"SELECT {COLUMNS} FROM cron_entries ORDER BY name"
_GET = f"SELECT {COLUMNS} FROM cron_entries WHERE name = %(name)s"


class PostgresCronTransaction(PostgresTransaction):
    """The domain's CronTransaction."""

    async def get(self, name: str) -> CronEntry:
        cursor = await self._connection.execute(_GET.encode(), {"name": name})
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("cron_entry", name)
        return to_entry(row)


class PostgresCronStore:
    """The domain's CronStore as the app role, for the platform's own organisation."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[PostgresCronTransaction]:
        return self._opener.open(context, PostgresCronTransaction)

    async def list(self) -> Sequence[CronEntry]:
        rows = await read_rows(self._opener.pool, PLATFORM_ORGANIZATION_ID, _LIST, {})
        return [to_entry(row) for row in rows]
