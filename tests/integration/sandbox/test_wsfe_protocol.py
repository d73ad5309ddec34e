from datetime import datetime, timedelta

import pytest

from tests.integration.sandbox.arca_client import SOAP_11, SOAP_12, WSFE, ArcaClient
from tests.integration.sandbox.running import ISSUER, RunningSandbox

LAST = "<PtoVta>1</PtoVta><CbteTipo>11</CbteTipo>"


def test_the_dummy_needs_no_ticket(arca: ArcaClient) -> None:
    answer = arca.call_as("", "FEDummy")

    assert [answer.text(name) for name in ("AppServer", "DbServer", "AuthServer")] == ["OK"] * 3


def test_every_answer_tells_the_time_in_its_header(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    answer = arca.call_as("", "FEDummy")

    time = answer.root.findtext(f"{{{SOAP_11}}}Header/{{{WSFE}}}FEHeaderInfo/{{{WSFE}}}fecha", "")
    assert datetime.fromisoformat(time) == sandbox.clock.now()
    assert time.endswith("-03:00")


def test_malformed_xml_gets_an_empty_bad_request(sandbox: RunningSandbox) -> None:
    response = sandbox.http.post("/wsfev1/service.asmx", content="<soap:Envelope")

    assert (response.status_code, response.content) == (400, b"")


@pytest.mark.parametrize("number", ["uno", "", "1.5", "9999999999999999999"])
def test_text_in_place_of_a_number_is_a_fault(arca: ArcaClient, number: str) -> None:
    content = f"<PtoVta>{number}</PtoVta><CbteTipo>11</CbteTipo>"

    answer = arca.call("FECompUltimoAutorizado", content)

    assert answer.status == 500
    assert "Input string was not in a correct format" in answer.text("faultstring")


def test_a_record_with_an_unreadable_number_authorises_nothing_of_its_batch(
    arca: ArcaClient,
) -> None:
    answer = arca.request_cae(arca.record_c(1), arca.record_c(2, ImpTotal="1,00"))

    assert answer.status == 500
    assert arca.last_number() == 0


def test_an_unknown_action_is_a_fault(arca: ArcaClient) -> None:
    answer = arca.call_as("", "FEDummy", action="http://ar.gov.afip.dif.FEV1/FENothing")

    assert answer.status == 500
    assert "SOAPAction" in answer.text("faultstring")


def test_without_an_action_the_body_tells_the_operation(arca: ArcaClient) -> None:
    answer = arca.call_as("", "FEDummy", action="")

    assert answer.has("FEDummyResult")


def test_soap_1_2_is_answered_in_soap_1_2(arca: ArcaClient) -> None:
    answer = arca.call("FECompUltimoAutorizado", LAST, soap=SOAP_12)

    assert answer.root.tag == f"{{{SOAP_12}}}Envelope"
    assert answer.text("CbteNro") == "0"


@pytest.mark.parametrize("auth", ["", '<Auth xmlns=""><Token>t</Token></Auth>'])
def test_what_is_missing_or_outside_the_namespace_is_missing_auth(
    arca: ArcaClient, auth: str
) -> None:
    answer = arca.call_as(auth, "FECompUltimoAutorizado", LAST)

    assert answer.status == 200
    assert answer.codes("Err") == [500]
    assert answer.text("CbteNro") == "0"


@pytest.mark.parametrize(
    ("token", "sign", "said"),
    [
        ("", "", "nulo o vacio"),
        ("bm8geG1s", "", "No valido token"),
        (None, "AAAA", "hash"),
    ],
)
def test_a_damaged_ticket_is_refused(
    arca: ArcaClient, token: str | None, sign: str, said: str
) -> None:
    token = arca.ticket().token if token is None else token
    auth = f"<Auth><Token>{token}</Token><Sign>{sign}</Sign><Cuit>{ISSUER}</Cuit></Auth>"

    answer = arca.call_as(auth, "FECAESolicitar")

    assert answer.codes("Err") == [600]
    assert said in answer.text("Msg")
    assert not answer.has("FeCabResp")


def test_a_ticket_ends_after_twelve_hours(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.ticket()
    sandbox.clock.advance(timedelta(hours=12))

    answer = arca.call("FECompUltimoAutorizado", LAST)

    assert answer.codes("Err") == [600]
    assert "fechas del token" in answer.text("Msg")


def test_one_ticket_acts_for_every_delegated_cuit(arca: ArcaClient) -> None:
    arca.ticket()
    arca.cuit = 30000000007

    answer = arca.request_cae(arca.record_c(1))

    assert answer.text("Resultado") == "A"


@pytest.mark.parametrize("cuit", [0, -1, 30000000001])
def test_a_cuit_that_is_none_is_never_delegated(arca: ArcaClient, cuit: int) -> None:
    arca.cuit = cuit

    answer = arca.call("FECompUltimoAutorizado", LAST)

    assert answer.codes("Err") == [600]
    assert "lista de relaciones" in answer.text("Msg")


def test_a_delegation_granted_later_needs_a_new_ticket(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    delegation = "/sandbox/arca/delegations/30000000007"
    arca.cuit = 30000000007
    sandbox.http.put(delegation, json={"delegated": False})
    refused = arca.call("FECompUltimoAutorizado", LAST)
    sandbox.http.put(delegation, json={"delegated": True})
    still_refused = arca.call("FECompUltimoAutorizado", LAST)
    sandbox.clock.advance(timedelta(minutes=2))
    arca.forget_ticket()

    granted = arca.call("FECompUltimoAutorizado", LAST)

    assert refused.codes("Err") == [600]
    assert still_refused.codes("Err") == [600]
    assert granted.text("CbteNro") == "0"
    assert granted.codes("Err") == []


def test_a_withdrawn_delegation_holds_at_once(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.ticket()
    sandbox.http.put(f"/sandbox/arca/delegations/{ISSUER}", json={"delegated": False})

    answer = arca.call("FECompUltimoAutorizado", LAST)

    assert answer.codes("Err") == [600]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<PtoVta>0</PtoVta><CbteTipo>11</CbteTipo>", 11000),
        ("<PtoVta>1</PtoVta><CbteTipo>81</CbteTipo>", 11001),
    ],
)
def test_on_an_error_the_last_number_is_zero(arca: ArcaClient, content: str, code: int) -> None:
    answer = arca.call("FECompUltimoAutorizado", content)

    assert answer.codes("Err") == [code]
    assert answer.text("CbteNro") == "0"


def test_points_of_sale_are_none_as_in_the_testing_environment(arca: ArcaClient) -> None:
    assert arca.call("FEParamGetPtosVenta").codes("Err") == [602]


@pytest.mark.parametrize(
    ("letter", "ids"),
    [("C", {1, 6, 13, 16, 4, 5, 7, 8, 9, 10, 15}), ("A", {1, 6, 13, 16}), ("49", {5})],
)
def test_vat_conditions_are_listed_by_class(arca: ArcaClient, letter: str, ids: set[int]) -> None:
    answer = arca.call("FEParamGetCondicionIvaReceptor", f"<ClaseCmp>{letter}</ClaseCmp>")

    assert set(map(int, answer.texts("Id"))) == ids


def test_parameter_tables_leave_their_end_open_with_the_text_null(arca: ArcaClient) -> None:
    answer = arca.call("FEParamGetTiposCbte")

    assert "11" in answer.texts("Id")
    assert set(answer.texts("FchHasta")) == {"NULL"}
