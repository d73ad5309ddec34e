from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.sandbox.arca.builders import a_vat_line, an_invoice_b, an_invoice_c, codes_of


@pytest.mark.parametrize(
    ("total", "codes"),
    [
        ("121.00", []),
        ("121.01", []),
        ("121.02", [10048]),
        ("120.98", [10048]),
    ],
)
def test_the_total_is_the_sum_of_its_parts_within_a_centavo(total: str, codes: list[int]) -> None:
    invoice = an_invoice_b(total=total, net="100", vat="21", lines=(a_vat_line(5, "100", "21"),))

    assert codes_of(invoice) == codes


def test_a_large_total_may_be_off_by_a_ten_thousandth() -> None:
    lines = (a_vat_line(5, "1000000", "210000"),)

    near = an_invoice_b(total="1210120", net="1000000", vat="210000", lines=lines)
    far = an_invoice_b(total="1210122", net="1000000", vat="210000", lines=lines)

    assert (codes_of(near), codes_of(far)) == ([], [10048])


@pytest.mark.parametrize(("vat", "codes"), [("31.52", []), ("31.53", [10023])])
def test_the_vat_is_the_sum_of_its_lines_within_a_centavo_each(vat: str, codes: list[int]) -> None:
    lines = (a_vat_line(5, "100", "21"), a_vat_line(4, "100", "10.50"))
    total = Decimal(200) + Decimal(vat)

    invoice = an_invoice_b(total=str(total), net="200", vat=vat, lines=lines)

    assert codes_of(invoice) == codes


@pytest.mark.parametrize(
    ("rate", "vat"),
    [(3, "0"), (4, "10.50"), (5, "21"), (6, "27"), (8, "5"), (9, "2.50")],
)
def test_every_rate_has_its_percentage(rate: int, vat: str) -> None:
    total = str(Decimal(100) + Decimal(vat))

    invoice = an_invoice_b(total=total, net="100", vat=vat, lines=(a_vat_line(rate, "100", vat),))

    assert codes_of(invoice) == []


def test_the_vat_lines_of_a_note_need_not_add_up() -> None:
    lines = (a_vat_line(5, "0", "21"),)
    note = replace(
        an_invoice_b(total="121", net="100", vat="21", lines=lines),
        type=8,
        period=("20261101", "20261102"),
    )

    assert codes_of(note) == []


@pytest.mark.parametrize("amount", ["100.001", "1e15", "1e30"])
def test_amounts_have_thirteen_digits_and_two_decimals(amount: str) -> None:
    amounts = replace(an_invoice_c().amounts, net=Decimal(amount), total=Decimal(amount))

    codes = codes_of(an_invoice_c(amounts=amounts))

    assert set(codes) == {10056}
