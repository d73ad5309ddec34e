import re
from datetime import datetime, timedelta

import pytest

from tests.integration.sandbox.arca_client import ArcaClient, vat_line
from tests.integration.sandbox.running import ISSUER, RunningSandbox

COMPANY = 30000000007


def associated_voucher(voucher_type: int, number: int) -> str:
    return (
        f"<CbtesAsoc><CbteAsoc><Tipo>{voucher_type}</Tipo><PtoVta>1</PtoVta><Nro>{number}</Nro>"
        "</CbteAsoc></CbtesAsoc>"
    )


def test_the_first_invoice_of_a_series_gets_a_cae(arca: ArcaClient) -> None:
    answer = arca.request_cae(arca.record_c(1))

    assert answer.texts("Resultado") == ["A", "A"]
    assert re.fullmatch(r"\d{14}", answer.text("CAE"))
    assert answer.text("CAEFchVto") == arca.today(days=10)
    assert answer.text("Reproceso") == "N"
    assert not answer.has("Errors")
    assert not answer.has("Observaciones")


def test_the_series_goes_on_after_an_authorised_invoice(arca: ArcaClient) -> None:
    before = arca.last_number()
    arca.request_cae(arca.record_c(1))

    after = arca.last_number()

    assert (before, after) == (0, 1)


def test_an_authorised_invoice_is_found_as_it_was_sent_without_padding(arca: ArcaClient) -> None:
    authorised = arca.request_cae(arca.record_b(1), voucher_type=6)

    found = arca.look_up(1, voucher_type=6)

    assert found.text("CodAutorizacion") == authorised.text("CAE")
    assert found.text("FchVto") == authorised.text("CAEFchVto")
    assert found.text("EmisionTipo") == "CAE"
    assert found.text("ImpTotal") == "121"
    assert found.text("MonCotiz") == "1"
    assert found.texts("BaseImp") == ["100"]
    assert found.text("CondicionIVAReceptorId") == "5"
    assert found.text("CbteFch") == arca.today()


def test_what_was_never_authorised_is_not_found(arca: ArcaClient) -> None:
    answer = arca.look_up(7)

    assert answer.codes("Err") == [602]
    assert not answer.has("ResultGet")


@pytest.mark.parametrize("number", [1, 3])
def test_only_the_next_number_is_authorised(arca: ArcaClient, number: int) -> None:
    arca.request_cae(arca.record_c(1))

    answer = arca.request_cae(arca.record_c(number))

    assert answer.codes("Err") == [10016]
    assert answer.codes("Obs") == []
    assert answer.texts("Resultado") == ["R", "R"]
    assert answer.text("CAE") == ""
    assert arca.last_number() == 1


def test_a_rejected_record_does_not_consume_its_number(arca: ArcaClient) -> None:
    rejected = arca.request_cae(arca.record_c(1, ImpTotal="1.00"))

    answer = arca.request_cae(arca.record_c(1))

    assert rejected.codes("Obs") == [10048]
    assert answer.text("Resultado") == "A"


def test_a_batch_is_authorised_up_to_its_first_rejection(arca: ArcaClient) -> None:
    answer = arca.request_cae(
        arca.record_c(1), arca.record_c(2, ImpTotal="1.00"), arca.record_c(3), arca.record_c(4)
    )

    caes = answer.texts("CAE")
    assert answer.texts("Resultado") == ["P", "A", "R", "R", "R"]
    assert [bool(cae) for cae in caes] == [True, False, False, False]
    assert answer.codes("Obs") == [10048]
    assert arca.last_number() == 1


def test_a_batch_with_a_bad_first_number_is_rejected_with_one_error(arca: ArcaClient) -> None:
    answer = arca.request_cae(*(arca.record_c(number) for number in range(5, 15)))

    assert answer.texts("Resultado") == ["R"] * 11
    assert answer.codes("Err") == [10016]
    assert answer.codes("Obs") == []


def test_a_full_batch_gets_as_many_different_caes(arca: ArcaClient) -> None:
    answer = arca.request_cae(*(arca.record_c(number) for number in range(1, 251)))

    assert answer.text("Resultado") == "A"
    assert len(set(answer.texts("CAE"))) == 250


def test_series_are_counted_apart(arca: ArcaClient) -> None:
    arca.request_cae(arca.record_c(1))

    other_point_of_sale = arca.request_cae(arca.record_c(1), point_of_sale=2)
    other_type = arca.request_cae(arca.record_b(1), voucher_type=6)

    assert other_point_of_sale.text("Resultado") == "A"
    assert other_type.text("Resultado") == "A"


def test_dates_never_go_backwards_within_a_series(arca: ArcaClient) -> None:
    arca.request_cae(arca.record_c(1, FchVtoPago=arca.today(9), CbteFch=arca.today(2)))

    answer = arca.request_cae(arca.record_c(2))

    assert answer.codes("Err") == [10016]


def test_a_record_without_a_date_gets_the_day_it_is_processed(arca: ArcaClient) -> None:
    answer = arca.request_cae(arca.record_c(1, CbteFch=None))

    assert answer.text("Resultado") == "A"
    assert answer.text("CbteFch") == arca.today()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Concepto": "4"}, 10030),
        ({"CbteHasta": "2"}, 10012),
        ({"DocTipo": "99", "DocNro": "12345678"}, 10015),
        ({"DocTipo": "80", "DocNro": "20123456780"}, 10015),
        ({"DocTipo": "80", "DocNro": str(ISSUER)}, 10069),
        ({"CbteFch": "20261301"}, 10016),
        ({"FchServDesde": None}, 10049),
        ({"FchServHasta": "20200101"}, 10032),
        ({"FchVtoPago": "20200101"}, 10036),
        ({"Concepto": "1", "FchServDesde": None}, 10031),
        ({"MonId": "XXX"}, 10037),
        ({"MonCotiz": "1.5"}, 10039),
        ({"MonId": "DOL", "MonCotiz": None}, 10038),
        ({"MonId": "DOL", "MonCotiz": "1"}, 10119),
        ({"CanMisMonExt": "S"}, 10241),
        ({"CondicionIVAReceptorId": None}, 10246),
        ({"CondicionIVAReceptorId": "3"}, 10242),
        ({"PeriodoAsoc": "<FchDesde>20261101</FchDesde><FchHasta>20261102</FchHasta>"}, 10198),
        ({"Iva": vat_line(5, "45000.00", "9450.00")}, 10071),
        ({"ImpTotConc": "10", "ImpTotal": "45010.00"}, 10043),
        ({"ImpOpEx": "10"}, 10044),
        ({"ImpIVA": "9450"}, 10047),
        ({"ImpTotal": "45010.00"}, 10048),
        ({"ImpNeto": "-1"}, 10045),
        ({"ImpTrib": "100", "ImpTotal": "45100.00"}, 10024),
    ],
)
def test_an_invoice_of_class_c_is_rejected_with(
    arca: ArcaClient, changes: dict[str, str | None], code: int
) -> None:
    answer = arca.request_cae(arca.record_c(1, **changes))

    assert answer.text("Resultado") == "R"
    assert code in answer.codes("Obs")
    assert answer.codes("Err") == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CondicionIVAReceptorId": "1"}, 10243),
        ({"ImpTotal": "12100000.00", "ImpNeto": "10000000", "ImpIVA": "2100000"}, 10015),
        ({"Iva": None}, 10018),
        ({"Iva": None, "ImpIVA": "0", "ImpTotal": "100"}, 10070),
        ({"Iva": vat_line(5, "100.00", "20.00")}, 10023),
        ({"Iva": vat_line(5, "90.00", "21.00")}, 10061),
        ({"Iva": vat_line(4, "100.00", "21.00")}, 10051),
        ({"Iva": vat_line(7, "100.00", "21.00")}, 10019),
        ({"Iva": vat_line(5, "50", "10.50") * 2}, 10022),
    ],
)
def test_an_invoice_of_class_b_is_rejected_with(
    arca: ArcaClient, changes: dict[str, str | None], code: int
) -> None:
    answer = arca.request_cae(arca.record_b(1, **changes), voucher_type=6)

    assert answer.text("Resultado") == "R"
    assert code in answer.codes("Obs")


def test_class_a_demands_a_cuit_and_a_registered_receiver(arca: ArcaClient) -> None:
    anonymous = arca.request_cae(arca.record_b(1, CondicionIVAReceptorId="1"), voucher_type=1)

    identified = arca.request_cae(
        arca.record_b(1, CondicionIVAReceptorId="1", DocTipo="80", DocNro=str(COMPANY)),
        voucher_type=1,
    )

    assert 10013 in anonymous.codes("Obs")
    assert identified.text("Resultado") == "A"


def test_a_missing_vat_condition_can_be_a_mere_warning(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    sandbox.http.patch("/sandbox/arca/behaviour", json={"vat_condition_required": False})

    answer = arca.request_cae(arca.record_c(1, CondicionIVAReceptorId=None))

    assert answer.text("Resultado") == "A"
    assert answer.codes("Obs") == [10245]


@pytest.mark.parametrize(
    ("associated", "codes"),
    [
        ("", [10197]),
        (associated_voucher(6, 1), [10040]),
        (associated_voucher(11, 9), [10041]),
        (associated_voucher(11, 1), []),
    ],
)
def test_a_credit_note_names_what_it_corrects(
    arca: ArcaClient, associated: str, codes: list[int]
) -> None:
    arca.request_cae(arca.record_c(1))

    answer = arca.request_cae(arca.record_c(1) + associated, voucher_type=13)

    assert answer.codes("Obs") == codes


def test_tributes_are_added_up(arca: ArcaClient) -> None:
    tribute = (
        "<Tributo><Id>99</Id><Desc>Tasa municipal</Desc><BaseImp>45000</BaseImp><Alic>1</Alic>"
        "<Importe>450</Importe></Tributo>"
    )

    agreeing = arca.record_c(1, ImpTrib="450", ImpTotal="45450", Tributos=tribute)
    differing = arca.record_c(2, ImpTrib="500", ImpTotal="45500", Tributos=tribute)
    answer = arca.request_cae(agreeing, differing)

    assert answer.texts("Resultado") == ["P", "A", "R"]
    assert answer.codes("Obs") == [10029]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"count": 0}, 10001),
        ({"count": 9999}, 10001),
        ({"count": 2}, 10002),
        ({"point_of_sale": 0}, 10004),
        ({"voucher_type": 0}, 10006),
        ({"voucher_type": 81}, 10007),
    ],
)
def test_a_bad_header_rejects_the_whole_request(
    arca: ArcaClient, options: dict[str, int], code: int
) -> None:
    answer = arca.request_cae(arca.record_c(1), **options)

    assert answer.codes("Err") == [code]
    assert answer.text("Resultado") == "R"
    assert not answer.has("FeDetResp")


def test_a_request_holds_no_more_records_than_announced(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    sandbox.http.patch("/sandbox/arca/behaviour", json={"records_per_request": 2})

    announced = arca.call("FECompTotXRequest")
    answer = arca.request_cae(*(arca.record_c(number) for number in (1, 2, 3)))

    assert announced.text("RegXReq") == "2"
    assert answer.codes("Err") == [10003]


def test_credit_invoices_come_one_by_one(arca: ArcaClient) -> None:
    answer = arca.request_cae(arca.record_c(1), arca.record_c(2), voucher_type=211)

    assert answer.codes("Err") == [10003]


def test_the_day_is_that_of_argentina(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    now = sandbox.clock.now()
    after_midnight_utc = (now + timedelta(days=1)).replace(hour=1, minute=0)
    sandbox.clock.advance(after_midnight_utc - now)
    arca.forget_ticket()

    answer = arca.request_cae(arca.record_c(1, CbteFch=None))

    processed = datetime.strptime(answer.text("FchProceso") + "-0300", "%Y%m%d%H%M%S%z")
    assert answer.text("CbteFch") == f"{now:%Y%m%d}"
    assert processed == after_midnight_utc.replace(microsecond=0)
