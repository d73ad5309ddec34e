"""Messages and conversations as the contract prints them."""

from campotech.messaging.v1 import conversation_pb2, message_pb2
from domain.messaging.conversation import Conversation
from domain.messaging.message import Direction, Message, MessageKind, MessageState
from server.etags import etag_of
from server.resource_names import CUSTOMERS, JOBS, MESSAGES, organization_name
from server.timestamps import timestamp_to_proto

DIRECTIONS = {
    direction: message_pb2.Message.Direction.Value(f"DIRECTION_{direction}")
    for direction in Direction
}
KINDS = {kind: message_pb2.Message.Kind.Value(f"KIND_{kind}") for kind in MessageKind}
STATES = {state: message_pb2.Message.State.Value(f"STATE_{state}") for state in MessageState}


def message_to_proto(message: Message) -> message_pb2.Message:
    """Print a message."""
    organization_id = message.organization_id
    failure = message.failure
    return message_pb2.Message(
        name=MESSAGES.name(organization_id, message.id),
        customer=CUSTOMERS.name(organization_id, message.customer_id),
        job=JOBS.name(organization_id, message.job_id) if message.job_id else "",
        direction=DIRECTIONS[message.direction],
        kind=KINDS[message.kind],
        template_name=message.template_name,
        body=message.body,
        state=STATES[message.state],
        wamid=message.wamid,
        phone_number=message.phone_number,
        failure=None
        if failure is None
        else message_pb2.Message.Failure(code=failure.code, message=failure.message),
        send_time=timestamp_to_proto(message.sent_at),
        create_time=timestamp_to_proto(message.created_at),
        update_time=timestamp_to_proto(message.updated_at),
        etag=etag_of(message.version),
        content_type=message.content_type,
    )


def conversation_to_proto(conversation: Conversation) -> conversation_pb2.Conversation:
    """Print a conversation, which bears the id of its customer."""
    organization_id, customer_id = conversation.organization_id, conversation.customer_id
    last = conversation.last_message
    return conversation_pb2.Conversation(
        name=f"{organization_name(organization_id)}/conversations/{customer_id}",
        customer=CUSTOMERS.name(organization_id, customer_id),
        customer_display_name=conversation.customer_display_name,
        phone_number=conversation.phone_number,
        last_message=None if last is None else message_to_proto(last),
        unanswered_count=conversation.unanswered_count,
        window_close_time=timestamp_to_proto(conversation.window_closes_at),
        create_time=timestamp_to_proto(conversation.created_at),
        update_time=timestamp_to_proto(conversation.updated_at),
        etag=etag_of(conversation.version),
    )
