"""Requests for a CAE as JSON: kept as sent, and read back to be sent again or compared."""

import json
from datetime import date
from typing import TypedDict

from adapters.postgres.invoice_rows import iva_lines_from_json, iva_lines_to_json
from domain.invoicing.amounts import Amounts
from domain.invoicing.comprobante import AuthorizationRequest, Comprobante
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.fiscal_series import SeriesKey
from domain.invoicing.receiver import CondicionIvaReceptor, FiscalDocument


class StoredRequest(TypedDict):
    """The JSON; dates in ISO form, amounts in centavos."""

    cuit: str
    punto_de_venta: int
    comprobante_tipo: int
    number: int
    issue_date: str
    concepto: int
    doc_tipo: int
    doc_nro: int
    total_minor: int
    untaxed_minor: int
    net_minor: int
    exempt_minor: int
    tributes_minor: int
    iva_minor: int
    iva_lines: list[list[int]]
    service_from: str | None
    service_to: str | None
    payment_due_date: str | None
    currency: str
    rate_micros: int
    condicion_iva_receptor: int


def request_to_json(request: AuthorizationRequest) -> str:
    """Return the JSON of a request."""
    comprobante, amounts = request.comprobante, request.comprobante.amounts
    stored = StoredRequest(
        cuit=comprobante.series.cuit,
        punto_de_venta=comprobante.series.punto_de_venta,
        comprobante_tipo=int(comprobante.series.comprobante_tipo),
        number=comprobante.number,
        issue_date=comprobante.issue_date.isoformat(),
        concepto=comprobante.concepto,
        doc_tipo=int(comprobante.document.tipo),
        doc_nro=comprobante.document.number,
        total_minor=amounts.total_minor,
        untaxed_minor=amounts.untaxed_minor,
        net_minor=amounts.net_minor,
        exempt_minor=amounts.exempt_minor,
        tributes_minor=amounts.tributes_minor,
        iva_minor=amounts.iva_minor,
        iva_lines=iva_lines_to_json(amounts.iva_lines),
        service_from=_text(comprobante.service_from),
        service_to=_text(comprobante.service_to),
        payment_due_date=_text(comprobante.payment_due_date),
        currency=comprobante.currency,
        rate_micros=comprobante.rate_micros,
        condicion_iva_receptor=int(request.condicion_iva_receptor),
    )
    return json.dumps(stored)


def request_from_json(stored: StoredRequest) -> AuthorizationRequest:
    """Return the request in such JSON."""
    return AuthorizationRequest(
        comprobante=Comprobante(
            series=SeriesKey(
                cuit=stored["cuit"],
                punto_de_venta=stored["punto_de_venta"],
                comprobante_tipo=ComprobanteTipo(stored["comprobante_tipo"]),
            ),
            number=stored["number"],
            issue_date=date.fromisoformat(stored["issue_date"]),
            document=FiscalDocument(stored["doc_tipo"], stored["doc_nro"]),
            amounts=Amounts(
                total_minor=stored["total_minor"],
                untaxed_minor=stored["untaxed_minor"],
                net_minor=stored["net_minor"],
                exempt_minor=stored["exempt_minor"],
                tributes_minor=stored["tributes_minor"],
                iva_minor=stored["iva_minor"],
                iva_lines=iva_lines_from_json(stored["iva_lines"]),
            ),
            concepto=stored["concepto"],
            service_from=_date(stored["service_from"]),
            service_to=_date(stored["service_to"]),
            payment_due_date=_date(stored["payment_due_date"]),
            currency=stored["currency"],
            rate_micros=stored["rate_micros"],
        ),
        condicion_iva_receptor=CondicionIvaReceptor(stored["condicion_iva_receptor"]),
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
