"""The states of an invoice, and what it tells ARCA and the customer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.invoicing.comprobante import SERVICES
from domain.invoicing.customer_notice import argentine_amount, invoice_notice
from domain.invoicing.invoice import (
    NEXT_STATES,
    FiscalState,
    Invoice,
    InvoiceTransitionRefusedError,
)
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.money import Money
from tests.support.clocks import MORNING
from tests.support.invoice_builders import A_FAILURE, TODAY, an_invoice, authorized

SUBMITTED = an_invoice().submit(17, TODAY, at=MORNING)

TRANSITIONS: dict[FiscalState, Callable[[Invoice], Invoice]] = {
    FiscalState.SUBMITTED: lambda invoice: invoice.submit(1, TODAY, at=MORNING),
    FiscalState.PENDING: lambda invoice: invoice.withdraw(MORNING),
    FiscalState.AUTHORIZED: lambda invoice: invoice.authorize(authorized(SUBMITTED), MORNING),
    FiscalState.FAILED: lambda invoice: invoice.fail(A_FAILURE, MORNING),
}


@pytest.mark.parametrize("wanted", TRANSITIONS)
@pytest.mark.parametrize("current", FiscalState)
def test_only_the_transitions_of_the_table_happen(
    current: FiscalState, wanted: FiscalState
) -> None:
    invoice = an_invoice(fiscal_state=current)

    if wanted in NEXT_STATES[current]:
        moved = TRANSITIONS[wanted](invoice)

        assert (moved.fiscal_state, moved.version) == (wanted, invoice.version + 1)
    else:
        with pytest.raises(InvoiceTransitionRefusedError) as refusal:
            TRANSITIONS[wanted](invoice)

        assert refusal.value.metadata["current_state"] == current


@pytest.mark.parametrize("current", FiscalState)
def test_only_a_failed_invoice_begins_anew(current: FiscalState) -> None:
    invoice = an_invoice(fiscal_state=current, failure=A_FAILURE)

    if current is FiscalState.FAILED:
        begun = invoice.begin_anew(MORNING)

        assert (begun.fiscal_state, begun.failure) == (FiscalState.PENDING, None)
        assert begun.version == invoice.version + 1
    else:
        with pytest.raises(InvoiceTransitionRefusedError):
            invoice.begin_anew(MORNING)


def test_a_failed_invoice_gives_its_number_back() -> None:
    failed = SUBMITTED.fail(A_FAILURE, MORNING)

    assert (failed.number, failed.issue_date, failed.failure) == (None, None, A_FAILURE)


def test_a_withdrawn_invoice_gives_its_number_back() -> None:
    withdrawn = SUBMITTED.withdraw(MORNING)

    assert (withdrawn.number, withdrawn.issue_date) == (None, None)


def test_the_payment_is_never_due_before_the_invoice_is_issued() -> None:
    late = an_invoice().submit(1, TODAY + timedelta(days=3), at=MORNING)

    assert late.payment_due_date == TODAY + timedelta(days=3)


def test_an_invoice_without_a_number_asks_for_nothing() -> None:
    with pytest.raises(InvoiceTransitionRefusedError):
        an_invoice().authorization_request()


def test_the_request_says_what_the_invoice_says() -> None:
    request = SUBMITTED.authorization_request()

    comprobante = request.comprobante
    assert comprobante.series == SUBMITTED.series_key
    assert (comprobante.number, comprobante.issue_date) == (17, TODAY)
    assert (comprobante.concepto, comprobante.amounts) == (SERVICES, SUBMITTED.amounts)
    assert (comprobante.service_from, comprobante.payment_due_date) == (TODAY, TODAY)
    assert request.condicion_iva_receptor is SUBMITTED.receiver.condicion_iva


def test_the_customer_is_told_number_cae_and_total() -> None:
    valid = SUBMITTED.authorize(authorized(SUBMITTED), MORNING)

    notice = invoice_notice(valid, "+5491155550123")

    assert notice.parameters == (
        "Ana Clienta",
        "17",
        "Factura B 00002-00000017",
        valid.cae,
        "$ 121.000,00",
    )
    assert len(notice.parameters) == JOB_COMPLETED_INVOICE.blanks


@pytest.mark.parametrize(
    ("minor", "text"), [(5, "$ 0,05"), (123_456, "$ 1.234,56"), (1_000_000_000, "$ 10.000.000,00")]
)
def test_amounts_are_written_as_in_argentina(minor: int, text: str) -> None:
    assert argentine_amount(Money(minor)) == text
