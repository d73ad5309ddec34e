"""ARCA's electronic invoicing service (WSFEv1), the way its .NET server answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox.arca.answers import (
    answer,
    batch_nodes,
    batch_noted,
    error_nodes,
    fault,
    found_nodes,
    series_noted,
)
from sandbox.arca.authoriser import Authoriser
from sandbox.arca.catalogue import CLASS_OF, CURRENCIES, PESOS
from sandbox.arca.fields import NAMESPACE, Fields, UnreadableNumberError, plain
from sandbox.arca.parameters import PARAMETERS, vat_conditions
from sandbox.arca.series import Series, SeriesStore
from sandbox.arca.tickets import TicketOffice, TokenRefusedError
from sandbox.arca.web_pages import server_error_page, unavailable_page
from sandbox.behaviour import Controls
from sandbox.calls import Call, Reply
from sandbox.calls import Fields as Noted
from sandbox.clock import ARGENTINA, Clock
from sandbox.soap import Envelope, MalformedXmlError, Node

_SERVICE = "wsfe"
_LARGEST_POINT_OF_SALE = 99_998
_log = structlog.get_logger(__name__)


class OperationRefusedError(Exception):
    """The answer is an error of the service's own, with HTTP 200 as always."""

    def __init__(self, code: str, text: str | None = None, noted: Noted | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.noted = noted or {}


@dataclass(frozen=True, slots=True)
class Result:
    nodes: list[Node]
    outcome: str = "OK"
    noted: Noted = field(default_factory=dict)


class Wsfe:
    name = "arca.wsfe"

    def __init__(
        self, store: SeriesStore, tickets: TicketOffice, *, controls: Controls, clock: Clock
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._controls = controls
        self._clock = clock
        self._authoriser = Authoriser(store, controls, clock)
        self._operations: dict[str, Callable[[int, Fields], Result]] = {
            "FECAESolicitar": self._request_cae,
            "FECompUltimoAutorizado": self._last_authorised,
            "FECompConsultar": self._look_up,
            "FECompTotXRequest": self._records_per_request,
            "FEParamGetPtosVenta": self._points_of_sale,
            "FEParamGetCondicionIvaReceptor": self._vat_conditions,
            "FEParamGetCotizacion": self._exchange_rate,
            **{operation: _constant(nodes) for operation, nodes in PARAMETERS.items()},
        }

    @property
    def operations(self) -> frozenset[str]:
        return frozenset({"FEDummy", *self._operations})

    def read(self, request: Request, body: bytes) -> Call:
        try:
            envelope = Envelope.read(body, request.headers)
        except MalformedXmlError:
            return _unreadable(Response(status_code=400), "malformed XML")
        operation, fields = _operation(envelope)
        if operation not in self.operations:
            asked = envelope.action or operation
            text = f"Server did not recognize the value of HTTP Header SOAPAction: {asked}."
            return _unreadable(fault(envelope, text), "unknown operation")
        auth = fields.child("Auth")
        return Call(
            operation=operation,
            perform=lambda: self._perform(envelope, operation, fields),
            refuse=lambda code: answer(
                envelope, operation, error_nodes(operation, code), now=self._clock()
            ),
            fields={"cuit": auth.text("Cuit")} if auth.exists else {},
        )

    def throttled(self, wait_seconds: float) -> Response:
        return unavailable_page(wait_seconds)

    def broken(self) -> Response:
        return server_error_page()

    def _perform(self, envelope: Envelope, operation: str, fields: Fields) -> Reply:
        try:
            result = self._result(operation, fields)
        except OperationRefusedError as refused:
            nodes = error_nodes(operation, refused.code, refused.text)
            result = Result(nodes, f"error {refused.code}", refused.noted)
        except UnreadableNumberError as error:
            text = (
                "System.Web.Services.Protocols.SoapException: Server was unable to read request. "
                "---> System.FormatException: Input string was not in a correct format."
            )
            return Reply(fault(envelope, text), f"fault: {error}")
        response = answer(envelope, operation, result.nodes, now=self._clock())
        return Reply(response, result.outcome, result.noted)

    def _result(self, operation: str, fields: Fields) -> Result:
        if operation == "FEDummy":
            return Result([("AppServer", "OK"), ("DbServer", "OK"), ("AuthServer", "OK")])
        auth = fields.child("Auth")
        if not auth.exists:
            raise OperationRefusedError("500", "Campo Auth no fue ingresado o esta mal formado.")
        cuit = auth.integer("Cuit")
        try:
            self._tickets.check(auth.text("Token"), auth.text("Sign"), cuit=cuit, service=_SERVICE)
        except TokenRefusedError as error:
            raise OperationRefusedError("600", str(error)) from error
        return self._operations[operation](cuit, fields)

    def _request_cae(self, cuit: int, fields: Fields) -> Result:
        batch = self._authoriser.decide(cuit, fields.child("FeCAEReq"))
        codes = batch.codes()
        if batch.result != "A":
            _log.info("records_refused", result=batch.result, codes=codes)
        outcome = " ".join(["result", batch.result, *map(str, codes)])
        return Result(batch_nodes(batch), outcome, batch_noted(batch))

    def _last_authorised(self, cuit: int, fields: Fields) -> Result:
        series = Series(cuit, fields.integer("PtoVta"), fields.integer("CbteTipo"))
        if not 1 <= series.point_of_sale <= _LARGEST_POINT_OF_SALE:
            raise OperationRefusedError("11000", "El PtoVta debe estar comprendido entre 1 y 99998")
        if series.voucher_type not in CLASS_OF:
            raise OperationRefusedError("11001", "CbteTipo invalido. Ver FEParamGetTiposCbte")
        newest = self._store.newest(series)
        number = 0 if newest is None else newest.last
        nodes: list[Node] = [
            ("PtoVta", series.point_of_sale),
            ("CbteTipo", series.voucher_type),
            ("CbteNro", number),
        ]
        return Result(nodes, f"last {number}", series_noted(series))

    def _look_up(self, cuit: int, fields: Fields) -> Result:
        asked = fields.child("FeCompConsReq")
        series = Series(cuit, asked.integer("PtoVta"), asked.integer("CbteTipo"))
        number = asked.integer("CbteNro")
        for refused, code, name in (
            (series.point_of_sale <= 0, "10200", "el Punto de Venta"),
            (series.voucher_type not in CLASS_OF, "10201", "el Tipo de Comprobante"),
            (number <= 0, "10202", "el numero de comprobante"),
        ):
            if refused:
                raise OperationRefusedError(code, f"No ingreso {name} o el formato es invalido.")
        noted = {**series_noted(series), "numbers": [number]}
        found = self._store.find(series, number)
        if found is None:
            raise OperationRefusedError("602", noted=noted)
        nodes: list[Node] = [("ResultGet", found_nodes(found))]
        return Result(nodes, f"found CAE {found.cae}", noted)

    def _records_per_request(self, _cuit: int, _fields: Fields) -> Result:
        return Result([("RegXReq", self._controls.arca.records_per_request)])

    def _points_of_sale(self, _cuit: int, _fields: Fields) -> Result:
        # As in ARCA's testing environment: none is registered, and any number works.
        raise OperationRefusedError("602")

    def _vat_conditions(self, _cuit: int, fields: Fields) -> Result:
        nodes = vat_conditions(fields.text("ClaseCmp"))
        if nodes is None:
            raise OperationRefusedError("10244", "El valor del campo ClaseCmp no es valido.")
        return Result([("ResultGet", nodes)])

    def _exchange_rate(self, _cuit: int, fields: Fields) -> Result:
        currency = fields.text("MonId")
        if currency not in CURRENCIES or currency == PESOS:
            raise OperationRefusedError("12000", "Campo MonId invalido. Ver FEParamGetTiposMonedas")
        yesterday = self._clock().astimezone(ARGENTINA).date() - timedelta(days=1)
        nodes: list[Node] = [
            ("MonId", currency),
            ("MonCotiz", plain(CURRENCIES[currency][1])),
            ("FchCotiz", fields.text("FchCotiz") or f"{yesterday:%Y%m%d}"),
        ]
        return Result([("ResultGet", nodes)])


def _operation(envelope: Envelope) -> tuple[str, Fields]:
    content = envelope.content
    name = None if content is None else etree.QName(content)
    in_body = "" if name is None or name.namespace != NAMESPACE else name.localname
    asked = envelope.action or f"{NAMESPACE}{in_body}"
    if not asked.startswith(NAMESPACE):
        return "", Fields(None)
    operation = asked.removeprefix(NAMESPACE)
    # An element of another name than the action's is not there, for the deserializer.
    return operation, Fields(content if in_body == operation else None)


def _constant(nodes: list[Node]) -> Callable[[int, Fields], Result]:
    return lambda _cuit, _fields: Result([("ResultGet", nodes)])


def _unreadable(response: Response, outcome: str) -> Call:
    return Call(
        operation="unreadable",
        perform=lambda: Reply(response, outcome),
        refuse=lambda _: response,
    )
