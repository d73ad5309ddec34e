"""What worker processes said of themselves, for a test to look at."""

from collections.abc import Mapping

from domain.errors import TemporaryError
from domain.operations.queue_statistics import QueueStatistics


class NotedRecording:
    """The domain's QueueRecording: notes what it is told, unless it is away."""

    def __init__(self) -> None:
        self.reports: list[Mapping[str, QueueStatistics]] = []
        self.is_away = False
        self.is_signed_off = False

    async def record(self, counted: Mapping[str, QueueStatistics]) -> None:
        if self.is_away:
            raise TemporaryError("Away.")
        self.reports.append(dict(counted))

    async def sign_off(self) -> None:
        self.is_signed_off = True
