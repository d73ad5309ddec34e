"""When the customer expects somebody."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the customer expects somebody."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.ends_at is not None and (self.starts_at is None or self.ends_at <= self.starts_at):
            raise InvalidInputError(
                "A schedule that ends needs a start before its end.", field="job.scheduled_end_time"
            )
