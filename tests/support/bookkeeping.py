"""Compares what callers were promised with what the platform and the outside services have.

Nothing may be missing, nothing may be there twice: jobs, events, fixes, invoices, CAEs, messages.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import JobEvent
from campotech.messaging.v1.message_pb2 import Message
from campotech.operations.v1.task_pb2 import Task
from tests.support.background_load import BackgroundLoad, BusyBusiness, place_of
from tests.support.platform_access import PlatformAccess
from tests.support.sandbox_control import SandboxControl

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.3
DAY_OF_A_JOB = [
    JobEvent.TYPE_CREATED,
    JobEvent.TYPE_ASSIGNED,
    JobEvent.TYPE_TRAVEL_STARTED,
    JobEvent.TYPE_ARRIVED,
    JobEvent.TYPE_STARTED,
    JobEvent.TYPE_COMPLETED,
]
KNOWN_TO_BE_SENT = (Message.STATE_SENT, Message.STATE_DELIVERED, Message.STATE_READ)
STORED_FIXES = """
SELECT seq, latitude_e7 FROM technician_locations JOIN device_installs AS install
  ON install.organization_id = technician_locations.organization_id
  AND install.number = install_number
WHERE install.organization_id = %s ORDER BY seq
"""
ACKED_FIXES = """
SELECT generate_series(lower(part), upper(part) - 1)
FROM device_installs, unnest(acked) AS part WHERE organization_id = %s
"""


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """The books of businesses that worked on a platform."""

    platform: PlatformAccess
    sandbox: SandboxControl

    async def discrepancies(
        self, load: BackgroundLoad, *, cut_off_sends: int = 0, within_seconds: float = 60
    ) -> list[str]:
        """Return what does not add up when the time is over; nothing as soon as all does.

        `cut_off_sends` is how many messages of a business may have been on their way to WhatsApp
        when their worker or its database died: of them nobody knows whether they arrived.
        """
        deadline = time.monotonic() + within_seconds
        while True:
            found = [
                f"{busy.business.name}: {entry}"
                for busy in load.businesses
                async for entry in self._of(busy, cut_off_sends)
            ]
            _log.info("%d discrepancies: %s", len(found), found[:1])
            if not found or time.monotonic() > deadline:
                return found
            await asyncio.sleep(POLL_SECONDS)

    async def _of(self, busy: BusyBusiness, cut_off_sends: int) -> AsyncIterator[str]:
        for entry in _event_discrepancies(busy):
            yield entry
        for entry in _position_discrepancies(busy):
            yield entry
        stored = [job.name async for job in busy.business.office.jobs.list()]
        for entry in _differences("job", wanted=_jobs(busy), found=stored):
            yield entry
        async for entry in self._fix_discrepancies(busy):
            yield entry
        async for entry in self._invoice_discrepancies(busy):
            yield entry
        async for entry in self._message_discrepancies(busy, cut_off_sends):
            yield entry

    async def _fix_discrepancies(self, busy: BusyBusiness) -> AsyncIterator[str]:
        stored = await self._rows(STORED_FIXES, busy)
        recorded = [(seq, _latitude_e7(seq)) for seq in range(1, busy.recorded + 1)]
        for entry in _differences("fix", wanted=recorded, found=stored):
            yield entry
        acked = [row[0] for row in await self._rows(ACKED_FIXES, busy)]
        for entry in _differences("ack of", wanted=range(1, busy.recorded + 1), found=acked):
            yield entry

    async def _rows(self, query: LiteralString, busy: BusyBusiness) -> Sequence[tuple[Any, ...]]:
        url = self.platform.superuser_url
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute(query, [busy.business.id])
            return await cursor.fetchall()

    async def _invoice_discrepancies(self, busy: BusyBusiness) -> AsyncIterator[str]:
        invoices = [invoice async for invoice in busy.business.office.invoicing.list()]
        authorized = [
            invoice
            for invoice in invoices
            if invoice.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED
        ]
        vouchers = await self.sandbox.vouchers(busy.business.cuit)
        for entry in _differences(
            "authorised invoice of",
            wanted=_jobs(busy),
            found=[invoice.job for invoice in authorized],
        ):
            yield entry
        for entry in _differences(
            "number of the series",
            wanted=range(1, len(busy.jobs) + 1),
            found=[voucher["numero_desde"] for voucher in vouchers],
        ):
            yield entry
        for entry in _differences(
            "CAE",
            wanted=[(voucher["numero_desde"], voucher["cae"]) for voucher in vouchers],
            found=[(invoice.number, invoice.cae) for invoice in authorized],
        ):
            yield entry

    async def _message_discrepancies(
        self, busy: BusyBusiness, cut_off_sends: int
    ) -> AsyncIterator[str]:
        messages = [message async for message in busy.business.office.messaging.list()]
        settled = [message for message in messages if message.state in KNOWN_TO_BE_SENT]
        if len(messages) - len(settled) > cut_off_sends:
            yield f"only {len(settled)} of {len(messages)} messages are known to be sent"
        unconfirmed = await self._unconfirmed(busy)
        for entry in _differences(
            "message about",
            wanted=_jobs(busy),
            found=[
                message.job
                for message in messages
                if message in settled or _id_in(message.name) in unconfirmed
            ],
        ):
            yield entry
        taken = await self.sandbox.messages(to=busy.business.customer_phone_number)
        for entry in _differences(
            "message at WhatsApp",
            wanted=[_id_in(message.name) for message in messages],
            found=[message["callback_data"] for message in taken],
            optional=unconfirmed,
        ):
            yield entry

    async def _unconfirmed(self, busy: BusyBusiness) -> Sequence[str]:
        """Return the messages that wait for WhatsApp to say whether it has them."""
        return [
            str(task.payload["message_id"])
            async for task in busy.business.owner.app.operations.list_tasks(
                type="whatsapp:send", states=[Task.STATE_PARKED]
            )
            if task.parked_reason == "unconfirmed_send"
        ]


def _event_discrepancies(busy: BusyBusiness) -> Iterator[str]:
    events = busy.screen.events
    cursors = [event.cursor for event in events]
    if cursors != sorted(set(cursors)):
        yield f"events came out of order or twice: {cursors}"
    for job in busy.jobs:
        told = [event.type for event in events if event.job.name == job.name]
        if told != DAY_OF_A_JOB:
            yield f"events of {job.name}: {[JobEvent.Type.Name(each) for each in told]}"


def _position_discrepancies(busy: BusyBusiness) -> Iterator[str]:
    last = busy.screen.positions[-1] if busy.screen.positions else None
    wanted = _latitude_e7(busy.recorded)
    if last is None or round(last.latitude * 10**7) != wanted:
        yield f"the screen's last position is {last and last.latitude}, not {wanted / 10**7}"


def _jobs(busy: BusyBusiness) -> Sequence[str]:
    return [job.name for job in busy.jobs]


def _latitude_e7(seq: int) -> int:
    return round(place_of(seq).latitude * 10**7)


def _id_in(name: str) -> str:
    return name.rpartition("/")[2]


def _differences(
    what: str,
    *,
    wanted: Sequence[object],
    found: Sequence[object],
    optional: Sequence[object] = (),
) -> Iterator[str]:
    for each in wanted:
        count = found.count(each)
        if count > 1:
            yield f"{what} {each} is there {count} times"
        elif not count and each not in optional:
            yield f"{what} {each} is missing"
    yield from (f"{what} {each} is too much" for each in found if each not in wanted)
