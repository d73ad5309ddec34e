"""Somebody of the business watches where the technicians are."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.mailbox import Mailbox
from domain.tracking.ports import LivePositions
from domain.tracking.position import Position


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where everybody is when somebody begins to watch."""

    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nobody moved; the stream is alive."""

    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLocations:
    organization_id: OrganizationId
    technicians: frozenset[MemberId] = frozenset()
    """Whom to watch; nobody named means everybody."""


async def watch_locations(
    live: LivePositions, clock: Clock, *, command: WatchLocations, heartbeat_seconds: float
) -> AsyncGenerator[Snapshot | Position | Heartbeat, None]:
    """Yield where everybody is, then what changes, until the viewer leaves."""
    mailbox = Mailbox(command.technicians)
    async with live.watch(command.organization_id, mailbox):
        yield Snapshot(mailbox.take_all())
        while True:
            position = await mailbox.take(heartbeat_seconds)
            yield Heartbeat(clock.now()) if position is None else position
