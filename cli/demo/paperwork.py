"""What follows by itself when a job is done: the invoice with its CAE, the customer's message."""

import asyncio

from campotech_client import CampoTech
from campotech_client.resources import Invoice, Message
from cli.demo.audience import Audience
from cli.demo.stages import DayFailedError

POLL_SECONDS = 0.25
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
    """Return the message about the job once WhatsApp took it; raise DayFailedError if it fails."""
    shown = Message()
    while True:
        for message in await office.messaging.list(job=job).first():
            if message != shown:
                audience.message_read(message)
                shown = message
        if shown.state == Message.STATE_FAILED:
            raise DayFailedError(f"Not delivered: {shown.failure.code} {shown.failure.message}")
        if shown.state in SENT:
            return shown
        await asyncio.sleep(POLL_SECONDS)
