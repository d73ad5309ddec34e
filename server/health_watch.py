"""Looks at every component in the background, so that whoever asks need not wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from domain.clock import Clock
from domain.health.component import Component
from domain.health.ports import Probe
from domain.health.status import Status
from domain.health.system_health import SystemHealth, unknown_health

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


class HealthWatch:
    """The HealthView that probes keep up to date."""

    def __init__(
        self,
        probes: Mapping[Component, Probe],
        clock: Clock,
        *,
        every_seconds: float,
        on_recovery: Mapping[Component, Callable[[], Awaitable[None]]],
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._every_seconds = every_seconds
        self._on_recovery = on_recovery
        self._health = unknown_health(clock.now())
        self._is_stopping = False

    def current(self) -> SystemHealth:
        return self._health

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look at the components until the block ends."""
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._look_at(each)) for each in self._probes]
            try:
                yield
            finally:
                self._is_stopping = True
                for task in running:
                    task.cancel()

    async def _look_at(self, component: Component) -> None:
        probe = self._probes[component]
        # Before Python 3.12 a wait that ends just then can swallow the cancellation.
        while not self._is_stopping:
            before = self._health.components[component].status
            status = await probe.look()
            self._health = self._health.seen(component, status, self._clock.now())
            if status is not before:
                log = _LOGGER.info if status is Status.HEALTHY else _LOGGER.warning
                log("health_changed", component=component, status=status, before=before)
                if before is Status.OFFLINE and component in self._on_recovery:
                    await self._on_recovery[component]()
            await probe.pause(self._every_seconds)
