"""Shows how far ahead partitions reach, and says so loudly when they no longer do by half."""

from collections.abc import Sequence
from typing import Protocol

import structlog
from prometheus_client import Gauge

from domain.operations.partitions import PartitionRunway

_RUNWAY = Gauge(
    "campotech_partition_runway_days", "How far ahead a table's partitions reach.", ["table"]
)
_SHORT = Gauge(
    "campotech_partition_runway_short", "1 if that is less than half of what is due.", ["table"]
)
_log = structlog.get_logger(__name__)


class Runways(Protocol):
    async def partition_runways(self) -> Sequence[PartitionRunway]: ...


class RunwayWatch:
    """Says it once when a table's runway gets short, and once when it is long enough again."""

    def __init__(self, runways: Runways) -> None:
        self._runways = runways
        self._short: frozenset[str] = frozenset()

    async def work(self) -> bool:
        runways = await self._runways.partition_runways()
        for runway in runways:
            _RUNWAY.labels(runway.table).set(runway.days)
            _SHORT.labels(runway.table).set(runway.is_short)
            if runway.is_short and runway.table not in self._short:
                _log.error("partition_runway_short", table=runway.table, days=runway.days)
            if not runway.is_short and runway.table in self._short:
                _log.info("partition_runway_restored", table=runway.table, days=runway.days)
        self._short = frozenset(runway.table for runway in runways if runway.is_short)
        return False
