"""The machine's clock and the one source of identifiers."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


class SystemClock:
    """The domain's Clock on the machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Uuid7Source:
    """The domain's IdSource: UUIDv7 that sort by the millisecond they were minted in."""

    def new_id(self) -> UUID:
        return uuid7()
