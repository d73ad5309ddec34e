"""Invoices as the contract prints them: every state, every document, what is not there yet."""

from dataclasses import replace

import pytest
from google.type import date_pb2

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.type.v1 import fiscal_pb2
from domain.invoicing.comprobante import Observation
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.invoice import FiscalState, PaymentState
from domain.invoicing.receiver import CondicionIvaReceptor, DocumentType
from server.services.invoice_messages import invoice_to_proto
from tests.support.clocks import MORNING
from tests.support.invoice_builders import (
    A_FAILURE,
    TODAY,
    a_company,
    a_receiver,
    an_invoice,
    authorized,
)


@pytest.mark.parametrize("state", FiscalState)
def test_every_fiscal_state_has_its_name_in_the_contract(state: FiscalState) -> None:
    printed = invoice_to_proto(an_invoice(fiscal_state=state))

    assert Invoice.FiscalState.Name(printed.fiscal_state) == f"FISCAL_STATE_{state}"


@pytest.mark.parametrize("state", PaymentState)
def test_every_payment_state_has_its_name_in_the_contract(state: PaymentState) -> None:
    printed = invoice_to_proto(an_invoice(payment_state=state))

    assert Invoice.PaymentState.Name(printed.payment_state) == f"PAYMENT_STATE_{state}"


@pytest.mark.parametrize(
    ("tipo", "letter"),
    [
        (ComprobanteTipo.FACTURA_A, Invoice.LETTER_A),
        (ComprobanteTipo.FACTURA_B, Invoice.LETTER_B),
        (ComprobanteTipo.FACTURA_C, Invoice.LETTER_C),
    ],
)
def test_the_letter_goes_with_the_type(
    tipo: ComprobanteTipo, letter: "Invoice.Letter.ValueType"
) -> None:
    printed = invoice_to_proto(an_invoice(comprobante_tipo=tipo))

    assert (printed.comprobante_tipo, printed.letter) == (int(tipo), letter)


@pytest.mark.parametrize("condicion", CondicionIvaReceptor)
def test_receivers_are_printed_with_arcas_own_codes(condicion: CondicionIvaReceptor) -> None:
    printed = invoice_to_proto(an_invoice(receiver=a_company(condicion_iva=condicion)))

    assert printed.receiver.condicion_iva_receptor == int(condicion)


@pytest.mark.parametrize("kind", DocumentType)
def test_receivers_are_printed_with_their_document(kind: DocumentType) -> None:
    receiver = a_receiver(document_type=kind, document_number="20123456786")

    printed = invoice_to_proto(an_invoice(receiver=receiver))

    document = printed.receiver.document
    assert fiscal_pb2.IdentityDocument.Type.Name(document.type) == f"TYPE_{kind}"
    assert document.number == "20123456786"


def test_what_an_invoice_does_not_have_yet_stays_unset() -> None:
    anonymous = a_receiver(document_type=None, document_number="", address=None)

    printed = invoice_to_proto(an_invoice(receiver=anonymous))

    assert (printed.number, printed.cae) == (0, "")
    assert not printed.HasField("issue_date")
    assert not printed.HasField("cae_due_date")
    assert not printed.HasField("failure")
    assert not printed.HasField("authorize_time")
    assert not printed.receiver.HasField("document")
    assert not printed.receiver.HasField("address")


def test_a_valid_invoice_shows_what_arca_said() -> None:
    submitted = an_invoice().submit(17, TODAY, at=MORNING)
    document = authorized(submitted)
    remarks = (Observation(10217, "El receptor es monotributista"),)
    document = replace(
        document, authorization=replace(document.authorization, observations=remarks)
    )

    printed = invoice_to_proto(submitted.authorize(document, MORNING))

    assert (printed.number, printed.cae) == (17, document.authorization.cae)
    assert printed.issue_date == date_pb2.Date(year=2026, month=11, day=20)
    assert printed.cae_due_date == date_pb2.Date(year=2026, month=11, day=30)
    assert [(item.code, item.message) for item in printed.observations] == [
        (10217, "El receptor es monotributista")
    ]


def test_a_failed_invoice_shows_the_owner_what_to_do_and_keeps_arcas_words_to_itself() -> None:
    printed = invoice_to_proto(an_invoice().fail(A_FAILURE, MORNING))

    assert (printed.failure.code, printed.failure.message) == ("10015", "Revisá el documento.")
    assert "DocNro invalido" not in str(printed)
