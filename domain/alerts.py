"""Telling operators that something needs them: once, by whichever process finds it first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """How soon somebody should come."""

    URGENT = "urgent"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What operators are told; `key` says what it is about and begins with its family."""

    key: str
    severity: Severity
    text: str
    once_per: timedelta
    """How long it is not told again, even if it ends and begins anew, unless it becomes urgent."""


class AlertBook(Protocol):
    """What was told and still goes on, shared by all processes. Methods raise TemporaryError."""

    async def alert(self, alert: Alert) -> bool:
        """Note that it goes on; return whether it is to be told now, which one process hears.

        It is told once per its time, and at once when it was told as a warning and is urgent now.
        """
        ...

    async def recover(self, keys: Collection[str]) -> Sequence[str]:
        """Note that these are over; return those that went on, which one process hears."""
        ...

    async def open_keys(self, family: str) -> frozenset[str]:
        """Return the keys of a family, `family:…`, that go on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One telling of an alert to one of those who are told; `id` is the same in every try."""

    id: str
    key: str
    severity: Severity
    text: str
    told_at: datetime
    attempt: int
    sender: str


class AlertSender(Protocol):
    """A way to operators: a webhook, e-mail."""

    @property
    def name(self) -> str:
        """Return what deliveries are remembered under."""
        ...

    async def send(self, notice: Notice) -> None:
        """Tell it, within seconds; raise TemporaryError if it has to be told again."""
        ...


class AlertDeliveries(Protocol):
    """What is still to be told to whom. Methods raise TemporaryError."""

    async def take(self, senders: Collection[str], *, limit: int) -> Sequence[Notice]:
        """Take what is due for these; nobody else gets it for a while, longer with each try."""
        ...

    async def delivered(self, notice: Notice) -> None:
        """Note that it was told."""
        ...

    async def failed(self, notice: Notice, error: str) -> bool:
        """Note why it was not; return whether it will be tried again."""
        ...

    async def forget(self) -> int:
        """Delete what is long past; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What this process found to be new, and what it found to be over."""

    told: Sequence[Alert]
    recovered: Sequence[str]


async def keep_family(book: AlertBook, family: str, alerts: Sequence[Alert]) -> Changes:
    """Make these the alerts of a family that go on: tell what is new, close what is over."""
    told = [alert for alert in alerts if await book.alert(alert)]
    over = await book.open_keys(family) - {alert.key for alert in alerts}
    return Changes(told=told, recovered=await book.recover(over) if over else ())
