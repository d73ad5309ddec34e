"""Compares what the platform says of the day with what ARCA's and WhatsApp's stand-ins received."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from google.type.date_pb2 import Date

from campotech_client.resources import Message
from cli.demo.sandbox_view import Entry, SandboxView
from cli.demo.signature import signature_png
from cli.demo.stages import DayFailedError
from cli.demo.story import Day
from cli.demo.words import invoice_title

CAE = re.compile(r"\d{14}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found to be true, in words."""

    lines: Sequence[str]


async def prove(day: Day, sandbox: SandboxView, *, cuit: str) -> Proof:
    """Return the proof; raise DayFailedError for what the platform says and nobody received."""
    if not CAE.fullmatch(day.invoice.cae):
        raise DayFailedError(f"The CAE is {day.invoice.cae!r} instead of 14 digits.")
    voucher = await sandbox.voucher_of(day.invoice, cuit=cuit)
    received = await sandbox.message_of(day.message)
    return Proof(
        [_positions(day), _signature(day), _voucher(day, voucher), _message(day, received)]
    )


def _positions(day: Day) -> str:
    return (
        f"{day.positions_recorded} positions are stored durably; "
        f"the dispatcher saw {day.positions_seen} of them live."
    )


def _signature(day: Day) -> str:
    if day.signature != signature_png():
        raise DayFailedError("The signature is not the one that the customer gave.")
    return f"The customer's signature came through: {len(day.signature)} bytes, unchanged."


def _voucher(day: Day, voucher: Entry | None) -> str:
    title = invoice_title(day.invoice)
    if voucher is None or voucher["cae"] != day.invoice.cae:
        raise DayFailedError(f"ARCA's stand-in does not know {title} with CAE {day.invoice.cae}.")
    return f"ARCA authorised {title}: CAE {day.invoice.cae}, due {_day(day.invoice.cae_due_date)}."


def _message(day: Day, received: Entry | None) -> str:
    if received is None or day.invoice.cae not in received["text"]:
        raise DayFailedError(
            f"WhatsApp's stand-in has no message {day.message.wamid} with the CAE."
        )
    was_read = "; the customer has read it" if day.message.state == Message.STATE_READ else ""
    what = f"{received['template']} for {received['to']}, with the CAE in it"
    return f"WhatsApp received {what}{was_read}."


def _day(day: Date) -> date:
    return date(day.year, day.month, day.day)
