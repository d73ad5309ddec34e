"""One organisation floods a tier; the others hardly notice."""

from adapters.dispatch.windows import WINDOWS
from domain.operations.task_type import Tier
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import LONG
from tests.support.waiting import eventually
from workers.settings import DEFAULT_CONCURRENCY

FLOOD = 50_000
HELD_BY_WORKERS = 3 * DEFAULT_CONCURRENCY[Tier.BATCH]
"""What runs, and twice as many messages that are fetched ahead."""
STARTED_AHEAD = """
SELECT count(*) FROM test_starts AS start, test_starts AS other, tasks
WHERE other.task_id = %s AND tasks.id = other.task_id
  AND start.at >= tasks.run_at AND start.at < other.at
"""


async def test_a_flood_of_one_organisation_delays_another_by_no_more_than_is_under_way(
    platform: TaskPlatform,
) -> None:
    flood = await platform.dispatch(LONG, FLOOD)
    platform.start_keeper()
    platform.start_worker(Tier.BATCH)
    assert eventually(lambda: platform.starts(flood) > WINDOWS[Tier.BATCH], within_seconds=30)

    (other,) = await platform.dispatch(LONG)

    assert platform.have_effect_once([other])
    ((ahead,),) = platform.execute(STARTED_AHEAD, other.task_id)
    assert ahead <= WINDOWS[Tier.BATCH] + HELD_BY_WORKERS
    assert platform.starts(flood) < FLOOD
