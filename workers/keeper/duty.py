"""A duty of the keeper: something done again and again, whatever befell it the time before."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.errors import TemporaryError

_FAILURES = Counter("campotech_keeper_failures", "Times a duty could not be done.", ["duty"])
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What is done, and how often; `work` returns whether there is more to do at once."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[bool]]
    retry_seconds: float = 1.0
    limit_seconds: float = 60.0
    """After this it is stopped and tried again: what it waits for may never come."""
    is_done_once: bool = False
    """Whether it is over when it has gone well; until then it is tried again."""

    async def keep_doing(self) -> None:
        """Do it for ever, or until it is done.

        Several keepers may: what they must not do twice, the rows' locks say.
        """
        was_failing = False
        while True:
            try:
                async with asyncio.timeout(self.limit_seconds):
                    is_more = await self.work()
            except Exception as error:  # noqa: BLE001 -- the next time may go better
                _FAILURES.labels(self.name).inc()
                if not was_failing:
                    is_known = isinstance(error, TemporaryError | TimeoutError)
                    _log.warning(
                        "duty_failing",
                        duty=self.name,
                        error=str(error) or type(error).__name__,
                        exc_info=not is_known,
                    )
                was_failing = True
                await asyncio.sleep(min(self.every_seconds, self.retry_seconds))
                continue
            if was_failing:
                _log.info("duty_recovered", duty=self.name)
            was_failing = False
            if self.is_done_once and not is_more:
                return
            await asyncio.sleep(0 if is_more else self.every_seconds)


async def end_duties(
    running: Iterable[asyncio.Task[None]], *, patience_seconds: float = 1.0
) -> None:
    """Cancel until all have ended.

    Before Python 3.12 a wait of psycopg or its pool that ends just then swallows a cancellation.
    """
    left = set(running)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=patience_seconds)
