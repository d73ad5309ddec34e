"""ARCA as the domain knows it: what it says about a series, and the CAE it gives."""

from collections.abc import Sequence

from adapters.afip.comprobante_xml import (
    Tree,
    authorization_from,
    comprobante_from,
    request_tree,
)
from adapters.afip.error_codes import CodeClass, Finding, Place, class_of, explanation_of
from adapters.afip.soap import Element, NotSoapError, SoapFaultError, find, find_all, text_of
from adapters.afip.wsfe import WsfeClient, findings_in
from adapters.guarded_calls.retries import asked_for_seconds
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.invoicing.comprobante import (
    AuthorityRefusedError,
    AuthorizationOutcome,
    AuthorizationRequest,
    AuthorizedComprobante,
    Rejection,
    RejectionKind,
)
from domain.invoicing.fiscal_series import SeriesKey

_APPROVED = "A"
_REFUSED = "R"

# What decides when an answer gives several reasons; where the document landed early comes first.
_KINDS = {
    CodeClass.OUT_OF_SEQUENCE: RejectionKind.OUT_OF_SEQUENCE,
    CodeClass.SETUP: RejectionKind.SETUP,
    CodeClass.DEFECT: RejectionKind.DEFECT,
    CodeClass.DOCUMENT: RejectionKind.DOCUMENT,
    CodeClass.DATE: RejectionKind.DATE,
    CodeClass.WARNING: RejectionKind.DOCUMENT,
}
_PRIORITY = list(_KINDS)


class ArcaUnavailableError(TemporaryError):
    reason = "ARCA_UNAVAILABLE"


class ArcaOutcomeUnknownError(UnknownOutcomeError):
    reason = "ARCA_OUTCOME_UNKNOWN"


class ArcaAuthority:
    """The domain's FiscalAuthority."""

    def __init__(self, wsfe: WsfeClient) -> None:
        self._wsfe = wsfe

    async def look(self) -> None:
        await self._wsfe.look()

    async def last_authorized(self, series: SeriesKey) -> int:
        operation = "FECompUltimoAutorizado"
        result = await self._query(operation, series, *_series_fields(series))
        findings = findings_in(result)
        if findings and class_of(findings[0]) is not CodeClass.NO_DATA:
            raise _query_error(operation, findings)
        # A number that came with an error would be 0 whatever the series holds.
        number = text_of(result, "CbteNro")
        if not findings and not number.isdigit():
            raise ArcaUnavailableError(f"{operation}: the answer holds no number.")
        return 0 if findings else int(number)

    async def find(self, series: SeriesKey, number: int) -> AuthorizedComprobante | None:
        operation = "FECompConsultar"
        fields: Tree = ("FeCompConsReq", [*_series_fields(series), ("CbteNro", number)])
        result = await self._query(operation, series, fields)
        findings = findings_in(result)
        record = find(result, "ResultGet")
        if any(class_of(finding) is CodeClass.NO_DATA for finding in findings):
            return None
        if findings or record is None:
            raise _query_error(operation, findings)
        try:
            return comprobante_from(record, series)
        except NotSoapError as error:
            raise ArcaUnavailableError(f"{operation}: {error}") from error

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationOutcome:
        number = request.comprobante.number
        try:
            result = await self._wsfe.order(
                "FECAESolicitar", request.comprobante.series.cuit, request_tree(request)
            )
            record = _record_of(result, number)
            if record is not None and text_of(record, "Resultado") == _APPROVED:
                return authorization_from(
                    record, cae=text_of(record, "CAE"), due=text_of(record, "CAEFchVto")
                )
        except (UnknownOutcomeError, SoapFaultError, NotSoapError) as error:
            raise ArcaOutcomeUnknownError(f"FECAESolicitar: {error}", number=number) from error
        findings = findings_in(result, record)
        is_refused = record is not None and text_of(record, "Resultado") == _REFUSED
        if is_refused or any(finding.place is Place.ERRORS for finding in findings):
            return _rejection(findings, number)
        raise ArcaOutcomeUnknownError("FECAESolicitar: neither approved nor refused", number=number)

    async def _query(self, operation: str, series: SeriesKey, *arguments: Tree) -> Element:
        try:
            return await self._wsfe.ask(operation, series.cuit, *arguments)
        except (UnknownOutcomeError, SoapFaultError) as error:
            raise ArcaUnavailableError(
                f"{operation}: {error}", retry_after_seconds=asked_for_seconds(error) or None
            ) from error


def _series_fields(series: SeriesKey) -> list[Tree]:
    return [("PtoVta", series.punto_de_venta), ("CbteTipo", int(series.comprobante_tipo))]


def _record_of(result: Element, number: int) -> Element | None:
    for record in find_all(result, "FeDetResp", "FECAEDetResponse"):
        if text_of(record, "CbteDesde") == str(number):
            return record
    return None


def _rejection(findings: Sequence[Finding], number: int) -> Rejection:
    """Return why a request was refused; raise UnknownOutcomeError where that is not certain."""
    classes = [class_of(finding) for finding in findings]
    if not findings or any(kind not in _KINDS for kind in classes):
        raise ArcaOutcomeUnknownError(
            f"FECAESolicitar: {_words(findings) or 'no reason'}", number=number
        )
    return _decided(findings)


def _decided(findings: Sequence[Finding]) -> Rejection:
    deciding = min(findings, key=lambda finding: _PRIORITY.index(class_of(finding)))
    return Rejection(
        kind=_KINDS[class_of(deciding)],
        code=str(deciding.code),
        message=_words(findings),
        explanation=explanation_of(deciding),
    )


def _query_error(operation: str, findings: Sequence[Finding]) -> Exception:
    if findings and all(class_of(finding) in _KINDS for finding in findings):
        return AuthorityRefusedError(_decided(findings))
    return ArcaUnavailableError(f"{operation}: {_words(findings) or 'an empty answer'}")


def _words(findings: Sequence[Finding]) -> str:
    return "; ".join(f"{finding.code}: {finding.message}" for finding in findings)
