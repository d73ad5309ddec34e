"""What health needs from outside: what was last seen, and somebody who looks."""

from typing import Protocol

from domain.health.status import Status
from domain.health.system_health import SystemHealth


class HealthView(Protocol):
    """What was last seen, in memory: reading it waits for nobody."""

    def current(self) -> SystemHealth:
        """Return the health as it was last looked at."""
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
