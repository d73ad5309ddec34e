import time
from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import REGISTRY

from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task_type import Tier
from tests.support.task_types import HELD, LONG, NOTE
from workers.keeper.bookkeeper import MOST_AT_ONCE, Bookkeeper
from workers.keeper.census import Census


class GivenQueues:
    """The domain's QueueKeeping with a given stock and so many counts to fold."""

    def __init__(self, stock: Mapping[QueueKey, Backlog], *, counts: int = 0) -> None:
        self._stock = stock
        self._counts = counts

    async def take_stock(self) -> Mapping[QueueKey, Backlog]:
        return self._stock

    async def fold(self, limit: int) -> int:
        folded = min(limit, self._counts)
        self._counts -= folded
        return folded

    async def forget(self, limit: int) -> int:
        return 0


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_what_is_in_the_queues_is_shown_by_tier_and_state() -> None:
    oldest = datetime.fromtimestamp(time.time() - 50, tz=UTC)
    stock = {
        QueueKey(NOTE.name, Tier.REALTIME): Backlog(ready=2, dead=1, oldest_ready_at=oldest),
        QueueKey(HELD.name, Tier.REALTIME): Backlog(ready=3, parked=4),
        QueueKey(LONG.name, Tier.BATCH): Backlog(running=5),
    }

    await Census(GivenQueues(stock)).work()

    realtime = {
        state: shown("campotech_tasks", tier="realtime", state=state)
        for state in ("ready", "scheduled", "running", "parked", "dead")
    }
    assert realtime == {"ready": 5, "scheduled": 0, "running": 0, "parked": 4, "dead": 1}
    assert shown("campotech_tasks", tier="batch", state="running") == 5
    assert (shown("campotech_task_oldest_ready_seconds", tier="realtime") or 0) >= 50
    assert shown("campotech_task_oldest_ready_seconds", tier="batch") == 0


async def test_counts_are_folded_until_none_is_left() -> None:
    bookkeeper = Bookkeeper(GivenQueues({}, counts=MOST_AT_ONCE + 1))

    is_more = [await bookkeeper.fold() for _ in range(2)]

    assert is_more == [True, False]
