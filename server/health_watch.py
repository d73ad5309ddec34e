"""Looks at every component in the background, so that whoever asks need not wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import structlog

from domain.clock import Clock
from domain.health.component import Component
from domain.health.ports import FeatureStates, Probe
from domain.health.status import Status, StatusSince
from domain.health.system_health import SystemHealth, unknown_health

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


class HealthWatch:
    """The HealthView that probes and reports keep up to date."""

    def __init__(
        self,
        probes: Mapping[Component, Probe],
        clock: Clock,
        *,
        every_seconds: float,
        on_recovery: Mapping[Component, Callable[[], Awaitable[None]]],
        reported: FeatureStates,
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._every_seconds = every_seconds
        self._on_recovery = on_recovery
        self._reported = reported
        self._health = unknown_health(clock.now())
        self._has_changed = asyncio.Event()
        self._is_stopping = False
        self._repairs: dict[Component, asyncio.Task[None]] = {}

    def current(self) -> SystemHealth:
        return self._health

    async def news_after(self, known: SystemHealth, timeout_seconds: float) -> SystemHealth:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self._health == known:
                    await self._has_changed.wait()
        return self._health

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look at the components until the block ends."""
        with self._reported.telling(self._note_report):
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(self._look_at(each, tasks)) for each in self._probes]
                try:
                    yield
                finally:
                    self._is_stopping = True
                    for task in (*running, *self._repairs.values()):
                        task.cancel()

    async def _look_at(self, component: Component, tasks: asyncio.TaskGroup) -> None:
        probe = self._probes[component]
        # Before Python 3.12 a wait that ends just then can swallow the cancellation.
        while not self._is_stopping:
            before = self._health.components[component].status
            status = await probe.look()
            self._note(self._health.seen(component, status, self._clock.now()))
            if status is not before:
                log = _LOGGER.info if status is Status.HEALTHY else _LOGGER.warning
                log("health_changed", component=component, status=status, before=before)
                if before is Status.OFFLINE and component in self._on_recovery:
                    self._repair(component, tasks)
            await probe.pause(self._every_seconds)

    def _repair(self, component: Component, tasks: asyncio.TaskGroup) -> None:
        """Begin the repair; looking goes on meanwhile, as long as it may take."""
        running = self._repairs.get(component)
        if running is None or running.done():
            self._repairs[component] = tasks.create_task(self._mend(component))

    async def _mend(self, component: Component) -> None:
        await self._on_recovery[component]()

    def _note_report(self, feature_id: str, report: StatusSince) -> None:
        log = _LOGGER.info if report.status is Status.HEALTHY else _LOGGER.warning
        log("feature_reported", feature=feature_id, status=report.status)
        self._note(self._health.reported(feature_id, report))

    def _note(self, health: SystemHealth) -> None:
        is_news = health != self._health
        self._health = health
        if is_news:
            # Wakes whoever waits now; who comes later waits for the next change.
            self._has_changed.set()
            self._has_changed = asyncio.Event()
