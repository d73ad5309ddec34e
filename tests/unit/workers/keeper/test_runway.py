from collections.abc import Sequence

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from domain.operations.partitions import PartitionRunway
from workers.keeper.runway import RunwayWatch


class GivenRunways:
    def __init__(self, *days: float) -> None:
        self._days = list(days)

    async def partition_runways(self) -> Sequence[PartitionRunway]:
        return [PartitionRunway(table="runway_test", days=self._days.pop(0), premade_days=14)]


def shown(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"table": "runway_test"})


async def test_a_short_runway_is_said_once_and_its_end_too() -> None:
    watch = RunwayWatch(GivenRunways(14.5, 7, 6.9, 6.8, 14))

    with capture_logs() as logs:
        for _ in range(5):
            await watch.work()

    assert [(entry["event"], entry["days"]) for entry in logs] == [
        ("partition_runway_short", 6.9),
        ("partition_runway_restored", 14),
    ]


async def test_the_runway_of_every_table_is_a_metric() -> None:
    await RunwayWatch(GivenRunways(3.5)).work()

    assert shown("campotech_partition_runway_days") == 3.5
    assert shown("campotech_partition_runway_short") == 1
