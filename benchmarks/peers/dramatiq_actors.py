"""Stock Dramatiq's actors; `python -m dramatiq` imports this."""

import os
import time
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks.peers.peer import EFFORT_SECONDS

broker = RedisBroker(url=os.environ["BENCH_REDIS_URL"])  # type: ignore[no-untyped-call]  # Dramatiq types its brokers in part
dramatiq.set_broker(broker)


@dramatiq.actor
def noop(_: int) -> None:
    """Be done."""


@dramatiq.actor
def effort(number: int, marks: str) -> None:
    time.sleep(EFFORT_SECONDS)
    with Path(marks).open("a") as file:
        file.write(f"{number}\n")
