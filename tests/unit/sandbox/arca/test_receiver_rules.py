from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.sandbox.arca.builders import (
    ISSUER,
    a_vat_line,
    an_invoice_b,
    an_invoice_c,
    codes_of,
)


@pytest.mark.parametrize(
    ("document_type", "number", "codes"),
    [
        (99, 0, []),
        (99, 12345678, [10015]),
        (96, 12345678, []),
        (96, 0, [10015]),
        (80, 30000000007, []),
        (80, 30000000008, [10015]),
        (80, 23000000000, []),
        (86, 20123456786, [10069]),
        (80, ISSUER, [10069]),
        (12, 12345678, [10015]),
    ],
)
def test_the_receivers_document_has_its_form(
    document_type: int, number: int, codes: list[int]
) -> None:
    invoice = an_invoice_c(document_type=document_type, document_number=number)

    assert codes_of(invoice) == codes


@pytest.mark.parametrize(
    ("total", "document", "codes"),
    [
        ("9999999.99", (99, 0), []),
        ("10000000", (99, 0), [10015]),
        ("10000000", (96, 12345678), []),
    ],
)
def test_from_the_threshold_on_a_final_consumer_of_class_b_is_identified(
    total: str, document: tuple[int, int], codes: list[int]
) -> None:
    exempt = replace(
        an_invoice_c(type=6, document_type=document[0], document_number=document[1]).amounts,
        total=Decimal(total),
        net=Decimal(0),
        exempt=Decimal(total),
    )
    invoice = an_invoice_c(
        type=6, document_type=document[0], document_number=document[1], amounts=exempt
    )

    assert codes_of(invoice) == codes


def test_a_range_of_anonymous_invoices_exists_in_class_b_only() -> None:
    lines = (a_vat_line(5, "100", "21"),)
    class_b = replace(an_invoice_b(total="121", net="100", vat="21", lines=lines), last=9)

    assert codes_of(class_b) == []
    assert codes_of(an_invoice_c(last=9)) == [10012]


@pytest.mark.parametrize(
    ("condition", "in_class_b", "in_class_c"),
    [
        (1, [10243], []),
        (6, [10243], []),
        (13, [10243], []),
        (16, [10243], []),
        (4, [], []),
        (5, [], []),
        (7, [], []),
        (8, [], []),
        (9, [], []),
        (10, [], []),
        (15, [], []),
        (2, [10242], [10242]),
        (0, [10246], [10246]),
    ],
)
def test_a_vat_condition_fits_the_class(
    condition: int, in_class_b: list[int], in_class_c: list[int]
) -> None:
    lines = (a_vat_line(5, "100", "21"),)
    class_b = an_invoice_b(total="121", net="100", vat="21", lines=lines)

    assert codes_of(replace(class_b, vat_condition=condition)) == in_class_b
    assert codes_of(an_invoice_c(vat_condition=condition)) == in_class_c
