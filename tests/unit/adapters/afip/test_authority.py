"""What ARCA says about a series and gives a CAE for, in its many ways of saying so."""

from dataclasses import replace
from datetime import date

import httpx
import pytest

from adapters.afip.authority import (
    ArcaAuthority,
    ArcaOutcomeUnknownError,
    ArcaUnavailableError,
)
from adapters.afip.channel import NotSentError
from adapters.afip.soap import local_name
from domain.invoicing.amounts import Amounts
from domain.invoicing.comprobante import (
    AuthorityRefusedError,
    Authorization,
    Observation,
    Rejection,
    RejectionKind,
)
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from tests.support.clocks import MORNING
from tests.support.invoice_builders import TODAY, a_company, an_invoice, an_issuer
from tests.unit.adapters.afip.recorded import (
    Arca,
    Handler,
    a_document,
    a_fault,
    errors,
    last_number,
    observations,
    solicited,
    wsfe,
)

INVOICE = an_invoice().submit(17, TODAY, at=MORNING)
REQUEST = INVOICE.authorization_request()
SERIES = INVOICE.series_key
CAE = "75123456789012"
NOT_DELEGATED = (
    600,
    "ValidacionDeToken: No aparecio CUIT en lista de relaciones: 30712345671",
)
OUT_OF_SEQUENCE = (10016, "El numero o fecha del comprobante no se corresponde con el proximo")
A_PAGE = httpx.Response(502, text="<html><body>Bad Gateway</body></html>")


def loses_the_answer(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=request)


def cannot_connect(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def test_an_approved_document_has_its_cae_due_date_and_remarks(
    arca: Arca, authority: ArcaAuthority
) -> None:
    remarks = observations((10217, "El receptor es monotributista"))
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130", remarks=remarks))

    outcome = await authority.authorize(REQUEST)

    assert outcome == Authorization(
        cae=CAE,
        cae_due_date=date(2026, 11, 30),
        observations=(Observation(10217, "El receptor es monotributista"),),
    )


async def test_events_are_no_errors(arca: Arca, authority: ArcaAuthority) -> None:
    events = "<Events><Evt><Code>39</Code><Msg>Mantenimiento</Msg></Evt></Events>"
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130", tail=events))

    outcome = await authority.authorize(REQUEST)

    assert isinstance(outcome, Authorization)


async def test_the_request_has_every_field_in_the_schemas_order(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130"))

    await authority.authorize(REQUEST)

    (sent,) = arca.sent("FECAESolicitar")
    record = sent.find("{*}FeCAEReq/{*}FeDetReq/{*}FECAEDetRequest")
    assert record is not None
    assert [(local_name(child), child.text) for child in record if child.text] == [
        ("Concepto", "2"),
        ("DocTipo", "96"),
        ("DocNro", "30123456"),
        ("CbteDesde", "17"),
        ("CbteHasta", "17"),
        ("CbteFch", "20261120"),
        ("ImpTotal", "121000.00"),
        ("ImpTotConc", "0.00"),
        ("ImpNeto", "100000.00"),
        ("ImpOpEx", "0.00"),
        ("ImpTrib", "0.00"),
        ("ImpIVA", "21000.00"),
        ("FchServDesde", "20261120"),
        ("FchServHasta", "20261120"),
        ("FchVtoPago", "20261120"),
        ("MonId", "PES"),
        ("MonCotiz", "1.000000"),
        ("CondicionIVAReceptorId", "5"),
    ]
    assert [line.text for line in record.iterfind("{*}Iva/{*}AlicIva/*")] == [
        "5",
        "100000.00",
        "21000.00",
    ]


async def test_header_and_credentials_name_series_and_taxpayer(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130"))

    await authority.authorize(REQUEST)

    (sent,) = arca.sent("FECAESolicitar")
    assert [item.text for item in sent.iterfind("{*}FeCAEReq/{*}FeCabReq/*")] == ["1", "2", "6"]
    assert [item.text for item in sent.iterfind("{*}Auth/*")] == [
        "dG9rZW4=",
        "c2lnbg==",
        "30712345671",
    ]
    assert arca.requests[-1].headers["soapaction"] == '"http://ar.gov.afip.dif.FEV1/FECAESolicitar"'


async def test_class_c_sends_no_vat_array(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130"))
    invoice = an_invoice(
        comprobante_tipo=ComprobanteTipo.FACTURA_C, amounts=Amounts.without_iva(4_500_000)
    )

    await authority.authorize(invoice.submit(17, TODAY, at=MORNING).authorization_request())

    (sent,) = arca.sent("FECAESolicitar")
    assert sent.find(".//{*}Iva") is None
    assert sent.findtext(".//{*}ImpNeto") == "45000.00"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        pytest.param(
            solicited("R", remarks=observations((10015, "DocNro invalido"))),
            RejectionKind.DOCUMENT,
            "10015",
            id="the document",
        ),
        pytest.param(
            solicited("R", remarks=observations((10048, "ImpTotal"))),
            RejectionKind.DEFECT,
            "10048",
            id="our arithmetic",
        ),
        pytest.param(
            solicited("R", remarks=observations((10016, "CbteFch N-10 y N+10"))),
            RejectionKind.DATE,
            "10016",
            id="the date's window",
        ),
        pytest.param(
            solicited("R", tail=errors(OUT_OF_SEQUENCE)),
            RejectionKind.OUT_OF_SEQUENCE,
            "10016",
            id="the number",
        ),
        pytest.param(
            solicited(
                "R",
                tail=errors(OUT_OF_SEQUENCE),
                remarks=observations((10015, "DocNro invalido")),
            ),
            RejectionKind.OUT_OF_SEQUENCE,
            "10016",
            id="the number before all else",
        ),
        pytest.param(
            wsfe("FECAESolicitar", errors((11002, "PtoVta no habilitado"))),
            RejectionKind.SETUP,
            "11002",
            id="the point of sale, without a record",
        ),
        pytest.param(
            wsfe("FECAESolicitar", errors(NOT_DELEGATED)),
            RejectionKind.SETUP,
            "600",
            id="no delegation, without anything else",
        ),
        pytest.param(
            wsfe("FECAESolicitar", errors((500, "Campo Auth no fue ingresado"))),
            RejectionKind.DEFECT,
            "500",
            id="no credentials",
        ),
        pytest.param(
            solicited("R", remarks=observations((10999, "Una regla nueva"))),
            RejectionKind.DOCUMENT,
            "10999",
            id="a rule that is newer than we are",
        ),
    ],
)
async def test_refusals_say_whom_they_concern(
    arca: Arca,
    authority: ArcaAuthority,
    *,
    answer: httpx.Response,
    kind: RejectionKind,
    code: str,
) -> None:
    arca.answer("FECAESolicitar", answer)

    outcome = await authority.authorize(REQUEST)

    assert isinstance(outcome, Rejection)
    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.message.partition(":")[0] == code
    assert outcome.explanation


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(loses_the_answer, id="connection reset"),
        pytest.param(A_PAGE, id="a page of a proxy"),
        pytest.param(httpx.Response(200, text=""), id="nothing"),
        pytest.param(httpx.Response(400, text=""), id="HTTP 400 without a body"),
        pytest.param(a_fault("Server"), id="a fault"),
        pytest.param(wsfe("FECAESolicitar", ""), id="an empty result"),
        pytest.param(wsfe("FECAESolicitar", errors((500, "Error interno"))), id="500"),
        pytest.param(wsfe("FECAESolicitar", errors((501, "Error de base"))), id="501"),
        pytest.param(wsfe("FECAESolicitar", errors((502, "Transaccion activa"))), id="502"),
        pytest.param(wsfe("FECAESolicitar", errors((777, "?"))), id="an unknown code"),
        pytest.param(
            solicited("R", tail=errors((10016, "x"), (502, "y"))), id="502 beside a refusal"
        ),
        pytest.param(solicited("A", number=18, cae=CAE, due="20261130"), id="another record"),
        pytest.param(solicited("A", cae="", due="20261130"), id="approved without a CAE"),
        pytest.param(solicited("A", cae=CAE, due=""), id="approved without a due date"),
        pytest.param(solicited("", remarks=observations((10217, "x"))), id="no result at all"),
        pytest.param(wsfe("FECompUltimoAutorizado", ""), id="the answer to something else"),
    ],
)
async def test_whatever_does_not_tell_the_outcome_leaves_it_unknown(
    arca: Arca, authority: ArcaAuthority, answer: httpx.Response | Handler
) -> None:
    arca.answer("FECAESolicitar", answer)

    with pytest.raises(ArcaOutcomeUnknownError):
        await authority.authorize(REQUEST)


async def test_a_request_that_found_no_connection_was_not_sent(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("FECAESolicitar", cannot_connect)

    with pytest.raises(NotSentError):
        await authority.authorize(REQUEST)


async def test_a_series_tells_its_last_number(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(41))

    assert await authority.last_authorized(SERIES) == 41


async def test_an_empty_series_is_at_zero(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(0))

    assert await authority.last_authorized(SERIES) == 0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(last_number(0, errors((502, "Transaccion activa"))), id="0 with an error"),
        pytest.param(loses_the_answer, id="connection reset"),
        pytest.param(cannot_connect, id="no connection"),
        pytest.param(A_PAGE, id="a page"),
        pytest.param(a_fault("Server"), id="a fault"),
        pytest.param(wsfe("FECompUltimoAutorizado", ""), id="no number"),
    ],
)
async def test_a_number_that_came_with_an_error_is_not_believed(
    arca: Arca, authority: ArcaAuthority, answer: httpx.Response | Handler
) -> None:
    arca.answer("FECompUltimoAutorizado", answer)

    with pytest.raises((ArcaUnavailableError, NotSentError)):
        await authority.last_authorized(SERIES)


async def test_a_query_waits_as_long_as_the_service_asks(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer(
        "FECompUltimoAutorizado", httpx.Response(503, headers={"Retry-After": "17"}, text="")
    )

    with pytest.raises(ArcaUnavailableError) as error:
        await authority.last_authorized(SERIES)

    assert error.value.retry_after_seconds == 17


@pytest.mark.parametrize("finding", [NOT_DELEGATED, (11002, "PtoVta no habilitado")])
async def test_a_query_that_is_refused_says_why(
    arca: Arca, authority: ArcaAuthority, finding: tuple[int, str]
) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(0, errors(finding)))

    with pytest.raises(AuthorityRefusedError) as refusal:
        await authority.last_authorized(SERIES)

    assert refusal.value.rejection.kind is RejectionKind.SETUP
    assert refusal.value.rejection.code == str(finding[0])


async def test_a_document_is_found_as_it_was_sent(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("FECompConsultar", a_document())

    found = await authority.find(SERIES, 17)

    assert found is not None
    assert found.comprobante == REQUEST.comprobante
    assert found.authorization == Authorization(cae=CAE, cae_due_date=date(2026, 11, 30))


@pytest.mark.parametrize(
    "changes",
    [
        {"DocNro": "30123457"},
        {"CbteFch": "20261119"},
        {"ImpTotal": "121000.01"},
        {"ImpTrib": "0.01"},
        {"FchServDesde": "20261119"},
        {"FchVtoPago": ""},
        {"FchVtoPago": "NULL"},
        {"MonId": "DOL"},
        {"MonCotiz": "1.5"},
        {"Concepto": "3"},
        {"Iva": ""},
        {"Iva": "<AlicIva><Id>4</Id><BaseImp>100000</BaseImp><Importe>21000</Importe></AlicIva>"},
    ],
)
async def test_a_document_that_differs_in_anything_is_another(
    arca: Arca, authority: ArcaAuthority, changes: dict[str, str]
) -> None:
    arca.answer("FECompConsultar", a_document(**changes))

    found = await authority.find(SERIES, 17)

    assert found is not None
    assert found.comprobante != REQUEST.comprobante


async def test_vat_lines_are_the_same_in_any_order(arca: Arca, authority: ArcaAuthority) -> None:
    lines = (
        "<AlicIva><Id>{}</Id><BaseImp>500.5</BaseImp><Importe>105.11</Importe></AlicIva>"
        "<AlicIva><Id>{}</Id><BaseImp>500.5</BaseImp><Importe>105.11</Importe></AlicIva>"
    )
    arca.answer(
        "FECompConsultar",
        a_document(Iva=lines.format(5, 4)),
        a_document(Iva=lines.format(4, 5)),
    )

    first = await authority.find(SERIES, 17)
    second = await authority.find(SERIES, 17)

    assert first == second


async def test_a_document_that_arca_does_not_have_is_none(
    arca: Arca, authority: ArcaAuthority
) -> None:
    absent = errors((602, "No existen datos en nuestros registros"))
    arca.answer("FECompConsultar", wsfe("FECompConsultar", absent))

    assert await authority.find(SERIES, 17) is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(wsfe("FECompConsultar", ""), id="nothing"),
        pytest.param(wsfe("FECompConsultar", errors((501, "Error de base"))), id="501"),
        pytest.param(a_document(ImpTotal="mucho"), id="an amount that is none"),
        pytest.param(a_document(CbteFch="hoy"), id="a date that is none"),
        pytest.param(a_document(CodAutorizacion=""), id="no CAE"),
        pytest.param(loses_the_answer, id="connection reset"),
    ],
)
async def test_a_document_is_not_missed_because_of_an_odd_answer(
    arca: Arca, authority: ArcaAuthority, answer: httpx.Response | Handler
) -> None:
    arca.answer("FECompConsultar", answer)

    with pytest.raises(ArcaUnavailableError):
        await authority.find(SERIES, 17)


async def test_a_company_is_named_by_its_cuit(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("FECAESolicitar", solicited("A", cae=CAE, due="20261130"))
    invoice = an_invoice(
        receiver=a_company(),
        issuer=an_issuer(punto_de_venta=31),
        comprobante_tipo=ComprobanteTipo.FACTURA_A,
    )
    request = replace(invoice, amounts=Amounts.including_iva(1_00)).submit(17, TODAY, at=MORNING)

    await authority.authorize(request.authorization_request())

    (sent,) = arca.sent("FECAESolicitar")
    assert [sent.findtext(f".//{{*}}{name}") for name in ("DocTipo", "DocNro", "PtoVta")] == [
        "80",
        "20123456786",
        "31",
    ]
    assert [sent.findtext(f".//{{*}}{name}") for name in ("ImpNeto", "ImpIVA")] == ["0.83", "0.17"]
