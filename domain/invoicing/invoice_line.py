"""One line of an invoice, copied from the job when the invoice is made."""

from dataclasses import dataclass

from domain.iva import IvaRate


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """So much of something; prices contain the VAT of their rate."""

    description: str
    quantity_thousandths: int
    unit_price_minor: int
    iva_rate: IvaRate
    total_minor: int
