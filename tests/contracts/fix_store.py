"""What every FixStore owes: nothing lost, nothing doubled, and a cursor that says so."""

import asyncio
import random
from abc import ABC, abstractmethod

import pytest

from domain.tracking.device import DeviceInstall
from domain.tracking.fix import MAX_SEQ, Fix
from domain.tracking.ports import FixStore
from domain.tracking.ranges import SeqRange, SeqRanges
from tests.support.tracking_builders import DAY, NOON, SECOND, a_batch, a_fix


class FixStoreContract(ABC):
    """Subclasses give a store, phones, and a look at what is stored."""

    store: FixStore

    @abstractmethod
    async def an_install(self) -> DeviceInstall:
        """Return a registered phone of a new organisation."""

    @abstractmethod
    async def stored(self, install: DeviceInstall) -> list[tuple[Fix, int]]:
        """Return a phone's fixes with their time of arrival, in the order of their numbers."""

    @abstractmethod
    async def cursor(self, install: DeviceInstall) -> SeqRanges:
        """Return what the phone's cursor holds."""

    async def test_a_stored_fix_comes_back_as_it_was(self) -> None:
        install = await self.an_install()
        fixes = [
            a_fix(1),
            a_fix(
                2,
                recorded_at=NOON + 1,
                latitude_e7=-900_000_000,
                longitude_e7=1_800_000_000,
                is_mock=True,
            ),
            a_fix(
                MAX_SEQ,
                accuracy_decimeters=None,
                speed_decimeters_per_second=None,
                heading_decidegrees=None,
                battery_percent=None,
                recorded_at=NOON,
            ),
        ]

        await self.store.append(a_batch(install, fixes, received_at=NOON + 123_456))

        assert await self.stored(install) == [(fix, NOON + 123_456) for fix in fixes]

    async def test_a_batch_that_comes_again_is_stored_once(self) -> None:
        install = await self.an_install()
        batch = a_batch(install, map(a_fix, range(1, 11)))
        await self.store.append(batch)

        await self.store.append(a_batch(install, batch.fixes, received_at=NOON + SECOND))

        assert await self.stored(install) == [(fix, NOON) for fix in batch.fixes]
        assert await self.cursor(install) == (SeqRange(1, 10),)

    async def test_a_fix_that_comes_twice_in_a_batch_is_stored_once(self) -> None:
        install = await self.an_install()

        await self.store.append(a_batch(install, [a_fix(1), a_fix(1)]))

        assert len(await self.stored(install)) == 1

    async def test_a_backlog_that_comes_newest_first_leaves_gaps_until_it_is_complete(self) -> None:
        install = await self.an_install()

        await self.store.append(a_batch(install, map(a_fix, range(21, 31))))
        await self.store.append(a_batch(install, map(a_fix, range(1, 6))))
        gaps = await self.cursor(install)
        await self.store.append(a_batch(install, map(a_fix, range(6, 21))))

        assert gaps == (SeqRange(1, 5), SeqRange(21, 30))
        assert await self.cursor(install) == (SeqRange(1, 30),)

    @pytest.mark.parametrize("seed", range(3))
    async def test_shuffled_overlapping_batches_end_complete(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - no secret
        install = await self.an_install()
        starts = [*range(1, 101, 5), *(chance.randrange(1, 91) for _ in range(20))]
        chance.shuffle(starts)

        await asyncio.gather(
            *(
                self.store.append(a_batch(install, map(a_fix, range(start, start + 10))))
                for start in starts
            )
        )

        last = max(starts) + 9
        assert [fix.seq for fix, _ in await self.stored(install)] == list(range(1, last + 1))
        assert await self.cursor(install) == (SeqRange(1, last),)

    async def test_fixes_of_many_days_are_all_stored(self) -> None:
        install = await self.an_install()
        fixes = [
            a_fix(seq, recorded_at=NOON - age * DAY) for seq, age in enumerate((0, 1, 30, 89, -1))
        ]

        await self.store.append(a_batch(install, fixes))

        assert [fix for fix, _ in await self.stored(install)] == fixes

    async def test_phones_do_not_share_numbers(self) -> None:
        one, other = await self.an_install(), await self.an_install()

        await asyncio.gather(
            self.store.append(a_batch(one, [a_fix(1)])),
            self.store.append(a_batch(other, [a_fix(1), a_fix(3)])),
        )

        assert [fix.seq for fix, _ in await self.stored(one)] == [1]
        assert [fix.seq for fix, _ in await self.stored(other)] == [1, 3]
        assert await self.cursor(other) == (SeqRange(1, 1), SeqRange(3, 3))
