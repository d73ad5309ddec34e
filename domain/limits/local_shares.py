"""What one process lets callers spend, without asking anybody at each call.

A process lets every key spend one share of its limit (one in twenty) in each window as a matter of
course. Who wants more spends out of further shares, which the process takes from the count that all
processes have in common: ahead of time where it can, so that a call hardly ever waits. Over all
processes a key is granted its limit, give or take a share in each process. What is granted is spent
as its time comes, so that nobody makes a window's calls in a moment and slows down all others.
"""

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import TemporaryError
from domain.limits.limit import LEAST_WAIT_SECONDS, CallLimitExceededError, Limit
from domain.limits.ports import SharedCounts

MOST_KEYS = 200_000
UNSHARED_SECONDS = 1.0
"""How long nobody asks for the common count after it could not be had."""


class _Allowance:
    """What a key may still spend in this window here."""

    __slots__ = (
        "asking",
        "counted_at",
        "due",
        "granted",
        "is_alone",
        "is_final",
        "kept_back",
        "key",
        "left",
        "window",
    )

    def __init__(self, key: str, share: int, window: int, *, due: float, counted_at: float) -> None:
        self.key = key
        self.window = window
        self.granted = share
        self.kept_back = share
        """What is granted, and not yet due."""
        self.left = 0
        """What is due, and may be spent."""
        self.due = due
        """How many more calls than are `left` would be due, counted at the moment `counted_at`."""
        self.counted_at = counted_at
        self.is_final = False
        """Whether no more shares can be had in this window."""
        self.is_alone = False
        """Whether shares of this window have been granted without the common count."""
        self.asking: asyncio.Task[None] | None = None
        self.let_go()

    def let_go(self) -> None:
        """Let be spent what is granted and due."""
        calls = int(min(self.kept_back, self.due))
        self.left += calls
        self.kept_back -= calls
        self.due -= calls


class LocalShares:
    """The spending of all keys of one limit in one process; belongs to one event loop.

    While the common count cannot be had, each process grants `unshared_part` of the limit.
    """

    def __init__(
        self,
        limit: Limit,
        counts: SharedCounts,
        now: Callable[[], float],
        *,
        unshared_part: float = 1.0,
        most_keys: int = MOST_KEYS,
    ) -> None:
        self._limit = limit
        self._counts = counts
        self._now = now
        self._share = limit.share
        self._low = limit.share // 2
        self._unshared_calls = max(1, int(limit.calls * unshared_part))
        self._most_keys = most_keys
        self._window = 0
        self._ends_at = 0.0
        self._unshared_until = 0.0
        self._allowances: dict[str, _Allowance] = {}
        self._refused: set[str] = set()
        self._refused_before: set[str] = set()

    def spend(self, key: str) -> Awaitable[None] | None:
        """Take one call off what a key may spend; raise CallLimitExceededError.

        Returns None if that was that, otherwise what to await: it spends, or raises the same.
        """
        allowance = self._allowance(key)
        left = allowance.left
        if left > self._low or (left > 0 and allowance.is_final):
            allowance.left = left - 1
            return None
        return None if self._spend_the_last(allowance) else self._wait(key)

    def _spend_the_last(self, allowance: _Allowance) -> bool:
        """Spend if there is something left; ask for more where more may be had."""
        self._let_go(allowance)
        is_low = allowance.left + allowance.kept_back <= self._low
        if is_low and allowance.asking is None and not allowance.is_final:
            allowance.asking = asyncio.ensure_future(self._ask(allowance))
        if allowance.left > 0:
            allowance.left -= 1
            return True
        if allowance.asking is None or allowance.due < 1:
            raise self._refusal(allowance)
        return False

    def _let_go(self, allowance: _Allowance) -> None:
        now = self._now()
        came_due = max(0.0, now - allowance.counted_at) * self._limit.per_second
        allowance.due = min(self._limit.most_due, allowance.due + came_due)
        allowance.counted_at = now
        allowance.let_go()

    async def _wait(self, key: str) -> None:
        allowance = self._allowance(key)
        while not self._spend_the_last(allowance):
            if allowance.asking is not None:
                await asyncio.shield(allowance.asking)
            allowance = self._allowance(key)

    async def _ask(self, allowance: _Allowance) -> None:
        """Take another share; the first one, given as a matter of course, is counted with it."""
        is_first = allowance.granted == self._share
        calls = self._share * 2 if is_first else self._share
        try:
            if allowance.is_alone or self._now() < self._unshared_until:
                self._grant_alone(allowance)
            elif await self._take(allowance, calls):
                self._grant(allowance, self._share)
            else:
                allowance.is_final = True
        except TemporaryError:
            self._unshared_until = self._now() + UNSHARED_SECONDS
            self._grant_alone(allowance)
        finally:
            allowance.asking = None

    def _take(self, allowance: _Allowance, calls: int) -> Awaitable[bool]:
        # Of its own window, also where the next one has begun meanwhile.
        return self._counts.take(self._limit, allowance.key, window=allowance.window, calls=calls)

    def _grant_alone(self, allowance: _Allowance) -> None:
        left = max(0, self._unshared_calls - allowance.granted)
        self._grant(allowance, min(self._share, left))
        allowance.is_alone = True
        allowance.is_final = left <= self._share

    def _grant(self, allowance: _Allowance, calls: int) -> None:
        allowance.granted += calls
        allowance.kept_back += calls
        self._let_go(allowance)

    def _allowance(self, key: str) -> _Allowance:
        if self._now() >= self._ends_at:
            self._begin_window()
        return self._allowances.get(key) or self._open(key)

    def _open(self, key: str) -> _Allowance:
        if len(self._allowances) >= self._most_keys:
            # So many at once are no callers of ours: those who come now share one allowance.
            key = ""
        due = self._limit.due_at_first(was_reached=key in self._refused_before)
        began_at = self._ends_at - self._limit.seconds
        allowance = _Allowance(key, self._share, self._window, due=due, counted_at=began_at)
        return self._allowances.setdefault(key, allowance)

    def _begin_window(self) -> None:
        window = int(self._now() // self._limit.seconds)
        self._refused_before = self._refused if window == self._window + 1 else set()
        self._refused = set()
        self._window = window
        self._ends_at = float((window + 1) * self._limit.seconds)
        self._allowances = {}

    def _refusal(self, allowance: _Allowance) -> CallLimitExceededError:
        self._refused.add(allowance.key)
        due, wait = allowance.due, 0.0
        if allowance.is_final and not allowance.kept_back:
            due, wait = self._limit.due_at_first(was_reached=True), self._ends_at - self._now()
        # Not until the next call alone: whoever comes back has more than one to make.
        wait += max(0.0, self._limit.worth_returning_for - due) / self._limit.per_second
        wait = min(max(LEAST_WAIT_SECONDS, wait), self._limit.seconds)
        return CallLimitExceededError(self._limit, retry_after_seconds=wait)
