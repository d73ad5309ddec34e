"""Brings alerts to operators by every way there is, again and again until they arrive."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.alerts import AlertDeliveries, AlertSender, Notice
from domain.errors import TemporaryError

MOST_AT_ONCE = 20
SENT = Counter("campotech_alert_deliveries", "Tries to tell operators.", ["sender", "outcome"])
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Courier:
    """Several keepers may deliver: what one has taken no other gets."""

    deliveries: AlertDeliveries
    senders: Sequence[AlertSender]

    async def deliver(self) -> bool:
        """Try what is due; return whether there may be more."""
        ways = {sender.name: sender for sender in self.senders}
        if not ways:
            return False
        notices = await self.deliveries.take(ways.keys(), limit=MOST_AT_ONCE)
        # At once: one way that is slow must not hold up the others.
        await asyncio.gather(*(self._deliver(notice, ways[notice.sender]) for notice in notices))
        return len(notices) == MOST_AT_ONCE

    async def forget(self) -> bool:
        await self.deliveries.forget()
        return False

    async def _deliver(self, notice: Notice, sender: AlertSender) -> None:
        log = _log.bind(key=notice.key, id=notice.id, sender=sender.name, attempt=notice.attempt)
        try:
            await sender.send(notice)
        except TemporaryError as error:
            SENT.labels(sender.name, "failed").inc()
            is_tried_again = await self.deliveries.failed(notice, error.message)
            log.warning("alert_not_delivered", error=error.message, is_tried_again=is_tried_again)
            return
        await self.deliveries.delivered(notice)
        SENT.labels(sender.name, "delivered").inc()
        log.info("alert_delivered")
