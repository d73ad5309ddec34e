"""What an invoice may look like: class, receiver, amounts, dates."""

from datetime import date, timedelta
from itertools import combinations

import pytest

from domain.invoicing.amounts import Amounts, IvaLine
from domain.invoicing.comprobante_tipo import ComprobanteTipo, comprobante_tipo_for
from domain.invoicing.dates import check_issue_date, check_service_dates
from domain.invoicing.fiscal_rule import (
    AmountsRefusedError,
    DatesRefusedError,
    ReceiverRefusedError,
)
from domain.invoicing.identification_threshold import must_identify
from domain.invoicing.issuer import CondicionIva
from domain.invoicing.receiver import (
    ANONYMOUS,
    CondicionIvaReceptor,
    DocTipo,
    DocumentType,
    FiscalDocument,
    Receiver,
)
from domain.iva import IvaRate
from tests.support.builders import VALID_CUIT
from tests.support.invoice_builders import RECEIVER_CUIT, TODAY, a_company, a_receiver

RECEIVERS_OF_A = {
    CondicionIvaReceptor.RESPONSABLE_INSCRIPTO,
    CondicionIvaReceptor.MONOTRIBUTO,
    CondicionIvaReceptor.MONOTRIBUTO_SOCIAL,
    CondicionIvaReceptor.MONOTRIBUTO_PROMOVIDO,
}


@pytest.mark.parametrize("receiver", CondicionIvaReceptor)
def test_a_registered_issuer_makes_out_a_to_businesses_and_b_to_everybody_else(
    receiver: CondicionIvaReceptor,
) -> None:
    tipo = comprobante_tipo_for(CondicionIva.RESPONSABLE_INSCRIPTO, receiver)

    is_a = receiver in RECEIVERS_OF_A
    assert tipo is (ComprobanteTipo.FACTURA_A if is_a else ComprobanteTipo.FACTURA_B)


@pytest.mark.parametrize("issuer", [CondicionIva.MONOTRIBUTO, CondicionIva.EXENTO])
@pytest.mark.parametrize("receiver", CondicionIvaReceptor)
def test_other_issuers_make_out_c_to_everybody(
    issuer: CondicionIva, receiver: CondicionIvaReceptor
) -> None:
    assert comprobante_tipo_for(issuer, receiver) is ComprobanteTipo.FACTURA_C


@pytest.mark.parametrize(
    ("document_type", "number", "expected"),
    [
        (DocumentType.CUIT, RECEIVER_CUIT, FiscalDocument(DocTipo.CUIT, 20123456786)),
        (DocumentType.CUIL, "27123456780", FiscalDocument(DocTipo.CUIL, 27123456780)),
        (DocumentType.DNI, "08123456", FiscalDocument(DocTipo.DNI, 8123456)),
        (DocumentType.PASSPORT, "12345678", FiscalDocument(DocTipo.PASSPORT, 12345678)),
        (DocumentType.PASSPORT, "AAB123456", ANONYMOUS),
        (None, "", ANONYMOUS),
    ],
)
def test_documents_become_arcas_codes_and_those_with_letters_stay_anonymous(
    document_type: DocumentType | None, number: str, expected: FiscalDocument
) -> None:
    receiver = a_receiver(document_type=document_type, document_number=number)

    assert receiver.fiscal_document() == expected


def check(receiver: Receiver, *, gets_class_a: bool = False, total_minor: int = 100_00) -> None:
    receiver.check(
        gets_class_a=gets_class_a, issuer_cuit=VALID_CUIT, total_minor=total_minor, day=TODAY
    )


@pytest.mark.parametrize(
    ("receiver", "gets_class_a", "total_minor"),
    [
        pytest.param(a_receiver(), True, 100_00, id="class A without a CUIT"),
        pytest.param(a_company(document_number=VALID_CUIT), True, 100_00, id="its own issuer"),
        pytest.param(
            a_receiver(document_type=None, document_number=""),
            False,
            10_000_000_00,
            id="anonymous from the threshold on",
        ),
        pytest.param(
            a_receiver(
                document_type=None,
                document_number="",
                condicion_iva=CondicionIvaReceptor.EXENTO,
            ),
            False,
            100_00,
            id="anonymous and not a final consumer",
        ),
    ],
)
def test_receivers_that_arca_would_refuse_are_refused_by_name(
    receiver: Receiver, *, gets_class_a: bool, total_minor: int
) -> None:
    with pytest.raises(ReceiverRefusedError) as refusal:
        check(receiver, gets_class_a=gets_class_a, total_minor=total_minor)

    assert refusal.value.field == "receiver.document"
    assert refusal.value.explanation


@pytest.mark.parametrize(
    ("receiver", "gets_class_a", "total_minor"),
    [
        pytest.param(a_company(), True, 20_000_000_00, id="a company"),
        pytest.param(a_receiver(), False, 20_000_000_00, id="a person with a DNI"),
        pytest.param(
            a_receiver(document_type=None, document_number=""),
            False,
            9_999_999_99,
            id="anonymous below the threshold",
        ),
    ],
)
def test_ordinary_receivers_are_accepted(
    receiver: Receiver, *, gets_class_a: bool, total_minor: int
) -> None:
    check(receiver, gets_class_a=gets_class_a, total_minor=total_minor)


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2026, 11, 20)])
def test_the_identification_threshold_includes_itself(day: date) -> None:
    assert not must_identify(9_999_999_99, day)
    assert must_identify(10_000_000_00, day)


@pytest.mark.parametrize("total_minor", [1, 2, 99, 100, 121, 12_100_000, 999_999_999_999_999])
@pytest.mark.parametrize("rate", IvaRate)
def test_a_price_splits_into_net_and_vat_that_pass_every_identity(
    total_minor: int, rate: IvaRate
) -> None:
    amounts = Amounts.including_iva(total_minor, rate)

    amounts.check(has_iva=True)
    assert amounts.net_minor + amounts.iva_minor == total_minor


def test_vat_of_21_percent_is_contained_in_the_price() -> None:
    amounts = Amounts.including_iva(12_100_000)

    assert (amounts.net_minor, amounts.iva_minor) == (10_000_000, 2_100_000)
    assert amounts.iva_lines == (IvaLine(IvaRate.TWENTY_ONE, 10_000_000, 2_100_000),)


def test_what_is_charged_at_several_rates_adds_up_at_each_of_them() -> None:
    amounts = Amounts.of_rates(
        {IvaRate.TWENTY_ONE: 12_100, IvaRate.TEN_AND_A_HALF: 11_051, IvaRate.ZERO: 500}
    )

    amounts.check(has_iva=True)
    assert amounts.iva_lines == (
        IvaLine(IvaRate.ZERO, 500, 0),
        IvaLine(IvaRate.TEN_AND_A_HALF, 10_001, 1_050),
        IvaLine(IvaRate.TWENTY_ONE, 10_000, 2_100),
    )
    assert (amounts.total_minor, amounts.net_minor, amounts.iva_minor) == (23_651, 20_501, 3_150)


SETS_OF_RATES = [
    rates for count in range(1, len(IvaRate) + 1) for rates in combinations(IvaRate, count)
]


@pytest.mark.parametrize("smallest", [1, 7, 333, 12_100, 99_999_999])
@pytest.mark.parametrize("rates", SETS_OF_RATES)
def test_what_is_charged_at_any_set_of_rates_passes_every_identity(
    rates: tuple[IvaRate, ...], smallest: int
) -> None:
    totals = {rate: smallest * factor for factor, rate in enumerate(rates, start=1)}

    amounts = Amounts.of_rates(totals)

    amounts.check(has_iva=True)
    assert amounts.total_minor == sum(totals.values())
    assert amounts.net_minor + amounts.iva_minor == amounts.total_minor


def test_class_c_knows_no_vat() -> None:
    amounts = Amounts.without_iva(12_100_000)

    amounts.check(has_iva=False)
    assert (amounts.net_minor, amounts.iva_minor, amounts.iva_lines) == (12_100_000, 0, ())


LINE = IvaLine(IvaRate.TWENTY_ONE, 10_000, 2_100)


@pytest.mark.parametrize(
    ("amounts", "has_iva", "field"),
    [
        (Amounts(total_minor=-1, net_minor=-1), False, "amounts.total"),
        (Amounts(total_minor=100, net_minor=98), False, "amounts.total"),
        (Amounts(total_minor=100, net_minor=100), True, "amounts.iva_lines"),
        (
            Amounts(total_minor=12_100, net_minor=10_000, iva_minor=2_100, iva_lines=(LINE,)),
            False,
            "amounts.iva",
        ),
        (
            Amounts(total_minor=14_200, net_minor=10_000, iva_minor=4_200, iva_lines=(LINE, LINE)),
            True,
            "amounts.iva_lines",
        ),
        (
            Amounts(total_minor=12_103, net_minor=10_000, iva_minor=2_103, iva_lines=(LINE,)),
            True,
            "amounts.iva",
        ),
        (
            Amounts(total_minor=12_103, net_minor=10_003, iva_minor=2_100, iva_lines=(LINE,)),
            True,
            "amounts.net",
        ),
        (
            Amounts(
                total_minor=12_103,
                net_minor=10_000,
                iva_minor=2_103,
                iva_lines=(IvaLine(IvaRate.TWENTY_ONE, 10_000, 2_103),),
            ),
            True,
            "amounts.iva_lines.amount",
        ),
        (
            Amounts(total_minor=10_000, net_minor=10_000, iva_lines=(IvaLine(7, 10_000, 0),)),
            True,
            "amounts.iva_lines.rate",
        ),
    ],
)
def test_amounts_that_do_not_add_up_are_refused_by_name(
    amounts: Amounts, *, has_iva: bool, field: str
) -> None:
    with pytest.raises(AmountsRefusedError) as refusal:
        amounts.check(has_iva=has_iva)

    assert refusal.value.field == field


@pytest.mark.parametrize("days", [-10, 0, 10])
def test_services_may_be_dated_ten_days_either_way(days: int) -> None:
    check_issue_date(TODAY + timedelta(days=days), today=TODAY, last_issue_date=None)


@pytest.mark.parametrize(
    ("issue_date", "last_issue_date"),
    [
        (TODAY - timedelta(days=11), None),
        (TODAY + timedelta(days=11), None),
        (TODAY, TODAY + timedelta(days=1)),
    ],
)
def test_dates_outside_the_window_or_before_the_series_are_refused(
    issue_date: date, last_issue_date: date | None
) -> None:
    with pytest.raises(DatesRefusedError) as refusal:
        check_issue_date(issue_date, today=TODAY, last_issue_date=last_issue_date)

    assert refusal.value.field == "issue_date"


@pytest.mark.parametrize(
    ("service_from", "payment_due_date", "field"),
    [
        (TODAY + timedelta(days=1), TODAY, "service_from"),
        (TODAY, TODAY - timedelta(days=1), "payment_due_date"),
    ],
)
def test_service_dates_out_of_order_are_refused_by_name(
    service_from: date, payment_due_date: date, field: str
) -> None:
    with pytest.raises(DatesRefusedError) as refusal:
        check_service_dates(
            service_from, TODAY, payment_due_date=payment_due_date, issue_date=TODAY
        )

    assert refusal.value.field == field
