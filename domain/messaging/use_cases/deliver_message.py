"""A queued message goes to WhatsApp, which has no idempotency key: once, and never on a guess."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.clock import Clock
from domain.commands import CommandContext
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.identifiers import MessageId
from domain.insistence import insist
from domain.messaging.message import (
    NEVER_CONFIRMED_CODE,
    Failure,
    Message,
    MessageKind,
    MessageState,
)
from domain.messaging.ports import (
    LoginRefusedError,
    MessageRefusedError,
    MessageStore,
    MessageTransaction,
    SlowDownError,
    WhatsAppGateway,
)
from domain.operations.task import ParkTask

CONFIRMATION_POLL_SECONDS = 300.0
SHORTEST_WAIT_SECONDS = 60.0
"""How soon a message is tried again that did not get through, through no fault of its own."""
RATE_LIMITED = "rate_limited"
UNREACHABLE = "whatsapp_unreachable"
LOGIN_REFUSED_PARK_SECONDS = 300.0
LOGIN_REFUSED = "whatsapp_login_refused"
NOT_CONNECTED = Failure(
    code="WHATSAPP_NOT_CONNECTED",
    message="La empresa todavía no conectó un número de WhatsApp.",
)
NEVER_TAKEN = Failure(
    code="WHATSAPP_NEVER_TOOK_IT",
    message="WhatsApp no tomó el mensaje en 24 horas, y ya no se vuelve a intentar.",
)
NEVER_LET_IN = Failure(
    code="WHATSAPP_LOGIN_REFUSED",
    message=(
        "WhatsApp rechazó durante 24 horas el acceso al número de la empresa: hay que volver a"
        " conectarlo."
    ),
)
NEVER_CONFIRMED = Failure(
    code=NEVER_CONFIRMED_CODE,
    message="WhatsApp no confirmó el envío: puede que el cliente lo haya recibido.",
)


async def deliver_message(
    store: MessageStore,
    gateway: WhatsAppGateway,
    clock: Clock,
    *,
    context: CommandContext,
    message_id: MessageId,
) -> None:
    """Send a QUEUED message and note what came of it; one that was sent before is left alone.

    The intention is stored before the call, so that a send whose answer was lost, or whose worker
    died, is known: it waits for WhatsApp's word and is never sent a second time. What WhatsApp
    answered is kept until the store is there to take it. While WhatsApp takes nothing the message
    waits, which costs no attempt, until it is a day old and not worth sending any more.
    """
    sender, message = await _begin(store, clock, context, message_id)
    if message is None:
        return
    try:
        wamid = await _hand_over(gateway, sender, message)
    except MessageRefusedError as refusal:
        failure = refusal.failure
        await insist(
            lambda: _finish(
                store,
                context,
                message_id,
                lambda message: message.advanced(MessageState.FAILED, clock.now(), failure=failure),
            )
        )
    except TemporaryError as error:
        pause = _pause_after(error)
        if await insist(lambda: _give_back(store, clock, context, message_id, pause)):
            raise ParkTask(pause.seconds, pause.reason) from error
    except UnknownOutcomeError as lost:
        raise ParkTask(CONFIRMATION_POLL_SECONDS, "unconfirmed_send") from lost
    else:
        await insist(
            lambda: _finish(
                store, context, message_id, lambda message: message.taken(wamid, clock.now())
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    """How long a message waits that WhatsApp surely does not have, and why."""

    seconds: float
    reason: str
    too_late: Failure = NEVER_TAKEN
    """What becomes of a message whose day ends meanwhile."""


def _pause_after(error: TemporaryError) -> _Pause:
    asked_for = error.retry_after_seconds or 0.0
    match error:
        case HeldBackError():
            return _Pause(seconds=error.wait_seconds, reason=error.cause)
        case SlowDownError():
            return _Pause(seconds=asked_for or 1.0, reason=RATE_LIMITED)
        case LoginRefusedError():
            return _Pause(
                seconds=LOGIN_REFUSED_PARK_SECONDS, reason=LOGIN_REFUSED, too_late=NEVER_LET_IN
            )
        case _:
            return _Pause(seconds=max(SHORTEST_WAIT_SECONDS, asked_for), reason=UNREACHABLE)


async def _hand_over(gateway: WhatsAppGateway, sender: str, message: Message) -> str:
    if message.kind is MessageKind.TEXT:
        return await gateway.send_text(sender, message)
    return await gateway.send_template(sender, message)


async def _begin(
    store: MessageStore, clock: Clock, context: CommandContext, message_id: MessageId
) -> tuple[str, Message | None]:
    async with store.transaction(context) as transaction:
        message = await transaction.message(message_id)
        if message.state is not MessageState.QUEUED:
            transaction.finish_task()
            return "", None
        if message.sending_since is not None:
            if not message.is_past_patience(clock.now()):
                raise ParkTask(CONFIRMATION_POLL_SECONDS, "unconfirmed_send")
            await transaction.save(message.failed(NEVER_CONFIRMED, clock.now()))
            transaction.finish_task()
            return "", None
        if message.is_too_late(clock.now()):
            await _give_up(transaction, message.failed(NEVER_TAKEN, clock.now()))
            return "", None
        sender = await transaction.sender_phone_number_id()
        if not sender:
            await transaction.save(message.failed(NOT_CONNECTED, clock.now()))
            transaction.finish_task()
            return "", None
        begun = message.begin_sending(clock.now())
        await transaction.save(begun)
    return sender, begun


async def _finish(
    store: MessageStore,
    context: CommandContext,
    message_id: MessageId,
    change: Callable[[Message], Message],
) -> None:
    async with store.transaction(context) as transaction:
        # As it is now: WhatsApp may have told more of it before its answer to us was noted.
        message = change(await transaction.message(message_id))
        await transaction.save(message)
        transaction.audit("message_sent" if message.wamid else "message_failed", message.id)
        transaction.finish_task()


async def _give_back(
    store: MessageStore,
    clock: Clock,
    context: CommandContext,
    message_id: MessageId,
    pause: _Pause,
) -> bool:
    """Let the message be sent again after a while; return False if that is too late for it."""
    async with store.transaction(context) as transaction:
        message = await transaction.message(message_id)
        if message.state is not MessageState.QUEUED:
            return True
        now = clock.now()
        if message.is_too_late(now + timedelta(seconds=pause.seconds)):
            await _give_up(transaction, message.failed(pause.too_late, now))
            return False
        await transaction.save(message.sending_failed_before_arrival(now))
    return True


async def _give_up(transaction: MessageTransaction, failed: Message) -> None:
    await transaction.save(failed)
    transaction.audit("message_failed", failed.id)
    transaction.finish_task()
