"""Sending an e-mail: until it is taken, always as the same message, and noted once."""

from itertools import count

import pytest

from domain.commands import CommandContext, TaskClaim
from domain.errors import (
    DomainError,
    InvalidInputError,
    PreconditionError,
    TemporaryError,
    UnknownOutcomeError,
)
from domain.identifiers import MemberId, NotificationId, TaskId, birth_time
from domain.notifications.email import EmailAddressInvalidError, address_digest
from domain.notifications.notification_log import NotificationLog, NotificationState
from domain.notifications.ports import EmailPostponedError, EmailRefusedError
from domain.notifications.templates import Data, TemplateDataError, UnknownTemplateError
from domain.notifications.use_cases.send_email import NO_ADDRESS, SendEmail, send_email
from domain.operations.task import ParkTask
from tests.support.builders import a_context
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_notifications import InMemoryNotificationStore, ScriptedRelay
from tests.support.interruptions import Interruptions, Killed

ADDRESS = "ana@example.com"
DATA: Data = {
    "customer_name": "Ana",
    "organization_name": "Plomería San Martín",
    "job_number": 17,
    "comprobante": "Factura B 00002-00000017",
    "cae": "75123456789012",
    "total": "$ 121.000,00",
}
TO_ANA = SendEmail(template="invoice_ready", data=DATA, address=ADDRESS)


def a_run() -> CommandContext:
    claim = TaskClaim(task_id=TaskId(new_id()), fencing_token=1, attempt=1)
    return a_context(task=claim)


def id_of(context: CommandContext) -> NotificationId:
    assert context.task is not None
    return NotificationId(context.task.task_id)


async def send(
    store: InMemoryNotificationStore,
    relay: ScriptedRelay,
    context: CommandContext,
    command: SendEmail = TO_ANA,
) -> NotificationLog | None:
    await send_email(store, relay, StoppedClock(), context=context, command=command)
    return store.logs.get(id_of(context))


async def test_an_e_mail_is_sent_noted_and_its_task_finished() -> None:
    store, relay, context = InMemoryNotificationStore(), ScriptedRelay(), a_run()

    log = await send(store, relay, context)

    (email,) = relay.arrived
    assert (email.key, email.to) == (str(id_of(context)), ADDRESS)
    assert email.written_at == birth_time(id_of(context))
    assert email.subject == "Tu comprobante de Plomería San Martín"
    assert "75123456789012" in email.text
    assert "75123456789012" in email.html
    assert log is not None
    assert (log.state, log.template, log.finished_at) == (
        NotificationState.SENT,
        "invoice_ready",
        MORNING,
    )
    assert store.ledger.finished_tasks == [id_of(context)]


async def test_the_log_knows_an_address_by_its_digest_alone() -> None:
    store, context = InMemoryNotificationStore(), a_run()

    log = await send(store, ScriptedRelay(), context)

    assert log is not None
    assert log.address_digest == address_digest(context.organization_id, ADDRESS)
    assert log.member_id is None
    assert ADDRESS not in str(log)


async def test_a_member_gets_it_at_the_address_of_now() -> None:
    store, relay, context = InMemoryNotificationStore(), ScriptedRelay(), a_run()
    member_id = MemberId(new_id())
    store.addresses[context.organization_id, member_id] = "tomas@example.com"
    command = SendEmail(template="invoice_ready", data=DATA, member_id=member_id)

    log = await send(store, relay, context, command)

    assert [email.to for email in relay.arrived] == ["tomas@example.com"]
    assert log is not None
    assert (log.member_id, log.address_digest) == (member_id, None)


async def test_a_member_without_an_address_is_a_refusal_that_is_noted() -> None:
    store, relay, context = InMemoryNotificationStore(), ScriptedRelay(), a_run()
    member_id = MemberId(new_id())
    store.addresses[context.organization_id, member_id] = ""
    command = SendEmail(template="invoice_ready", data=DATA, member_id=member_id)

    with pytest.raises(EmailRefusedError) as refusal:
        await send(store, relay, context, command)

    assert refusal.value.code == NO_ADDRESS
    assert store.logs[id_of(context)].failure_code == NO_ADDRESS
    assert relay.arrived == []


async def test_a_refusal_is_noted_and_leaves_the_task_to_die_of_it() -> None:
    store, context = InMemoryNotificationStore(), a_run()
    relay = ScriptedRelay(EmailRefusedError("550", "no such mailbox"))

    with pytest.raises(EmailRefusedError):
        await send(store, relay, context)

    log = store.logs[id_of(context)]
    assert (log.state, log.failure_code) == (NotificationState.FAILED, "550")
    assert store.ledger.finished_tasks == []


async def test_a_refused_e_mail_may_be_sent_after_all() -> None:
    store, context = InMemoryNotificationStore(), a_run()
    relay = ScriptedRelay(EmailRefusedError("550", "no such mailbox"), None)
    with pytest.raises(EmailRefusedError):
        await send(store, relay, context)

    log = await send(store, relay, context)

    assert log is not None
    assert (log.state, log.failure_code) == (NotificationState.SENT, "")


async def test_a_relay_that_takes_nothing_parks_the_task() -> None:
    store = InMemoryNotificationStore()
    relay = ScriptedRelay(EmailPostponedError("rate_limited", "too fast", retry_after_seconds=60))

    with pytest.raises(ParkTask) as parked:
        await send(store, relay, a_run())

    assert (parked.value.park_seconds, parked.value.parked_reason) == (60, "rate_limited")
    assert store.logs == {}


@pytest.mark.parametrize("outcome", [TemporaryError("later"), UnknownOutcomeError("lost")])
async def test_what_may_not_have_arrived_is_sent_again_as_the_same_message(
    outcome: DomainError,
) -> None:
    store, relay, context = InMemoryNotificationStore(), ScriptedRelay(outcome), a_run()
    first = ScriptedRelay()
    await send(InMemoryNotificationStore(), first, context)

    with pytest.raises(type(outcome)):
        await send(store, relay, context)
    await send(store, relay, context)

    assert relay.arrived == first.arrived


async def test_every_task_makes_a_message_of_its_own() -> None:
    store, relay = InMemoryNotificationStore(), ScriptedRelay()

    await send(store, relay, a_run())
    await send(store, relay, a_run())

    assert len(relay.mailbox) == 2


async def test_what_the_relay_said_is_noted_once_the_store_is_back() -> None:
    store, context = InMemoryNotificationStore(), a_run()
    store.refusals = 2

    log = await send(store, ScriptedRelay(), context)

    assert log is not None
    assert log.state is NotificationState.SENT


async def test_a_worker_that_is_killed_anywhere_leaves_one_e_mail_and_one_note() -> None:
    points_tried = 0
    for point in count(1):
        interruptions, context = Interruptions(point), a_run()
        store = InMemoryNotificationStore(interruptions)
        relay = ScriptedRelay(interruptions=interruptions)
        try:
            await send(store, relay, context)
        except Killed:
            points_tried += 1
            if not store.ledger.finished_tasks:
                await send(store, relay, context)
        else:
            break

        assert list(relay.mailbox) == [str(id_of(context))]
        assert store.logs[id_of(context)].state is NotificationState.SENT
        assert store.ledger.finished_tasks == [id_of(context)]
    assert points_tried >= 5


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (SendEmail(template="nothing", data={}, address=ADDRESS), UnknownTemplateError),
        (SendEmail(template="invoice_ready", data={}, address=ADDRESS), TemplateDataError),
        (
            SendEmail(template="invoice_ready", data=DATA, address="nowhere"),
            EmailAddressInvalidError,
        ),
    ],
)
async def test_an_e_mail_that_cannot_be_written_is_refused_by_name(
    command: SendEmail, refusal: type[DomainError]
) -> None:
    relay = ScriptedRelay()

    with pytest.raises(refusal):
        await send(InMemoryNotificationStore(), relay, a_run(), command)

    assert relay.arrived == []


@pytest.mark.parametrize("recipient", [{}, {"member_id": MemberId(new_id()), "address": ADDRESS}])
def test_an_e_mail_has_one_receiver(recipient: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        SendEmail(template="invoice_ready", data=DATA, **recipient)  # type: ignore[arg-type]  # a table of arguments


async def test_without_a_task_no_message_has_a_name() -> None:
    with pytest.raises(PreconditionError):
        await send_email(
            InMemoryNotificationStore(),
            ScriptedRelay(),
            StoppedClock(),
            context=a_context(),
            command=TO_ANA,
        )
