"""Stock Dramatiq does not keep what the ledger promises: what the tests beside this one break."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from tests.support.servers import temporary_folder
from tests.support.stoppable_brokers import VALKEY, StoppableBroker, open_stoppable_broker
from tests.support.waiting import eventually

OUR_PROMISE_SECONDS = 10


class StockPlatform:
    """A Valkey and workers that run what Dramatiq brings them."""

    def __init__(self, valkey: StoppableBroker, folder: Path, *, children: Children) -> None:
        self.valkey = valkey
        self._folder = folder
        self._children = children
        self._started = 0

    def start_worker(self, *, heartbeat_milliseconds: int = 60_000) -> Child:
        self._started += 1
        return self._children.start(
            f"stock-{self._started}",
            [sys.executable, "-m", "tests.support.stock_dramatiq"],
            environment={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path.cwd()),
                "STOCK_BROKER_URL": self.valkey.url,
                "STOCK_HEARTBEAT_MILLISECONDS": str(heartbeat_milliseconds),
            },
        )

    def send(self, numbers: range) -> None:
        broker = RedisBroker(url=self.valkey.url)  # type: ignore[no-untyped-call]  # Dramatiq types its brokers in part
        for number in numbers:
            arguments = (str(self._folder), number)
            broker.enqueue(Message("default", "work", arguments, kwargs={}, options={}))
        broker.client.connection_pool.disconnect()

    def release(self) -> None:
        (self._folder / "released").touch()

    def begun(self) -> int:
        return self._lines("begun")

    def done(self) -> int:
        return self._lines("done")

    def _lines(self, name: str) -> int:
        marks = self._folder / name
        return len(marks.read_text().splitlines()) if marks.exists() else 0


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[StockPlatform]:
    with (
        temporary_folder() as folder,
        HeldPorts() as ports,
        Children(tmp_path / "logs") as children,
    ):
        valkey = open_stoppable_broker(VALKEY, folder, ports=ports, children=children)
        valkey.start()
        yield StockPlatform(valkey, tmp_path, children=children)


async def test_tasks_of_a_killed_worker_have_not_begun_again_when_ours_have(
    stock: StockPlatform,
) -> None:
    worker = stock.start_worker()
    stock.send(range(20))
    assert eventually(lambda: stock.begun() == 20, within_seconds=20)
    stock.start_worker()

    worker.send(signal.SIGKILL)
    await asyncio.sleep(OUR_PROMISE_SECONDS)

    assert stock.begun() == 20


def test_what_lay_in_a_broker_that_comes_back_empty_is_lost(stock: StockPlatform) -> None:
    stock.release()
    stock.send(range(20))

    stock.valkey.kill()
    stock.valkey.start()
    stock.start_worker()
    stock.send(range(20, 40))

    assert eventually(lambda: stock.done() == 20, within_seconds=20)
    assert not eventually(lambda: stock.done() > 20, within_seconds=3)


def test_a_frozen_worker_that_wakes_does_again_what_another_has_taken(
    stock: StockPlatform,
) -> None:
    frozen = stock.start_worker(heartbeat_milliseconds=1000)
    stock.send(range(5))
    assert eventually(lambda: stock.begun() == 5, within_seconds=20)

    frozen.send(signal.SIGSTOP)
    stock.start_worker(heartbeat_milliseconds=1000)
    assert eventually(lambda: stock.begun() == 10, within_seconds=20)
    frozen.send(signal.SIGCONT)
    stock.release()

    assert eventually(lambda: stock.done() == 10, within_seconds=20)


def test_work_that_is_asked_for_twice_is_done_twice(stock: StockPlatform) -> None:
    stock.release()
    stock.send(range(5))
    stock.send(range(5))

    stock.start_worker()

    assert eventually(lambda: stock.done() == 10, within_seconds=20)
