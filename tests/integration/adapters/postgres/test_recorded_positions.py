"""Where everybody was last, from what a real Postgres has stored."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import product

import psycopg
import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.device_store import PostgresDeviceStore
from adapters.postgres.fix_store import IngestLimits, PostgresFixStore
from adapters.postgres.pools import create_pool
from adapters.postgres.recorded_positions import NEWEST_POSITIONS, PostgresRecordedPositions
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.device import DeviceInstall
from domain.tracking.fix import Fix, moment_of
from domain.tracking.use_cases.register_device import register_device
from tests.contracts.device_store import a_registration, as_technician
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.query_plans import executed_scans
from tests.support.servers import Database
from tests.support.tracking_builders import DAY, EPOCH, MINUTE, NOON, a_batch, a_fix

_A_DAY_OF_FIXES = """
INSERT INTO technician_locations
SELECT %(organization_id)s, moment, moment, %(number)s, (extract(epoch FROM moment) / 40)::integer,
  0, 0, 0, 0, 0, 80::"char", false
FROM generate_series(%(day)s, %(day)s + interval '23 hours', interval '40 seconds') AS moment
"""


class Rig:
    """Phones whose fixes are stored, and the positions as the app role reads them."""

    def __init__(
        self,
        tenants: Tenants,
        devices: PostgresDeviceStore,
        fixes: PostgresFixStore,
        recorded: PostgresRecordedPositions,
    ) -> None:
        self.tenants = tenants
        self.recorded = recorded
        self._devices = devices
        self._fixes = fixes

    async def a_phone(
        self,
        organization_id: OrganizationId,
        technician_id: MemberId | None = None,
    ) -> DeviceInstall:
        technician_id = technician_id or (await self.tenants.member(organization_id)).id
        device = await register_device(
            self._devices,
            Uuid7Source(),
            context=as_technician(organization_id, technician_id),
            command=a_registration(),
        )
        return await self._devices.install(
            organization_id, technician_id, device_id=device.id, install_epoch=EPOCH
        )

    async def store(self, install: DeviceInstall, *fixes: Fix) -> None:
        await self._fixes.append(a_batch(install, fixes))

    async def newest(self, organization_id: OrganizationId) -> dict[MemberId, Fix]:
        positions = await self.recorded.newest(
            organization_id, since=NOON - DAY, until=NOON + MINUTE
        )
        return {position.technician_id: position.fix for position in positions}


@pytest.fixture
async def rig(database: Database) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        opener = await stack.enter_async_context(open_transactions(database))
        pool = create_pool(database.system_url, name="test", max_size=2)
        stack.push_async_callback(pool.close)
        await pool.open()
        fixes = await stack.enter_async_context(
            PostgresFixStore(pool, IngestLimits(flush_seconds=0.01))
        )
        yield Rig(
            Tenants(opener),
            PostgresDeviceStore(opener),
            fixes,
            PostgresRecordedPositions(opener.pool),
        )


async def test_each_technician_is_where_their_newest_fix_says(rig: Rig) -> None:
    organization = await rig.tenants.organization()
    first, second = [await rig.a_phone(organization.id) for _ in range(2)]
    await rig.store(first, a_fix(1), a_fix(3, latitude_e7=-310_000_000), a_fix(2))
    await rig.store(second, a_fix(1, accuracy_decimeters=None, battery_percent=None, is_mock=True))

    newest = await rig.newest(organization.id)

    assert newest == {
        first.technician_id: a_fix(3, latitude_e7=-310_000_000),
        second.technician_id: a_fix(
            1, accuracy_decimeters=None, battery_percent=None, is_mock=True
        ),
    }


async def test_who_has_two_phones_is_where_the_later_fix_says(rig: Rig) -> None:
    organization = await rig.tenants.organization()
    old = await rig.a_phone(organization.id)
    new = await rig.a_phone(organization.id, old.technician_id)
    await rig.store(old, a_fix(50, recorded_at=NOON - 5 * MINUTE))
    await rig.store(new, a_fix(1, recorded_at=NOON - MINUTE))

    newest = await rig.newest(organization.id)

    assert newest == {old.technician_id: a_fix(1, recorded_at=NOON - MINUTE)}


async def test_what_is_older_or_ahead_of_the_time_asked_for_shows_nobody(rig: Rig) -> None:
    organization = await rig.tenants.organization()
    phone = await rig.a_phone(organization.id)
    await rig.store(phone, a_fix(1, recorded_at=NOON - 2 * DAY), a_fix(2, recorded_at=NOON + DAY))

    newest = await rig.newest(organization.id)

    assert newest == {}


async def test_another_business_has_nobody_of_this_one(rig: Rig) -> None:
    organization, other = [await rig.tenants.organization() for _ in range(2)]
    await rig.store(await rig.a_phone(organization.id), a_fix(1))

    newest = await rig.newest(other.id)

    assert newest == {}


async def test_a_position_costs_one_row_of_each_day_however_many_fixes_a_day_has(
    rig: Rig, database: Database
) -> None:
    organization = await rig.tenants.organization()
    phones = [await rig.a_phone(organization.id) for _ in range(3)]
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for phone, days_ago in product(phones, range(5)):
            day = {"day": moment_of(NOON - NOON % DAY - days_ago * DAY)}
            install = {"organization_id": organization.id, "number": phone.number}
            connection.execute("SELECT make_partition('technician_locations', %(day)s)", day)
            connection.execute(_A_DAY_OF_FIXES, {**install, **day})
        connection.execute("ANALYZE technician_locations")

    scans = executed_scans(
        database,
        organization.id,
        NEWEST_POSITIONS,
        {"since": moment_of(NOON - 2 * DAY), "until": moment_of(NOON)},
    )

    reads = [scan for scan in scans if scan["Relation Name"].startswith("technician_locations")]
    looked_at = [scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in reads]
    assert len({scan["Relation Name"] for scan in reads}) == 3
    assert all("install_number = " in scan["Index Cond"] for scan in reads)
    assert max(looked_at) <= 1
