"""The fast path never holds anyone up, and never fills the broker beyond its windows."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from adapters.dispatch.brokers import open_broker
from adapters.dispatch.handoff import TaskHandoff
from adapters.dispatch.task_broker import TaskBroker
from domain.identifiers import TaskId
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.servers import RunningValkey, running_valkey
from tests.support.waiting import eventually

WINDOWS = {Tier.REALTIME: 6, Tier.BACKGROUND: 6, Tier.BATCH: 4}


def a_ready_task(tier: Tier = Tier.REALTIME) -> ReadyTask:
    return ReadyTask(an_organization_id(), TaskId(new_id()), "test:note", tier)


def outcomes(name: str) -> float:
    return REGISTRY.get_sample_value("campotech_task_handoffs_total", {"outcome": name}) or 0.0


def counted(name: str) -> Callable[[], float]:
    """Return how many more there are of an outcome than now."""
    before = outcomes(name)
    return lambda: outcomes(name) - before


@contextmanager
def running(handoff: TaskHandoff) -> Iterator[TaskHandoff]:
    handoff.start()
    try:
        yield handoff
    finally:
        handoff.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[RunningValkey]:
    """Yield a Valkey that the test may freeze or stop."""
    with running_valkey(tmp_path) as running:
        yield running


@pytest.fixture
def broker(valkey_url: str) -> Iterator[TaskBroker]:
    broker = open_broker(valkey_url, timeout_seconds=5, retries=0)
    yield broker
    broker.disconnect()


def test_a_task_is_in_the_queue_of_its_tier_at_once(valkey_url: str, broker: TaskBroker) -> None:
    with running(TaskHandoff(valkey_url)) as handoff:
        handoff.tasks_ready([a_ready_task(), a_ready_task(Tier.BATCH)])

        assert eventually(lambda: broker.length(Tier.REALTIME) == 1)
        assert eventually(lambda: broker.length(Tier.BATCH) == 1)


def test_what_waits_is_handed_over_before_it_stops(valkey_url: str, broker: TaskBroker) -> None:
    handoff = TaskHandoff(valkey_url)
    handoff.tasks_ready([a_ready_task() for _ in range(50)])

    with running(handoff):
        pass

    assert broker.length(Tier.REALTIME) == 50


def test_half_of_a_tiers_window_is_left_to_the_relay(valkey_url: str, broker: TaskBroker) -> None:
    left_out = counted("window_full")
    with running(TaskHandoff(valkey_url, windows=WINDOWS)) as handoff:
        handoff.tasks_ready([a_ready_task(Tier.BATCH) for _ in range(5)])
        handoff.tasks_ready([a_ready_task()])

        assert eventually(lambda: left_out() == 3)
        assert eventually(lambda: broker.length(Tier.REALTIME) == 1)
        assert broker.length(Tier.BATCH) == 2


def test_what_does_not_fit_in_is_dropped_and_counted(valkey_url: str) -> None:
    dropped = counted("no_room")
    handoff = TaskHandoff(valkey_url, capacity=10)

    handoff.tasks_ready([a_ready_task() for _ in range(15)])

    assert dropped() == 5


def test_a_frozen_broker_holds_nobody_up(own_valkey: RunningValkey) -> None:
    dropped = counted("broker_down")
    own_valkey.child.send(signal.SIGSTOP)
    with running(TaskHandoff(own_valkey.valkey.url())) as handoff:
        started_at = time.monotonic()

        handoff.tasks_ready([a_ready_task() for _ in range(500)])

        assert time.monotonic() - started_at < 0.1
        assert eventually(lambda: dropped() == 500)
        own_valkey.child.send(signal.SIGCONT)


def test_the_fast_path_is_taken_again_once_the_broker_is_back(own_valkey: RunningValkey) -> None:
    dropped = counted("broker_down")
    url = own_valkey.valkey.url()
    own_valkey.child.send(signal.SIGSTOP)
    with running(TaskHandoff(url)) as handoff:
        handoff.tasks_ready([a_ready_task()])
        assert eventually(lambda: dropped() == 1)
        own_valkey.child.send(signal.SIGCONT)
        broker = open_broker(url, timeout_seconds=5, retries=0)

        def is_handed_over() -> bool:
            handoff.tasks_ready([a_ready_task()])
            return broker.length(Tier.REALTIME) > 0

        assert eventually(is_handed_over)
        broker.disconnect()
