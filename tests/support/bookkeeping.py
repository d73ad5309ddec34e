"""Compares what callers were promised with what the platform and the outside services have.

Nothing may be missing, nothing may be there twice: jobs, events, fixes, invoices, CAEs, messages.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

import psycopg

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import JobEvent
from campotech.messaging.v1.message_pb2 import Message
from tests.support.background_load import BackgroundLoad, BusyBusiness, place_of
from tests.support.platform_access import PlatformAccess
from tests.support.sandbox_control import SandboxControl

POLL_SECONDS = 0.3
DAY_OF_A_JOB = [
    JobEvent.TYPE_CREATED,
    JobEvent.TYPE_ASSIGNED,
    JobEvent.TYPE_TRAVEL_STARTED,
    JobEvent.TYPE_ARRIVED,
    JobEvent.TYPE_STARTED,
    JobEvent.TYPE_COMPLETED,
]
STORED_FIXES = """
SELECT seq, latitude_e7 FROM technician_locations JOIN device_installs AS install
  ON install.organization_id = technician_locations.organization_id
  AND install.number = install_number
WHERE install.organization_id = %s ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """The books of businesses that worked on a platform."""

    platform: PlatformAccess
    sandbox: SandboxControl

    async def discrepancies(self, load: BackgroundLoad, *, within_seconds: float = 60) -> list[str]:
        """Return what does not add up when the time is over; nothing as soon as all does."""
        deadline = time.monotonic() + within_seconds
        while True:
            found = [entry for busy in load.businesses async for entry in self._of(busy)]
            if not found or time.monotonic() > deadline:
                return found
            await asyncio.sleep(POLL_SECONDS)

    async def _of(self, busy: BusyBusiness) -> AsyncIterator[str]:
        for entry in (
            *await self._jobs(busy),
            *_events(busy),
            *_positions(busy),
            *await self._fixes(busy),
            *await self._invoices(busy),
            *await self._messages(busy),
        ):
            yield f"{busy.business.name}: {entry}"

    async def _jobs(self, busy: BusyBusiness) -> Iterable[str]:
        stored = [job.name async for job in busy.business.office.jobs.list()]
        return _differences("job", wanted=[job.name for job in busy.jobs], found=stored)

    async def _fixes(self, busy: BusyBusiness) -> Iterable[str]:
        url = self.platform.superuser_url
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute(STORED_FIXES, [busy.business.id])
            stored = await cursor.fetchall()
        recorded = [(seq, _latitude_e7(seq)) for seq in range(1, busy.recorded + 1)]
        return _differences("fix", wanted=recorded, found=stored)

    async def _invoices(self, busy: BusyBusiness) -> Iterable[str]:
        invoices = [invoice async for invoice in busy.business.office.invoicing.list()]
        vouchers = await self.sandbox.vouchers(busy.business.cuit)
        numbers = [voucher["numero_desde"] for voucher in vouchers]
        return (
            *_differences(
                "invoice",
                wanted=[job.name for job in busy.jobs],
                found=[
                    invoice.job
                    for invoice in invoices
                    if invoice.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED
                ],
            ),
            *_differences(
                "number of the series", wanted=range(1, len(busy.jobs) + 1), found=numbers
            ),
            *_differences(
                "CAE",
                wanted=[(voucher["numero_desde"], voucher["cae"]) for voucher in vouchers],
                found=[(invoice.number, invoice.cae) for invoice in invoices if invoice.cae],
            ),
        )

    async def _messages(self, busy: BusyBusiness) -> Iterable[str]:
        messages = [message async for message in busy.business.office.messaging.list()]
        taken = await self.sandbox.messages(to=busy.business.customer_phone_number)
        sent = [message for message in messages if message.state == Message.STATE_SENT]
        return (
            *_differences(
                "message about",
                wanted=[job.name for job in busy.jobs],
                found=[message.job for message in sent],
            ),
            *_differences(
                "message at WhatsApp",
                wanted=[(message.name.rpartition("/")[2], message.wamid) for message in sent],
                found=[(message["callback_data"], message["wamid"]) for message in taken],
            ),
        )


def _events(busy: BusyBusiness) -> Iterable[str]:
    events = busy.screen.events
    cursors = [event.cursor for event in events]
    if cursors != sorted(set(cursors)):
        yield f"events came out of order or twice: {cursors}"
    for job in busy.jobs:
        told = [event.type for event in events if event.job.name == job.name]
        if told != DAY_OF_A_JOB:
            yield f"events of {job.name}: {[JobEvent.Type.Name(each) for each in told]}"


def _positions(busy: BusyBusiness) -> Iterable[str]:
    last = busy.screen.positions[-1] if busy.screen.positions else None
    wanted = _latitude_e7(busy.recorded)
    if last is None or round(last.latitude * 10**7) != wanted:
        yield f"the screen's last position is {last and last.latitude}, not {wanted / 10**7}"


def _latitude_e7(seq: int) -> int:
    return round(place_of(seq).latitude * 10**7)


def _differences(what: str, *, wanted: Sequence[object], found: Sequence[object]) -> Iterable[str]:
    yield from (f"{what} {each} is missing" for each in wanted if each not in found)
    yield from (f"{what} {each} is too much" for each in found if each not in wanted)
    yield from (
        f"{what} {each} is there {found.count(each)} times"
        for each in wanted
        if found.count(each) > 1
    )
