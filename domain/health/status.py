"""How well something works, and since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """From best to worst but for `UNKNOWN`, which nobody has looked at: it counts as available."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    OFFLINE = "OFFLINE"
    UNKNOWN = "UNKNOWN"


_BADNESS = {Status.HEALTHY: 0, Status.UNKNOWN: 1, Status.DEGRADED: 2, Status.OFFLINE: 3}


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status and the moment it began; seeing the same status again moves nothing."""

    status: Status
    since: datetime

    def seen_as(self, status: Status, at: datetime) -> "StatusSince":
        return self if status is self.status else StatusSince(status, at)


def worst(*statuses: Status) -> Status:
    """Return the worst of some statuses, HEALTHY of none."""
    return max(statuses, key=_BADNESS.__getitem__, default=Status.HEALTHY)
