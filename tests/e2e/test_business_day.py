"""A business's day through the SDK and the edge, on the started platform."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from campotech_client import CampoTech, Position, new_request_id
from campotech_client.errors import ConflictError, PermissionDeniedError, PreconditionError
from campotech_client.resources import (
    Address,
    Customer,
    Invoice,
    Job,
    JobEvent,
    LocationUpdate,
    Message,
    pesos,
)
from cli.demo.sandbox_view import SandboxView
from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_ORGANIZATION_ID, DISPATCHER, OWNER, TECHNICIANS, DemoMember
from tests.support.waiting import eventually_true

DEADLINE_SECONDS = 60
ORGANIZATION = f"organizations/{DEMO_ORGANIZATION_ID}"
LUCIA = TECHNICIANS[1]
LUCIA_NAME = f"{ORGANIZATION}/members/{LUCIA.id}"
CUIT = "30712345671"
HOME = Address(
    street_address="Gascón 800",
    locality="Almagro",
    province="Ciudad Autónoma de Buenos Aires",
)


@dataclass(frozen=True, slots=True)
class Callers:
    owner: CampoTech
    office: CampoTech
    van: CampoTech


@pytest_asyncio.fixture(loop_scope="session")
async def callers(platform: LocalPlatform) -> AsyncIterator[Callers]:
    async with (
        caller(platform, OWNER) as owner,
        caller(platform, DISPATCHER) as office,
        caller(platform, LUCIA) as van,
    ):
        yield Callers(owner, office, van)


def caller(platform: LocalPlatform, member: DemoMember) -> CampoTech:
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[member.role],
        subject=str(member.id),
    )
    return CampoTech(f"127.0.0.1:{platform.settings.edge_port}", token=token)


async def a_job(office: CampoTech, *, description: str = "No prende el calefón") -> Job:
    customer = await office.directory.create_customer(
        Customer(display_name="Ana Benítez", phone_number="+5491155550199")
    )
    return await office.jobs.create(
        Job(
            customer=customer.name,
            description=description,
            service_address=HOME,
            price=pesos("121000.50"),
        )
    )


async def a_job_on_the_way(callers: Callers) -> Job:
    job = await a_job(callers.office)
    await callers.office.jobs.assign(job.name, technician=LUCIA_NAME)
    return await callers.van.jobs.start_travel(job.name)


async def a_completed_job(callers: Callers) -> Job:
    job = await a_job_on_the_way(callers)
    await callers.van.jobs.arrive(job.name)
    await callers.van.jobs.start(job.name)
    return await callers.van.jobs.complete(job.name, work_summary="Limpié el piloto")


async def the_invoice(office: CampoTech, job: Job) -> Invoice:
    async def is_authorised() -> bool:
        return [invoice.fiscal_state async for invoice in office.invoicing.list(job=job.name)] == [
            Invoice.FISCAL_STATE_AUTHORIZED
        ]

    assert await eventually_true(is_authorised, within_seconds=DEADLINE_SECONDS)
    [invoice] = await office.invoicing.list(job=job.name).first()
    return invoice


async def the_message(office: CampoTech, job: Job) -> Message:
    async def is_read() -> bool:
        return [message.state async for message in office.messaging.list(job=job.name)] == [
            Message.STATE_READ
        ]

    assert await eventually_true(is_read, within_seconds=DEADLINE_SECONDS)
    [message] = await office.messaging.list(job=job.name).first()
    return message


async def test_the_dispatcher_is_told_of_every_step_in_order(callers: Callers) -> None:
    async with callers.office.jobs.watch() as watch, asyncio.timeout(DEADLINE_SECONDS):
        await watch.begin()
        job = await a_completed_job(callers)
        events = [await anext(watch) for _ in range(6)]

    assert [event.type for event in events] == [
        JobEvent.TYPE_CREATED,
        JobEvent.TYPE_ASSIGNED,
        JobEvent.TYPE_TRAVEL_STARTED,
        JobEvent.TYPE_ARRIVED,
        JobEvent.TYPE_STARTED,
        JobEvent.TYPE_COMPLETED,
    ]
    assert {event.job.name for event in events} == {job.name}
    assert [event.cursor - events[0].cursor for event in events] == [0, 1, 2, 3, 4, 5]


async def test_the_dispatcher_sees_every_place_where_the_phone_was(
    callers: Callers, tmp_path: Path
) -> None:
    await a_job_on_the_way(callers)
    begun_at = datetime.now(UTC)

    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        callers.office.tracking.watch(technicians=[LUCIA_NAME]) as watch,
        callers.van.tracking.phone(tmp_path / "fixes.sqlite") as phone,
    ):
        await watch.begin()
        for number in range(3):
            position = Position(
                latitude=-34.6 + number / 1000,
                longitude=-58.42,
                recorded_at=begun_at + timedelta(seconds=number),
            )
            await phone.record(position)
            assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
        seen = [update async for update in until_latitude(watch, -34.598)]

    assert [round(update.latitude, 3) for update in seen][-3:] == [-34.6, -34.599, -34.598]
    assert phone.waiting == 0


async def until_latitude(
    watch: AsyncIterator[LocationUpdate], last: float
) -> AsyncIterator[LocationUpdate]:
    async for update in watch:
        yield update
        if round(update.latitude, 3) == last:
            return


async def test_a_completed_job_ends_with_a_cae_that_arca_gave(
    platform: LocalPlatform, callers: Callers
) -> None:
    job = await a_completed_job(callers)

    invoice = await the_invoice(callers.office, job)

    voucher = await SandboxView(platform.sandbox_url).voucher_of(invoice, cuit=CUIT)
    assert voucher is not None
    assert voucher["cae"] == invoice.cae
    assert len(invoice.cae) == 14
    assert invoice.total.amount_minor == 12_100_050
    assert invoice.net.amount_minor + invoice.vat.amount_minor == 12_100_050


async def test_the_customer_gets_the_cae_over_whatsapp(
    platform: LocalPlatform, callers: Callers
) -> None:
    job = await a_completed_job(callers)

    message = await the_message(callers.office, job)

    invoice = await the_invoice(callers.office, job)
    received = await SandboxView(platform.sandbox_url).message_of(message)
    assert received is not None
    assert received["text"] == message.body
    assert f"CAE: {invoice.cae}" in message.body


async def test_the_owner_sees_the_tasks_that_did_it(callers: Callers) -> None:
    job = await a_completed_job(callers)
    await the_message(callers.office, job)

    async def has_made_the_invoice() -> bool:
        tasks = callers.owner.operations.list_tasks(type="invoice:generate")
        return job.name.rpartition("/")[2] in {
            task.payload["job_id"] async for task in tasks if task.attempts
        }

    assert await eventually_true(has_made_the_invoice)


async def test_a_watch_that_was_away_is_told_what_it_missed(callers: Callers) -> None:
    async with callers.office.jobs.watch() as watch:
        await watch.begin()
    missed = [await a_job(callers.office), await a_job(callers.office)]

    async with (
        callers.office.jobs.watch(after_cursor=watch.cursor) as resumed,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        told = [(await anext(resumed)).job.name for _ in missed]

    assert told == [job.name for job in missed]


async def test_a_repeated_command_has_one_effect(callers: Callers) -> None:
    job = await a_job(callers.office)
    request_id = new_request_id()

    first = await callers.office.jobs.create(again(job), request_id=request_id)
    second = await callers.office.jobs.create(again(job), request_id=request_id)

    assert first.name == second.name != job.name


async def test_a_list_goes_on_over_its_pages(callers: Callers) -> None:
    job = await a_job(callers.office)
    created = [await callers.office.jobs.create(again(job)) for _ in range(4)]

    listed = [
        found.name async for found in callers.office.jobs.list(customer=job.customer, page_size=2)
    ]

    assert listed == [one.name for one in (*reversed(created), job)]


async def test_a_refused_step_names_its_reason_through_the_edge(callers: Callers) -> None:
    job = await a_job(callers.office)

    with pytest.raises(PreconditionError) as caught:
        await callers.office.jobs.complete(job.name, work_summary="Nada")

    assert caught.value.reason == "JOB_TRANSITION_REFUSED"
    assert caught.value.metadata["current_state"] == "PENDING"
    assert caught.value.localized_message.startswith("El trabajo")
    assert caught.value.request_id


async def test_two_dispatchers_do_not_undo_each_other_unseen(callers: Callers) -> None:
    job = await a_job(callers.office)
    await callers.office.jobs.assign(job.name, technician=LUCIA_NAME)

    with pytest.raises(ConflictError) as caught:
        await callers.office.jobs.assign(job.name, technician=LUCIA_NAME, etag=job.etag)

    assert caught.value.reason == "ETAG_MISMATCH"


async def test_an_office_token_is_no_phone(callers: Callers, tmp_path: Path) -> None:
    with pytest.raises(PermissionDeniedError):
        async with callers.office.tracking.phone(tmp_path / "fixes.sqlite") as phone:
            await phone.record(Position(latitude=-34.6, longitude=-58.4))
            await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)


def again(job: Job) -> Job:
    return Job(
        customer=job.customer,
        description=job.description,
        service_address=job.service_address,
        price=job.price,
    )
