"""Dispatches what the cron's entries owe; their rows' locks decide between several keepers."""

from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.operations.cron import ReadSchedule
from domain.operations.cron_ports import CronKeeping
from domain.operations.use_cases.fire_cron_entry import fire_cron_entry

_FIRED = Counter("campotech_cron_fired", "Tasks the cron dispatched.", ["entry"])
_PUT_OFF = Counter("campotech_cron_put_off", "Turns at entries that cannot be fired.", ["entry"])
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Cron:
    keeping: CronKeeping
    read_schedule: ReadSchedule

    async def work(self) -> bool:
        """Take one turn; return whether there may be another."""
        fired = await fire_cron_entry(self.keeping, self.read_schedule)
        if fired is None:
            return False
        if fired.error:
            _PUT_OFF.labels(fired.name).inc()
            _log.error("cron_entry_put_off", entry=fired.name, error=fired.error)
        elif fired.fire_times:
            _FIRED.labels(fired.name).inc(len(fired.fire_times))
            _log.info("cron_fired", entry=fired.name, times=len(fired.fire_times))
        return True
