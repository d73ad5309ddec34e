"""MessagingService: parse, call the store, print the answer."""

from campotech.messaging.v1 import message_pb2, messages_pb2, messages_pb2_grpc
from domain.messaging.message import Direction, Message, MessageKind, MessageState
from domain.messaging.ports import MessageFilter, MessageStore
from server.caller import current_caller
from server.calls import ServicerContext
from server.etags import etag_of
from server.pagination import next_page_token, parse_page
from server.resource_names import CUSTOMERS, JOBS, MESSAGES, parse_parent
from server.timestamps import timestamp_to_proto

DIRECTIONS = {
    direction: message_pb2.Message.Direction.Value(f"DIRECTION_{direction}")
    for direction in Direction
}
KINDS = {kind: message_pb2.Message.Kind.Value(f"KIND_{kind}") for kind in MessageKind}
STATES = {state: message_pb2.Message.State.Value(f"STATE_{state}") for state in MessageState}


class MessagingService(messages_pb2_grpc.MessagingServiceServicer):
    """The messages of the caller's organisation."""

    def __init__(self, messages: MessageStore) -> None:
        self._messages = messages

    async def ListMessages(
        self, request: messages_pb2.ListMessagesRequest, context: ServicerContext
    ) -> messages_pb2.ListMessagesResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await self._messages.list(
            organization_id,
            MessageFilter(
                customer_id=CUSTOMERS.parse_optional(
                    request.customer, within=organization_id, field="customer"
                ),
                job_id=JOBS.parse_optional(request.job, within=organization_id, field="job"),
            ),
            parse_page(request, organization_id),
        )
        return messages_pb2.ListMessagesResponse(
            messages=map(message_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )


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
    )
