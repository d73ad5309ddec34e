"""Invoices as rows: the one place that knows which column holds what."""

import json
from collections.abc import Sequence

from psycopg.rows import TupleRow

from adapters.postgres.directory_rows import address_from_json, address_to_json
from adapters.postgres.invoice_line_json import invoice_lines_from_json, invoice_lines_to_json
from domain.addresses import Address
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId
from domain.invoicing.amounts import Amounts, IvaLine
from domain.invoicing.comprobante import Observation
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.invoice import Failure, FiscalState, Invoice, PaymentState
from domain.invoicing.issuer import CondicionIva, Issuer
from domain.invoicing.receiver import CondicionIvaReceptor, DocumentType, Receiver

_NAMES = (
    "organization_id", "id", "created_at", "job_id", "job_number", "customer_id", "fiscal_state",
    "payment_state", "issuer_cuit", "issuer_legal_name", "issuer_condicion_iva",
    "issuer_trade_address", "issuer_ingresos_brutos", "issuer_activity_start_date",
    "punto_de_venta", "comprobante_tipo", "receiver_name", "receiver_condicion_iva",
    "receiver_document_type", "receiver_document_number", "receiver_address", "description",
    "total_minor", "net_minor", "iva_minor", "iva_lines", "service_from", "service_to",
    "payment_due_date", "number", "issue_date", "cae", "cae_due_date", "authorized_at",
    "observations", "failure_code", "failure_message", "failure_detail", "version", "updated_at",
    "lines",
)  # fmt: skip
_FIXED = frozenset({"organization_id", "id", "created_at", "job_id"})

COLUMNS = ", ".join(_NAMES)
# Waits for another transaction that is adding the same job's invoice, and then adds nothing.
INSERT = (
    f"INSERT INTO invoices ({COLUMNS}) VALUES ({', '.join(f'%({name})s' for name in _NAMES)})"
    " ON CONFLICT (organization_id, job_id) DO NOTHING"
)
UPDATE = f"""
UPDATE invoices SET {", ".join(f"{name} = %({name})s" for name in _NAMES if name not in _FIXED)}
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
"""


def row_from_invoice(invoice: Invoice) -> dict[str, object]:
    """Return the columns of an invoice, ready to bind."""
    return {
        "organization_id": invoice.organization_id,
        "id": invoice.id,
        "created_at": invoice.created_at,
        "job_id": invoice.job_id,
        "job_number": invoice.job_number,
        "customer_id": invoice.customer_id,
        "description": invoice.description,
        **_issuer_columns(invoice.issuer),
        **_receiver_columns(invoice.receiver),
        **_fiscal_columns(invoice),
        **_amount_columns(invoice.amounts),
        "lines": invoice_lines_to_json(invoice.lines),
        "version": invoice.version,
        "updated_at": invoice.updated_at,
    }


def _issuer_columns(issuer: Issuer) -> dict[str, object]:
    return {
        "issuer_cuit": issuer.cuit,
        "issuer_legal_name": issuer.legal_name,
        "issuer_condicion_iva": issuer.condicion_iva.value,
        "issuer_trade_address": address_to_json(issuer.trade_address),
        "issuer_ingresos_brutos": issuer.ingresos_brutos,
        "issuer_activity_start_date": issuer.activity_start_date,
        "punto_de_venta": issuer.punto_de_venta,
    }


def _receiver_columns(receiver: Receiver) -> dict[str, object]:
    return {
        "receiver_name": receiver.display_name,
        "receiver_condicion_iva": int(receiver.condicion_iva),
        "receiver_document_type": receiver.document_type and receiver.document_type.value,
        "receiver_document_number": receiver.document_number,
        "receiver_address": address_to_json(receiver.address),
    }


def _fiscal_columns(invoice: Invoice) -> dict[str, object]:
    failure = invoice.failure
    return {
        "fiscal_state": invoice.fiscal_state.value,
        "payment_state": invoice.payment_state.value,
        "comprobante_tipo": int(invoice.comprobante_tipo),
        "service_from": invoice.service_from,
        "service_to": invoice.service_to,
        "payment_due_date": invoice.payment_due_date,
        "number": invoice.number,
        "issue_date": invoice.issue_date,
        "cae": invoice.cae or None,
        "cae_due_date": invoice.cae_due_date,
        "authorized_at": invoice.authorized_at,
        "observations": json.dumps([[item.code, item.message] for item in invoice.observations]),
        "failure_code": failure and failure.code,
        "failure_message": failure and failure.message,
        "failure_detail": failure and failure.detail,
    }


def _amount_columns(amounts: Amounts) -> dict[str, object]:
    return {
        "total_minor": amounts.total_minor,
        "net_minor": amounts.net_minor,
        "iva_minor": amounts.iva_minor,
        "iva_lines": json.dumps(iva_lines_to_json(amounts.iva_lines)),
    }


def iva_lines_to_json(lines: Sequence[IvaLine]) -> list[list[int]]:
    """Return VAT lines as arrays of rate id, base and amount."""
    return [[int(line.rate_id), line.base_minor, line.amount_minor] for line in lines]


def iva_lines_from_json(lines: Sequence[Sequence[int]]) -> tuple[IvaLine, ...]:
    """Return the VAT lines in such arrays."""
    return tuple(IvaLine(*line) for line in lines)


def invoice_from_row(row: TupleRow) -> Invoice:
    """Return the invoice in a row of COLUMNS."""
    column = dict(zip(_NAMES, row, strict=True))
    return Invoice(
        id=InvoiceId(column["id"]),
        organization_id=OrganizationId(column["organization_id"]),
        job_id=JobId(column["job_id"]),
        job_number=column["job_number"],
        customer_id=CustomerId(column["customer_id"]),
        issuer=Issuer(
            cuit=column["issuer_cuit"],
            legal_name=column["issuer_legal_name"],
            condicion_iva=CondicionIva(column["issuer_condicion_iva"]),
            punto_de_venta=column["punto_de_venta"],
            trade_address=present_address(column["issuer_trade_address"]),
            ingresos_brutos=column["issuer_ingresos_brutos"],
            activity_start_date=column["issuer_activity_start_date"],
        ),
        receiver=Receiver(
            display_name=column["receiver_name"],
            condicion_iva=CondicionIvaReceptor(column["receiver_condicion_iva"]),
            document_type=document_type_from_column(column["receiver_document_type"]),
            document_number=column["receiver_document_number"],
            address=address_from_json(column["receiver_address"]),
        ),
        comprobante_tipo=ComprobanteTipo(column["comprobante_tipo"]),
        description=column["description"],
        amounts=Amounts(
            total_minor=column["total_minor"],
            net_minor=column["net_minor"],
            iva_minor=column["iva_minor"],
            iva_lines=iva_lines_from_json(column["iva_lines"]),
        ),
        service_from=column["service_from"],
        service_to=column["service_to"],
        payment_due_date=column["payment_due_date"],
        created_at=column["created_at"],
        updated_at=column["updated_at"],
        fiscal_state=FiscalState(column["fiscal_state"]),
        payment_state=PaymentState(column["payment_state"]),
        number=column["number"],
        issue_date=column["issue_date"],
        cae=column["cae"] or "",
        cae_due_date=column["cae_due_date"],
        authorized_at=column["authorized_at"],
        observations=tuple(Observation(*item) for item in column["observations"]),
        failure=_failure(
            column["failure_code"], column["failure_message"], column["failure_detail"]
        ),
        lines=invoice_lines_from_json(column["lines"]),
        version=column["version"],
    )


def present_address(column: dict[str, str]) -> Address:
    """Return the address in a JSON column that is never NULL."""
    address = address_from_json(column)
    if address is None:
        raise AssertionError("A column that is never NULL holds no address.")
    return address


def document_type_from_column(column: str | None) -> DocumentType | None:
    """Return the type of a document, None where there is none."""
    return None if column is None else DocumentType(column)


def _failure(code: str | None, message: str | None, detail: str | None) -> Failure | None:
    if code is None:
        return None
    return Failure(code=code, message=message or "", detail=detail or "")
