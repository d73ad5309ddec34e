"""What the cron needs from outside: entries that keepers take turns at, and that operators run."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.commands import CommandContext
from domain.operations.cron import CronEntry, DueFires
from domain.transactions import CommandTransaction


class CronTurn(Protocol):
    """A due entry which no other keeper can take meanwhile; all of a turn commits together."""

    @property
    def entry(self) -> CronEntry: ...

    @property
    def now(self) -> datetime:
        """The time on the clock of the store, which decides."""
        ...

    async def fire(self, due: DueFires) -> None:
        """Dispatch a task for each fire time, unless it was, and remember where the entry stands.

        Raises InvalidInputError, and dispatches nothing, for a task that its type does not allow.
        """
        ...

    async def put_off(self, until: datetime) -> None:
        """Decide nothing, and look at the entry again then."""
        ...


class CronKeeping(Protocol):
    """The entries as keepers use them; several may at once.

    Every method raises TemporaryError when the store is out of reach.
    """

    def take_due(self) -> AbstractAsyncContextManager[CronTurn | None]:
        """Take the turn at the entry that is due the longest, or None if there is none."""
        ...


class CronTransaction(CommandTransaction, Protocol):
    """A command's transaction that can read entries."""

    async def get(self, name: str) -> CronEntry:
        """Return the entry; raise NotFoundError."""
        ...


class CronStore(Protocol):
    """The entries as operators see them."""

    def transaction(self, context: CommandContext) -> AbstractAsyncContextManager[CronTransaction]:
        """Open a transaction of the platform's own organisation."""
        ...

    async def list(self) -> Sequence[CronEntry]:
        """Return every entry, by name."""
        ...
