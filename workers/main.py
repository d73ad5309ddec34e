"""One worker process: opens the ledger and the broker, runs tasks of one tier until SIGTERM.

It starts and waits while Postgres or Redis is down, and goes on by itself when they are back.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import structlog
import uvloop
from prometheus_client import start_http_server

from adapters.dispatch.brokers import open_broker
from adapters.log_output import configure_logs
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.queue_recording import PostgresQueueRecording
from adapters.postgres.task_ledger import PostgresTaskLedger
from domain.errors import TemporaryError
from domain.operations.ports import TaskLedger
from domain.operations.task_type import TASK_TYPES, TaskTypes, Tier
from workers.consumption import Consumption
from workers.exchange import LedgerExchange
from workers.isolation import Isolation
from workers.leases import Leases
from workers.queue_meter import QueueMeter, keep_reporting, report_last
from workers.runner import TaskRunner
from workers.settings import WorkerSettings
from workers.task_run import Handlers

LONGEST_STOP_SECONDS = 9.0
_RETRY_SECONDS = 1.0

OpenHandlers = Callable[[], AbstractAsyncContextManager[Handlers]]

_log = structlog.get_logger(__name__)


def run_worker(
    settings: WorkerSettings,
    tier: Tier,
    open_handlers: OpenHandlers,
    *,
    types: TaskTypes = TASK_TYPES,
) -> None:
    """Run until SIGTERM or SIGINT; what is unfinished then is given back, within 10 s."""
    configure_logs(settings.log_level, process=f"worker {tier.value}")
    start_http_server(settings.metrics_port_of(tier), addr=settings.metrics_host)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, tier, open_handlers, types))


async def _serve(
    settings: WorkerSettings, tier: Tier, open_handlers: OpenHandlers, types: TaskTypes
) -> None:
    stopping = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopping.set)
    worker, concurrency = f"{socket.gethostname()}:{os.getpid()}", settings.concurrency_of(tier)
    async with _open_pool(settings) as pool, open_handlers() as handlers:
        ledger = PostgresTaskLedger(pool, worker=worker, lease_seconds=settings.task_lease_seconds)
        meter = QueueMeter()
        recording = PostgresQueueRecording(pool, worker=worker, tier=tier, concurrency=concurrency)
        leases = Leases(ledger, renewal_seconds=settings.task_renewal_seconds)
        runner = TaskRunner(
            tier=tier,
            exchange=LedgerExchange(ledger),
            leases=leases,
            isolation=Isolation(),
            handlers=handlers,
            types=types,
            draining=stopping,
            meter=meter,
        )
        consumption = Consumption(
            open_broker(settings.task_broker_url, timeout_seconds=2.0, retries=1),
            tier,
            concurrency=concurrency,
            run=runner.run,
            loop=asyncio.get_running_loop(),
        )
        chores = [
            asyncio.create_task(leases.keep_renewing()),
            asyncio.create_task(_release_parked(ledger, handlers)),
            asyncio.create_task(keep_reporting(meter, recording)),
        ]
        consumption.start()
        _log.info("worker_started", concurrency=concurrency)
        await stopping.wait()
        await _drain(consumption, leases, grace_seconds=settings.worker_drain_seconds)
        for chore in chores:
            chore.cancel()
        await report_last(meter, recording)
    _log.info("worker_stopped")


@asynccontextmanager
async def _open_pool(settings: WorkerSettings) -> AsyncIterator[Pool]:
    pool = create_pool(
        settings.database_system_url.get_secret_value(), name="worker claims", max_size=2
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close(timeout=1.0)


async def _release_parked(ledger: TaskLedger, handlers: Handlers) -> None:
    """Tell the ledger once that this build can run what an older one could not."""
    while True:
        try:
            released = await ledger.release_parked(handlers.keys())
        except TemporaryError:
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            _log.info("parked_tasks_released", count=released)
            return


async def _drain(consumption: Consumption, leases: Leases, *, grace_seconds: float) -> None:
    """Let running tasks finish for a while, then give them back; the process ends either way."""
    _log.info("worker_draining")
    deadline = threading.Timer(LONGEST_STOP_SECONDS, os._exit, args=[1])
    deadline.daemon = True
    deadline.start()
    stopped = asyncio.create_task(consumption.stop())
    await asyncio.wait({stopped}, timeout=grace_seconds)
    while not stopped.done():
        if called_off := leases.call_off_all():
            _log.info("tasks_called_off", count=called_off)
        await asyncio.wait({stopped}, timeout=0.2)
    with suppress(OSError):
        await stopped
