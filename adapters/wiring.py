"""Opens everything outside in order and closes it in reverse; servers and workers start here.

Nothing here waits for Postgres or Redis: a process starts while they are down, and its calls fail
with a TemporaryError until they are back.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.clock import SystemClock, Uuid7Source
from adapters.dispatch.handoff import TaskHandoff
from adapters.postgres.directory_store import PostgresDirectoryStore
from adapters.postgres.health_probe import DatabaseProbe
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.job_store import PostgresJobStore
from adapters.postgres.message_store import PostgresMessageStore
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.transactions import TransactionOpener
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.event_hints import EventHintPublisher, RedisEventHints
from adapters.redis.health_probe import CacheProbe
from adapters.settings import AdapterSettings
from domain.clock import Clock
from domain.directory.ports import DirectoryStore
from domain.health.component import Component
from domain.health.ports import Probe
from domain.identifiers import IdSource, OrganizationId
from domain.invoicing.ports import InvoiceStore
from domain.jobs.ports import EventHints, JobStore
from domain.messaging.ports import MessageStore
from domain.operations.task import ReadyTask


@dataclass(frozen=True, slots=True)
class PoolSizes:
    """The most connections one process takes for itself, by role of the database."""

    app: int
    system: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What is outside, as the domain's ports name it."""

    clock: Clock
    ids: IdSource
    directory: DirectoryStore
    event_hints: EventHints
    invoices: InvoiceStore
    jobs: JobStore
    messages: MessageStore
    health_probes: Mapping[Component, Probe]
    repairs: Mapping[Component, Callable[[], Awaitable[None]]]
    """What to do when a component is back."""


class _Hints:
    """Both hints after a commit: tasks to the broker, news to the streams."""

    def __init__(self, handoff: TaskHandoff, events: EventHintPublisher) -> None:
        self._handoff = handoff
        self._events = events

    def tasks_ready(self, tasks: Sequence[ReadyTask]) -> None:
        self._handoff.tasks_ready(tasks)

    def events_published(self, organization_id: OrganizationId) -> None:
        self._events.events_published(organization_id)


@asynccontextmanager
async def open_adapters(
    settings: AdapterSettings, *, process: str, pool_sizes: PoolSizes
) -> AsyncIterator[Adapters]:
    """Yield the adapters of one process; `process` names it in the database's list of sessions."""
    async with AsyncExitStack() as stack:
        app_pool = await stack.enter_async_context(
            _open_pool(settings.database_url.get_secret_value(), process, pool_sizes.app)
        )
        redis_url = settings.redis_url.get_secret_value()
        redis = create_redis(redis_url)
        stack.push_async_callback(redis.aclose)
        events = await stack.enter_async_context(EventHintPublisher(redis))
        listener = await stack.enter_async_context(ChannelListener(redis))
        handoff = TaskHandoff(redis_url)
        handoff.start()
        stack.callback(handoff.close)

        ids = Uuid7Source()
        opener = TransactionOpener(app_pool, ids, _Hints(handoff, events))
        database_probe = DatabaseProbe(settings.database_url.get_secret_value())
        stack.push_async_callback(database_probe.close)
        cache_probe = CacheProbe(redis_url)
        stack.push_async_callback(cache_probe.close)
        yield Adapters(
            clock=SystemClock(),
            ids=ids,
            directory=PostgresDirectoryStore(opener),
            event_hints=RedisEventHints(listener),
            invoices=PostgresInvoiceStore(opener),
            jobs=PostgresJobStore(opener),
            messages=PostgresMessageStore(opener),
            health_probes={Component.DATABASE: database_probe, Component.CACHE: cache_probe},
            # Connections that broke while the database was away are found before a caller does.
            repairs={Component.DATABASE: app_pool.check},
        )


@asynccontextmanager
async def _open_pool(conninfo: str, process: str, size: int) -> AsyncIterator[Pool]:
    pool = create_pool(conninfo, name=process, max_size=size)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()
