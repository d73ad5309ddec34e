"""A customer: who asked for the job, pays for it and receives its invoice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.addresses import Address
from domain.directory.cuit import check_cuit
from domain.errors import InvalidInputError
from domain.identifiers import CustomerId, OrganizationId

_MIN_DNI_DIGITS = 7
_MAX_DNI_DIGITS = 8


class DocumentType(StrEnum):
    """What identifies a person or a company."""

    CUIT = "CUIT"
    CUIL = "CUIL"
    DNI = "DNI"
    PASSPORT = "PASSPORT"


class CondicionIvaReceptor(StrEnum):
    """How a receiver stands towards VAT (RG 5616/2024); the contract says what each means."""

    RESPONSABLE_INSCRIPTO = "RESPONSABLE_INSCRIPTO"
    EXENTO = "EXENTO"
    CONSUMIDOR_FINAL = "CONSUMIDOR_FINAL"
    MONOTRIBUTO = "MONOTRIBUTO"
    NO_CATEGORIZADO = "NO_CATEGORIZADO"
    PROVEEDOR_DEL_EXTERIOR = "PROVEEDOR_DEL_EXTERIOR"
    CLIENTE_DEL_EXTERIOR = "CLIENTE_DEL_EXTERIOR"
    LIBERADO = "LIBERADO"
    MONOTRIBUTO_SOCIAL = "MONOTRIBUTO_SOCIAL"
    NO_ALCANZADO = "NO_ALCANZADO"
    MONOTRIBUTO_PROMOVIDO = "MONOTRIBUTO_PROMOVIDO"


IDENTIFIED_BY_CUIT = frozenset(
    {
        CondicionIvaReceptor.RESPONSABLE_INSCRIPTO,
        CondicionIvaReceptor.MONOTRIBUTO,
        CondicionIvaReceptor.MONOTRIBUTO_SOCIAL,
        CondicionIvaReceptor.MONOTRIBUTO_PROMOVIDO,
    }
)
"""The conditions that receive class A comprobantes, which are made out to a CUIT."""


class CuitRequiredError(InvalidInputError):
    reason = "CUIT_REQUIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDocument:
    type: DocumentType
    number: str

    def __post_init__(self) -> None:
        field = "customer.document.number"
        if self.type in (DocumentType.CUIT, DocumentType.CUIL):
            check_cuit(self.number, field=field)
        elif self.type is DocumentType.DNI and not _is_dni(self.number):
            raise InvalidInputError("A DNI has seven or eight digits.", field=field)


def _is_dni(number: str) -> bool:
    is_number = number.isascii() and number.isdigit()
    return is_number and _MIN_DNI_DIGITS <= len(number) <= _MAX_DNI_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """`phone_number` is E.164 (`+549…` for Argentine mobiles).

    Without a document the customer is an anonymous final consumer to the tax agency.
    """

    id: CustomerId
    organization_id: OrganizationId
    display_name: str
    phone_number: str
    created_at: datetime
    updated_at: datetime
    email: str = ""
    document: IdentityDocument | None = None
    condicion_iva: CondicionIvaReceptor = CondicionIvaReceptor.CONSUMIDOR_FINAL
    address: Address | None = None
    version: int = 1

    def __post_init__(self) -> None:
        has_cuit = self.document is not None and self.document.type is DocumentType.CUIT
        if self.condicion_iva in IDENTIFIED_BY_CUIT and not has_cuit:
            raise CuitRequiredError(
                "A responsable inscripto or monotributista is identified by CUIT.",
                field="customer.document",
            )
