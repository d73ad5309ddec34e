"""Comprobantes as WSFEv1 writes them: centavos as decimals, dates as `yyyymmdd`."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from adapters.afip.soap import Element, NotSoapError, find_all, text_of
from domain.invoicing.amounts import Amounts, IvaLine
from domain.invoicing.comprobante import (
    MICROS,
    Authorization,
    AuthorizationRequest,
    AuthorizedComprobante,
    Comprobante,
    Observation,
)
from domain.invoicing.fiscal_series import SeriesKey
from domain.invoicing.receiver import FiscalDocument

NAMESPACE = "http://ar.gov.afip.dif.FEV1/"

Tree = tuple[str, "str | int | Sequence[Tree]"]
"""An element: its name, and its text or its children."""

_CENTAVOS = 100
_CAE_DIGITS = 14


def build(tree: Tree) -> Element:
    """Return an element, with all below it, in WSFEv1's namespace."""
    name, value = tree
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})
    if isinstance(value, str | int):
        element.text = str(value)
    else:
        element.extend(build(child) for child in value)
    return element


def request_tree(request: AuthorizationRequest) -> Tree:
    """Return FeCAEReq for one document, its fields in the schema's order."""
    series = request.comprobante.series
    return (
        "FeCAEReq",
        [
            (
                "FeCabReq",
                [
                    ("CantReg", 1),
                    ("PtoVta", series.punto_de_venta),
                    ("CbteTipo", int(series.comprobante_tipo)),
                ],
            ),
            ("FeDetReq", [("FECAEDetRequest", list(_record(request)))]),
        ],
    )


def _record(request: AuthorizationRequest) -> Iterator[Tree]:
    comprobante, amounts = request.comprobante, request.comprobante.amounts
    yield ("Concepto", comprobante.concepto)
    yield ("DocTipo", int(comprobante.document.tipo))
    yield ("DocNro", comprobante.document.number)
    yield ("CbteDesde", comprobante.number)
    yield ("CbteHasta", comprobante.number)
    yield ("CbteFch", _day(comprobante.issue_date))
    yield ("ImpTotal", _decimal(amounts.total_minor, _CENTAVOS))
    yield ("ImpTotConc", _decimal(amounts.untaxed_minor, _CENTAVOS))
    yield ("ImpNeto", _decimal(amounts.net_minor, _CENTAVOS))
    yield ("ImpOpEx", _decimal(amounts.exempt_minor, _CENTAVOS))
    yield ("ImpTrib", _decimal(amounts.tributes_minor, _CENTAVOS))
    yield ("ImpIVA", _decimal(amounts.iva_minor, _CENTAVOS))
    if comprobante.service_from and comprobante.service_to and comprobante.payment_due_date:
        yield ("FchServDesde", _day(comprobante.service_from))
        yield ("FchServHasta", _day(comprobante.service_to))
        yield ("FchVtoPago", _day(comprobante.payment_due_date))
    yield ("MonId", comprobante.currency)
    yield ("MonCotiz", _decimal(comprobante.rate_micros, MICROS))
    yield ("CondicionIVAReceptorId", int(request.condicion_iva_receptor))
    if amounts.iva_lines:
        yield ("Iva", [_iva_line(line) for line in amounts.iva_lines])


def _iva_line(line: IvaLine) -> Tree:
    return (
        "AlicIva",
        [
            ("Id", int(line.rate_id)),
            ("BaseImp", _decimal(line.base_minor, _CENTAVOS)),
            ("Importe", _decimal(line.amount_minor, _CENTAVOS)),
        ],
    )


def comprobante_from(record: Element, series: SeriesKey) -> AuthorizedComprobante:
    """Return the document in FECompConsultar's ResultGet; raise NotSoapError."""
    try:
        comprobante = Comprobante(
            series=series,
            number=int(text_of(record, "CbteDesde")),
            issue_date=_required_day(text_of(record, "CbteFch")),
            document=FiscalDocument(
                int(text_of(record, "DocTipo")), int(text_of(record, "DocNro"))
            ),
            amounts=_amounts_from(record),
            concepto=int(text_of(record, "Concepto")),
            service_from=_optional_day(text_of(record, "FchServDesde")),
            service_to=_optional_day(text_of(record, "FchServHasta")),
            payment_due_date=_optional_day(text_of(record, "FchVtoPago")),
            currency=text_of(record, "MonId"),
            rate_micros=_scaled(text_of(record, "MonCotiz"), MICROS),
        )
    except (ValueError, InvalidOperation) as error:
        raise NotSoapError("A document came back unreadable.") from error
    return AuthorizedComprobante(
        comprobante=comprobante,
        authorization=authorization_from(
            record, cae=text_of(record, "CodAutorizacion"), due=text_of(record, "FchVto")
        ),
    )


def authorization_from(record: Element, *, cae: str, due: str) -> Authorization:
    """Return a CAE with the remarks that came with it; raise NotSoapError."""
    if len(cae) != _CAE_DIGITS or not cae.isdigit():
        raise NotSoapError("An approved document came back without a CAE.")
    try:
        return Authorization(
            cae=cae,
            cae_due_date=_required_day(due),
            observations=tuple(
                Observation(int(text_of(item, "Code")), text_of(item, "Msg"))
                for item in find_all(record, "Observaciones", "Obs")
            ),
        )
    except ValueError as error:
        raise NotSoapError("A CAE came back without its due date.") from error


def _amounts_from(record: Element) -> Amounts:
    lines = [
        IvaLine(
            int(text_of(line, "Id")),
            _scaled(text_of(line, "BaseImp"), _CENTAVOS),
            _scaled(text_of(line, "Importe"), _CENTAVOS),
        )
        for line in find_all(record, "Iva", "AlicIva")
    ]
    return Amounts(
        total_minor=_scaled(text_of(record, "ImpTotal"), _CENTAVOS),
        untaxed_minor=_scaled(text_of(record, "ImpTotConc"), _CENTAVOS),
        net_minor=_scaled(text_of(record, "ImpNeto"), _CENTAVOS),
        exempt_minor=_scaled(text_of(record, "ImpOpEx"), _CENTAVOS),
        tributes_minor=_scaled(text_of(record, "ImpTrib"), _CENTAVOS),
        iva_minor=_scaled(text_of(record, "ImpIVA"), _CENTAVOS),
        iva_lines=tuple(sorted(lines, key=lambda line: line.rate_id)),
    )


def _decimal(scaled: int, scale: int) -> str:
    return f"{Decimal(scaled) / scale:.{len(str(scale)) - 1}f}"


def _scaled(text: str, scale: int) -> int:
    """Read a double, which comes without padding (`122`), as an integer; what is absent is 0."""
    return int((Decimal(text or "0") * scale).to_integral_value())


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _required_day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _optional_day(text: str) -> date | None:
    return _required_day(text) if text else None
