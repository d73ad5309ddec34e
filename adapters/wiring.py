"""Opens everything outside in order and closes it in reverse; servers and workers start here.

Nothing here waits for Postgres or Redis: a process starts while they are down, and its calls fail
with a TemporaryError until they are back.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
import psycopg

from adapters.afip.authorities import ArcaAuthorities
from adapters.afip.certificates import X509Certificates
from adapters.afip.credentials import load_credentials
from adapters.afip.services import open_arca_services
from adapters.blobs.opening import open_blob_store
from adapters.clock import SystemClock, Uuid7Source
from adapters.dispatch.handoff import TaskHandoff
from adapters.email.opening import open_email_sender
from adapters.postgres.access_tickets import PostgresAccessTickets
from adapters.postgres.api_key_store import PostgresApiKeyStore, PostgresPresentedKeys
from adapters.postgres.business_numbers import PostgresBusinessNumbers
from adapters.postgres.connection_store import PostgresConnectionStore
from adapters.postgres.dead_task_store import PostgresDeadTaskStore
from adapters.postgres.device_store import PostgresDeviceStore
from adapters.postgres.directory_store import PostgresDirectoryStore
from adapters.postgres.fix_store import PostgresFixStore
from adapters.postgres.health_probe import DatabaseProbe
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.job_store import PostgresJobStore
from adapters.postgres.message_store import PostgresMessageStore
from adapters.postgres.notification_store import PostgresNotificationStore
from adapters.postgres.own_secrets import PostgresOwnAccessTokens, PostgresOwnCertificates
from adapters.postgres.partitions import PostgresPartitions
from adapters.postgres.pool_gauges import shown_pools
from adapters.postgres.pools import Pool, create_pool, replace_connections
from adapters.postgres.queue_pauses import PostgresQueuePauses
from adapters.postgres.queue_statistics_store import PostgresQueueStatistics
from adapters.postgres.recorded_positions import PostgresRecordedPositions
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing
from adapters.postgres.standings import PostgresStandings
from adapters.postgres.task_commands import PostgresTaskCommands
from adapters.postgres.task_store import PostgresTaskStore
from adapters.postgres.transactions import TransactionOpener
from adapters.postgres.travels import PostgresTravels
from adapters.postgres.webhook_inbox import PostgresWebhookInbox
from adapters.provider_calls import ProviderCalls
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_patient_redis, create_redis
from adapters.redis.event_hints import EventHintPublisher, RedisEventHints
from adapters.redis.feature_reports import RedisFeatureReports
from adapters.redis.health_probe import CacheProbe
from adapters.redis.live_positions import RedisLivePositions
from adapters.redis.shared_counts import TIMEOUT_SECONDS as COUNT_SECONDS
from adapters.redis.shared_counts import RedisSharedCounts
from adapters.secret_source import SystemSecretSource
from adapters.settings import AdapterSettings
from adapters.traces.opening import open_traces
from adapters.traces.ports import Traces
from adapters.whatsapp.deliveries import CloudApiReader
from adapters.whatsapp.gateway import TIMEOUT as WHATSAPP_TIMEOUT
from adapters.whatsapp.gateway import CloudApiGateway
from adapters.whatsapp.numbers import CloudApiNumbers
from adapters.whatsapp.webhooks import CloudApiWebhooks
from domain.api_keys.ports import ApiKeyStore, PresentedKeys
from domain.api_keys.secret import SecretSource
from domain.blobs.ports import BlobStore
from domain.clock import Clock
from domain.connections.ports import (
    ArcaCertificates,
    ConnectionStore,
    OwnAccessTokens,
    OwnCertificates,
    WhatsAppNumbers,
)
from domain.connections.whatsapp_connection import AccessToken
from domain.directory.ports import DirectoryStore
from domain.directory.standing import Standings
from domain.health.component import Component
from domain.health.ports import FeatureReports, FeatureStates, Probe
from domain.identifiers import IdSource, OrganizationId
from domain.invoicing.access_ticket import AccessTicketStore
from domain.invoicing.ports import FiscalAuthorities, InvoiceStore
from domain.jobs.ports import EventHints, JobStore
from domain.limits.ports import SharedCounts
from domain.messaging.ports import MessageStore, WhatsAppGateway, WhatsAppReader
from domain.notifications.ports import EmailSender, NotificationStore
from domain.operations.partitions import Partitions
from domain.operations.pause_ports import QueuePauses
from domain.operations.ports import DeadTaskStore, TaskCommands, TaskStore
from domain.operations.queue_ports import QueueStatisticsStore
from domain.operations.task import ReadyTask
from domain.tracking.ports import DeviceStore, FixStore, LivePositions, RecordedPositions, Travels
from domain.webhooks.ports import BusinessNumbers, WebhookInbox, WhatsAppWebhooks

FIRST_CONNECTION_SECONDS = 1.5


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
    blobs: BlobStore
    api_keys: ApiKeyStore
    arca_certificates: ArcaCertificates
    business_numbers: BusinessNumbers
    connections: ConnectionStore
    dead_tasks: DeadTaskStore
    devices: DeviceStore
    directory: DirectoryStore
    event_hints: EventHints
    feature_reports: FeatureReports
    feature_states: FeatureStates
    fixes: FixStore
    invoices: InvoiceStore
    jobs: JobStore
    live_positions: LivePositions
    messages: MessageStore
    notifications: NotificationStore
    own_access_tokens: OwnAccessTokens
    own_certificates: OwnCertificates
    partitions: Partitions
    presented_keys: PresentedKeys
    provider_calls: ProviderCalls
    queue_pauses: QueuePauses
    queue_statistics: QueueStatisticsStore
    recorded_positions: RecordedPositions
    secrets: SecretSource
    shared_counts: SharedCounts
    standings: Standings
    task_commands: TaskCommands
    tasks: TaskStore
    travels: Travels
    webhook_inbox: WebhookInbox
    whatsapp_reader: WhatsAppReader
    whatsapp_webhooks: WhatsAppWebhooks
    traces: Traces | None
    """None unless the settings switch them on."""
    access_tickets: AccessTicketStore | None
    """None without a key to seal secrets with."""
    health_probes: Mapping[Component, Probe]
    repairs: Mapping[Component, Callable[[], Awaitable[None]]]
    """What to do when a component is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Outside services; None is one that the settings do not describe."""

    email: EmailSender | None
    fiscal_authorities: FiscalAuthorities | None
    whatsapp: WhatsAppGateway | None


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
    database_url = settings.database_url.get_secret_value()
    redis_url = settings.redis_url.get_secret_value()
    clock, ids = SystemClock(), Uuid7Source()
    direct = settings.database_direct_url
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        traces = await enter(
            open_traces(
                settings.traces_endpoint,
                sample_ratio=settings.traces_sample_ratio,
                process=process,
            )
        )
        app_pool = await enter(_open_pool(database_url, process, pool_sizes.app))
        system_url = settings.database_system_url.get_secret_value()
        system_pool = await enter(_open_pool(system_url, process, pool_sizes.system))
        await enter(shown_pools({"app": app_pool, "system": system_pool}))
        redis = create_redis(redis_url)
        stack.push_async_callback(redis.aclose)
        guarding = create_patient_redis(redis_url)
        stack.push_async_callback(guarding.aclose)
        counting = create_redis(redis_url, timeout_seconds=COUNT_SECONDS, max_connections=8)
        stack.push_async_callback(counting.aclose)
        events = await enter(EventHintPublisher(redis))
        listener = await enter(ChannelListener(redis))
        features = await enter(RedisFeatureReports(redis, listener, clock, ids))
        handoff = TaskHandoff((settings.broker_url or settings.redis_url).get_secret_value())
        handoff.start()
        stack.callback(handoff.close)
        opener = TransactionOpener(app_pool, ids, _Hints(handoff, events))
        provider_calls = ProviderCalls(
            settings,
            guarding,
            system_pool=system_pool,
            clock=clock,
            reports=features,
            traces=traces,
        )
        keys = _key_ring(settings)
        sealing = SealedColumns(keys)
        probes = DatabaseProbe(database_url), CacheProbe(redis_url)
        for probe in probes:
            stack.push_async_callback(probe.close)
        database_probe, cache_probe = probes

        async def renew_pools() -> None:
            # Connections that broke while the database was away are gone before a caller has one.
            await replace_connections(app_pool)
            await replace_connections(system_pool)

        yield Adapters(
            clock=clock,
            ids=ids,
            blobs=await enter(open_blob_store(settings, clock, provider_calls.blob_store)),
            api_keys=PostgresApiKeyStore(opener),
            arca_certificates=X509Certificates(),
            business_numbers=PostgresBusinessNumbers(system_pool),
            connections=PostgresConnectionStore(opener, sealing),
            dead_tasks=PostgresDeadTaskStore(opener),
            devices=PostgresDeviceStore(opener),
            directory=PostgresDirectoryStore(opener),
            event_hints=RedisEventHints(listener),
            feature_reports=features,
            feature_states=features,
            fixes=await enter(PostgresFixStore(system_pool)),
            invoices=PostgresInvoiceStore(opener),
            jobs=PostgresJobStore(opener),
            live_positions=await enter(RedisLivePositions(redis, listener)),
            messages=PostgresMessageStore(opener),
            notifications=PostgresNotificationStore(opener),
            own_access_tokens=PostgresOwnAccessTokens(app_pool, sealing),
            own_certificates=PostgresOwnCertificates(app_pool, sealing),
            task_commands=PostgresTaskCommands(opener),
            partitions=PostgresPartitions(
                system_pool,
                owner_url=direct.get_secret_value() if direct else None,
            ),
            presented_keys=PostgresPresentedKeys(system_pool),
            provider_calls=provider_calls,
            queue_pauses=PostgresQueuePauses(opener),
            queue_statistics=PostgresQueueStatistics(app_pool),
            recorded_positions=PostgresRecordedPositions(app_pool),
            secrets=SystemSecretSource(),
            shared_counts=RedisSharedCounts(counting),
            standings=PostgresStandings(app_pool, system_pool),
            tasks=PostgresTaskStore(app_pool),
            travels=PostgresTravels(app_pool),
            traces=traces,
            webhook_inbox=PostgresWebhookInbox(opener),
            whatsapp_reader=CloudApiReader(),
            whatsapp_webhooks=CloudApiWebhooks(
                app_secret=settings.whatsapp_app_secret,
                verify_token=settings.whatsapp_verify_token,
            ),
            access_tickets=PostgresAccessTickets(app_pool, keys) if keys else None,
            health_probes={Component.DATABASE: database_probe, Component.CACHE: cache_probe},
            repairs={Component.DATABASE: renew_pools},
        )


@asynccontextmanager
async def open_providers(settings: AdapterSettings, adapters: Adapters) -> AsyncIterator[Providers]:
    """Yield the providers that the settings describe.

    Raises CredentialsError for bad files, RelaySettingError for a bad address of the SMTP relay.
    """
    async with AsyncExitStack() as stack:
        yield Providers(
            email=open_email_sender(
                settings.smtp_url, settings.email_from, adapters.provider_calls.smtp
            ),
            fiscal_authorities=await _open_fiscal_authorities(stack, settings, adapters),
            whatsapp=await _open_whatsapp(stack, settings, adapters),
        )


async def _open_fiscal_authorities(
    stack: AsyncExitStack, settings: AdapterSettings, adapters: Adapters
) -> FiscalAuthorities | None:
    if adapters.access_tickets is None:
        return None
    certificate, private_key = settings.afip_certificate, settings.afip_private_key
    platform = load_credentials(certificate, private_key) if certificate and private_key else None
    services = await stack.enter_async_context(
        open_arca_services(
            wsaa_url=settings.afip_wsaa_url,
            wsfe_url=settings.afip_wsfe_url,
            tickets=adapters.access_tickets,
            clock=adapters.clock,
            calls=adapters.provider_calls.arca(),
        )
    )
    return ArcaAuthorities(services, adapters.own_certificates, platform)


async def _open_whatsapp(
    stack: AsyncExitStack, settings: AdapterSettings, adapters: Adapters
) -> WhatsAppGateway | None:
    if settings.whatsapp_token is None and settings.secrets_key is None:
        return None
    client = await stack.enter_async_context(_graph_client(settings))
    token = settings.whatsapp_token
    return CloudApiGateway(
        client,
        adapters.own_access_tokens,
        adapters.provider_calls.whatsapp(),
        platform_token=AccessToken(token.get_secret_value()) if token else None,
    )


@asynccontextmanager
async def open_whatsapp_numbers(
    settings: AdapterSettings, adapters: Adapters
) -> AsyncIterator[WhatsAppNumbers]:
    """Yield whoever knows which tokens open which numbers; a server asks, and nobody else."""
    async with _graph_client(settings) as client:
        yield CloudApiNumbers(client, adapters.provider_calls.whatsapp_questions())


def _graph_client(settings: AdapterSettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=settings.whatsapp_url, timeout=WHATSAPP_TIMEOUT, trust_env=False
    )


def _key_ring(settings: AdapterSettings) -> KeyRing | None:
    if settings.secrets_key is None:
        return None
    return KeyRing.from_setting(settings.secrets_key.get_secret_value())


@asynccontextmanager
async def _open_pool(conninfo: str, process: str, size: int) -> AsyncIterator[Pool]:
    pool = create_pool(conninfo, name=process, max_size=size)
    await pool.open()
    # Those who come first, when a process takes over from another, find a connection.
    with suppress(psycopg.OperationalError):
        await pool.putconn(await pool.getconn(FIRST_CONNECTION_SECONDS))
    try:
        yield pool
    finally:
        await pool.close()
