"""What an invoice takes over from a completed job, its customer and its organisation."""

from dataclasses import dataclass
from datetime import datetime

from domain.identifiers import CustomerId, JobId
from domain.invoicing.invoice_line import InvoiceLine
from domain.invoicing.issuer import Issuer
from domain.invoicing.receiver import Receiver
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableJob:
    """A job with the people it is between."""

    job_id: JobId
    number: int
    description: str
    price: Money
    """What the customer pays in all, VAT included."""
    completed_at: datetime | None
    """None while the job is not done."""
    customer_id: CustomerId
    receiver: Receiver
    issuer: Issuer | None
    """None until the organisation gives its fiscal profile."""
    lines: tuple[InvoiceLine, ...] = ()
    """What the price is the sum of; empty where it was agreed as a whole."""
