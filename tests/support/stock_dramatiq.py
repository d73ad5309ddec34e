"""`python -m tests.support.stock_dramatiq`: a worker of Dramatiq as it comes, without the ledger.

Its one actor appends a line to a file when it begins and another when it ends.
"""

import os
import signal
import threading
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker

from tests.support.waiting import eventually

EVERY_COMMAND = 1_000_000


def stock_broker() -> RedisBroker:
    """Return a broker with Dramatiq's own middleware, quick to notice workers that are silent."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # Dramatiq types its brokers in part
        url=os.environ["STOCK_BROKER_URL"],
        heartbeat_timeout=int(os.environ.get("STOCK_HEARTBEAT_MILLISECONDS", "60000")),
        maintenance_chance=EVERY_COMMAND,
    )
    dramatiq.set_broker(broker)
    return broker


def _work(folder: str, number: int) -> None:
    marks = Path(folder)
    with (marks / "begun").open("a") as begun:
        begun.write(f"{number}\n")
    eventually((marks / "released").exists, within_seconds=120)
    with (marks / "done").open("a") as done:
        done.write(f"{number}\n")


def main() -> None:
    broker = stock_broker()
    dramatiq.actor(actor_name="work")(_work)
    worker = Worker(broker, worker_threads=20, worker_timeout=100)
    worker.start()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    stopping.wait()
    worker.stop()


if __name__ == "__main__":
    main()
