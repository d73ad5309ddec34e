"""Entries of the cron: what is dispatched when, and what becomes of fire times that were missed."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Protocol
from uuid import UUID

from domain.identifiers import TaskId
from domain.transactions import NewTask, Payload

ON_TIME = timedelta(minutes=1)
"""A fire time that is this late was not missed: a keeper was started anew, or was busy."""
MOST_FIRES_AT_ONCE = 50
"""How many missed fire times one turn catches up with; the next turn goes on."""


class CatchUp(StrEnum):
    """What becomes of the fire times that passed while no keeper was there."""

    SKIP = "skip"
    """Nothing: the next one comes soon enough."""
    ONCE = "once"
    """One task for all of them, the newest."""
    ALL = "all"
    """A task for each, the oldest first."""


class Schedule(Protocol):
    """The fire times of one schedule in its time zone, as moments in UTC."""

    def next_after(self, moment: datetime) -> datetime:
        """Return the first fire time that is later."""
        ...

    def last_until(self, moment: datetime) -> datetime:
        """Return the last fire time that is not later."""
        ...


ReadSchedule = Callable[[str, str], Schedule]
"""Reads a schedule of five fields and the name of its time zone; raises InvalidInputError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronEntry:
    """A task that is dispatched again and again, for the platform's own organisation."""

    name: str
    schedule: str
    """Five fields: minute, hour, day of the month, month, day of the week."""
    time_zone: str
    task_type: str
    payload: Payload = field(default_factory=dict)
    catch_up: CatchUp
    is_enabled: bool = True
    decided_until: datetime
    """Fire times up to this moment are decided, whether a task was made of them or not."""
    last_fire_at: datetime | None = None
    next_fire_at: datetime
    """When a keeper looks at the entry again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFires:
    """What one turn dispatches, and where the entry stands afterwards."""

    fire_times: tuple[datetime, ...]
    decided_until: datetime
    next_fire_at: datetime


def due_fires(entry: CronEntry, schedule: Schedule, now: datetime) -> DueFires:
    """Decide the fire times up to now. A clock that was set back brings none of them again."""
    newest = schedule.last_until(now)
    if newest <= entry.decided_until:
        return DueFires(
            fire_times=(),
            decided_until=entry.decided_until,
            next_fire_at=schedule.next_after(max(now, entry.decided_until)),
        )
    fire_times: tuple[datetime, ...] = (newest,)
    if entry.catch_up is CatchUp.ALL:
        times = _fire_times(schedule, after=entry.decided_until, until=now)
        fire_times = tuple(islice(times, MOST_FIRES_AT_ONCE))
    decided_until = fire_times[-1]
    if entry.catch_up is CatchUp.SKIP and now - newest > ON_TIME:
        fire_times = ()
    return DueFires(
        fire_times=fire_times,
        decided_until=decided_until,
        next_fire_at=schedule.next_after(decided_until),
    )


def _fire_times(schedule: Schedule, *, after: datetime, until: datetime) -> Iterator[datetime]:
    moment = schedule.next_after(after)
    while moment <= until:
        yield moment
        moment = schedule.next_after(moment)


def fire_key(name: str, fire_time: datetime) -> str:
    """Return the idempotency key of an entry's task for a fire time."""
    return f"cron/{name}/{fire_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def fire_id(name: str, fire_time: datetime) -> TaskId:
    """Return the id of that task: a UUIDv7 born at the fire time, the same for every keeper."""
    digest = hashlib.sha256(fire_key(name, fire_time).encode()).digest()
    chance = int.from_bytes(digest[:10])
    milliseconds = int(fire_time.timestamp()) * 1000
    version_and_first = 0x7 << 76 | (chance >> 68 & 0xFFF) << 64
    variant_and_rest = 0b10 << 62 | chance & (1 << 62) - 1
    return TaskId(UUID(int=milliseconds << 80 | version_and_first | variant_and_rest))


def fire_task(entry: CronEntry, fire_time: datetime) -> NewTask:
    """Return the task that an entry dispatches for a fire time."""
    return NewTask(
        type=entry.task_type,
        payload=entry.payload,
        idempotency_key=fire_key(entry.name, fire_time),
    )
