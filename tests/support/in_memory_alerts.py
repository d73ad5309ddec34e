"""The book of alerts and their deliveries in memory, with a clock that a test moves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.alerts import Alert, Notice, Severity
from tests.support.clocks import MORNING

GIVE_UP_AFTER = timedelta(days=1)


@dataclass
class _Entry:
    alert: Alert
    told_count: int
    told_at: datetime
    is_open: bool = True


@dataclass
class _Delivery:
    notice: Notice
    next_try_at: datetime
    is_pending: bool = True


class InMemoryAlerts:
    """The domain's AlertBook and AlertDeliveries."""

    def __init__(self) -> None:
        self.now = MORNING
        self._book: dict[str, _Entry] = {}
        self._deliveries: dict[tuple[str, str], _Delivery] = {}

    async def alert(self, alert: Alert) -> bool:
        known = self._book.get(alert.key)
        if known is None or self._is_told(known, alert):
            told_count = known.told_count + 1 if known else 1
            self._book[alert.key] = _Entry(alert, told_count, self.now)
            return True
        if not known.is_open:
            known.alert = replace(known.alert, text=alert.text)
            known.is_open = True
        return False

    def _is_told(self, known: _Entry, alert: Alert) -> bool:
        severities = (known.alert.severity, alert.severity)
        is_over = self.now >= known.told_at + known.alert.once_per
        return is_over or severities == (Severity.WARNING, Severity.URGENT)

    async def recover(self, keys: Collection[str]) -> Sequence[str]:
        over = [key for key in keys if key in self._book and self._book[key].is_open]
        for key in over:
            self._book[key].is_open = False
        return over

    async def open_keys(self, family: str) -> frozenset[str]:
        return frozenset(
            key for key, each in self._book.items() if each.is_open and key.startswith(f"{family}:")
        )

    async def take(self, senders: Collection[str], *, limit: int) -> Sequence[Notice]:
        self._prepare(senders)
        due = [
            each
            for each in self._deliveries.values()
            if each.is_pending and each.next_try_at <= self.now and each.notice.sender in senders
        ][:limit]
        for each in due:
            pause = min(10 * 2**each.notice.attempt, 600)
            each.next_try_at = self.now + timedelta(seconds=pause)
            each.notice = replace(each.notice, attempt=each.notice.attempt + 1)
        return [each.notice for each in due]

    async def delivered(self, notice: Notice) -> None:
        self._deliveries[notice.id, notice.sender].is_pending = False

    async def failed(self, notice: Notice, error: str) -> bool:
        delivery = self._deliveries[notice.id, notice.sender]
        delivery.is_pending = self.now <= notice.told_at + GIVE_UP_AFTER
        return delivery.is_pending

    async def forget(self) -> int:
        return 0

    def _prepare(self, senders: Collection[str]) -> None:
        for key, entry in self._book.items():
            if entry.told_at <= self.now - GIVE_UP_AFTER:
                continue
            for sender in senders:
                notice = Notice(
                    id=f"{key}#{entry.told_count}",
                    key=key,
                    severity=entry.alert.severity,
                    text=entry.alert.text,
                    told_at=entry.told_at,
                    attempt=0,
                    sender=sender,
                )
                delivery = _Delivery(notice, self.now)
                self._deliveries.setdefault((notice.id, sender), delivery)
