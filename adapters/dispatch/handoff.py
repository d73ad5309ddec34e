"""The fast path: hands tasks to the broker right after the commit, and never holds anyone up.

Everything here is best effort. What is dropped the relay brings within a second: when the hand-off
is full, when the broker is down or slow, and when half of the tier's window is full: the other half
is the relay's alone, which deals it out in fair turns, so that a flood cannot keep others out.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from queue import Empty, Full, Queue

import structlog
from prometheus_client import Counter

from adapters.dispatch.brokers import open_broker
from adapters.dispatch.messages import to_message
from adapters.dispatch.task_broker import BrokerUnavailableError
from adapters.dispatch.windows import WINDOWS
from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier

CAPACITY = 1000
SHARE_OF_WINDOW = 2
"""The fast path leaves a window alone that is filled to this fraction, one half."""
SOCKET_TIMEOUT_SECONDS = 0.1
_LARGEST_BATCH = 100
_PAUSE_SECONDS = 0.5

_HANDOFFS = Counter(
    "campotech_task_handoffs", "Tasks given to the fast path, by what became of them.", ["outcome"]
)
_log = structlog.get_logger(__name__)


class TaskHandoff:
    """A bounded queue and the one thread that empties it into the broker."""

    def __init__(
        self,
        broker_url: str,
        *,
        capacity: int = CAPACITY,
        windows: Mapping[Tier, int] = WINDOWS,
    ) -> None:
        self._broker = open_broker(broker_url, timeout_seconds=SOCKET_TIMEOUT_SECONDS, retries=0)
        self._windows = windows
        self._waiting: Queue[ReadyTask | None] = Queue(maxsize=capacity)
        self._paused_until = 0.0
        self._thread = threading.Thread(target=self._run, name="task-handoff", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Hand over what waits, for a moment at most, and stop."""
        try:
            self._waiting.put(None, timeout=SOCKET_TIMEOUT_SECONDS)
        except Full:
            return
        self._thread.join(timeout=1.0)
        self._broker.disconnect()

    def tasks_ready(self, tasks: Sequence[ReadyTask]) -> None:
        """Take tasks over without waiting; drop them when there is no room."""
        for place, task in enumerate(tasks):
            try:
                self._waiting.put_nowait(task)
            except Full:
                _HANDOFFS.labels("no_room").inc(len(tasks) - place)
                return

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            tasks = [task for task in batch if task is not None]
            if time.monotonic() < self._paused_until:
                _HANDOFFS.labels("broker_down").inc(len(tasks))
            else:
                self._push(tasks)
            if len(tasks) < len(batch):
                return

    def _next_batch(self) -> list[ReadyTask | None]:
        batch = [self._waiting.get()]
        try:
            while len(batch) < _LARGEST_BATCH:
                batch.append(self._waiting.get_nowait())
        except Empty:
            pass
        return batch

    def _push(self, tasks: Sequence[ReadyTask]) -> None:
        try:
            fitting = self._fitting(tasks)
            self._broker.enqueue_all(
                to_message(TaskToPush(task, is_alone=False)) for task in fitting
            )
        except BrokerUnavailableError as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            _HANDOFFS.labels("broker_down").inc(len(tasks))
            _log.warning("task_handoff_paused", error=str(error.__cause__))
        else:
            _HANDOFFS.labels("pushed").inc(len(fitting))
            _HANDOFFS.labels("window_full").inc(len(tasks) - len(fitting))

    def _fitting(self, tasks: Sequence[ReadyTask]) -> list[ReadyTask]:
        room = {
            tier: self._windows[tier] // SHARE_OF_WINDOW - self._broker.length(tier)
            for tier in {task.tier for task in tasks}
        }
        fitting = []
        for task in tasks:
            room[task.tier] -= 1
            if room[task.tier] >= 0:
                fitting.append(task)
        return fitting
