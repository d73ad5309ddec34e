"""Sending a message: once, also when answers are lost, and never on a guess."""

from datetime import timedelta
from typing import Any

import pytest

from domain.commands import CommandContext, TaskClaim
from domain.errors import DomainError, HeldBackError, TemporaryError, UnknownOutcomeError
from domain.identifiers import MessageId, TaskId
from domain.messaging.message import Failure, Message, MessageKind, MessageState
from domain.messaging.ports import LoginRefusedError, MessageRefusedError, SlowDownError
from domain.messaging.use_cases.deliver_message import deliver_message
from domain.operations.task import ParkTask
from tests.support.builders import a_context, a_message
from tests.support.clocks import MORNING, StoppedClock, id_at, new_id
from tests.support.in_memory_messages import InMemoryMessageStore, ScriptedWhatsApp

UNDELIVERABLE = Failure(code="131026", message="No se pudo entregar.")


def a_run_for(message: Message) -> CommandContext:
    claim = TaskClaim(task_id=TaskId(new_id()), fencing_token=1, attempt=1)
    return a_context(message.organization_id, task=claim)


def a_notice(**particular: Any) -> Message:
    """Return a message that was written this morning."""
    return a_message(id=MessageId(id_at(MORNING)), **particular)


async def send(
    store: InMemoryMessageStore,
    whatsapp: ScriptedWhatsApp,
    message: Message,
    clock: StoppedClock | None = None,
) -> Message:
    await deliver_message(
        store,
        whatsapp,
        clock or StoppedClock(),
        context=a_run_for(message),
        message_id=message.id,
    )
    return store.messages[message.id]


async def test_a_queued_message_is_sent_and_its_task_finished() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    sent = await send(store, ScriptedWhatsApp("wamid.1"), message)

    assert (sent.state, sent.wamid, sent.sent_at) == (MessageState.SENT, "wamid.1", MORNING)
    assert sent.sending_since is None
    assert len(store.ledger.finished_tasks) == 1


async def test_a_message_that_was_sent_is_left_alone() -> None:
    message = a_notice()
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp("wamid.1", "wamid.2")

    await send(store, whatsapp, message)
    again = await send(store, whatsapp, message)

    assert again.wamid == "wamid.1"
    assert len(whatsapp.sent) == 1


async def test_a_refusal_is_final_and_says_why() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    refused = await send(
        store, ScriptedWhatsApp(MessageRefusedError("undeliverable", UNDELIVERABLE)), message
    )

    assert refused.state is MessageState.FAILED
    assert refused.failure == UNDELIVERABLE
    assert len(store.ledger.finished_tasks) == 1


async def test_what_never_reached_whatsapp_is_sent_again() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)
    whatsapp = ScriptedWhatsApp(TemporaryError("down"), "wamid.1")

    with pytest.raises(ParkTask):
        await send(store, whatsapp, message)
    sent = await send(store, whatsapp, message)

    assert sent.wamid == "wamid.1"


@pytest.mark.parametrize(
    ("error", "seconds", "reason"),
    [
        (TemporaryError("down"), 60.0, "whatsapp_unreachable"),
        (TemporaryError("down", retry_after_seconds=7.0), 60.0, "whatsapp_unreachable"),
        (TemporaryError("down", retry_after_seconds=90.0), 90.0, "whatsapp_unreachable"),
        (
            HeldBackError("open", cause="breaker_open", retry_after_seconds=300.0),
            300.0,
            "breaker_open",
        ),
        (LoginRefusedError("expired"), 300.0, "whatsapp_login_refused"),
    ],
)
async def test_an_outage_costs_no_attempt(
    error: TemporaryError, seconds: float, reason: str
) -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    with pytest.raises(ParkTask) as parked:
        await send(store, ScriptedWhatsApp(error), message)

    assert (parked.value.park_seconds, parked.value.parked_reason) == (seconds, reason)
    assert store.messages[message.id].sending_since is None


@pytest.mark.parametrize(
    "error",
    [
        TemporaryError("down"),
        SlowDownError("too fast", retry_after_seconds=60.0),
        HeldBackError("open", cause="breaker_open", retry_after_seconds=300.0),
    ],
)
async def test_a_message_that_would_be_tried_after_its_day_has_failed_and_says_so(
    error: TemporaryError,
) -> None:
    message, clock = a_notice(), StoppedClock()
    store = InMemoryMessageStore(message)
    clock.advance(timedelta(hours=23, minutes=59, seconds=30))

    given_up = await send(store, ScriptedWhatsApp(error), message, clock)

    assert given_up.state is MessageState.FAILED
    assert given_up.failure is not None
    assert given_up.failure.code == "WHATSAPP_NEVER_TOOK_IT"
    assert "24 horas" in given_up.failure.message
    assert len(store.ledger.finished_tasks) == 1


async def test_a_message_that_was_not_let_in_for_a_day_asks_for_a_new_connection() -> None:
    message, clock = a_notice(), StoppedClock()
    store = InMemoryMessageStore(message)
    clock.advance(timedelta(hours=23, minutes=56))

    given_up = await send(store, ScriptedWhatsApp(LoginRefusedError("expired")), message, clock)

    assert given_up.failure is not None
    assert given_up.failure.code == "WHATSAPP_LOGIN_REFUSED"
    assert "volver a conectarlo" in given_up.failure.message


async def test_a_message_that_waited_for_a_worker_beyond_its_day_is_not_sent() -> None:
    message, clock = a_notice(), StoppedClock()
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp()
    clock.advance(timedelta(hours=24))

    given_up = await send(store, whatsapp, message, clock)

    assert given_up.state is MessageState.FAILED
    assert whatsapp.sent == []
    assert len(store.ledger.finished_tasks) == 1


async def test_an_unconfirmed_send_is_awaited_beyond_the_day_of_its_message() -> None:
    message, clock = a_notice(), StoppedClock()
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp(UnknownOutcomeError("lost"))
    clock.advance(timedelta(hours=23, minutes=55))
    with pytest.raises(ParkTask):
        await send(store, whatsapp, message, clock)
    clock.advance(timedelta(minutes=30))

    with pytest.raises(ParkTask) as parked:
        await send(store, whatsapp, message, clock)

    assert parked.value.parked_reason == "unconfirmed_send"


async def test_a_limit_parks_the_task_for_as_long_as_it_says() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)
    limit = SlowDownError("too fast", retry_after_seconds=6.0)

    with pytest.raises(ParkTask) as parked:
        await send(store, ScriptedWhatsApp(limit), message)

    assert (parked.value.park_seconds, parked.value.parked_reason) == (6.0, "rate_limited")
    assert store.messages[message.id].sending_since is None


async def test_a_send_whose_answer_was_lost_is_never_repeated() -> None:
    message, clock = a_notice(), StoppedClock()
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp(UnknownOutcomeError("lost"))

    for _ in range(3):
        with pytest.raises(ParkTask) as parked:
            await send(store, whatsapp, message, clock)
        clock.advance(timedelta(minutes=5))

    assert parked.value.parked_reason == "unconfirmed_send"
    assert len(whatsapp.sent) == 1


async def test_a_worker_that_died_while_sending_is_not_guessed_about() -> None:
    message, clock = a_notice(), StoppedClock()
    store = InMemoryMessageStore(message)
    crash = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        await send(store, ScriptedWhatsApp(crash), message, clock)
    with pytest.raises(ParkTask):
        await send(store, ScriptedWhatsApp(), message, clock)


class WhatsAppWhileTheStoreGoesAway(ScriptedWhatsApp):
    """The next two transactions after a send fail."""

    def __init__(self, store: InMemoryMessageStore, *outcomes: str | BaseException) -> None:
        super().__init__(*outcomes)
        self._store = store

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        self._store.refusals = 2
        return await super().send_template(sender_phone_number_id, message)


async def test_an_answer_is_kept_until_the_store_is_back() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    sent = await send(store, WhatsAppWhileTheStoreGoesAway(store, "wamid.1"), message)

    assert (sent.state, sent.wamid) == (MessageState.SENT, "wamid.1")


@pytest.mark.parametrize(
    "outcome", [TemporaryError("down"), SlowDownError("too fast", retry_after_seconds=6.0)]
)
async def test_what_was_not_sent_is_known_once_the_store_is_back(outcome: DomainError) -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    with pytest.raises(ParkTask):
        await send(store, WhatsAppWhileTheStoreGoesAway(store, outcome), message)

    assert store.messages[message.id].sending_since is None


async def test_a_send_that_is_never_confirmed_fails_in_the_end_and_says_so() -> None:
    message, clock = a_notice(), StoppedClock()
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp(UnknownOutcomeError("lost"))
    with pytest.raises(ParkTask):
        await send(store, whatsapp, message, clock)
    clock.advance(timedelta(hours=1))

    given_up = await send(store, whatsapp, message, clock)

    assert given_up.failure is not None
    assert given_up.failure.code == "UNKNOWN_OUTCOME"
    assert len(whatsapp.sent) == 1


async def test_an_organisation_without_a_number_cannot_write() -> None:
    message = a_notice()
    store, whatsapp = InMemoryMessageStore(message, sender=""), ScriptedWhatsApp()

    failed = await send(store, whatsapp, message)

    assert failed.failure is not None
    assert failed.failure.code == "WHATSAPP_NOT_CONNECTED"
    assert whatsapp.sent == []


async def test_free_text_is_sent_as_text() -> None:
    message = a_notice(kind=MessageKind.TEXT, body="Vamos para allá")
    store, whatsapp = InMemoryMessageStore(message), ScriptedWhatsApp("wamid.1")

    await send(store, whatsapp, message)

    assert whatsapp.texts == ["Vamos para allá"]


class WhatsAppThatTellsBeforeItAnswers(ScriptedWhatsApp):
    """The message is delivered, and a webhook says so, while the answer is on its way."""

    def __init__(self, store: InMemoryMessageStore, *outcomes: str | BaseException) -> None:
        super().__init__(*outcomes)
        self._store = store

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        now = self._store.messages[message.id]
        told = now.advanced(MessageState.DELIVERED, MORNING, wamid="wamid.1")
        self._store.messages[message.id] = told
        return await super().send_template(sender_phone_number_id, message)


async def test_an_answer_takes_back_nothing_of_what_was_told_before_it() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)

    sent = await send(store, WhatsAppThatTellsBeforeItAnswers(store, "wamid.1"), message)

    assert (sent.state, sent.wamid) == (MessageState.DELIVERED, "wamid.1")
    assert len(store.ledger.finished_tasks) == 1


async def test_a_lost_answer_costs_nothing_once_whatsapp_has_told() -> None:
    message = a_notice()
    store = InMemoryMessageStore(message)
    whatsapp = WhatsAppThatTellsBeforeItAnswers(store, UnknownOutcomeError("lost"))

    with pytest.raises(ParkTask):
        await send(store, whatsapp, message)
    sent = await send(store, whatsapp, message)

    assert sent.state is MessageState.DELIVERED
    assert len(whatsapp.sent) == 1
