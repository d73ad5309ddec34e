"""What health needs from outside: what was last seen, who looks, and who reports."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from domain.health.status import Status, StatusSince
from domain.health.system_health import SystemHealth


class HealthView(Protocol):
    """What was last seen, in memory: reading it waits for nobody."""

    def current(self) -> SystemHealth:
        """Return the health as it was last looked at."""
        ...

    async def news_after(self, known: SystemHealth, timeout_seconds: float) -> SystemHealth:
        """Return the health once it tells something else, or what it is after that time."""
        ...


class Probe(Protocol):
    """Looks at one component, again and again."""

    async def look(self) -> Status:
        """Return how well the component works, within a fraction of a second; never raises."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait before the next look, but no longer than until something may have changed."""
        ...


class FeatureReports(Protocol):
    """Where breakers, probes and budgets say how well a feature works."""

    def report(self, feature_id: str, status: Status) -> None:
        """Say it, to every process; waits for nobody and never raises."""
        ...


FeatureListener = Callable[[str, StatusSince], None]


class FeatureStates(Protocol):
    """What was last reported of each feature, by whichever process."""

    def current(self) -> Mapping[str, StatusSince]:
        """Return what this process knows; a feature that is missing nobody has reported on."""
        ...

    def telling(self, listener: FeatureListener) -> AbstractContextManager[None]:
        """Tell a listener what is known and then each change, until the block ends."""
        ...
