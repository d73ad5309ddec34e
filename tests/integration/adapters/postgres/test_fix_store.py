"""The fix store on a real Postgres: groups, bounds, and a database that goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.device_store import PostgresDeviceStore
from adapters.postgres.fix_rows import LARGEST_CURSOR_BYTES
from adapters.postgres.fix_store import IngestLimits, PostgresFixStore
from adapters.postgres.pools import DatabaseUnavailableError, create_pool
from domain.tracking.device import DeviceInstall
from domain.tracking.fix import Fix
from domain.tracking.ports import FixStore, IngestFullError
from domain.tracking.ranges import SeqRange, SeqRanges
from domain.tracking.use_cases.register_device import register_device
from tests.contracts.device_store import a_registration, as_technician
from tests.contracts.fix_store import FixStoreContract
from tests.support.fix_tables import FixTables
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database
from tests.support.tracking_builders import DAY, EPOCH, NOON, a_batch, a_fix
from tests.support.waiting import eventually_true

QUICK = IngestLimits(flush_seconds=0.02)


class PostgresFixRig:
    """A fix store, and phones in organisations of their own."""

    store: FixStore

    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        self.tables = FixTables(database)
        async with AsyncExitStack() as stack:
            opener = await stack.enter_async_context(open_transactions(database))
            self.tenants = Tenants(opener)
            self.devices = PostgresDeviceStore(opener)
            self.pool = create_pool(
                database.system_url, name="test", max_size=2, timeout_seconds=1.0
            )
            stack.push_async_callback(self.pool.close)
            await self.pool.open()
            self.store = await stack.enter_async_context(PostgresFixStore(self.pool, QUICK))
            yield

    async def an_install(self) -> DeviceInstall:
        organization = await self.tenants.organization()
        technician = await self.tenants.member(organization.id)
        device = await register_device(
            self.devices,
            Uuid7Source(),
            context=as_technician(organization.id, technician.id),
            command=a_registration(),
        )
        return await self.devices.install(
            organization.id, technician.id, device_id=device.id, install_epoch=EPOCH
        )

    async def stored(self, install: DeviceInstall) -> list[tuple[Fix, int]]:
        return self.tables.fixes(install)

    async def cursor(self, install: DeviceInstall) -> SeqRanges:
        return self.tables.cursor(install)

    async def is_flushing(self) -> bool:
        return bool(self.tables.writers())


class TestPostgresFixStore(PostgresFixRig, FixStoreContract):
    """The contract."""


class TestGroupsOfFixes(PostgresFixRig):
    async def test_phones_that_send_at_once_share_a_transaction(self) -> None:
        installs = [await self.an_install() for _ in range(5)]
        await self.store.append(a_batch(installs[0], [a_fix(1)]))

        async with PostgresFixStore(self.pool, IngestLimits(flush_seconds=0.2)) as store:
            await asyncio.gather(
                *(
                    store.append(a_batch(install, map(a_fix, range(2, 12))))
                    for install in installs
                    for _ in range(4)
                )
            )

        assert [len(self.tables.fixes(install)) for install in installs] == [11, 10, 10, 10, 10]
        assert self.tables.transactions() == 2

    async def test_a_large_group_does_not_wait(self) -> None:
        install = await self.an_install()
        patient = IngestLimits(flush_seconds=60, flush_fixes=10)

        async with PostgresFixStore(self.pool, patient) as store, asyncio.timeout(10):
            await store.append(a_batch(install, map(a_fix, range(1, 11))))

        assert len(self.tables.fixes(install)) == 10

    async def test_closing_stores_what_waits(self) -> None:
        install = await self.an_install()

        async with PostgresFixStore(self.pool, IngestLimits(flush_seconds=60)) as store:
            waiting = asyncio.create_task(store.append(a_batch(install, [a_fix(1)])))
            await asyncio.sleep(0)

        await waiting
        assert len(self.tables.fixes(install)) == 1

    async def test_a_phone_that_hangs_up_takes_nobody_with_it(self) -> None:
        one, other = await self.an_install(), await self.an_install()
        leaving = asyncio.create_task(self.store.append(a_batch(one, [a_fix(1)])))
        staying = asyncio.create_task(self.store.append(a_batch(other, [a_fix(1)])))
        await asyncio.sleep(0)

        leaving.cancel()
        await staying

        assert len(self.tables.fixes(other)) == 1

    async def test_a_batch_that_the_database_refuses_takes_nobody_with_it(self) -> None:
        good, bad = await self.an_install(), await self.an_install()
        nowhere = a_fix(1, latitude_e7=2_000_000_000)

        answers = await asyncio.gather(
            self.store.append(a_batch(good, [a_fix(1)])),
            self.store.append(a_batch(bad, [nowhere])),
            return_exceptions=True,
        )

        assert answers[0] is None
        assert isinstance(answers[1], psycopg.errors.CheckViolation)
        assert len(self.tables.fixes(good)) == 1

    async def test_a_cursor_with_too_many_gaps_stands_still(self) -> None:
        install = await self.an_install()
        odd = range(1, LARGEST_CURSOR_BYTES, 2)

        await self.store.append(a_batch(install, map(a_fix, [1])))
        await self.store.append(a_batch(install, map(a_fix, odd)))

        assert len(self.tables.fixes(install)) == len(odd)
        assert self.tables.cursor(install) == (SeqRange(1, 1),)

    async def test_a_partition_that_was_dropped_is_made_again(self) -> None:
        install = await self.an_install()
        long_ago = NOON - 50 * DAY
        await self.store.append(a_batch(install, [a_fix(1, recorded_at=long_ago)]))
        with self.tables.connected() as connection:
            connection.execute("DROP TABLE technician_locations_2026_10_01")

        await self.store.append(a_batch(install, [a_fix(2, recorded_at=long_ago)]))

        assert [fix.seq for fix, _ in self.tables.fixes(install)] == [2]


class TestStoredSize(PostgresFixRig):
    async def test_a_fix_takes_no_more_space_than_was_promised(self) -> None:
        installs = [await self.an_install() for _ in range(20)]
        for start in range(1, 1001, 10):
            await asyncio.gather(
                *(
                    self.store.append(a_batch(install, map(a_fix, range(start, start + 10))))
                    for install in installs
                )
            )

        while_live = self.tables.bytes_per_fix()
        with self.tables.connected() as connection:
            connection.execute("REINDEX TABLE technician_locations")
        when_closed = self.tables.bytes_per_fix()

        assert while_live <= 170
        assert when_closed <= 140


class TestFullBuffer(PostgresFixRig):
    async def test_a_batch_waits_for_room_and_is_then_stored(self) -> None:
        install = await self.an_install()
        small = IngestLimits(flush_seconds=0.02, capacity_fixes=10)

        async with PostgresFixStore(self.pool, small) as store:
            await asyncio.gather(
                *(
                    store.append(a_batch(install, map(a_fix, range(start, start + 10))))
                    for start in range(1, 101, 10)
                )
            )

        assert len(self.tables.fixes(install)) == 100

    async def test_a_batch_without_room_is_refused_with_a_time_to_try_again(self) -> None:
        install = await self.an_install()
        await self.store.append(a_batch(install, [a_fix(1)]))
        small = IngestLimits(flush_seconds=0.01, capacity_fixes=10, room_seconds=0.05)

        async with PostgresFixStore(self.pool, small) as store:
            with self.tables.locked():
                first = asyncio.create_task(store.append(a_batch(install, [a_fix(2)])))
                assert await eventually_true(self.is_flushing)
                second = asyncio.create_task(
                    store.append(a_batch(install, map(a_fix, range(3, 13))))
                )
                await asyncio.sleep(0)
                with pytest.raises(IngestFullError) as refusal:
                    await store.append(a_batch(install, [a_fix(13)]))
                waiting = store.waiting_fixes
            await asyncio.gather(first, second)

        assert refusal.value.retry_after_seconds == 0.05
        assert waiting == 10
        assert len(self.tables.fixes(install)) == 12


class TestDatabaseThatGoesAway(PostgresFixRig):
    async def test_a_connection_killed_in_mid_flush_loses_and_doubles_nothing(self) -> None:
        install = await self.an_install()
        await self.store.append(a_batch(install, [a_fix(1)]))

        with self.tables.locked():
            appending = asyncio.create_task(
                self.store.append(a_batch(install, map(a_fix, range(1, 101))))
            )
            assert await eventually_true(self.is_flushing)
            self.tables.kill_writers()
        await appending

        assert [fix.seq for fix, _ in self.tables.fixes(install)] == list(range(1, 101))
        assert self.tables.cursor(install) == (SeqRange(1, 100),)

    async def test_no_flush_is_refused_because_all_connections_of_the_pool_died(
        self, database: Database
    ) -> None:
        install = await self.an_install()
        pool = create_pool(database.system_url, name="test", min_size=4, max_size=4)

        async with pool, PostgresFixStore(pool, QUICK) as store:
            await pool.wait()
            self.tables.kill_writers()
            await store.append(a_batch(install, [a_fix(1)]))

        assert len(self.tables.fixes(install)) == 1

    async def test_a_database_that_stays_away_is_told_and_the_resend_is_stored_once(self) -> None:
        install = await self.an_install()
        batch = a_batch(install, map(a_fix, range(1, 11)))
        await self.store.append(batch)

        with self.tables.closed_to_writers(), pytest.raises(DatabaseUnavailableError):
            await self.store.append(a_batch(install, map(a_fix, range(5, 21))))
        assert await eventually_true(lambda: self._is_stored(install, 21), within_seconds=20)

        assert [fix.seq for fix, _ in self.tables.fixes(install)] == list(range(1, 21))

    async def _is_stored(self, install: DeviceInstall, end: int) -> bool:
        try:
            await self.store.append(a_batch(install, map(a_fix, range(5, end))))
        except DatabaseUnavailableError:
            return False
        return True

    async def test_a_flush_that_hangs_is_cancelled(self) -> None:
        install = await self.an_install()
        await self.store.append(a_batch(install, [a_fix(1)]))
        hasty = IngestLimits(flush_seconds=0.01, write_seconds=0.2, retry_within_seconds=0.1)

        async with PostgresFixStore(self.pool, hasty) as store:
            with self.tables.locked(), pytest.raises(DatabaseUnavailableError):
                await store.append(a_batch(install, [a_fix(2)]))
            await store.append(a_batch(install, [a_fix(2)]))

        assert len(self.tables.fixes(install)) == 2
