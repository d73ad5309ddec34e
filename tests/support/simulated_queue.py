"""A queue with several workers, simulated arrival by arrival: what theory has to agree with."""

import heapq
import random
from dataclasses import dataclass

from domain.operations.durations import Durations
from domain.operations.queue_statistics import QueueStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedQueue:
    """What was seen of an M/M/c queue."""

    seconds: float
    concurrency: int
    waits: list[float]
    runs: list[float]

    @property
    def mean_wait_seconds(self) -> float:
        return sum(self.waits) / len(self.waits)

    @property
    def utilization(self) -> float:
        return sum(self.runs) / (self.seconds * self.concurrency)

    def share_waiting_longer(self, seconds: float) -> float:
        return sum(wait > seconds for wait in self.waits) / len(self.waits)

    def as_counted(self) -> QueueStatistics:
        """Return what the workers and the ledger would have counted."""
        tasks = len(self.runs)
        return QueueStatistics(
            dispatched=tasks,
            finished=tasks,
            succeeded=tasks,
            waits=Durations.of(self.waits),
            runs=Durations.of(self.runs),
        )


def simulate(
    *, arrival_rate: float, service_seconds: float, concurrency: int, tasks: int, seed: int
) -> SimulatedQueue:
    """Let tasks come at random and run for a random time, first come, first served."""
    chance = random.Random(seed)  # noqa: S311 -- the same numbers in every run
    free_at = [0.0] * concurrency
    now = 0.0
    waits: list[float] = []
    runs: list[float] = []
    for _ in range(tasks):
        now += chance.expovariate(arrival_rate)
        starts_at = max(now, free_at[0])
        run = chance.expovariate(1 / service_seconds)
        heapq.heapreplace(free_at, starts_at + run)
        waits.append(starts_at - now)
        runs.append(run)
    return SimulatedQueue(seconds=max(free_at), concurrency=concurrency, waits=waits, runs=runs)
