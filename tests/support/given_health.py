"""Health that a test decides: what was seen of the whole, and what is reported of features."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from domain.health.component import Component
from domain.health.ports import FeatureListener
from domain.health.status import Status, StatusSince
from domain.health.system_health import SystemHealth, unknown_health
from tests.support.clocks import MORNING


class GivenHealth:
    """The domain's HealthView: what the test says."""

    def __init__(self) -> None:
        self._health = unknown_health(MORNING)
        self._changed = asyncio.Event()

    def current(self) -> SystemHealth:
        return self._health

    async def news_after(self, known: SystemHealth, timeout_seconds: float) -> SystemHealth:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self._health == known:
                    self._changed.clear()
                    await self._changed.wait()
        return self._health

    def becomes(self, health: SystemHealth) -> None:
        self._health = health
        self._changed.set()


class GivenFeatures:
    """The domain's FeatureReports and FeatureStates in one process."""

    def __init__(self) -> None:
        self._states: dict[str, StatusSince] = {}
        self._listeners: list[FeatureListener] = []

    def report(self, feature_id: str, status: Status) -> None:
        known = self._states.get(feature_id)
        if known is None or known.status is not status:
            self._states[feature_id] = StatusSince(status, MORNING)
            for listener in self._listeners:
                listener(feature_id, self._states[feature_id])

    def forget(self) -> None:
        self._states.clear()

    def current(self) -> Mapping[str, StatusSince]:
        return dict(self._states)

    @contextmanager
    def telling(self, listener: FeatureListener) -> Iterator[None]:
        self._listeners.append(listener)
        for feature_id, state in self._states.items():
            listener(feature_id, state)
        try:
            yield
        finally:
            self._listeners.remove(listener)


class GivenProbe:
    """The domain's Probe: sees what the test says, at once."""

    def __init__(self, status: Status = Status.HEALTHY) -> None:
        self._status = status
        self._changed = asyncio.Event()

    def becomes(self, status: Status) -> None:
        self._status = status
        self._changed.set()

    async def look(self) -> Status:
        return self._status

    async def pause(self, seconds: float) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def seen(**statuses: Status) -> SystemHealth:
    """Return the health after somebody looked at components."""
    health = unknown_health(MORNING)
    for component, status in statuses.items():
        health = health.seen(Component(component), status, MORNING)
    return health
