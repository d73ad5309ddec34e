"""Somebody of the business asks where the technicians are, once."""

from domain.clock import Clock
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

    What is live answers; where it cannot be asked, or knows nothing of the organisation since it
    was wiped, what is stored does. Raises TemporaryError.
    """
    now = unix_microseconds(clock.now())
    since = now - LATEST_WITHIN_MICROSECONDS
    positions = await live.newest(organization_id) or await recorded.newest(
        organization_id, since=since, until=now + LIVE_AHEAD_MICROSECONDS
    )
    wanted = sorted(
        (
            position
            for position in positions
            if position.fix.recorded_at >= since
            and (not technicians or position.technician_id in technicians)
            and (page.after is None or position.technician_id < page.after)
        ),
        key=lambda position: position.technician_id,
        reverse=True,
    )
    items = tuple(wanted[: page.size])
    return Page(items, items[-1].technician_id if len(wanted) > page.size else None)
