"""Who issues an invoice, copied from the organisation when the invoice is made."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.addresses import Address


class CondicionIva(StrEnum):
    """How an issuer stands towards VAT."""

    RESPONSABLE_INSCRIPTO = "RESPONSABLE_INSCRIPTO"
    MONOTRIBUTO = "MONOTRIBUTO"
    EXENTO = "EXENTO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What the printed document tells of its issuer (RG 1415)."""

    cuit: str
    legal_name: str
    condicion_iva: CondicionIva
    punto_de_venta: int
    trade_address: Address
    ingresos_brutos: str = ""
    activity_start_date: date | None = None
