"""What the keeper learns from a real broker."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from adapters.dispatch.task_queues import BrokerUnavailableError, RedisTaskQueues
from domain.identifiers import TaskId
from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.servers import RunningValkey, running_valkey


@pytest.fixture
async def queues(valkey_url: str) -> AsyncIterator[RedisTaskQueues]:
    queues = RedisTaskQueues(valkey_url)
    yield queues
    await queues.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[RunningValkey]:
    with running_valkey(tmp_path) as running:
        yield running


def a_task_to_push(tier: Tier = Tier.REALTIME) -> TaskToPush:
    task = ReadyTask(an_organization_id(), TaskId(new_id()), "test:note", tier)
    return TaskToPush(task, is_alone=False)


async def test_each_tier_has_a_queue_of_its_own(queues: RedisTaskQueues) -> None:
    await queues.push([a_task_to_push(), a_task_to_push(), a_task_to_push(Tier.BATCH)])

    assert [await queues.length(tier) for tier in Tier] == [2, 0, 1]


async def test_a_wipe_is_noticed_once(queues: RedisTaskQueues, valkey_url: str) -> None:
    await queues.has_forgotten()
    before = await queues.has_forgotten()

    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()

    assert [before, await queues.has_forgotten(), await queues.has_forgotten()] == [
        False,
        True,
        False,
    ]


async def test_a_broker_that_is_down_is_a_temporary_trouble(own_valkey: RunningValkey) -> None:
    queues = RedisTaskQueues(own_valkey.valkey.url())
    own_valkey.child.stop(timeout_seconds=10)

    for call in (queues.length(Tier.BATCH), queues.push([a_task_to_push()])):
        with pytest.raises(BrokerUnavailableError):
            await call
    with pytest.raises(BrokerUnavailableError):
        await queues.has_forgotten()

    await queues.close()
