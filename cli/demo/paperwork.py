"""What follows by itself when a job is done: the invoice with its CAE, the customer's message."""

import asyncio
import time

from campotech_client import CampoTech
from campotech_client.resources import Invoice, Message
from cli.demo.audience import Audience
from cli.demo.stages import DayFailedError

POLL_SECONDS = 0.25
# Where nobody tells us what becomes of messages, they stay sent.
READ_WITHIN_SECONDS = 10.0
SENT = frozenset({Message.STATE_SENT, Message.STATE_DELIVERED, Message.STATE_READ})


async def authorised_invoice(office: CampoTech, job: str, audience: Audience) -> Invoice:
    """Return the job's invoice once it has its CAE; raise DayFailedError if it is refused."""
    shown = Invoice()
    while True:
        for invoice in await office.invoicing.list(job=job).first():
            if invoice != shown:
                audience.invoice_read(invoice)
                shown = invoice
        if shown.fiscal_state == Invoice.FISCAL_STATE_FAILED:
            raise DayFailedError(f"ARCA refused: {shown.failure.code} {shown.failure.message}")
        if shown.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED:
            return shown
        await asyncio.sleep(POLL_SECONDS)


async def sent_message(office: CampoTech, job: str, audience: Audience) -> Message:
    """Return the message about the job once it was read, or a while after WhatsApp took it.

    Raises DayFailedError if it fails.
    """
    shown, sent_at = Message(), 0.0
    while True:
        for message in await office.messaging.list(job=job).first():
            if message != shown:
                audience.message_read(message)
                shown = message
        if shown.state == Message.STATE_FAILED:
            raise DayFailedError(f"Not delivered: {shown.failure.code} {shown.failure.message}")
        sent_at = sent_at or (time.monotonic() if shown.state in SENT else 0.0)
        is_late = sent_at and time.monotonic() - sent_at > READ_WITHIN_SECONDS
        if shown.state == Message.STATE_READ or is_late:
            return shown
        await asyncio.sleep(POLL_SECONDS)
