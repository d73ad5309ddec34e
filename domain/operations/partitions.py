"""Partitions of the large tables: made ahead of time, dropped when their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRunway:
    """How far ahead a table's partitions reach without a gap."""

    table: str
    days: float
    premade_days: float
    """How far they reach when all that should be there are."""

    @property
    def is_short(self) -> bool:
        """Whether making partitions has failed for so long that somebody must look."""
        return self.days < self.premade_days / 2


class Partitions(Protocol):
    """Both jobs raise TemporaryError when the database is out of reach, and bear a repeat."""

    async def make_due(self) -> Sequence[str]:
        """Make what is missing up to each table's horizon; return the names."""
        ...

    async def drop_past(self) -> Sequence[str]:
        """Drop what is past keeping in tables that are not archived; return the names."""
        ...
