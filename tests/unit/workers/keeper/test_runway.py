from collections.abc import Sequence

from prometheus_client import REGISTRY

from domain.operations.partitions import PartitionRunway
from workers.keeper.runway import RunwayWatch


class GivenRunways:
    def __init__(self, *days: float) -> None:
        self._days = list(days)

    async def partition_runways(self) -> Sequence[PartitionRunway]:
        return [PartitionRunway(table="runway_test", days=self._days.pop(0), premade_days=14)]


def shown(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"table": "runway_test"})


async def test_the_runway_of_every_table_is_a_metric() -> None:
    await RunwayWatch(GivenRunways(3.5)).work()

    assert shown("campotech_partition_runway_days") == 3.5
    assert shown("campotech_partition_runway_short") == 1
