"""How an invoice gets its CAE when ARCA answers, refuses, or says something odd."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.identifiers import TaskId
from domain.invoicing.comprobante import Comprobante, Rejection, RejectionKind
from domain.invoicing.fiscal_series import FiscalSeries, SeriesPosition
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.use_cases.submit_invoice import (
    OUTAGE_PARK_SECONDS,
    PATIENT_FROM_ATTEMPT,
)
from domain.operations.task import LeaseLostError, ParkTask
from tests.support.builders import an_organization_id
from tests.support.fake_authority import Fault, a_rejection
from tests.support.invoice_builders import TODAY, an_invoice
from tests.support.submission_scene import PHONE_NUMBER, SubmissionScene


def a_foreign_document(scene: SubmissionScene, number: int) -> Comprobante:
    submitted = an_invoice().submit(number, TODAY, at=scene.clock.now())
    comprobante = submitted.authorization_request().comprobante
    amounts = replace(comprobante.amounts, total_minor=1)
    return replace(comprobante, amounts=amounts)


async def test_an_invoice_gets_cae_number_and_dates() -> None:
    scene = SubmissionScene()

    invoice = await scene.attempt()

    (document,) = scene.documents()
    assert invoice.fiscal_state is FiscalState.AUTHORIZED
    assert (invoice.number, invoice.issue_date) == (1, TODAY)
    assert invoice.cae == document.authorization.cae
    assert invoice.cae_due_date == TODAY + timedelta(days=10)
    assert invoice == scene.invoice()


async def test_the_commit_that_stores_the_cae_finishes_the_task_and_tells_the_customer() -> None:
    scene = SubmissionScene()

    invoice = await scene.attempt()

    (message,) = scene.store.messages
    assert (message.phone_number, message.parameters[3]) == (PHONE_NUMBER, invoice.cae)
    assert scene.store.ledger.finished_tasks == [TaskId(scene.tasks[invoice.id])]
    assert [event.type for _, _, event in scene.store.ledger.events] == [
        "invoice_submitted",
        "invoice_authorized",
    ]


async def test_a_customer_without_a_number_is_not_written_to() -> None:
    scene = SubmissionScene()
    scene.store.phone_numbers.clear()

    await scene.attempt()

    assert not scene.store.messages


async def test_the_request_is_stored_before_it_is_sent() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.ANSWER_LOST)

    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()

    ((owner, request),) = scene.store.requests
    assert (owner, request) == (scene.ids[0], scene.authority.received[0])
    assert scene.invoice().fiscal_state is FiscalState.SUBMITTED


async def test_a_repeat_of_a_settled_task_asks_arca_nothing() -> None:
    scene = SubmissionScene()
    first = await scene.attempt()
    scene.authority.is_down = True

    again = await scene.attempt()

    assert again == first


async def test_a_new_series_begins_where_arca_is() -> None:
    scene = SubmissionScene()
    scene.authority.write_as_foreigner(a_foreign_document(scene, 41))

    invoice = await scene.attempt()

    assert invoice.number == 42


async def test_a_series_once_known_is_not_asked_for_again() -> None:
    scene = SubmissionScene(count=2)
    await scene.attempt(0)
    scene.authority.refuse_questions = a_rejection()

    invoice = await scene.attempt(1)

    assert invoice.number == 2


async def test_a_position_that_grew_old_on_its_way_is_not_used() -> None:
    scene = SubmissionScene(count=2)

    async def overtake() -> None:
        scene.authority.before_answers = None
        await scene.attempt(1)

    scene.authority.before_answers = overtake
    await scene.attempt(0)

    assert (scene.invoice(1).number, scene.invoice(0).number) == (1, 2)
    assert len(scene.authority.received) == 2


async def test_another_invoice_of_the_series_waits_while_an_outcome_is_unknown() -> None:
    scene = SubmissionScene(count=2)
    scene.authority.faults.append(Fault.ANSWER_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt(0)

    with pytest.raises(ParkTask) as parked:
        await scene.attempt(1)

    assert parked.value.parked_reason == "fiscal_series_busy"
    assert 0 < parked.value.park_seconds < 10


@pytest.mark.parametrize(
    ("busy", "seconds"),
    [
        (timedelta(0), 3),
        (timedelta(seconds=20), 20),
        (timedelta(hours=5), 60),
    ],
)
async def test_the_longer_a_series_is_busy_the_later_others_ask_again(
    busy: timedelta, seconds: float
) -> None:
    scene = SubmissionScene(count=2)
    scene.authority.faults.append(Fault.ANSWER_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt(0)
    scene.clock.advance(busy)

    with pytest.raises(ParkTask) as parked:
        await scene.attempt(1)

    assert parked.value.park_seconds == seconds


async def test_an_answer_that_was_lost_is_looked_up_and_its_cae_adopted() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.ANSWER_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()

    await scene.attempt()

    assert len(scene.authority.received) == 1
    scene.check_one_cae_each_and_no_gap()


async def test_a_request_that_was_lost_is_sent_again_as_it_was() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.REQUEST_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.clock.advance(timedelta(days=3))

    await scene.attempt()

    first, second = scene.authority.received
    assert first == second
    scene.check_one_cae_each_and_no_gap()


async def test_a_request_whose_date_passed_is_sent_again_under_its_number_with_todays() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.REQUEST_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.clock.advance(timedelta(days=11))

    invoice = await scene.attempt()

    assert [request.comprobante.number for request in scene.authority.received] == [1, 1]
    assert invoice.issue_date == TODAY + timedelta(days=11)
    assert invoice.payment_due_date >= invoice.issue_date


async def test_a_first_try_that_lands_late_with_its_old_date_is_still_ours() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.LATE)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.clock.advance(timedelta(days=11))

    invoice = await scene.attempt()

    dates = [request.comprobante.issue_date for request in scene.authority.received]
    assert dates == [TODAY, TODAY + timedelta(days=11)]
    assert invoice.issue_date == TODAY
    scene.check_one_cae_each_and_no_gap()


async def test_a_first_try_that_lands_late_is_found_after_the_second_is_refused() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.LATE)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()

    await scene.attempt()

    assert len(scene.authority.received) == 2
    scene.check_one_cae_each_and_no_gap()


async def test_a_request_that_never_left_keeps_its_number() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.UNREACHABLE)
    with pytest.raises(TemporaryError):
        await scene.attempt()

    await scene.attempt()

    scene.check_one_cae_each_and_no_gap()


async def test_a_foreign_document_under_our_number_is_noted_and_ours_takes_the_next() -> None:
    scene = SubmissionScene(count=2)
    await scene.attempt(0)
    scene.authority.write_as_foreigner(a_foreign_document(scene, 2))

    invoice = await scene.attempt(1)

    (series,) = scene.store.series.values()
    assert invoice.number == 3
    assert series.foreign_writer_at == scene.clock.now()
    assert "fiscal_series_foreign_writer_found" in [name for name, _ in scene.store.ledger.audits]


async def test_a_foreign_document_after_a_lost_request_is_not_taken_for_ours() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.REQUEST_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.authority.write_as_foreigner(a_foreign_document(scene, 1))

    invoice = await scene.attempt()

    assert invoice.number == 2
    assert invoice.cae == scene.documents()[1].authorization.cae


async def test_a_number_beyond_the_series_is_given_up_for_the_next_one() -> None:
    scene = SubmissionScene()
    key = scene.invoice().series_key
    scene.store.series[key] = FiscalSeries(
        key=key, organization_id=scene.organization_id, position=SeriesPosition(7, TODAY)
    )

    invoice = await scene.attempt()

    assert invoice.number == 1
    scene.check_one_cae_each_and_no_gap()


async def test_a_document_is_never_dated_before_the_last_one_of_its_series() -> None:
    scene = SubmissionScene()
    foreign = replace(a_foreign_document(scene, 1), issue_date=TODAY + timedelta(days=2))
    scene.authority.write_as_foreigner(foreign)

    invoice = await scene.attempt()

    assert invoice.issue_date == TODAY + timedelta(days=2)


async def test_a_series_that_runs_ahead_of_what_it_shows_stays_frozen() -> None:
    scene = SubmissionScene(count=2)
    await scene.attempt(0)
    scene.authority.faults.append(Fault.ANSWER_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt(1)
    hidden = scene.authority.documents.pop((scene.invoice(1).series_key, 2))
    later = replace(hidden, comprobante=replace(hidden.comprobante, number=3))
    scene.authority.documents[scene.invoice(1).series_key, 3] = later

    with pytest.raises(TemporaryError):
        await scene.attempt(1)

    assert scene.invoice(1).number == 2
    assert len(scene.authority.received) == 2


@pytest.mark.parametrize(
    "kind", [RejectionKind.DOCUMENT, RejectionKind.SETUP, RejectionKind.DEFECT]
)
async def test_a_refused_invoice_fails_in_words_and_frees_its_number(kind: RejectionKind) -> None:
    scene = SubmissionScene(count=2)
    refusals: list[Rejection | None] = [a_rejection(kind), None]
    scene.authority.refuse = lambda _: refusals.pop(0)

    failed = await scene.attempt(0)
    following = await scene.attempt(1)

    assert failed.fiscal_state is FiscalState.FAILED
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.message) == ("10015", "Revisá.")
    assert (failed.number, following.number) == (None, 1)
    assert len(scene.store.ledger.finished_tasks) == 2
    assert "invoice_failed" in [event.type for _, _, event in scene.store.ledger.events]


async def test_a_date_that_was_refused_is_replaced_by_todays() -> None:
    scene = SubmissionScene()
    scene.authority.refuse = lambda comprobante: (
        a_rejection(RejectionKind.DATE, "10016") if comprobante.issue_date == TODAY else None
    )
    scene.authority.faults.append(Fault.REQUEST_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.clock.advance(timedelta(days=1))

    invoice = await scene.attempt()

    assert (invoice.number, invoice.issue_date) == (1, TODAY + timedelta(days=1))


async def test_a_date_refused_today_fails_the_invoice() -> None:
    scene = SubmissionScene()
    scene.authority.refuse = lambda _: a_rejection(RejectionKind.DATE, "10016")

    invoice = await scene.attempt()

    assert invoice.fiscal_state is FiscalState.FAILED


async def test_a_taxpayer_who_is_not_delegated_fails_before_any_number_is_taken() -> None:
    scene = SubmissionScene()
    scene.authority.refuse_questions = a_rejection(RejectionKind.SETUP, "600")

    invoice = await scene.attempt()

    assert invoice.fiscal_state is FiscalState.FAILED
    assert not scene.authority.received


async def test_an_unknown_outcome_stays_unknown_while_arca_will_not_tell() -> None:
    scene = SubmissionScene()
    scene.authority.faults.append(Fault.ANSWER_LOST)
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt()
    scene.authority.refuse_questions = a_rejection(RejectionKind.SETUP, "600")

    with pytest.raises(TemporaryError):
        await scene.attempt()

    assert scene.invoice().fiscal_state is FiscalState.SUBMITTED


async def test_the_series_of_another_organisation_is_refused() -> None:
    scene = SubmissionScene()
    key = scene.invoice().series_key
    scene.store.series[key] = FiscalSeries(key=key, organization_id=an_organization_id())

    invoice = await scene.attempt()

    assert invoice.fiscal_state is FiscalState.FAILED
    assert invoice.failure is not None
    assert invoice.failure.code == "FISCAL_SERIES_TAKEN"


async def test_an_invoice_that_breaks_a_rule_by_now_is_not_sent() -> None:
    scene = SubmissionScene()
    invoice = scene.invoice()
    unpaid = replace(invoice, amounts=replace(invoice.amounts, net_minor=1))
    scene.store.invoices[invoice.id] = unpaid

    failed = await scene.attempt()

    assert failed.failure is not None
    assert failed.failure.code == "INVOICE_AMOUNTS_REFUSED"
    assert not scene.authority.received


async def test_an_outage_is_retried_at_first_and_then_waited_for_without_costing_attempts() -> None:
    scene = SubmissionScene()
    scene.authority.is_down = True

    with pytest.raises(TemporaryError):
        await scene.attempt(attempt=PATIENT_FROM_ATTEMPT - 1)
    with pytest.raises(ParkTask) as parked:
        await scene.attempt(attempt=PATIENT_FROM_ATTEMPT)

    assert parked.value.park_seconds == OUTAGE_PARK_SECONDS


@pytest.mark.parametrize("attempt", [1, PATIENT_FROM_ATTEMPT])
async def test_while_calls_are_suspended_an_invoice_stays_pending_and_untouched(
    attempt: int,
) -> None:
    scene = SubmissionScene()
    scene.authority.is_suspended = True

    with pytest.raises(HeldBackError):
        await scene.attempt(attempt=attempt)

    assert scene.invoice() == a_pending(scene)
    assert not scene.store.ledger.events


async def test_a_first_request_that_is_held_back_leaves_its_number_to_the_next() -> None:
    scene = SubmissionScene(count=2)
    scene.authority.faults.append(Fault.HELD_BACK)

    with pytest.raises(HeldBackError):
        await scene.attempt(0)
    other = await scene.attempt(1)

    assert scene.invoice(0).fiscal_state is FiscalState.PENDING
    assert other.number == 1


async def test_a_request_that_is_held_back_after_a_lost_one_keeps_its_number_bound() -> None:
    scene = SubmissionScene(count=2)
    scene.authority.faults.extend([Fault.REQUEST_LOST, Fault.HELD_BACK])
    with pytest.raises(UnknownOutcomeError):
        await scene.attempt(0)

    with pytest.raises(HeldBackError):
        await scene.attempt(0)

    assert (scene.invoice(0).fiscal_state, scene.invoice(0).number) == (FiscalState.SUBMITTED, 1)
    with pytest.raises(ParkTask):
        await scene.attempt(1)


async def test_invoices_that_were_held_back_get_one_cae_each_in_the_end() -> None:
    scene = SubmissionScene(count=3)
    scene.authority.faults.extend(
        [Fault.HELD_BACK, Fault.ANSWER_LOST, Fault.HELD_BACK, Fault.REQUEST_LOST, Fault.HELD_BACK]
    )

    for index in range(3):
        await scene.settle(index)

    scene.check_one_cae_each_and_no_gap()


async def test_a_worker_that_lost_its_task_sends_nothing() -> None:
    scene = SubmissionScene()
    stale = scene.claim(scene.ids[0])
    scene.claim(scene.ids[0])

    with pytest.raises(LeaseLostError):
        await scene.attempt(fencing_token=stale)

    assert not scene.authority.received
    assert scene.invoice() == a_pending(scene)


def a_pending(scene: SubmissionScene) -> Invoice:
    return replace(scene.invoice(), fiscal_state=FiscalState.PENDING, number=None, version=1)
