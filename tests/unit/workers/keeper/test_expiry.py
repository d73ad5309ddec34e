from datetime import timedelta

from domain.operations.task import TaskState
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import an_added_task
from workers.keeper.expiry import Expiry


async def test_tasks_past_their_deadline_are_given_up() -> None:
    ledger = InMemoryTasks()
    expired, lasting = an_added_task(ledger, deadline_seconds=5), an_added_task(ledger)
    ledger.now += timedelta(seconds=6)

    is_more = await Expiry(ledger).work()

    assert not is_more
    assert (await ledger.get(expired.organization_id, expired.task_id)).state is TaskState.DEAD
    assert (await ledger.get(lasting.organization_id, lasting.task_id)).state is TaskState.READY
