from dataclasses import replace
from decimal import Decimal

import pytest

from sandbox.arca.voucher import Associated
from tests.unit.sandbox.arca.builders import ISSUER, an_invoice_c, circumstances, codes_of

ORIGINAL = Associated(type=11, point_of_sale=1, number=7, cuit="", date="")
CBU = "2850590940090418135201"


def test_a_note_over_more_than_its_original_is_warned_about() -> None:
    note = an_invoice_c(type=13, associated=(ORIGINAL,))

    assert codes_of(note, circumstances(total_of=lambda _: Decimal(99))) == [10237]
    assert codes_of(note, circumstances(total_of=lambda _: Decimal(100))) == []


def test_a_voucher_of_another_issuer_is_not_looked_up() -> None:
    note = an_invoice_c(type=13, associated=(replace(ORIGINAL, cuit="30000000007"),))

    assert codes_of(note) == []


@pytest.mark.parametrize(
    ("associated", "codes"),
    [
        ((ORIGINAL, ORIGINAL), [10060]),
        ((replace(ORIGINAL, type=6),), [10040]),
        ((replace(ORIGINAL, point_of_sale=0),), [10058]),
        ((replace(ORIGINAL, number=0),), [10059]),
        ((replace(ORIGINAL, cuit="123"),), [10151]),
    ],
)
def test_a_bad_reference_is_refused(associated: tuple[Associated, ...], codes: list[int]) -> None:
    note = an_invoice_c(type=13, associated=associated)

    assert codes_of(note, circumstances(total_of=lambda _: Decimal(100))) == codes


def test_an_invoice_refers_to_no_other_invoice() -> None:
    assert codes_of(an_invoice_c(associated=(ORIGINAL,))) == [10040]


def test_a_period_takes_the_place_of_an_original() -> None:
    note = an_invoice_c(type=12, period=("20261101", "20261130"))

    assert codes_of(note) == []


@pytest.mark.parametrize(
    ("optionals", "codes"),
    [
        ((("2101", CBU), ("27", "SCA")), []),
        ((("2101", CBU), ("27", "XYZ")), [10215]),
        ((("2101", CBU),), [10216]),
        ((("27", "ADC"),), [10168]),
    ],
)
def test_a_credit_invoice_says_where_it_is_paid(
    optionals: tuple[tuple[str, str], ...], codes: list[int]
) -> None:
    invoice = an_invoice_c(
        type=211,
        document_type=80,
        document_number=30000000007,
        vat_condition=1,
        payment_due="20261231",
        optionals=optionals,
    )

    assert codes_of(invoice) == codes


def test_a_note_of_a_credit_invoice_names_issuer_and_date() -> None:
    original = Associated(type=211, point_of_sale=1, number=7, cuit="", date="")
    complete = replace(original, cuit=str(ISSUER), date="20261120")
    note = an_invoice_c(type=213, document_type=80, document_number=30000000007, vat_condition=1)

    around = circumstances(total_of=lambda _: Decimal(100))

    assert codes_of(replace(note, associated=(original,)), around) == [10151, 10158]
    assert codes_of(replace(note, associated=(complete,)), around) == []
