"""What the tax agency knows an organisation or a customer as."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.addresses import Address
from domain.directory.cuit import check_cuit
from domain.errors import InvalidInputError

MAX_PUNTO_DE_VENTA = 99998


class CondicionIva(StrEnum):
    """How an issuer stands towards VAT; it decides the class of its comprobantes."""

    RESPONSABLE_INSCRIPTO = "RESPONSABLE_INSCRIPTO"
    MONOTRIBUTO = "MONOTRIBUTO"
    EXENTO = "EXENTO"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalProfile:
    """The data every comprobante of an organisation carries (RG 1415)."""

    cuit: str
    legal_name: str
    condicion_iva: CondicionIva
    punto_de_venta: int
    trade_address: Address
    ingresos_brutos: str = ""
    activity_start_date: date | None = None

    def __post_init__(self) -> None:
        check_cuit(self.cuit, field="organization.fiscal_profile.cuit")
        if not 1 <= self.punto_de_venta <= MAX_PUNTO_DE_VENTA:
            raise InvalidInputError(
                f"A punto de venta lies between 1 and {MAX_PUNTO_DE_VENTA}.",
                field="organization.fiscal_profile.punto_de_venta",
            )
