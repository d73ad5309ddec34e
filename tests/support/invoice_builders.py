"""Valid invoices, and the completed jobs they are made from."""

from datetime import date
from typing import Any

from domain.commands import PLATFORM_ACTOR, CommandContext, TaskClaim
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId, TaskId, birth_time
from domain.invoicing.amounts import Amounts
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante import Authorization, AuthorizedComprobante
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.invoice import Failure, Invoice
from domain.invoicing.invoice_line import InvoiceLine
from domain.invoicing.issuer import CondicionIva, Issuer
from domain.invoicing.receiver import CondicionIvaReceptor, DocumentType, Receiver
from domain.iva import IvaRate
from domain.money import Money
from tests.support.builders import AN_ADDRESS, VALID_CUIT, an_organization_id
from tests.support.clocks import MORNING, new_id

TODAY = date(2026, 11, 20)
"""The day of MORNING in Argentina."""
RECEIVER_CUIT = "20123456786"
A_FAILURE = Failure(code="10015", message="Revisá el documento.", detail="DocNro invalido")


def an_issuer(**particular: Any) -> Issuer:
    values: dict[str, Any] = {
        "cuit": VALID_CUIT,
        "legal_name": "Plomería San Martín S.R.L.",
        "condicion_iva": CondicionIva.RESPONSABLE_INSCRIPTO,
        "punto_de_venta": 2,
        "trade_address": AN_ADDRESS,
        **particular,
    }
    return Issuer(**values)


def a_receiver(**particular: Any) -> Receiver:
    values: dict[str, Any] = {
        "display_name": "Ana Clienta",
        "document_type": DocumentType.DNI,
        "document_number": "30123456",
        "address": AN_ADDRESS,
        **particular,
    }
    return Receiver(**values)


def a_company(**particular: Any) -> Receiver:
    values: dict[str, Any] = {
        "display_name": "Edificios S.A.",
        "condicion_iva": CondicionIvaReceptor.RESPONSABLE_INSCRIPTO,
        "document_type": DocumentType.CUIT,
        "document_number": RECEIVER_CUIT,
        **particular,
    }
    return a_receiver(**values)


def a_billable_job(**particular: Any) -> BillableJob:
    values: dict[str, Any] = {
        "job_id": JobId(new_id()),
        "number": 17,
        "description": "Pierde la canilla de la cocina",
        "price": Money(12_100_000),
        "completed_at": MORNING,
        "customer_id": CustomerId(new_id()),
        "receiver": a_receiver(),
        "issuer": an_issuer(),
        **particular,
    }
    return BillableJob(**values)


def a_line(**particular: Any) -> InvoiceLine:
    values: dict[str, Any] = {
        "description": "Mano de obra",
        "quantity_thousandths": 1000,
        "unit_price_minor": particular.get("total_minor", 12_100),
        "iva_rate": IvaRate.TWENTY_ONE,
        "total_minor": 12_100,
        **particular,
    }
    return InvoiceLine(**values)


def an_invoice(organization_id: OrganizationId | None = None, **particular: Any) -> Invoice:
    invoice_id = particular.pop("id", None) or InvoiceId(new_id())
    values: dict[str, Any] = {
        "id": invoice_id,
        "organization_id": organization_id or an_organization_id(),
        "job_id": JobId(new_id()),
        "job_number": 17,
        "customer_id": CustomerId(new_id()),
        "issuer": an_issuer(),
        "receiver": a_receiver(),
        "comprobante_tipo": ComprobanteTipo.FACTURA_B,
        "description": "Pierde la canilla de la cocina",
        "amounts": Amounts.including_iva(12_100_000),
        "service_from": TODAY,
        "service_to": TODAY,
        "payment_due_date": TODAY,
        "created_at": birth_time(invoice_id),
        "updated_at": birth_time(invoice_id),
        **particular,
    }
    return Invoice(**values)


def an_authorization(number: int = 1, **particular: Any) -> Authorization:
    values: dict[str, Any] = {
        "cae": f"7512345{number:07d}",
        "cae_due_date": date(2026, 11, 30),
        **particular,
    }
    return Authorization(**values)


def authorized(submitted: Invoice) -> AuthorizedComprobante:
    """Return what ARCA has once it approved a submitted invoice."""
    comprobante = submitted.authorization_request().comprobante
    return AuthorizedComprobante(
        comprobante=comprobante, authorization=an_authorization(comprobante.number)
    )


def a_task_context(
    organization_id: OrganizationId, *, task_id: TaskId, fencing_token: int, attempt: int = 1
) -> CommandContext:
    claim = TaskClaim(task_id=task_id, fencing_token=fencing_token, attempt=attempt)
    return CommandContext(
        organization_id=organization_id,
        actor=PLATFORM_ACTOR,
        correlation_id="test",
        task=claim,
    )
