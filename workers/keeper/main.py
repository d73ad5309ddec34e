"""The keeper's process: does its duties until SIGTERM, each at its own pace."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import structlog
import uvloop
from prometheus_client import start_http_server

from adapters.alerts.email import EmailAlertSender
from adapters.alerts.webhook import WebhookSender
from adapters.clock import SystemClock, Uuid7Source
from adapters.cron_schedules import read_schedule
from adapters.dispatch.broker_queues import BrokerQueues
from adapters.dispatch.windows import WINDOWS
from adapters.email.opening import open_operators_email_sender
from adapters.log_output import configure_logs
from adapters.postgres.alert_book import PostgresAlertBook
from adapters.postgres.alert_deliveries import PostgresAlertDeliveries
from adapters.postgres.certificate_expiries import PostgresCertificateExpiries
from adapters.postgres.cron_keeping import PostgresCronKeeping
from adapters.postgres.dead_causes import PostgresDeadCauses
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.pool_gauges import shown_pools
from adapters.postgres.pools import create_pool
from adapters.postgres.queue_keeping import PostgresQueueKeeping
from adapters.postgres.queue_statistics_store import PostgresQueueStatistics
from adapters.postgres.task_keeping import PostgresTaskKeeping
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from domain.alerts import AlertSender
from domain.operations.cron_ports import CronKeeping
from domain.operations.ports import TaskKeeping, TaskQueues
from domain.operations.queue_ports import QueueKeeping
from domain.operations.task_type import TASK_TYPES
from workers.keeper.blob_duties import open_blob_duties
from workers.keeper.bookkeeper import Bookkeeper
from workers.keeper.census import Census
from workers.keeper.cleaner import Cleaner, Housekeeping
from workers.keeper.component_duties import open_component_duties
from workers.keeper.courier import Courier
from workers.keeper.cron import Cron
from workers.keeper.duty import Duty, end_duties
from workers.keeper.expiry import Expiry
from workers.keeper.reaper import Reaper
from workers.keeper.relay import Relay
from workers.keeper.runway import RunwayWatch
from workers.keeper.sweeper import Sweeper
from workers.keeper.watchman import Watchman
from workers.settings import KeeperSettings

_log = structlog.get_logger(__name__)


def run_keeper(settings: KeeperSettings) -> None:
    """Run until SIGTERM or SIGINT. Nothing is held in memory that another keeper would miss."""
    configure_logs(settings.log_level, process="keeper")
    start_http_server(settings.bound_metrics_port, addr=settings.metrics_host)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


def duties(
    settings: KeeperSettings,
    keeping: TaskKeeping,
    queues: TaskQueues,
    *,
    housekeeping: Housekeeping,
    cron: CronKeeping,
    queue_keeping: QueueKeeping,
    watchman: Watchman,
    courier: Courier,
) -> Sequence[Duty]:
    """Return everything a keeper does."""
    cleaner = Cleaner(housekeeping)
    bookkeeper = Bookkeeper(queue_keeping)
    reaper = Reaper(keeping, queues, grace_seconds=settings.task_renewal_seconds * 1.5)
    work = {
        "relay": (settings.task_relay_seconds, Relay(keeping, queues, WINDOWS).work),
        "reaper": (settings.task_reap_seconds, reaper.work),
        "expiry": (settings.task_reap_seconds, Expiry(keeping).work),
        "sweeper": (settings.task_sweep_seconds, Sweeper(keeping, queues, WINDOWS).work),
        "census": (5.0, Census(queue_keeping).work),
        "queue_counts": (1.0, bookkeeper.fold),
        "queue_statistics": (60.0, bookkeeper.forget),
        "queue_watch": (15.0, watchman.watch_queues),
        "death_watch": (30.0, watchman.watch_deaths),
        "runway_watch": (60.0, watchman.watch_runways),
        "certificate_watch": (600.0, watchman.watch_certificates),
        "feature_watch": (2.0, watchman.watch_features),
        "alerts": (2.0, courier.deliver),
        "old_alerts": (3600.0, courier.forget),
        "history": (5.0, cleaner.move_finished_tasks),
        "requests": (60.0, cleaner.forget_requests),
        "task_keys": (600.0, cleaner.forget_task_keys),
        "webhooks": (600.0, cleaner.forget_webhooks),
        "access_tickets": (3600.0, cleaner.forget_access_tickets),
        "cron": (settings.cron_seconds, Cron(cron, read_schedule).work),
        "runway": (60.0, RunwayWatch(housekeeping).work),
    }
    # The cron has partitions made; this is for a platform that was off for long, or has no workers.
    at_the_start = Duty(
        name="partitions",
        every_seconds=60.0,
        work=cleaner.make_partitions,
        is_done_once=True,
        limit_seconds=600.0,
    )
    return [
        at_the_start,
        *(
            Duty(name=name, every_seconds=every, work=action)
            for name, (every, action) in work.items()
        ),
    ]


async def _serve(settings: KeeperSettings) -> None:
    stopping = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopping.set)
    pool = create_pool(settings.database_system_url.get_secret_value(), name="keeper", max_size=3)
    await pool.open()
    queues = BrokerQueues(settings.task_broker_url)
    housekeeping = PostgresHousekeeping(pool)
    async with (
        shown_pools({"system": pool}),
        _open_senders(settings) as senders,
        _open_features(settings) as features,
        open_blob_duties(settings, pool, features) as of_blobs,
        open_component_duties(settings, pool, senders) as of_components,
    ):
        of_the_ledger = duties(
            settings,
            PostgresTaskKeeping(pool),
            queues,
            housekeeping=housekeeping,
            cron=PostgresCronKeeping(pool),
            queue_keeping=PostgresQueueKeeping(pool),
            watchman=Watchman(
                book=PostgresAlertBook(pool),
                statistics=PostgresQueueStatistics(pool),
                causes=PostgresDeadCauses(pool),
                runways=housekeeping,
                certificates=PostgresCertificateExpiries(pool),
                features=features,
                clock=SystemClock(),
                types=TASK_TYPES,
                dead_task_limit=settings.alerts_dead_tasks,
            ),
            courier=Courier(PostgresAlertDeliveries(pool), senders),
        )
        running = [
            asyncio.create_task(duty.keep_doing())
            for duty in (*of_the_ledger, *of_blobs, *of_components)
        ]
        _log.info("keeper_started")
        await stopping.wait()
        await end_duties(running)
    await queues.close()
    await pool.close(timeout=1.0)
    _log.info("keeper_stopped")


@asynccontextmanager
async def _open_senders(settings: KeeperSettings) -> AsyncIterator[Sequence[AlertSender]]:
    """Yield the ways to operators that the settings describe; the log is always one."""
    senders: list[AlertSender] = []
    relay = open_operators_email_sender(settings.smtp_url, settings.email_from)
    if relay is not None and settings.alert_addresses:
        senders.append(EmailAlertSender(relay, settings.alert_addresses))
    async with httpx.AsyncClient(trust_env=False) as client:
        if settings.alerts_webhook_url is not None:
            url = settings.alerts_webhook_url.get_secret_value()
            senders.append(WebhookSender(client, url))
        yield senders


@asynccontextmanager
async def _open_features(settings: KeeperSettings) -> AsyncIterator[RedisFeatureReports]:
    """Yield what all processes report of features."""
    redis = create_redis(settings.redis_url.get_secret_value())
    try:
        async with (
            ChannelListener(redis) as listener,
            RedisFeatureReports(redis, listener, SystemClock(), Uuid7Source()) as features,
        ):
            yield features
    finally:
        await redis.aclose()
