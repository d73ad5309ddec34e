"""What workers count, per type of task."""

from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

Metric = TypeVar("Metric", Counter, Gauge, Histogram)


class ByLabels(Generic[Metric]):
    """A metric whose parts are looked up once: that costs several times what counting does."""

    def __init__(self, metric: Metric) -> None:
        self.labels: Callable[..., Metric] = cache(metric.labels)


_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)

OUTCOMES = ByLabels(
    Counter("campotech_task_attempts", "Attempts at tasks, by outcome.", ["type", "outcome"])
)
WAIT = ByLabels(
    Histogram(
        "campotech_task_wait_seconds",
        "From when a task could start until it did.",
        ["type"],
        buckets=_SECONDS,
    )
)
RUN = ByLabels(
    Histogram("campotech_task_run_seconds", "How long attempts took.", ["type"], buckets=_SECONDS)
)
RUNNING = ByLabels(Gauge("campotech_tasks_running", "Tasks at work in this process.", ["tier"]))
STUCK = Counter(
    "campotech_tasks_stuck",
    "Attempts that did not stop when they were out of time; their process is replaced.",
    ["type"],
)
NOT_TO_BE_HAD = Counter(
    "campotech_task_messages_stale",
    "Messages whose task somebody else had, or which was not ready: repeats that did no harm.",
)
