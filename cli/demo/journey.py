"""The drive to the customer: the phone reports where it is, the dispatcher watches it move."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from campotech_client import Phone, Position
from campotech_client.phone.position import distance_meters
from campotech_client.services.tracking import LocationWatch
from cli.demo.audience import Audience
from cli.demo.route import Point, evenly_spaced

SECONDS_PER_FIX = 0.4
CITY_METERS_PER_SECOND = 8.0
# Stored coordinates are rounded to a centimetre.
ARRIVED_WITHIN_METERS = 1.0


async def drive(phone: Phone, route: Sequence[Point], *, seconds: float) -> int:
    """Drive all the way in a time lapse; return how many positions the phone recorded.

    The technician's last position is the destination, to the digit.
    """
    points = evenly_spaced(route, max(2, round(seconds / SECONDS_PER_FIX)))
    for latitude, longitude in points:
        await phone.record(
            Position(
                latitude=latitude,
                longitude=longitude,
                accuracy_meters=6.0,
                speed_meters_per_second=CITY_METERS_PER_SECOND,
                battery_percent=83,
            )
        )
        # The policy's interval is made for hours of driving, not for the seconds of a demo.
        phone.upload_now()
        await asyncio.sleep(SECONDS_PER_FIX)
    return len(points)


async def watch_arrive(
    watch: LocationWatch,
    destination: Point,
    *,
    technician: str,
    left_at: datetime,
    audience: Audience,
) -> int:
    """Show the technician's positions until the last is the destination; return how many."""
    seen = 0
    async for update in watch:
        # The snapshot may hold where the technician was on an earlier day.
        is_of_now = update.recorded_at.ToDatetime(tzinfo=UTC) >= left_at
        if update.technician != technician or not is_of_now:
            continue
        seen += 1
        meters_left = distance_meters((update.latitude, update.longitude), destination)
        audience.position_told(update, meters_left=meters_left)
        if meters_left < ARRIVED_WITHIN_METERS:
            break
    return seen
