"""Invoices as the contract prints them."""

from dataclasses import replace
from datetime import date

from google.type import date_pb2

from campotech.invoicing.v1 import invoice_pb2, invoices_pb2
from campotech.type.v1 import fiscal_pb2
from domain.invoicing.invoice import Failure, FiscalState, Invoice, PaymentState
from domain.invoicing.invoice_line import InvoiceLine
from domain.invoicing.receiver import DocumentType, Receiver
from domain.money import Money
from server.addresses import address_to_proto
from server.etags import etag_of
from server.iva import iva_rate_to_proto
from server.money import money_to_proto
from server.resource_names import CUSTOMERS, INVOICES, JOBS
from server.timestamps import timestamp_to_proto

FISCAL_STATES = {
    state: invoice_pb2.Invoice.FiscalState.Value(f"FISCAL_STATE_{state}") for state in FiscalState
}
FISCAL_STATES_BY_NUMBER = {number: state for state, number in FISCAL_STATES.items()}
PAYMENT_STATES = {
    state: invoice_pb2.Invoice.PaymentState.Value(f"PAYMENT_STATE_{state}")
    for state in PaymentState
}
DOCUMENT_TYPES = {
    kind: fiscal_pb2.IdentityDocument.Type.Value(f"TYPE_{kind}") for kind in DocumentType
}


def invoice_news_to_proto(invoice: Invoice | None) -> invoices_pb2.WatchInvoiceResponse:
    """Print one word of a watcher's stream; None is a sign of life."""
    if invoice is not None:
        return invoices_pb2.WatchInvoiceResponse(invoice=invoice_to_proto(invoice))
    response = invoices_pb2.WatchInvoiceResponse(
        heartbeat=invoices_pb2.WatchInvoiceResponse.Heartbeat()
    )
    response.heartbeat.time.GetCurrentTime()
    return response


def invoice_to_proto(invoice: Invoice) -> invoice_pb2.Invoice:
    """Print an invoice."""
    organization_id, amounts = invoice.organization_id, invoice.amounts
    return invoice_pb2.Invoice(
        name=INVOICES.name(organization_id, invoice.id),
        job=JOBS.name(organization_id, invoice.job_id),
        customer=CUSTOMERS.name(organization_id, invoice.customer_id),
        receiver=_receiver_to_proto(invoice.receiver),
        fiscal_state=FISCAL_STATES[invoice.fiscal_state],
        payment_state=PAYMENT_STATES[invoice.payment_state],
        comprobante_tipo=int(invoice.comprobante_tipo),
        letter=invoice_pb2.Invoice.Letter.Value(f"LETTER_{invoice.comprobante_tipo.letter}"),
        punto_de_venta=invoice.issuer.punto_de_venta,
        number=invoice.number or 0,
        issue_date=_date_to_proto(invoice.issue_date),
        total=money_to_proto(Money(amounts.total_minor)),
        net=money_to_proto(Money(amounts.net_minor)),
        vat=money_to_proto(Money(amounts.iva_minor)),
        cae=invoice.cae,
        cae_due_date=_date_to_proto(invoice.cae_due_date),
        failure=_failure_to_proto(invoice.failure),
        observations=[
            invoice_pb2.Invoice.Observation(code=item.code, message=item.message)
            for item in invoice.observations
        ],
        authorize_time=timestamp_to_proto(invoice.authorized_at),
        create_time=timestamp_to_proto(invoice.created_at),
        update_time=timestamp_to_proto(invoice.updated_at),
        etag=etag_of(invoice.version),
        lines=map(_line_to_proto, invoice.lines),
    )


def listed_invoice_to_proto(invoice: Invoice) -> invoice_pb2.Invoice:
    """Print an invoice for a list, whose answers are bounded: without its lines."""
    return invoice_to_proto(replace(invoice, lines=()))


def _line_to_proto(line: InvoiceLine) -> invoice_pb2.Invoice.Line:
    return invoice_pb2.Invoice.Line(
        description=line.description,
        quantity_thousandths=line.quantity_thousandths,
        unit_price=money_to_proto(Money(line.unit_price_minor)),
        vat_rate=iva_rate_to_proto(line.iva_rate),
        total=money_to_proto(Money(line.total_minor)),
    )


def _receiver_to_proto(receiver: Receiver) -> invoice_pb2.Invoice.Receiver:
    document = None
    if receiver.document_type is not None:
        document = fiscal_pb2.IdentityDocument(
            type=DOCUMENT_TYPES[receiver.document_type], number=receiver.document_number
        )
    return invoice_pb2.Invoice.Receiver(
        display_name=receiver.display_name,
        document=document,
        condicion_iva_receptor=fiscal_pb2.CondicionIvaReceptor.Value(
            f"CONDICION_IVA_RECEPTOR_{receiver.condicion_iva.name}"
        ),
        address=address_to_proto(receiver.address),
    )


def _failure_to_proto(failure: Failure | None) -> invoice_pb2.Invoice.Failure | None:
    if failure is None:
        return None
    return invoice_pb2.Invoice.Failure(code=failure.code, message=failure.message)


def _date_to_proto(day: date | None) -> date_pb2.Date | None:
    if day is None:
        return None
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)
