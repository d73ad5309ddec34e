"""How the demo writes states, documents and amounts."""

from collections.abc import Mapping

from campotech_client.resources import Invoice, Job, JobEvent, Message, Money

STATE_AFTER: Mapping[JobEvent.Type.ValueType, str] = {
    JobEvent.TYPE_CREATED: "PENDING",
    JobEvent.TYPE_ASSIGNED: "ASSIGNED",
    JobEvent.TYPE_TRAVEL_STARTED: "EN_ROUTE",
    JobEvent.TYPE_ARRIVED: "ARRIVED",
    JobEvent.TYPE_STARTED: "IN_PROGRESS",
    JobEvent.TYPE_COMPLETED: "COMPLETED",
    JobEvent.TYPE_CANCELLED: "CANCELLED",
    JobEvent.TYPE_PAUSED: "PAUSED",
    JobEvent.TYPE_RESUMED: "IN_PROGRESS",
    JobEvent.TYPE_UNASSIGNED: "PENDING",
}


def state_of_job(event: JobEvent) -> str:
    """Return the state in which the event left the job, which may be further on by now.

    Of an event that moves no job it is the state of now.
    """
    return STATE_AFTER.get(event.type) or Job.State.Name(event.job.state).removeprefix("STATE_")


def state_of_invoice(invoice: Invoice) -> str:
    return Invoice.FiscalState.Name(invoice.fiscal_state).removeprefix("FISCAL_STATE_")


def state_of_message(message: Message) -> str:
    return Message.State.Name(message.state).removeprefix("STATE_")


def invoice_title(invoice: Invoice) -> str:
    """Return `Factura B 00002-00000017`, or less while less is known."""
    letter = Invoice.Letter.Name(invoice.letter).removeprefix("LETTER_")
    title = f"Factura {letter}" if invoice.letter else "Factura"
    if not invoice.number:
        return title
    return f"{title} {invoice.punto_de_venta:05}-{invoice.number:08}"


def money(amount: Money) -> str:
    """Return an amount as people in Argentina write it: `$ 121.000,50`."""
    whole, centavos = divmod(amount.amount_minor, 100)
    return f"$ {whole:,}".replace(",", ".") + f",{centavos:02}"


def distance(meters: float) -> str:
    kilometers = meters / 1000
    return f"{kilometers:.1f} km" if kilometers >= 1 else f"{meters:.0f} m"
