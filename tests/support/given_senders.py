"""Ways to operators that a test can break."""

from domain.alerts import Notice
from domain.errors import TemporaryError


class GivenSender:
    """The domain's AlertSender: notes what it is told, or fails."""

    def __init__(self, name: str = "webhook") -> None:
        self.name = name
        self.told: list[Notice] = []
        self.is_failing = False

    async def send(self, notice: Notice) -> None:
        if self.is_failing:
            raise TemporaryError("No answer.")
        self.told.append(notice)
