"""One command's transaction: state, audit, events, tasks and request id commit together.

What a command adds beside its own rows is gathered and written just before the commit, so that
the row lock on the organisation's event counter is held as briefly as can be.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar
from uuid import UUID

from prometheus_client import Counter as Metric
from psycopg.pq import TransactionStatus

from adapters.postgres.command_log import command_log
from adapters.postgres.pools import Connection, Pool, connection_from
from adapters.postgres.task_dispatch import insert_tasks, mark_task_done
from domain.commands import CommandContext, RequestIdReusedError, fingerprint
from domain.identifiers import IdSource, OrganizationId
from domain.operations.task import ReadyTask
from domain.transactions import Event, JsonScalar, NewTask

_DUPLICATES = Metric(
    "campotech_task_duplicates_prevented",
    "Tasks that were dispatched again under a key that was known.",
    ["type"],
)

BEGIN = "BEGIN; SELECT set_config('app.organization_id', %(organization_id)s, true)"


class AfterCommit(Protocol):
    """Hints given after a commit; losing them costs time and nothing else. Never blocks."""

    def tasks_ready(self, tasks: Sequence[ReadyTask]) -> None:
        """Hand tasks to the broker ahead of the relay."""
        ...

    def events_published(self, organization_id: OrganizationId) -> None:
        """Wake the streams that watch the organisation."""
        ...


@asynccontextmanager
async def tenant_transaction(pool: Pool, organization_id: UUID) -> AsyncIterator[Connection]:
    """Open a transaction in which the app role sees one organisation.

    It is committed when the block ends, unless the block did so itself.
    """
    async with connection_from(pool) as connection:
        # If the block fails or is cancelled the pool rolls back when the connection returns.
        await connection.execute(BEGIN, {"organization_id": str(organization_id)})
        try:
            yield connection
        except BaseException:
            await connection.rollback()
            raise
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            await connection.execute("COMMIT")


class PostgresTransaction:
    """The domain's CommandTransaction; contexts add their own rows in subclasses."""

    def __init__(self, connection: Connection, context: CommandContext, ids: IdSource) -> None:
        self._connection = connection
        self._context = context
        self._ids = ids
        self._audits: list[tuple[str, UUID, dict[str, JsonScalar]]] = []
        self._events: list[Event] = []
        self._tasks: list[NewTask] = []
        self._finishes_task = False
        self.ready_tasks: Sequence[ReadyTask] = ()
        self.duplicates: Counter[str] = Counter()
        """How many tasks of a type had been dispatched before, under the same key."""

    @property
    def organization_id(self) -> OrganizationId:
        return self._context.organization_id

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    async def claim(self, command: object, target: UUID) -> UUID | None:
        if self._context.request_id is None:
            return None
        row = {
            "organization_id": self.organization_id,
            "request_id": self._context.request_id,
            "fingerprint": fingerprint(command),
            "target_id": target,
        }
        inserted = await self._connection.execute(
            "INSERT INTO command_requests (organization_id, request_id, fingerprint, target_id)"
            " VALUES (%(organization_id)s, %(request_id)s, %(fingerprint)s, %(target_id)s)"
            " ON CONFLICT DO NOTHING",
            row,
        )
        if inserted.rowcount == 1:
            return None
        return await self._first_target(row)

    async def _first_target(self, row: dict[str, object]) -> UUID:
        cursor = await self._connection.execute(
            "SELECT fingerprint, target_id FROM command_requests"
            " WHERE organization_id = %(organization_id)s AND request_id = %(request_id)s",
            row,
        )
        found = await cursor.fetchone()
        if found is None or bytes(found[0]) != row["fingerprint"]:
            raise RequestIdReusedError
        return UUID(str(found[1]))

    def audit(self, action: str, subject_id: UUID, **details: JsonScalar) -> None:
        self._audits.append((action, subject_id, details))

    def publish(self, event: Event) -> None:
        self._events.append(event)

    def dispatch(self, task: NewTask) -> None:
        self._tasks.append(task)

    def finish_task(self) -> None:
        self._finishes_task = True

    async def commit(self) -> None:
        """Write what was gathered and commit."""
        await self.flush()
        log = command_log(self._context, self._ids, self._audits, self._events)
        # What nobody waits for an answer from goes with the commit, in one round trip.
        await self._connection.execute("; ".join([*log.statements, "COMMIT"]), log.parameters)

    async def flush(self) -> None:
        """Write what was gathered and may still be refused."""
        if self._finishes_task and self._context.task is not None:
            await mark_task_done(self._connection, self._context)
        if self._tasks:
            self.ready_tasks = await insert_tasks(
                self._connection,
                self._context,
                self._tasks,
                self._ids,
                duplicates=self.duplicates,
            )


Transaction = TypeVar("Transaction", bound=PostgresTransaction)
TransactionFactory = Callable[[Connection, CommandContext, IdSource], Transaction]


class TransactionOpener:
    """Opens command transactions on the app role's pool and gives the hints after the commit."""

    def __init__(self, pool: Pool, ids: IdSource, after_commit: AfterCommit) -> None:
        self.pool = pool
        self._ids = ids
        self._after_commit = after_commit

    @asynccontextmanager
    async def open(
        self, context: CommandContext, factory: TransactionFactory[Transaction]
    ) -> AsyncIterator[Transaction]:
        """Yield a transaction; commit when the block ends, roll back when it raises."""
        async with tenant_transaction(self.pool, context.organization_id) as connection:
            transaction = factory(connection, context, self._ids)
            yield transaction
            await transaction.commit()
        for kind, count in transaction.duplicates.items():
            _DUPLICATES.labels(kind).inc(count)
        if transaction.ready_tasks:
            self._after_commit.tasks_ready(transaction.ready_tasks)
        if transaction.has_events:
            self._after_commit.events_published(context.organization_id)
