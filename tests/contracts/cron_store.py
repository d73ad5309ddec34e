"""What every store of the cron promises, to keepers and to operators."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from adapters.cron_schedules import read_schedule
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.errors import NotFoundError
from domain.identifiers import PLATFORM_ORGANIZATION_ID, TaskId
from domain.operations.cron import CatchUp, CronEntry, fire_id
from domain.operations.cron_ports import CronKeeping, CronStore
from domain.operations.use_cases.fire_cron_entry import PUT_OFF, Fired, fire_cron_entry
from domain.operations.use_cases.run_cron_entry import run_cron_entry
from domain.transactions import NewTask
from tests.support.clocks import new_id
from tests.support.task_types import NOTE, TEST_TYPES

PLATFORM = CommandContext(
    organization_id=PLATFORM_ORGANIZATION_ID, actor=PLATFORM_ACTOR, correlation_id="test"
)


class FreshIds:
    def new_id(self) -> TaskId:
        return TaskId(new_id())


def an_entry(decided_until: datetime, **particular: object) -> CronEntry:
    """Return an hourly entry that was last decided at a moment, and is due ever since."""
    entry: dict[str, object] = {
        "name": "notes",
        "schedule": "0 * * * *",
        "time_zone": "UTC",
        "task_type": NOTE.name,
        "payload": {"note": "hourly"},
        "catch_up": CatchUp.ONCE,
        "decided_until": decided_until,
        "next_fire_at": decided_until,
    }
    return CronEntry(**{**entry, **particular})  # type: ignore[arg-type]  # a test's own words


class CronStoreContract(ABC):
    keeping: CronKeeping
    store: CronStore

    @abstractmethod
    async def put(self, entry: CronEntry) -> None: ...

    @abstractmethod
    async def now(self) -> datetime: ...

    @abstractmethod
    async def tasks(self) -> Mapping[TaskId, NewTask]:
        """Return what was dispatched, by the ids the tasks have."""

    async def hour(self) -> datetime:
        return (await self.now()).replace(minute=0, second=0, microsecond=0)

    async def turn(self) -> Fired | None:
        return await fire_cron_entry(self.keeping, read_schedule, TEST_TYPES)

    async def entry(self, name: str = "notes") -> CronEntry:
        return next(entry for entry in await self.store.list() if entry.name == name)

    async def test_a_fire_time_becomes_a_task_with_the_id_that_every_keeper_gives_it(self) -> None:
        hour = await self.hour()
        await self.put(an_entry(hour - timedelta(minutes=1)))

        fired = await self.turn()

        assert fired == Fired(name="notes", fire_times=(hour,))
        [(task_id, task)] = (await self.tasks()).items()
        assert task_id == fire_id("notes", hour)
        assert (task.type, task.payload) == (NOTE.name, {"note": "hourly"})
        entry = await self.entry()
        assert (entry.decided_until, entry.last_fire_at) == (hour, hour)
        assert entry.next_fire_at == hour + timedelta(hours=1)

    async def test_two_keepers_at_once_fire_once(self) -> None:
        hour = await self.hour()
        await self.put(an_entry(hour - timedelta(minutes=1)))

        turns = await asyncio.gather(*(self.turn() for _ in range(6)))

        assert [fired.fire_times for fired in turns if fired] == [(hour,)]
        assert list(await self.tasks()) == [fire_id("notes", hour)]

    async def test_a_keeper_leaves_an_entry_alone_at_which_another_is(self) -> None:
        hour = await self.hour()
        await self.put(an_entry(hour - timedelta(minutes=1)))

        async with self.keeping.take_due() as first, self.keeping.take_due() as second:
            assert first is not None
            assert second is None

    async def test_an_entry_taken_back_to_an_old_time_fires_nothing_twice(self) -> None:
        hour = await self.hour()
        entry = an_entry(hour - timedelta(minutes=1))
        await self.put(entry)
        await self.turn()
        await self.put(entry)

        await self.turn()

        assert list(await self.tasks()) == [fire_id("notes", hour)]

    @pytest.mark.parametrize(
        ("catch_up", "missed_hours"),
        [(CatchUp.SKIP, []), (CatchUp.ONCE, [0]), (CatchUp.ALL, [4, 3, 2, 1, 0])],
    )
    async def test_keepers_that_were_away_for_hours_catch_up_as_the_entry_says(
        self, catch_up: CatchUp, missed_hours: list[int]
    ) -> None:
        # Ten minutes past its fire time, whatever time it is.
        schedule = f"{((await self.now()) - timedelta(minutes=10)).minute} * * * *"
        last = ((await self.now()) - timedelta(minutes=10)).replace(second=0, microsecond=0)
        entry = an_entry(last - timedelta(hours=5), schedule=schedule, catch_up=catch_up)
        await self.put(entry)

        await self.turn()

        expected = [fire_id("notes", last - timedelta(hours=hours)) for hours in missed_hours]
        assert sorted(await self.tasks()) == sorted(expected)
        assert await self.turn() is None
        assert (await self.entry()).decided_until == last

    async def test_an_entry_that_is_disabled_or_not_due_has_no_turn(self) -> None:
        now = await self.now()
        await self.put(an_entry(now - timedelta(hours=5), is_enabled=False))
        await self.put(an_entry(now, name="later", next_fire_at=now + timedelta(minutes=5)))

        assert await self.turn() is None

    @pytest.mark.parametrize(
        "mistake",
        [{"task_type": "test:unknown"}, {"payload": {"notes": "x"}}, {"schedule": "0 99 * * *"}],
    )
    async def test_an_entry_that_cannot_be_fired_is_put_off_and_keeps_nobody_waiting(
        self, mistake: dict[str, object]
    ) -> None:
        now, hour = await self.now(), await self.hour()
        await self.put(an_entry(now - timedelta(hours=9), name="broken", **mistake))
        await self.put(an_entry(hour - timedelta(minutes=1)))

        first, second = await self.turn(), await self.turn()

        assert first is not None
        assert (first.name, bool(first.error)) == ("broken", True)
        assert second == Fired(name="notes", fire_times=(hour,))
        broken = await self.entry("broken")
        assert broken.next_fire_at >= now + PUT_OFF
        assert broken.decided_until == now - timedelta(hours=9)

    async def test_a_run_by_hand_is_a_task_of_its_own_and_leaves_the_turns_as_they_are(
        self,
    ) -> None:
        now = await self.now()
        await self.put(an_entry(now, next_fire_at=now + timedelta(minutes=5)))
        before = await self.entry()

        runs = [
            await run_cron_entry(self.store, FreshIds(), context=PLATFORM, name="notes")
            for _ in range(2)
        ]

        dispatched = [task.idempotency_key for task in (await self.tasks()).values()]
        assert sorted(dispatched) == sorted(task.idempotency_key for task in runs)
        assert await self.entry() == before

    async def test_an_entry_that_is_not_there_cannot_be_run(self) -> None:
        with pytest.raises(NotFoundError):
            await run_cron_entry(self.store, FreshIds(), context=PLATFORM, name="nothing")

    async def test_entries_are_listed_by_name(self) -> None:
        now = await self.now()
        for name in ("b", "a", "c"):
            await self.put(an_entry(now, name=name))

        assert [entry.name for entry in await self.store.list()] == ["a", "b", "c"]
