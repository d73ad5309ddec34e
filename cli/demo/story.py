"""One day of a business, played through the SDK by its dispatcher and one of its technicians."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campotech_client import CampoTech
from campotech_client.resources import (
    Address,
    Customer,
    Device,
    Invoice,
    Job,
    JobEvent,
    LatLng,
    Message,
    pesos,
)
from campotech_client.services.jobs import JobWatch
from campotech_client.times import timestamp
from cli.demo.audience import Audience
from cli.demo.journey import drive, watch_arrive
from cli.demo.paperwork import authorised_invoice, sent_message
from cli.demo.route import CORRIENTES
from cli.demo.signature import signature_png
from cli.demo.stages import DayFailedError, stage

CALL_SECONDS = 15.0
PAPERWORK_SECONDS = 45.0
PAUSE_SECONDS = 0.8
WORK_SECONDS = 1.5

CUSTOMERS = ("Mariana Torres", "Jorge Almada", "Silvia Quiroga", "Ramiro Sosa", "Elena Vidal")
HOME = Address(
    street_address="Av. Corrientes 1234, 5° B",
    locality="San Nicolás",
    province="Ciudad Autónoma de Buenos Aires",
    postal_code="1043",
    location=LatLng(latitude=CORRIENTES[-1][0], longitude=CORRIENTES[-1][1]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays: two callers with tokens of their own, and the technician's names."""

    office: CampoTech
    van: CampoTech
    technician: str
    technician_display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the day brought about."""

    job: Job
    invoice: Invoice
    message: Message
    positions_recorded: int
    positions_seen: int
    signature: bytes
    """As the dispatcher reads it."""


class BusinessDay:
    """From the customer's call to the message with the invoice."""

    def __init__(self, cast: Cast, audience: Audience, *, buffer_path: Path) -> None:
        self._cast = cast
        self._office = cast.office
        self._van = cast.van
        self._audience = audience
        self._buffer_path = buffer_path

    async def play(self, *, travel_seconds: float) -> Day:
        """Play the day; raise DayFailedError naming what did not succeed."""
        async with self._office.jobs.watch() as events:
            async with stage("Watch the jobs", within_seconds=CALL_SECONDS):
                await events.begin()
            job = await self._take_the_call(events)
            recorded, seen = await self._travel(job, events, seconds=travel_seconds)
            job = await self._do_the_work(job, events)
        async with stage("Read the signature", within_seconds=CALL_SECONDS):
            signature = await self._read_signature(job)
        self._audience.narrate("Nobody does anything now: the invoice makes itself.")
        async with stage("Authorise the invoice", within_seconds=PAPERWORK_SECONDS):
            invoice = await authorised_invoice(self._office, job.name, self._audience)
        async with stage("Send the message", within_seconds=PAPERWORK_SECONDS):
            message = await sent_message(self._office, job.name, self._audience)
        return Day(
            job=job,
            invoice=invoice,
            message=message,
            positions_recorded=recorded,
            positions_seen=seen,
            signature=signature,
        )

    async def _take_the_call(self, events: JobWatch) -> Job:
        name = secrets.choice(CUSTOMERS)
        self._audience.narrate(f"{name} calls: water is running down the kitchen wall.")
        async with stage("Create customer and job", within_seconds=CALL_SECONDS):
            customer = await self._office.directory.create_customer(
                Customer(
                    display_name=name,
                    phone_number=f"+549115550{secrets.randbelow(10_000):04}",
                    address=HOME,
                )
            )
            job = await self._office.jobs.create(_leak_at(customer))
            await self._until_told(events, job, JobEvent.TYPE_CREATED)
        await asyncio.sleep(PAUSE_SECONDS)
        self._audience.narrate(f"The dispatcher sends {self._cast.technician_display_name}.")
        async with stage("Assign the job", within_seconds=CALL_SECONDS):
            job = await self._office.jobs.assign(
                job.name,
                technician=self._cast.technician,
                # A demo that was broken off has left its job to the same technician.
                allow_double_booking=True,
            )
            await self._until_told(events, job, JobEvent.TYPE_ASSIGNED)
        await asyncio.sleep(PAUSE_SECONDS)
        return job

    async def _travel(self, job: Job, events: JobWatch, *, seconds: float) -> tuple[int, int]:
        phone = self._van.tracking.phone(
            self._buffer_path,
            platform=Device.PLATFORM_ANDROID,
            device_label=f"Moto G de {self._cast.technician_display_name}",
        )
        async with self._office.tracking.watch() as positions, phone:
            async with stage("Watch the positions", within_seconds=CALL_SECONDS):
                await positions.begin()
            self._audience.narrate(f"{self._cast.technician_display_name} drives off.")
            async with stage("Start the travel", within_seconds=CALL_SECONDS):
                await self._van.jobs.start_travel(job.name)
                await self._until_told(events, job, JobEvent.TYPE_TRAVEL_STARTED)
            watching = asyncio.create_task(
                watch_arrive(
                    positions,
                    CORRIENTES[-1],
                    technician=self._cast.technician,
                    left_at=datetime.now(UTC),
                    audience=self._audience,
                )
            )
            try:
                async with stage("Drive to the customer", within_seconds=seconds + CALL_SECONDS):
                    recorded = await drive(phone, CORRIENTES, seconds=seconds)
                    if not await phone.wait_until_acked(timeout_seconds=CALL_SECONDS):
                        raise DayFailedError(f"{phone.waiting} positions were never acked.")
                    seen = await watching
            finally:
                watching.cancel()
        return recorded, seen

    async def _do_the_work(self, job: Job, events: JobWatch) -> Job:
        async with stage("Arrive at the job", within_seconds=CALL_SECONDS):
            await self._van.jobs.arrive(job.name)
            await self._until_told(events, job, JobEvent.TYPE_ARRIVED)
        await asyncio.sleep(PAUSE_SECONDS)
        async with stage("Start the job", within_seconds=CALL_SECONDS):
            await self._van.jobs.start(job.name)
            await self._until_told(events, job, JobEvent.TYPE_STARTED)
        self._audience.narrate("The pipe behind the sink is replaced.")
        await asyncio.sleep(WORK_SECONDS)
        self._audience.narrate("The customer signs on the phone.")
        async with stage("Upload the signature", within_seconds=CALL_SECONDS):
            await self._van.proofs.add(
                job.name,
                kind=Job.PROOF_KIND_SIGNATURE,
                picture=signature_png(),
                content_type="image/png",
            )
            await self._until_told(events, job, JobEvent.TYPE_PROOF_ADDED)
        async with stage("Complete the job", within_seconds=CALL_SECONDS):
            job = await self._van.jobs.complete(
                job.name, work_summary="Se cambió el flexible de la bacha y se selló la pared."
            )
            await self._until_told(events, job, JobEvent.TYPE_COMPLETED)
        return job

    async def _read_signature(self, job: Job) -> bytes:
        (proof,) = await self._office.proofs.list(job.name).first()
        return await self._office.proofs.download(proof)

    async def _until_told(
        self, events: JobWatch, job: Job, wanted: JobEvent.Type.ValueType
    ) -> None:
        """Show what the dispatcher's stream tells of the job, up to the wanted event."""
        async for event in events:
            if event.job.name == job.name:
                self._audience.job_told(event)
                if event.type == wanted:
                    return


def _leak_at(customer: Customer) -> Job:
    now = datetime.now(UTC)
    return Job(
        customer=customer.name,
        description="Pérdida de agua en la cocina",
        service_address=HOME,
        scheduled_start_time=timestamp(now),
        scheduled_end_time=timestamp(now + timedelta(hours=2)),
        price=pesos("48500.00"),
    )
