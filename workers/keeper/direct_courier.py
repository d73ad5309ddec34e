"""Brings operators what cannot wait for the database: notices that are kept in memory alone."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from domain.alerts import Alert, AlertSender, Notice, Severity
from domain.clock import Clock
from domain.errors import TemporaryError
from domain.identifiers import IdSource
from workers.keeper.courier import SENT

MOST_WAITING = 20
"""Of a database that comes and goes while a way does not work, the oldest notices are forgotten."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=600)
GIVE_UP_AFTER = timedelta(days=1)
_log = structlog.get_logger(__name__)


class DirectCourier:
    """Tries each notice until it arrives, for a day, as the Courier does with those of the book."""

    def __init__(self, senders: Sequence[AlertSender], clock: Clock, ids: IdSource) -> None:
        self._ways = [_Way(sender) for sender in senders]
        self._clock = clock
        self._ids = ids

    def alert(self, alert: Alert) -> None:
        """Say it in the log, and by every way with the next delivery."""
        _log.error("alert", key=alert.key, severity=alert.severity, text=alert.text)
        self._take(alert.key, alert.severity, alert.text)

    def recovered(self, key: str, text: str) -> None:
        """Say that it is over, by the ways that its beginning was said."""
        _log.info("alert_recovered", key=key)
        self._take(key, Severity.WARNING, text)

    async def deliver(self) -> bool:
        """Try what is due; one way that is slow does not hold up the others."""
        now = self._clock.now()
        await asyncio.gather(*(way.deliver(now) for way in self._ways))
        return False

    def _take(self, key: str, severity: Severity, text: str) -> None:
        now, notice_id = self._clock.now(), self._ids.new_id()
        for way in self._ways:
            way.take(
                Notice(
                    id=f"{key}#{notice_id}",
                    key=key,
                    severity=severity,
                    text=text,
                    told_at=now,
                    attempt=1,
                    sender=way.name,
                )
            )


class _Way:
    """One way to operators, and what waits for it: in order, so that the end is told last."""

    def __init__(self, sender: AlertSender) -> None:
        self.name = sender.name
        self._sender = sender
        self._waiting: deque[Notice] = deque(maxlen=MOST_WAITING)
        self._due_at: datetime | None = None

    def take(self, notice: Notice) -> None:
        self._waiting.append(notice)
        self._due_at = None

    async def deliver(self, now: datetime) -> None:
        while self._waiting and (self._due_at is None or self._due_at <= now):
            notice = self._waiting[0]
            is_done = await self._is_done_with(notice, now)
            # Meanwhile so many may have come that it had to go.
            if self._waiting[0] is not notice:
                continue
            if is_done:
                self._waiting.popleft()
                continue
            self._waiting[0] = replace(notice, attempt=notice.attempt + 1)
            self._due_at = now + min(FIRST_PAUSE * 2 ** (notice.attempt - 1), LONGEST_PAUSE)

    async def _is_done_with(self, notice: Notice, now: datetime) -> bool:
        log = _log.bind(key=notice.key, id=notice.id, sender=self.name, attempt=notice.attempt)
        try:
            await self._sender.send(notice)
        except TemporaryError as error:
            SENT.labels(self.name, "failed").inc()
            is_tried_again = now < notice.told_at + GIVE_UP_AFTER
            log.warning("alert_not_delivered", error=error.message, is_tried_again=is_tried_again)
            return not is_tried_again
        SENT.labels(self.name, "delivered").inc()
        log.info("alert_delivered")
        return True
