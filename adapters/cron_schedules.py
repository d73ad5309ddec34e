"""Fire times of cron schedules, in UTC, with clocks that are set forward or back accounted for.

As in Debian's cron: what runs at a fixed hour runs once, even if that hour is left out (then right
after it) or comes twice; what runs every so often goes by the time that passes.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from domain.clock import BUSINESS_TIME_ZONE
from domain.errors import InvalidInputError

TIME_ZONES = {zone.key: zone for zone in (ZoneInfo("UTC"), BUSINESS_TIME_ZONE)}
_FIELDS = 5
_ONE_SECOND = timedelta(seconds=1)


class CronSchedule:
    """The domain's Schedule."""

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        self._expression = expression
        self._zone = zone

    def next_after(self, moment: datetime) -> datetime:
        # In an hour that comes twice the search may begin before the moment.
        times = CronSim(self._expression, moment.astimezone(self._zone))
        return next(found for time in times if (found := time.astimezone(UTC)) > moment)

    def last_until(self, moment: datetime) -> datetime:
        backwards = CronSim(
            self._expression,
            moment.replace(microsecond=0).astimezone(self._zone) + _ONE_SECOND,
            reverse=True,
        )
        last = next(found for time in backwards if (found := time.astimezone(UTC)) <= moment)
        # And searching backwards it may have been passed over.
        while (following := self.next_after(last)) <= moment:
            last = following
        return last


def read_schedule(expression: str, time_zone: str) -> CronSchedule:
    """Return a schedule of five fields; raise InvalidInputError."""
    zone = TIME_ZONES.get(time_zone)
    if zone is None:
        raise InvalidInputError(
            f"The cron does not know the time zone {time_zone}.", field="time_zone"
        )
    problem = _problem_of(expression)
    if problem:
        raise InvalidInputError(
            f"The cron cannot read the schedule {expression}: {problem}.", field="schedule"
        )
    return CronSchedule(expression, zone)


def _problem_of(expression: str) -> str:
    if len(expression.split()) != _FIELDS:
        return "it has not five fields"
    try:
        first = next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        return str(error)
    return "" if first else "there is no such day"
