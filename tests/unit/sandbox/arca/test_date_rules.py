from datetime import date, timedelta

import pytest

from tests.unit.sandbox.arca.builders import TODAY, an_invoice_c, circumstances, codes_of

SERVICE = {"service_from": "20261101", "service_to": "20261101", "payment_due": "20261231"}


@pytest.mark.parametrize(
    ("days", "codes"), [(-6, [10016]), (-5, []), (0, []), (5, []), (6, [10016])]
)
def test_goods_are_dated_within_five_days(days: int, codes: list[int]) -> None:
    invoice = an_invoice_c(date=f"{TODAY + timedelta(days=days):%Y%m%d}")

    assert codes_of(invoice) == codes


@pytest.mark.parametrize(("days", "codes"), [(-11, [10016]), (-10, []), (10, []), (11, [10016])])
def test_services_are_dated_within_ten_days(days: int, codes: list[int]) -> None:
    invoice = an_invoice_c(concept=2, date=f"{TODAY + timedelta(days=days):%Y%m%d}", **SERVICE)

    assert codes_of(invoice) == codes


@pytest.mark.parametrize(("concept", "codes"), [(1, [10152]), (2, [])])
def test_goods_are_not_dated_into_another_month(concept: int, codes: list[int]) -> None:
    service = SERVICE if concept == 2 else {}
    invoice = an_invoice_c(concept=concept, date="20261201", **service)

    assert codes_of(invoice, circumstances(today=date(2026, 11, 28))) == codes


@pytest.mark.parametrize("field", ["service_from", "service_to", "payment_due"])
@pytest.mark.parametrize("concept", [2, 3])
def test_services_have_all_three_dates(concept: int, field: str) -> None:
    invoice = an_invoice_c(concept=concept, **(SERVICE | {field: ""}))

    assert codes_of(invoice) == [10049]


@pytest.mark.parametrize(
    ("field", "code"),
    [("service_from", 10031), ("service_to", 10033), ("payment_due", 10035)],
)
def test_one_of_the_three_dates_forces_the_others_for_goods_too(field: str, code: int) -> None:
    invoice = an_invoice_c(**(SERVICE | {field: ""}))

    assert codes_of(invoice) == [code]


@pytest.mark.parametrize("text", ["2026-11-22", "20260230", "hoy"])
def test_what_is_no_date_is_refused(text: str) -> None:
    assert codes_of(an_invoice_c(date=text)) == [10016]
