"""ARCA by the sandbox: documents of every class, refusals, lost answers, tickets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.afip.authority import (
    ArcaAuthority,
    ArcaOutcomeUnknownError,
    ArcaUnavailableError,
)
from domain.clock import business_day
from domain.errors import TemporaryError
from domain.invoicing.amounts import Amounts
from domain.invoicing.comprobante import (
    AuthorityRefusedError,
    Authorization,
    AuthorizationRequest,
    Rejection,
    RejectionKind,
)
from domain.invoicing.comprobante_tipo import ComprobanteTipo, comprobante_tipo_for
from domain.invoicing.invoice import Invoice
from domain.invoicing.issuer import CondicionIva
from domain.invoicing.receiver import CondicionIvaReceptor, DocumentType, Receiver
from tests.integration.afip.conftest import ArcaOfSandbox
from tests.support.invoice_builders import a_company, a_receiver, an_invoice, an_issuer

ANONYMOUS = a_receiver(document_type=None, document_number="")


def today(arca: ArcaOfSandbox) -> date:
    return business_day(arca.sandbox.clock.now())


def an_invoice_of_today(arca: ArcaOfSandbox, receiver: Receiver, issuer: CondicionIva) -> Invoice:
    tipo = comprobante_tipo_for(issuer, receiver.condicion_iva)
    is_class_c = tipo is ComprobanteTipo.FACTURA_C
    day = today(arca)
    return an_invoice(
        issuer=an_issuer(condicion_iva=issuer),
        receiver=receiver,
        comprobante_tipo=tipo,
        amounts=Amounts.without_iva(12_345_67) if is_class_c else Amounts.including_iva(12_345_67),
        service_from=day,
        service_to=day,
        payment_due_date=day + timedelta(days=10),
    )


def a_request(
    arca: ArcaOfSandbox,
    number: int = 1,
    *,
    receiver: Receiver | None = None,
    issuer: CondicionIva = CondicionIva.RESPONSABLE_INSCRIPTO,
    issue_date: date | None = None,
) -> AuthorizationRequest:
    invoice = an_invoice_of_today(arca, receiver or a_receiver(), issuer)
    submitted = invoice.submit(number, issue_date or today(arca), at=arca.sandbox.clock.now())
    return submitted.authorization_request()


@pytest.mark.parametrize(
    ("receiver", "issuer"),
    [
        pytest.param(a_company(), CondicionIva.RESPONSABLE_INSCRIPTO, id="A"),
        pytest.param(
            a_company(condicion_iva=CondicionIvaReceptor.MONOTRIBUTO),
            CondicionIva.RESPONSABLE_INSCRIPTO,
            id="A to a monotributista",
        ),
        pytest.param(a_receiver(), CondicionIva.RESPONSABLE_INSCRIPTO, id="B to a DNI"),
        pytest.param(ANONYMOUS, CondicionIva.RESPONSABLE_INSCRIPTO, id="B to anybody"),
        pytest.param(
            a_company(condicion_iva=CondicionIvaReceptor.EXENTO),
            CondicionIva.RESPONSABLE_INSCRIPTO,
            id="B to an exempt company",
        ),
        pytest.param(a_company(), CondicionIva.MONOTRIBUTO, id="C to a company"),
        pytest.param(ANONYMOUS, CondicionIva.EXENTO, id="C to anybody"),
    ],
)
async def test_every_class_is_authorised_and_found_as_it_was_sent(
    arca: ArcaOfSandbox, authority: ArcaAuthority, receiver: Receiver, issuer: CondicionIva
) -> None:
    request = a_request(arca, receiver=receiver, issuer=issuer)
    series = request.comprobante.series

    before = await authority.last_authorized(series)
    outcome = await authority.authorize(request)
    after = await authority.last_authorized(series)
    found = await authority.find(series, 1)

    assert (before, after) == (0, 1)
    assert isinstance(outcome, Authorization)
    assert found is not None
    assert found.comprobante == request.comprobante
    assert found.authorization.cae == outcome.cae
    assert found.authorization.cae_due_date == outcome.cae_due_date


@pytest.mark.parametrize("minor", [1, 10, 99, 12_345_67, 999_999_99, 9_999_999_999_999])
async def test_amounts_of_any_size_pass_arcas_identities(
    arca: ArcaOfSandbox, authority: ArcaAuthority, minor: int
) -> None:
    invoice = an_invoice_of_today(arca, a_receiver(), CondicionIva.RESPONSABLE_INSCRIPTO)
    invoice = replace(invoice, amounts=Amounts.including_iva(minor))
    submitted = invoice.submit(1, today(arca), at=arca.sandbox.clock.now())
    request = submitted.authorization_request()

    outcome = await authority.authorize(request)
    found = await authority.find(request.comprobante.series, 1)

    assert isinstance(outcome, Authorization)
    assert found is not None
    assert found.comprobante == request.comprobante


async def test_a_document_that_does_not_exist_is_none(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    assert await authority.find(a_request(arca).comprobante.series, 1) is None


async def test_a_number_that_is_not_the_next_one_is_out_of_sequence(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    outcome = await authority.authorize(a_request(arca, 2))

    assert isinstance(outcome, Rejection)
    assert outcome.kind is RejectionKind.OUT_OF_SEQUENCE


async def test_a_date_outside_the_window_is_refused_as_such(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    request = a_request(arca, issue_date=today(arca) - timedelta(days=11))

    outcome = await authority.authorize(request)

    assert isinstance(outcome, Rejection)
    assert outcome.kind is RejectionKind.DATE


async def test_a_document_with_a_wrong_number_is_refused_in_words(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    wrong = a_receiver(document_type=DocumentType.CUIL, document_number="20123456785")

    outcome = await authority.authorize(a_request(arca, receiver=wrong))

    assert isinstance(outcome, Rejection)
    assert (outcome.kind, outcome.code) == (RejectionKind.DOCUMENT, "10015")
    assert "documento" in outcome.explanation


async def test_who_did_not_delegate_to_us_is_told_to(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    request = a_request(arca)
    cuit = request.comprobante.series.cuit
    arca.sandbox.http.put(f"/sandbox/arca/delegations/{cuit}", json={"delegated": False})

    outcome = await authority.authorize(request)
    with pytest.raises(AuthorityRefusedError) as refusal:
        await authority.last_authorized(request.comprobante.series)

    assert isinstance(outcome, Rejection)
    assert (outcome.kind, outcome.code) == (RejectionKind.SETUP, "600")
    assert refusal.value.rejection.kind is RejectionKind.SETUP


@pytest.mark.parametrize(
    ("kind", "details", "is_done"),
    [
        ("answer_lost", {}, True),
        ("hang_after", {"seconds": 6}, True),
        ("error_after", {"code": 501}, True),
        ("down", {}, False),
        ("http_500", {}, False),
        ("throttled", {}, False),
        ("error", {"code": 502}, False),
    ],
)
async def test_a_fault_leaves_the_outcome_unknown_until_it_is_looked_up(
    arca: ArcaOfSandbox,
    authority: ArcaAuthority,
    *,
    kind: str,
    details: dict[str, object],
    is_done: bool,
) -> None:
    request = a_request(arca)
    arca.sandbox.put_fault("arca.wsfe.FECAESolicitar", kind, times=1, **details)

    with pytest.raises(ArcaOutcomeUnknownError):
        await authority.authorize(request)
    found = await authority.find(request.comprobante.series, 1)

    assert (found is not None) == is_done


@pytest.mark.parametrize("kind", ["answer_lost", "down", "http_500", "throttled"])
async def test_a_query_that_fails_may_simply_be_asked_again(
    arca: ArcaOfSandbox, authority: ArcaAuthority, kind: str
) -> None:
    series = a_request(arca).comprobante.series
    arca.sandbox.put_fault("arca.wsfe.FECompUltimoAutorizado", kind, times=1)

    with pytest.raises(ArcaUnavailableError):
        await authority.last_authorized(series)

    assert await authority.last_authorized(series) == 0


async def test_a_ticket_that_runs_out_is_renewed_without_being_noticed(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    series = a_request(arca).comprobante.series
    await authority.last_authorized(series)
    arca.sandbox.clock.advance(timedelta(hours=13))

    assert await authority.last_authorized(series) == 0
    assert len(arca.sandbox.received(service="arca.wsaa")) == 2


async def test_a_login_that_wsaa_will_not_repeat_is_waited_for(
    arca: ArcaOfSandbox, authority: ArcaAuthority
) -> None:
    series = a_request(arca).comprobante.series
    arca.sandbox.put_fault("arca.wsaa", "answer_lost", times=1)

    with pytest.raises(TemporaryError):
        await authority.last_authorized(series)
    with pytest.raises(TemporaryError) as second:
        await authority.last_authorized(series)

    assert (second.value.retry_after_seconds or 0) > 30
    assert len(arca.sandbox.received(service="arca.wsaa")) == 1
