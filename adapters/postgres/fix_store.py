"""Stores fixes of all phones of a process in groups: one transaction for some fifty milliseconds.

A hundred thousand phones cannot have a commit each. What comes in waits in a bounded buffer until
the next flush, and everybody in it is answered when that has committed.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import psycopg
import structlog

from adapters.postgres.fix_rows import STORE, days_of, store_parameters
from adapters.postgres.pools import DatabaseUnavailableError, Pool, connection_from
from domain.errors import TemporaryError
from domain.tracking.ports import FixBatch, IngestFullError

_MAKE_PARTITION = (
    "SELECT make_partition('technician_locations',"
    " to_timestamp(day * 86400::float8)) FROM unnest(%(days)s::integer[]) AS day"
)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """How much waits, and for how long."""

    flush_seconds: float = 0.05
    """How long the first batch of a group waits for company."""
    flush_fixes: int = 2_000
    """A group this large does not wait."""
    largest_flush: int = 10_000
    """What one statement holds at most."""
    capacity_fixes: int = 50_000
    """What waits in memory at most, some 20 MB."""
    room_seconds: float = 2.0
    """How long a batch waits for room before it is refused."""
    write_seconds: float = 10.0
    """How long a flush may take before it is cancelled."""
    retry_within_seconds: float = 1.0
    """A flush that failed sooner is tried again: its connection was dead, not the database."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: FixBatch
    done: asyncio.Future[None]


class PostgresFixStore:
    """The domain's FixStore; an async context, because a task of its own does the flushing.

    It runs as `campotech_system`, since one transaction holds fixes of many organisations.
    """

    def __init__(self, system_pool: Pool, limits: IngestLimits | None = None) -> None:
        self._pool = system_pool
        self._limits = limits or IngestLimits()
        self._waiting: deque[_Waiting] = deque()
        self._waiting_fixes = 0
        self._oldest_since = 0.0
        self._known_days: set[int] = set()
        self._has_work = asyncio.Event()
        self._is_urgent = asyncio.Event()
        self._has_room = asyncio.Event()
        self._is_closing = False
        self._flusher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._flusher = asyncio.create_task(self._run(), name="fix flusher")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Store what waits, then end."""
        self._is_closing = True
        self._has_work.set()
        self._is_urgent.set()
        if self._flusher is not None:
            await self._flusher

    @property
    def waiting_fixes(self) -> int:
        return self._waiting_fixes

    async def append(self, batch: FixBatch) -> None:
        if self._waiting_fixes + len(batch.fixes) > self._limits.capacity_fixes:
            await self._wait_for_room(len(batch.fixes))
        if self._is_closing:
            raise DatabaseUnavailableError
        await self._enqueue(batch)

    def _enqueue(self, batch: FixBatch) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._oldest_since = loop.time()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Waiting(batch, done))
        self._waiting_fixes += len(batch.fixes)
        self._has_work.set()
        if self._waiting_fixes >= self._limits.flush_fixes:
            self._is_urgent.set()
        return done

    async def _wait_for_room(self, wanted: int) -> None:
        try:
            async with asyncio.timeout(self._limits.room_seconds):
                while self._waiting_fixes + wanted > self._limits.capacity_fixes:
                    self._has_room.clear()
                    await self._has_room.wait()
        except TimeoutError as error:
            raise IngestFullError(self._limits.room_seconds) from error

    async def _run(self) -> None:
        while not (self._is_closing and not self._waiting):
            await self._has_work.wait()
            await self._gather()
            await self._flush(self._take())

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout_at(self._oldest_since + self._limits.flush_seconds):
                await self._is_urgent.wait()
        except TimeoutError:
            return

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        fixes = 0
        while self._waiting and fixes < self._limits.largest_flush:
            entry = self._waiting.popleft()
            fixes += len(entry.batch.fixes)
            group.append(entry)
        self._waiting_fixes -= fixes
        self._has_room.set()
        if self._waiting_fixes < self._limits.flush_fixes and not self._is_closing:
            self._is_urgent.clear()
        if not self._waiting and not self._is_closing:
            self._has_work.clear()
        return group

    async def _flush(self, group: Sequence[_Waiting]) -> None:
        # A group waits for its commit alone: whoever comes meanwhile is in the next one.
        if not group:
            return
        try:
            await self._write_patiently([entry.batch for entry in group])
        except TemporaryError as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 - the top of a task: one bad batch may not end it
            await self._flush_apart(group, error)
        else:
            for entry in group:
                if not entry.done.done():
                    entry.done.set_result(None)

    async def _flush_apart(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Find the batch that the database refuses; the others must not suffer for it."""
        if len(group) == 1:
            logger.error(
                "fix_batch_refused",
                organization_id=str(group[0].batch.install.organization_id),
                error=repr(error),
            )
            _fail(group, error)
            return
        for entry in group:
            await self._flush([entry])

    async def _write_patiently(self, batches: Sequence[FixBatch]) -> None:
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + self._limits.retry_within_seconds
        # Connections die together when the database restarts: any that the pool holds may be dead.
        for _ in range(self._pool.max_size):
            try:
                return await self._write_on_days_that_exist(batches)
            except TemporaryError:
                if loop.time() > patient_until:
                    raise
        return await self._write_on_days_that_exist(batches)

    async def _write_on_days_that_exist(self, batches: Sequence[FixBatch]) -> None:
        try:
            await self._write(batches)
        except psycopg.errors.CheckViolation:
            # A partition that this process knew may have been dropped since.
            self._known_days.clear()
            await self._write(batches)

    async def _write(self, batches: Sequence[FixBatch]) -> None:
        parameters = store_parameters(batches)
        missing_days = days_of(batches) - self._known_days
        try:
            async with (
                asyncio.timeout(self._limits.write_seconds),
                connection_from(self._pool) as connection,
            ):
                if missing_days:
                    await connection.execute(_MAKE_PARTITION, {"days": list(missing_days)})
                    self._known_days |= missing_days
                # One simple query is one transaction: the fixes and the cursors, or neither.
                await connection.execute(STORE.encode(), parameters)
        except TimeoutError as error:
            raise DatabaseUnavailableError from error


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for entry in group:
        if not entry.done.done():
            entry.done.set_exception(error)
