"""What the keeper learns from a real broker, of either kind."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.dispatch.broker_queues import BrokerQueues
from adapters.dispatch.task_broker import BrokerUnavailableError
from cli.local_servers.children import Children
from cli.local_servers.ports import HeldPorts
from domain.identifiers import TaskId
from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.servers import temporary_folder
from tests.support.stoppable_brokers import BROKERS, StoppableBroker, open_stoppable_broker


@pytest.fixture(scope="module", params=BROKERS)
def started_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoppableBroker]:
    logs: Path = tmp_path_factory.mktemp("logs")
    with temporary_folder() as folder, HeldPorts() as ports, Children(logs) as children:
        broker = open_stoppable_broker(request.param, folder, ports=ports, children=children)
        broker.start()
        yield broker


@pytest.fixture
def broker(started_broker: StoppableBroker) -> StoppableBroker:
    started_broker.ensure_running()
    started_broker.wipe()
    return started_broker


@pytest.fixture
async def queues(broker: StoppableBroker) -> AsyncIterator[BrokerQueues]:
    queues = BrokerQueues(broker.url)
    yield queues
    await queues.close()


def a_task_to_push(tier: Tier = Tier.REALTIME) -> TaskToPush:
    task = ReadyTask(an_organization_id(), TaskId(new_id()), "test:note", tier)
    return TaskToPush(task, is_alone=False)


async def test_each_tier_has_a_queue_of_its_own(queues: BrokerQueues) -> None:
    await queues.push([a_task_to_push(), a_task_to_push(), a_task_to_push(Tier.BATCH)])

    assert [await queues.length(tier) for tier in Tier] == [2, 0, 1]


async def test_a_wipe_is_noticed_once(queues: BrokerQueues, broker: StoppableBroker) -> None:
    await queues.has_forgotten()
    before = await queues.has_forgotten()

    broker.wipe()

    assert [before, await queues.has_forgotten(), await queues.has_forgotten()] == [
        False,
        True,
        False,
    ]


async def test_queues_that_were_wiped_take_tasks_again(
    queues: BrokerQueues, broker: StoppableBroker
) -> None:
    await queues.push([a_task_to_push()])

    broker.wipe()
    await queues.push([a_task_to_push(), a_task_to_push()])

    assert await queues.length(Tier.REALTIME) == 2


async def test_a_broker_that_was_killed_has_forgotten(
    queues: BrokerQueues, broker: StoppableBroker
) -> None:
    await queues.has_forgotten()
    await queues.push([a_task_to_push()])

    broker.kill()
    broker.start()

    assert await queues.has_forgotten()
    assert await queues.length(Tier.REALTIME) == 0


async def test_a_broker_that_is_down_is_a_temporary_trouble(
    queues: BrokerQueues, broker: StoppableBroker
) -> None:
    await queues.push([a_task_to_push()])
    broker.kill()

    for call in (queues.length(Tier.BATCH), queues.push([a_task_to_push()])):
        with pytest.raises(BrokerUnavailableError):
            await call
    with pytest.raises(BrokerUnavailableError):
        await queues.has_forgotten()
