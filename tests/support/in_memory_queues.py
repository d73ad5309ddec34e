"""A broker in memory for the keeper."""

from collections.abc import Sequence

from domain.errors import TemporaryError
from domain.operations.ports import TaskToPush
from domain.operations.task_type import Tier


class InMemoryQueues:
    """The domain's TaskQueues, which a test may wipe or take away."""

    def __init__(self) -> None:
        self.waiting: list[TaskToPush] = []
        self.is_away = False
        self._remembers = True

    async def length(self, tier: Tier) -> int:
        self._check_reachable()
        return sum(item.task.tier is tier for item in self.waiting)

    async def push(self, tasks: Sequence[TaskToPush]) -> None:
        self._check_reachable()
        self.waiting.extend(tasks)

    async def has_forgotten(self) -> bool:
        self._check_reachable()
        remembered, self._remembers = self._remembers, True
        return not remembered

    def wipe(self) -> None:
        self.waiting.clear()
        self._remembers = False

    def _check_reachable(self) -> None:
        if self.is_away:
            raise TemporaryError("The broker is away.")
