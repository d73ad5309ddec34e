"""An invoice as the tax agency sees it: what we ask it to authorise, and what it answers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import PreconditionError
from domain.invoicing.amounts import Amounts
from domain.invoicing.fiscal_series import SeriesKey
from domain.invoicing.receiver import CondicionIvaReceptor, FiscalDocument

PESOS = "PES"
MICROS = 1_000_000
SERVICES = 2
"""Concepto 2: what field-service businesses sell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comprobante:
    """The content of a document, equal if and only if ARCA would call it the same document."""

    series: SeriesKey
    number: int
    issue_date: date
    document: FiscalDocument
    amounts: Amounts
    concepto: int = SERVICES
    service_from: date | None = None
    service_to: date | None = None
    payment_due_date: date | None = None
    currency: str = PESOS
    rate_micros: int = MICROS


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """Everything that is sent; stored before it is, and sent again unchanged or not at all."""

    comprobante: Comprobante
    condicion_iva_receptor: CondicionIvaReceptor


@dataclass(frozen=True, slots=True)
class Observation:
    """Something ARCA remarks without refusing, in its own words."""

    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The CAE that makes a document valid."""

    cae: str
    cae_due_date: date
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedComprobante:
    """A document that ARCA has, whoever wrote it."""

    comprobante: Comprobante
    authorization: Authorization


class RejectionKind(StrEnum):
    """Whom a refusal concerns, and so what follows from it."""

    DOCUMENT = "DOCUMENT"
    """This document can never pass as it is."""
    SETUP = "SETUP"
    """The taxpayer has to arrange something with ARCA first."""
    DEFECT = "DEFECT"
    """We sent something that no client should send."""
    DATE = "DATE"
    """The date is outside the window of today: another date may pass."""
    OUT_OF_SEQUENCE = "OUT_OF_SEQUENCE"
    """Not the next number of the series, or too early a date: look before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A refusal for certain: nothing was authorised and the number is free."""

    kind: RejectionKind
    code: str
    message: str
    """ARCA's own words."""
    explanation: str
    """What the owner can read, in Spanish."""


AuthorizationOutcome = Authorization | Rejection


class AuthorityRefusedError(PreconditionError):
    """ARCA refuses to answer a question about a series."""

    reason = "FISCAL_AUTHORITY_REFUSED"

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"ARCA refuses: {rejection.message}", code=rejection.code)
        self.rejection = rejection
