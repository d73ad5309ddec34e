"""A person of the business writes to a customer."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.errors import InvalidInputError, NotFoundError, PreconditionError
from domain.identifiers import CustomerId, IdSource, JobId, MessageId, birth_time
from domain.messaging.conversation import check_window
from domain.messaging.message import Direction, Message, MessageKind, MessageState
from domain.messaging.ports import MessageStore, MessageTransaction
from domain.messaging.templates import TEMPLATES
from domain.transactions import NewTask


class WhatsAppNotConnectedError(PreconditionError):
    reason = "WHATSAPP_NOT_CONNECTED"

    def __init__(self) -> None:
        super().__init__("The organisation has not connected a WhatsApp number yet.")


class CustomerWithoutPhoneNumberError(PreconditionError):
    reason = "CUSTOMER_WITHOUT_PHONE_NUMBER"

    def __init__(self, customer_id: CustomerId) -> None:
        super().__init__("The customer's phone number is not known.", customer=customer_id)


class MessageTemplateInvalidError(InvalidInputError):
    """There is no such template, or the parameters are not as many as its blanks."""

    reason = "MESSAGE_TEMPLATE_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Either `text`, or the name of a template and what fills its blanks."""

    customer_id: CustomerId
    job_id: JobId | None = None
    text: str = ""
    template_name: str = ""
    parameters: tuple[str, ...] = ()


async def send_message(
    store: MessageStore,
    clock: Clock,
    ids: IdSource,
    *,
    context: CommandContext,
    command: SendMessage,
) -> Message:
    """Store a message and have it sent at once, as a person waits for it.

    Raises NotFoundError, MessageTemplateInvalidError and PreconditionErrors: free text needs a
    customer who wrote within 24 hours.
    """
    message_id = MessageId(ids.new_id())
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, message_id)
        if first is not None:
            return await transaction.message(MessageId(first))
        message = await _composed(transaction, message_id, context=context, command=command)
        if message.kind is MessageKind.TEXT:
            check_window(await transaction.last_inbound_at(command.customer_id), clock.now())
        await transaction.add(message)
        transaction.audit("message_queued", message.id)
        transaction.dispatch(sending(message, is_awaited=True))
    return message


def sending(message: Message, *, is_awaited: bool) -> NewTask:
    """Return the task that hands a message to WhatsApp."""
    return NewTask(
        type="whatsapp:send",
        payload={"message_id": str(message.id)},
        idempotency_key=str(message.id),
        is_awaited=is_awaited,
    )


async def _composed(
    transaction: MessageTransaction,
    message_id: MessageId,
    *,
    context: CommandContext,
    command: SendMessage,
) -> Message:
    phone_number = await transaction.phone_number_of(command.customer_id)
    if not phone_number:
        raise CustomerWithoutPhoneNumberError(command.customer_id)
    if command.job_id is not None and not await transaction.job_exists(command.job_id):
        raise NotFoundError("job", command.job_id)
    if not await transaction.sender_phone_number_id():
        raise WhatsAppNotConnectedError
    template = TEMPLATES.get(command.template_name)
    return Message(
        id=message_id,
        organization_id=context.organization_id,
        customer_id=command.customer_id,
        job_id=command.job_id,
        direction=Direction.OUTBOUND,
        kind=MessageKind.TEMPLATE if command.template_name else MessageKind.TEXT,
        state=MessageState.QUEUED,
        template_name=command.template_name,
        template_language=template.language if template else "",
        template_parameters=command.parameters,
        body=_body(command),
        phone_number=phone_number,
        created_at=birth_time(message_id),
        updated_at=birth_time(message_id),
    )


def _body(command: SendMessage) -> str:
    if not command.template_name:
        return command.text
    template = TEMPLATES.get(command.template_name)
    if template is None:
        raise MessageTemplateInvalidError("There is no such template.", field="template.name")
    try:
        return template.render(command.parameters)
    except ValueError as error:
        raise MessageTemplateInvalidError(str(error), field="template.parameters") from error
