"""Who the day is shown to: a terminal that is redrawn, or lines for a log."""

from datetime import datetime
from typing import Protocol

from rich.console import Console
from rich.text import Text

from campotech_client.resources import Invoice, JobEvent, LocationUpdate, Message
from cli.demo.words import invoice_title, money, state_of_invoice, state_of_job, state_of_message


class Audience(Protocol):
    """Sees what the platform tells the story's people, when they are told."""

    def narrate(self, text: str) -> None:
        """Say what somebody does."""
        ...

    def job_told(self, event: JobEvent) -> None:
        """Show what the dispatcher's stream told about the job."""
        ...

    def position_told(self, update: LocationUpdate, *, meters_left: float) -> None:
        """Show where the dispatcher's stream says the technician is."""
        ...

    def invoice_read(self, invoice: Invoice) -> None:
        """Show an invoice that changed."""
        ...

    def message_read(self, message: Message) -> None:
        """Show a WhatsApp message that changed."""
        ...


class LineAudience:
    """One line for each thing that happens, for pipes and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def narrate(self, text: str) -> None:
        self._say("", text)

    def job_told(self, event: JobEvent) -> None:
        self._say("job", f"N.º {event.job.number} {state_of_job(event)}")

    def position_told(self, update: LocationUpdate, *, meters_left: float) -> None:
        where = f"{update.latitude:.5f}, {update.longitude:.5f}"
        self._say("position", f"{where}, {meters_left:,.0f} m to go")

    def invoice_read(self, invoice: Invoice) -> None:
        cae = f" CAE {invoice.cae}" if invoice.cae else ""
        what = f"{invoice_title(invoice)} {money(invoice.total)}"
        self._say("invoice", f"{what} {state_of_invoice(invoice)}{cae}")

    def message_read(self, message: Message) -> None:
        text = " ".join(message.body.split())
        self._say("whatsapp", f"{state_of_message(message)} to {message.phone_number}: {text}")

    def _say(self, what: str, text: str) -> None:
        now = datetime.now().astimezone()
        self._console.print(Text(f"{now:%H:%M:%S}  {what:<9} {text}"), soft_wrap=True)
