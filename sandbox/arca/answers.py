"""What WSFEv1's answers hold, and the envelopes they come in."""

from datetime import datetime
from html import escape

from lxml import etree
from starlette.responses import Response

from sandbox.arca.authoriser import BatchDecision, Decision
from sandbox.arca.fields import NAMESPACE, Fields, errors, observations
from sandbox.arca.series import Authorised, Series
from sandbox.arca.voucher import Voucher
from sandbox.calls import Fields as Noted
from sandbox.clock import ARGENTINA
from sandbox.soap import SOAP_11, Envelope, Node, render

# What an operation's result says besides its errors: the numbers its schema requires.
_EMPTY_RESULTS: dict[str, list[Node]] = {
    "FECompUltimoAutorizado": [("PtoVta", 0), ("CbteTipo", 0), ("CbteNro", 0)],
    "FECompTotXRequest": [("RegXReq", 0)],
}
_ERROR_TEXTS = {
    "500": "Error interno de aplicación.",
    "501": "Error interno de base de datos.",
    "502": "Error interno de base de datos - Autorizador CAE - Transacción Activa",
    "600": "ValidacionDeToken: No validaron las fechas del token.",
    "601": "CUIT representada no incluida en token.",
    "602": "No existen datos en nuestros registros para los parametros ingresados.",
}


def error_nodes(operation: str, code: str, text: str | None = None) -> list[Node]:
    """Return a result with an error in it; without a text, the usual one of this code."""
    said = text or _ERROR_TEXTS.get(code, f"Error {code}")
    return [*_EMPTY_RESULTS.get(operation, []), errors((code, said))]


def answer(envelope: Envelope, operation: str, nodes: list[Node], *, now: datetime) -> Response:
    header: list[Node] = [
        ("ambiente", "Sandbox"),
        ("fecha", now.astimezone(ARGENTINA).isoformat(timespec="microseconds")),
        ("id", "7.0.0.0"),
    ]
    return _soap(
        envelope,
        f'<soap:Header><FEHeaderInfo xmlns="{NAMESPACE}">{render(header)}</FEHeaderInfo>'
        f'</soap:Header><soap:Body><{operation}Response xmlns="{NAMESPACE}">'
        f"{render([(f'{operation}Result', nodes)])}</{operation}Response></soap:Body>",
        status=200,
    )


def fault(envelope: Envelope, text: str) -> Response:
    said = escape(text, quote=False)
    if envelope.version == SOAP_11:
        fault = f"<faultcode>soap:Client</faultcode><faultstring>{said}</faultstring><detail />"
    else:
        fault = (
            "<soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason>"
            f'<soap:Text xml:lang="en">{said}</soap:Text></soap:Reason><soap:Detail />'
        )
    return _soap(envelope, f"<soap:Body><soap:Fault>{fault}</soap:Fault></soap:Body>", status=500)


def batch_nodes(batch: BatchDecision) -> list[Node]:
    header: list[Node] = [
        ("Cuit", batch.series.cuit),
        ("PtoVta", batch.series.point_of_sale),
        ("CbteTipo", batch.series.voucher_type),
        ("FchProceso", f"{batch.processed_at.astimezone(ARGENTINA):%Y%m%d%H%M%S}"),
        ("CantReg", batch.count),
        ("Resultado", batch.result),
        ("Reproceso", "N"),
    ]
    details: list[Node] = [
        ("FECAEDetResponse", _decision_nodes(decision)) for decision in batch.decisions
    ]
    return [
        ("FeCabResp", header),
        ("FeDetResp", details or None),
        errors(*((finding.code, finding.text) for finding in batch.errors)),
    ]


def _decision_nodes(decision: Decision) -> list[Node]:
    authorised = decision.authorised
    return [
        *decision.voucher.echo(),
        ("Resultado", "R" if authorised is None else "A"),
        observations(*((finding.code, finding.text) for finding in decision.findings)),
        ("CAE", "" if authorised is None else authorised.cae),
        ("CAEFchVto", "" if authorised is None else authorised.cae_due),
    ]


def found_nodes(found: Authorised) -> list[Node]:
    record = Fields(etree.fromstring(found.request))
    return [
        *Voucher.read(found.series.voucher_type, record).nodes(),
        ("Resultado", "A"),
        ("CodAutorizacion", found.cae),
        ("EmisionTipo", "CAE"),
        ("FchVto", found.cae_due),
        ("FchProceso", found.processed_at),
        observations(*((finding.code, finding.text) for finding in found.observations)),
        ("PtoVta", found.series.point_of_sale),
        ("CbteTipo", found.series.voucher_type),
    ]


def series_noted(series: Series) -> Noted:
    return {
        "cuit": series.cuit,
        "punto_de_venta": series.point_of_sale,
        "tipo": series.voucher_type,
    }


def batch_noted(batch: BatchDecision) -> Noted:
    return {
        **series_noted(batch.series),
        "numbers": [decision.voucher.first for decision in batch.decisions],
        "caes": [one.authorised.cae for one in batch.decisions if one.authorised],
        "codes": batch.codes(),
    }


def _soap(envelope: Envelope, content: str, *, status: int) -> Response:
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{envelope.version}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema">{content}</soap:Envelope>'
    )
    return Response(body, status, media_type=f"{envelope.media_type}; charset=utf-8")
