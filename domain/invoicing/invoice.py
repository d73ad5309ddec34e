"""The invoice of one job, on its way from the completed work to ARCA's authorisation code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from domain.errors import PreconditionError
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId
from domain.invoicing.amounts import Amounts
from domain.invoicing.comprobante import (
    AuthorizationRequest,
    AuthorizedComprobante,
    Comprobante,
    Observation,
)
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.dates import check_service_dates
from domain.invoicing.fiscal_rule import FiscalRuleError
from domain.invoicing.fiscal_series import SeriesKey
from domain.invoicing.invoice_line import InvoiceLine
from domain.invoicing.issuer import Issuer
from domain.invoicing.receiver import Receiver
from domain.money import Money


class FiscalState(StrEnum):
    """How far the invoice is with the tax agency."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    AUTHORIZED = "AUTHORIZED"
    FAILED = "FAILED"


class PaymentState(StrEnum):
    """How far the invoice is with the customer's money."""

    UNPAID = "UNPAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    REFUNDED = "REFUNDED"


NEXT_STATES: Mapping[FiscalState, frozenset[FiscalState]] = {
    FiscalState.DRAFT: frozenset({FiscalState.PENDING}),
    FiscalState.PENDING: frozenset({FiscalState.SUBMITTED, FiscalState.FAILED}),
    FiscalState.SUBMITTED: frozenset(
        {
            # Back to PENDING when its number turned out to be somebody else's.
            FiscalState.PENDING,
            FiscalState.SUBMITTED,
            FiscalState.AUTHORIZED,
            FiscalState.FAILED,
        }
    ),
    FiscalState.AUTHORIZED: frozenset(),
    FiscalState.FAILED: frozenset(),
}


class InvoiceTransitionRefusedError(PreconditionError):
    reason = "INVOICE_TRANSITION_REFUSED"

    def __init__(self, current: FiscalState, wanted: FiscalState) -> None:
        super().__init__(
            f"An invoice that is {current} cannot become {wanted}.",
            current_state=current,
            wanted_state=wanted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invoice will not be authorised."""

    code: str
    """ARCA's code (`10015`), or a reason of ours."""
    message: str
    """What the owner can read, in Spanish."""
    detail: str = ""
    """ARCA's own words, or ours for developers."""

    @classmethod
    def from_rule(cls, error: FiscalRuleError) -> Self:
        detail = f"{error.field}: {error.message}"
        return cls(code=error.reason, message=error.explanation, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A frozen value: each transition returns a new one with the next version.

    `number` and `issue_date` are set while the invoice is SUBMITTED or AUTHORIZED.
    """

    id: InvoiceId
    organization_id: OrganizationId
    job_id: JobId
    job_number: int
    customer_id: CustomerId
    issuer: Issuer
    receiver: Receiver
    comprobante_tipo: ComprobanteTipo
    description: str
    amounts: Amounts
    service_from: date
    service_to: date
    payment_due_date: date
    created_at: datetime
    updated_at: datetime
    fiscal_state: FiscalState = FiscalState.PENDING
    payment_state: PaymentState = PaymentState.UNPAID
    number: int | None = None
    issue_date: date | None = None
    cae: str = ""
    cae_due_date: date | None = None
    authorized_at: datetime | None = None
    observations: tuple[Observation, ...] = ()
    failure: Failure | None = None
    lines: tuple[InvoiceLine, ...] = ()
    """What was charged one by one; empty where the price was agreed as a whole."""
    version: int = 1

    @property
    def series_key(self) -> SeriesKey:
        return SeriesKey(
            cuit=self.issuer.cuit,
            punto_de_venta=self.issuer.punto_de_venta,
            comprobante_tipo=self.comprobante_tipo,
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen between this invoice and ARCA."""
        return not NEXT_STATES[self.fiscal_state]

    @property
    def total(self) -> Money:
        return Money(self.amounts.total_minor)

    @property
    def display_number(self) -> str:
        """Type, point of sale and number as printed: `Factura B 00002-00000017`."""
        return (
            f"{self.comprobante_tipo.title} {self.issuer.punto_de_venta:05d}-{self.number or 0:08d}"
        )

    def check(self, *, issue_date: date) -> None:
        """Raise FiscalRuleError, the field named, if ARCA would refuse it for its content."""
        is_class_c = self.comprobante_tipo is ComprobanteTipo.FACTURA_C
        self.amounts.check(has_iva=not is_class_c)
        self.receiver.check(
            gets_class_a=self.comprobante_tipo is ComprobanteTipo.FACTURA_A,
            issuer_cuit=self.issuer.cuit,
            total_minor=self.amounts.total_minor,
            day=issue_date,
        )
        check_service_dates(
            self.service_from,
            self.service_to,
            payment_due_date=self.payment_due_date,
            issue_date=issue_date,
        )

    def submit(self, number: int, issue_date: date, *, at: datetime) -> Self:
        """Bind a reserved number and the date it will bear; also again, with another date."""
        return replace(
            self._moved_to(FiscalState.SUBMITTED, at),
            number=number,
            issue_date=issue_date,
            payment_due_date=max(self.payment_due_date, issue_date),
        )

    def withdraw(self, at: datetime) -> Self:
        """Take the number back, since this document was for certain not authorised under it."""
        return replace(self._moved_to(FiscalState.PENDING, at), number=None, issue_date=None)

    def authorize(self, authorized: AuthorizedComprobante, at: datetime) -> Self:
        """Take over the CAE, and the dates under which ARCA gave it."""
        comprobante, authorization = authorized.comprobante, authorized.authorization
        return replace(
            self._moved_to(FiscalState.AUTHORIZED, at),
            number=comprobante.number,
            issue_date=comprobante.issue_date,
            payment_due_date=comprobante.payment_due_date or self.payment_due_date,
            cae=authorization.cae,
            cae_due_date=authorization.cae_due_date,
            observations=authorization.observations,
            authorized_at=at,
        )

    def fail(self, failure: Failure, at: datetime) -> Self:
        """Give up; a reserved number becomes free."""
        return replace(
            self._moved_to(FiscalState.FAILED, at), number=None, issue_date=None, failure=failure
        )

    def begin_anew(self, at: datetime) -> Self:
        """Leave a failure behind: what follows is another submission, not a step of this one."""
        if self.fiscal_state is not FiscalState.FAILED:
            raise InvoiceTransitionRefusedError(self.fiscal_state, FiscalState.PENDING)
        return replace(
            self,
            fiscal_state=FiscalState.PENDING,
            failure=None,
            version=self.version + 1,
            updated_at=at,
        )

    def authorization_request(self) -> AuthorizationRequest:
        """Return what is to be sent for an invoice that has its number."""
        if self.number is None or self.issue_date is None:
            raise InvoiceTransitionRefusedError(self.fiscal_state, FiscalState.AUTHORIZED)
        return AuthorizationRequest(
            comprobante=Comprobante(
                series=self.series_key,
                number=self.number,
                issue_date=self.issue_date,
                document=self.receiver.fiscal_document(),
                amounts=self.amounts,
                service_from=self.service_from,
                service_to=self.service_to,
                payment_due_date=self.payment_due_date,
            ),
            condicion_iva_receptor=self.receiver.condicion_iva,
        )

    def _moved_to(self, wanted: FiscalState, at: datetime) -> Self:
        if wanted not in NEXT_STATES[self.fiscal_state]:
            raise InvoiceTransitionRefusedError(self.fiscal_state, wanted)
        return replace(self, fiscal_state=wanted, version=self.version + 1, updated_at=at)
