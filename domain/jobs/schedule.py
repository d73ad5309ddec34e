"""When the customer expects somebody, and which time of a technician that takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import InvalidInputError

VISIT_WITHOUT_END = timedelta(hours=1)
"""How long a visit is taken to last of which nobody said when it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the customer expects somebody; without a start it takes nobody's time."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.ends_at is not None and (self.starts_at is None or self.ends_at <= self.starts_at):
            raise InvalidInputError(
                "A schedule that ends needs a start before its end.", field="job.scheduled_end_time"
            )

    def taken_time(self) -> tuple[datetime, datetime] | None:
        """Return the time it takes, the end not included; None where it takes none."""
        if self.starts_at is None:
            return None
        # A visit at the end of all time has nothing after it.
        room = datetime.max.replace(tzinfo=self.starts_at.tzinfo) - self.starts_at
        return self.starts_at, self.ends_at or self.starts_at + min(VISIT_WITHOUT_END, room)

    def overlaps(self, other: "Schedule") -> bool:
        """Whether nobody can keep both."""
        own, others = self.taken_time(), other.taken_time()
        if own is None or others is None:
            return False
        return own[0] < others[1] and others[0] < own[1]
