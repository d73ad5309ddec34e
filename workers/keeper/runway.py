"""Shows how far ahead partitions reach."""

from collections.abc import Sequence
from typing import Protocol

from prometheus_client import Gauge

from domain.operations.partitions import PartitionRunway

_RUNWAY = Gauge(
    "campotech_partition_runway_days", "How far ahead a table's partitions reach.", ["table"]
)
_SHORT = Gauge(
    "campotech_partition_runway_short", "1 if that is less than half of what is due.", ["table"]
)


class Runways(Protocol):
    async def partition_runways(self) -> Sequence[PartitionRunway]: ...


class RunwayWatch:
    """Sets the gauges of all tables."""

    def __init__(self, runways: Runways) -> None:
        self._runways = runways

    async def work(self) -> bool:
        for runway in await self._runways.partition_runways():
            _RUNWAY.labels(runway.table).set(runway.days)
            _SHORT.labels(runway.table).set(runway.is_short)
        return False
