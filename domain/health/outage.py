"""When failed looks at a component are an outage: a restart takes a look or two."""

from datetime import datetime

from domain.health.status import Status

FAILED_LOOKS = 3


class Outage:
    """What looks at one component add up to."""

    def __init__(self) -> None:
        self._failed_looks = 0
        self._since: datetime | None = None

    def note(self, seen: Status, at: datetime) -> None:
        """Add a look. One that is only slow neither begins an outage nor ends it."""
        if seen is Status.HEALTHY:
            self._failed_looks, self._since = 0, None
        elif seen is Status.OFFLINE:
            self._failed_looks += 1
            self._since = self._since or at

    @property
    def is_over(self) -> bool:
        return self._failed_looks == 0

    @property
    def since(self) -> datetime | None:
        """Return when the outage began, None if there is none, or not yet."""
        return self._since if self._failed_looks >= FAILED_LOOKS else None
