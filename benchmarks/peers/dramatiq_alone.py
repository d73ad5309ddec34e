"""Dramatiq as it comes, with its Redis broker: what our queue is built on, without the ledger."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from benchmarks.workshop import Workshop
from cli.local_servers.children import Child


class DramatiqAlone:
    """The command line's own defaults: a process per core, 8 threads each."""

    name = "Dramatiq"

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._broker = RedisBroker(url=workshop.valkey_url)  # type: ignore[no-untyped-call]  # Dramatiq types its brokers in part
        self._broker.declare_queue("default")

    def start_workers(self) -> Sequence[Child]:
        return [
            self._workshop.start(
                "dramatiq",
                [sys.executable, "-m", "dramatiq", "benchmarks.peers.dramatiq_actors"],
                environment={"BENCH_REDIS_URL": self._workshop.valkey_url},
            )
        ]

    async def enqueue_noops(self, count: int) -> None:
        for number in range(count):
            self._enqueue("noop", number)

    def noops_left(self) -> int:
        return int(self._broker.client.hlen("dramatiq:default.msgs"))

    async def enqueue_efforts(self, count: int, marks: Path) -> None:
        for number in range(count):
            self._enqueue("effort", number, str(marks))

    def _enqueue(self, actor: str, *arguments: object) -> None:
        self._broker.enqueue(
            Message(queue_name="default", actor_name=actor, args=arguments, kwargs={}, options={})
        )


@contextmanager
def open_dramatiq(workshop: Workshop) -> Iterator[DramatiqAlone]:
    yield DramatiqAlone(workshop)
