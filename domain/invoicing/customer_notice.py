"""What the customer is told once the invoice is valid: an approved WhatsApp template."""

from domain.invoicing.invoice import Invoice
from domain.messaging.message import OutboundMessage
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.money import Money


def invoice_notice(invoice: Invoice, phone_number: str) -> OutboundMessage:
    """Return the message; its parameters fill the template's blanks in this order."""
    return OutboundMessage(
        customer_id=invoice.customer_id,
        job_id=invoice.job_id,
        phone_number=phone_number,
        template_name=JOB_COMPLETED_INVOICE.name,
        language=JOB_COMPLETED_INVOICE.language,
        parameters=(
            invoice.receiver.display_name,
            str(invoice.job_number),
            invoice.display_number,
            invoice.cae,
            argentine_amount(invoice.total),
        ),
    )


def argentine_amount(amount: Money) -> str:
    """Return an amount of pesos as people here write it: `$ 121.000,50`."""
    whole, cents = divmod(amount.minor, 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"$ {grouped},{cents:02d}"
