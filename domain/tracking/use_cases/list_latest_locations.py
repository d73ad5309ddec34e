"""Somebody of the business asks where the technicians are, once."""

from collections.abc import Sequence

from domain.clock import Clock
from domain.errors import TemporaryError
from domain.identifiers import MemberId, OrganizationId
from domain.pages import Page, PageRequest
from domain.tracking.fix import LIVE_AHEAD_MICROSECONDS, unix_microseconds
from domain.tracking.ports import LivePositions, RecordedPositions
from domain.tracking.position import Position

LATEST_WITHIN_MICROSECONDS = 172_800_000_000
"""Where somebody was more than two days ago is not where they are."""


async def list_latest_locations(
    live: LivePositions,
    recorded: RecordedPositions,
    clock: Clock,
    *,
    organization_id: OrganizationId,
    technicians: frozenset[MemberId],
    page: PageRequest,
) -> Page[Position]:
    """Return each technician's newest position, all or the named ones, the newest members first.

    What is stored and what is live are read together and the newer of the two is shown: what is
    live lacks whoever has not moved since it was wiped, and stands still while nothing can be
    written to it. Where only one of the two can be asked, it answers alone. Raises TemporaryError.
    """
    now = unix_microseconds(clock.now())
    since = now - LATEST_WITHIN_MICROSECONDS
    shown = await live.newest(organization_id) if live.is_available else ()
    try:
        stored = await recorded.newest(
            organization_id, since=since, until=now + LIVE_AHEAD_MICROSECONDS
        )
    except TemporaryError:
        if not shown:
            raise
        stored = ()
    wanted = sorted(
        (
            position
            for position in _newest_of_each([*stored, *shown])
            if position.fix.recorded_at >= since
            and (not technicians or position.technician_id in technicians)
            and (page.after is None or position.technician_id < page.after)
        ),
        key=lambda position: position.technician_id,
        reverse=True,
    )
    items = tuple(wanted[: page.size])
    return Page(items, items[-1].technician_id if len(wanted) > page.size else None)


def _newest_of_each(positions: Sequence[Position]) -> Sequence[Position]:
    newest: dict[MemberId, Position] = {}
    for position in positions:
        known = newest.get(position.technician_id)
        if known is None or position.fix.recorded_at > known.fix.recorded_at:
            newest[position.technician_id] = position
    return [*newest.values()]
