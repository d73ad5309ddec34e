"""The SDK's commands on jobs, as a dispatcher and a technician give them to a real server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from campotech_client import CampoTech
from campotech_client.errors import PreconditionError
from campotech_client.resources import Job, PriceLine, VatRate, pesos
from domain.commands import Role
from tests.support.businesses import Business, Colleague, id_in

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def apps(business: Business) -> AsyncIterator[tuple[CampoTech, CampoTech]]:
    """Yield the clients of the dispatcher and of the technician."""

    def app_of(colleague: Colleague, role: Role) -> CampoTech:
        token = business.api.issuer.token(
            role, organization_id=business.id, subject=str(id_in(colleague.name))
        )
        return CampoTech(business.api.address, token=token)

    async with AsyncExitStack() as stack:
        office = app_of(business.dispatcher, Role.DISPATCHER)
        van = app_of(business.technician, Role.TECHNICIAN)
        yield (
            await stack.enter_async_context(office),
            await stack.enter_async_context(van),
        )


async def test_a_dispatcher_plans_anew(
    business: Business, apps: tuple[CampoTech, CampoTech]
) -> None:
    office, _ = apps
    job = await business.job()

    changed = await office.jobs.update(
        Job(name=job.name, description="Sin gas", price=pesos(100)),
        etag=job.etag,
        fields=["description"],
    )
    assigned = await office.jobs.assign(job.name, technician=business.technician.name)
    taken_back = await office.jobs.unassign(job.name, etag=assigned.etag)

    assert (changed.description, changed.price) == ("Sin gas", job.price)
    assert (taken_back.state, taken_back.technician) == (Job.STATE_PENDING, "")


async def test_a_dispatcher_may_want_a_technician_twice(
    business: Business, apps: tuple[CampoTech, CampoTech]
) -> None:
    office, _ = apps
    taken = await business.job_in(Job.STATE_ASSIGNED)
    other = await business.job(scheduled_start_time=taken.scheduled_start_time)

    with pytest.raises(PreconditionError) as refusal:
        await office.jobs.assign(other.name, technician=business.technician.name)
    assigned = await office.jobs.assign(
        other.name, technician=business.technician.name, allow_double_booking=True
    )

    assert refusal.value.reason == "TECHNICIAN_DOUBLE_BOOKED"
    assert refusal.value.metadata["number"] == str(taken.number)
    assert assigned.technician == business.technician.name


async def test_a_technician_pauses_notes_resumes_and_gives_the_final_lines(
    business: Business, apps: tuple[CampoTech, CampoTech]
) -> None:
    _, van = apps
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    line = PriceLine(
        description="Mano de obra",
        quantity_thousandths=1500,
        unit_price=pesos(20_000),
        vat_rate=VatRate.VAT_RATE_TWENTY_ONE,
    )

    paused = await van.jobs.pause(job.name, reason=Job.PAUSE_REASON_BREAK)
    noted = await van.jobs.add_note(job.name, text="Falta un codo")
    resumed = await van.jobs.resume(job.name)
    done = await van.jobs.complete(
        job.name, work_summary="Cambié el codo", final_price_lines=[line]
    )

    assert [each.state for each in (paused, noted, resumed, done)] == [
        Job.STATE_PAUSED,
        Job.STATE_PAUSED,
        Job.STATE_IN_PROGRESS,
        Job.STATE_COMPLETED,
    ]
    assert [note.text for note in done.notes] == ["Falta un codo"]
    assert done.price == pesos(30_000)
