"""Runs one task: claim it, let its handler work while the lease is kept, settle the outcome."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.errors import DomainError, TemporaryError
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.settlement import Settlement, done, failed, returned, without_handler
from domain.operations.task import LeaseLostError, TaskState, TimeLimitExceededError
from domain.operations.task_type import TaskType, TaskTypes, Tier
from workers.exchange import LedgerExchange
from workers.isolation import Isolation
from workers.leases import HeldTask, Leases
from workers.metrics import NOT_TO_BE_HAD, OUTCOMES, RUN, RUNNING, STUCK, WAIT
from workers.queue_meter import QueueMeter
from workers.task_run import Handler, Handlers, TaskRun

STOP_SECONDS = 5.0
"""How long an attempt that was stopped may take to end; afterwards its process is replaced."""
_RETRY_SECONDS = 0.5
_TRACE_ID = slice(3, 35)

_log = structlog.get_logger(__name__)


class CalledOffError(Exception):
    """A handler was cancelled, and not by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRunner:
    """Turns tickets into attempts; safe to be told the same one twice."""

    tier: Tier
    exchange: LedgerExchange
    leases: Leases
    isolation: Isolation
    handlers: Handlers
    types: TaskTypes
    draining: asyncio.Event
    jitter: Callable[[], float] = random.random
    stop_seconds: float = STOP_SECONDS
    meter: QueueMeter = field(default_factory=QueueMeter)

    async def run(self, ticket: Ticket) -> bool:
        """Run the task of a ticket, if it is to be had; wait as long as the ledger is away.

        Returns False if the task was left undone, because this process is about to stop.
        """
        async with self.isolation.enter(alone=ticket.is_alone):
            if self.draining.is_set():
                return False
            claimed = await self._persist(lambda: self.exchange.claim(ticket))
            if claimed is None:
                NOT_TO_BE_HAD.inc()
                return not self.draining.is_set()
            with RUNNING.labels(self.tier).track_inprogress():
                return await self._run_claimed(claimed)

    async def _run_claimed(self, task: ClaimedTask) -> bool:
        """Run a task that is ours; return False if it was given back undone."""
        log = _log.bind(
            task_id=str(task.id),
            type=task.type,
            organization_id=str(task.organization_id),
            request_id=task.correlation_id,
            trace_id=task.traceparent and task.traceparent[_TRACE_ID],
            attempt=task.attempt,
        )
        kind, handler = self.types.get(task.type), self.handlers.get(task.type)
        if kind is None or handler is None or task.payload_version > kind.payload.version:
            log.warning("task_without_handler")
            await self._settle(without_handler(task))
            return True
        WAIT.labels(task.type).observe(task.waited_seconds)
        self.meter.started(task.type, task.waited_seconds)
        begun_at = time.monotonic()
        attempt = asyncio.ensure_future(_attempt(handler, task))
        with self.leases.hold(task, attempt) as held:
            await self._end_of(held, kind)
            run_seconds = time.monotonic() - begun_at
            RUN.labels(task.type).observe(run_seconds)
            settlement = self._judge(held, kind)
            self.meter.ended(task.type, run_seconds, settlement.outcome if settlement else None)
            _report(log, task, settlement, attempt)
            if settlement is None:
                return True
            await self._settle(settlement)
            return settlement.state is not TaskState.READY

    async def _end_of(self, held: HeldTask, kind: TaskType) -> None:
        """Wait for the attempt to end, and stop it when it takes too long.

        One that does not even stop has this process replaced: until it is gone the lease is kept,
        so that the task is at work once at a time, and afterwards the task counts as crashed.
        """
        limit_seconds = _limit_seconds(held.task, kind)
        _, unfinished = await asyncio.wait({held.attempt}, timeout=limit_seconds)
        if not unfinished:
            return
        held.time_out()
        _, unfinished = await asyncio.wait({held.attempt}, timeout=self.stop_seconds)
        if unfinished:
            STUCK.labels(held.task.type).inc()
            _log.error("task_does_not_stop", task_id=str(held.task.id), type=held.task.type)
            self.draining.set()
            await asyncio.wait({held.attempt})

    def _judge(self, held: HeldTask, kind: TaskType) -> Settlement | None:
        """Return what becomes of the task, None where that is no longer for us to say."""
        error = _error_of(held.attempt)
        if error is None:
            return done(held.task)
        if held.is_lost or isinstance(error, LeaseLostError):
            return None
        if held.is_out_of_time and isinstance(error, CalledOffError):
            error = TimeLimitExceededError(_limit_seconds(held.task, kind))
        elif held.is_called_off and isinstance(error, CalledOffError):
            return returned(held.task)
        return failed(held.task, kind, error, jitter=self.jitter())

    async def _settle(self, settlement: Settlement) -> None:
        await self._persist(lambda: self.exchange.settle(settlement))

    async def _persist(
        self, call: Callable[[], Awaitable[ClaimedTask | None]]
    ) -> ClaimedTask | None:
        """Make a call to the ledger until it succeeds; when we are draining, once."""
        while True:
            try:
                return await call()
            except TemporaryError as error:
                _log.warning("ledger_out_of_reach", reason=error.reason)
                if self.draining.is_set():
                    return None
                await asyncio.sleep(_RETRY_SECONDS)


def _limit_seconds(task: ClaimedTask, kind: TaskType) -> float:
    return max(0.0, min(kind.time_limit_seconds, task.worth_seconds))


async def _attempt(handler: Handler, task: ClaimedTask) -> None:
    with structlog.contextvars.bound_contextvars(
        task_id=str(task.id), request_id=task.correlation_id
    ):
        await handler(
            TaskRun(
                organization_id=task.organization_id,
                type=task.type,
                payload=task.payload,
                context=CommandContext(
                    organization_id=task.organization_id,
                    actor=PLATFORM_ACTOR,
                    correlation_id=task.correlation_id,
                    traceparent=task.traceparent,
                    task=task.claim,
                ),
            )
        )


def _error_of(attempt: "asyncio.Task[None]") -> BaseException | None:
    if attempt.cancelled():
        return CalledOffError("The attempt was cancelled.")
    return attempt.exception()


def _report(
    log: structlog.typing.FilteringBoundLogger,
    task: ClaimedTask,
    settlement: Settlement | None,
    attempt: "asyncio.Task[None]",
) -> None:
    if settlement is None:
        OUTCOMES.labels(task.type, "lease_lost").inc()
        log.warning("task_lease_lost")
        return
    outcome = settlement.outcome.value if settlement.outcome else "returned"
    OUTCOMES.labels(task.type, outcome).inc()
    error = _error_of(attempt)
    write = {
        # The ledger and the numbers tell of it; a line for each would cost as much as the rest.
        TaskState.DONE: log.debug,
        TaskState.DEAD: log.warning,
        TaskState.SCHEDULED: log.warning,
    }.get(settlement.state, log.info)
    write(
        "task_attempted",
        outcome=outcome,
        delay_seconds=round(settlement.delay_seconds, 3),
        error=settlement.error or None,
        # A refusal says all there is to say; a mistake wants its traceback.
        exc_info=None if isinstance(error, DomainError) else error,
    )
