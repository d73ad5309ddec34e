"""Dispatch what one entry of the cron owes up to now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import InvalidInputError
from domain.operations.cron import ReadSchedule, due_fires
from domain.operations.cron_ports import CronKeeping
from domain.operations.task_type import TASK_TYPES, TaskTypes, task_type

PUT_OFF = timedelta(hours=1)
"""When an entry is looked at again that cannot be fired as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What came of a turn; `error` says why an entry was put off."""

    name: str
    fire_times: tuple[datetime, ...] = ()
    error: str = ""


async def fire_cron_entry(
    keeping: CronKeeping, read_schedule: ReadSchedule, types: TaskTypes = TASK_TYPES
) -> Fired | None:
    """Take one turn; return None if no entry is due.

    An entry that this build cannot fire is put off, so that it does not keep others from their
    turn; its fire times stay undecided.
    """
    async with keeping.take_due() as turn:
        if turn is None:
            return None
        entry = turn.entry
        try:
            task_type(entry.task_type, types).check(entry.payload)
            due = due_fires(entry, read_schedule(entry.schedule, entry.time_zone), turn.now)
        except InvalidInputError as error:
            await turn.put_off(turn.now + PUT_OFF)
            return Fired(name=entry.name, error=str(error))
        await turn.fire(due)
        return Fired(name=entry.name, fire_times=due.fire_times)
