"""MessagingService: parse, call the use case or the store, print the answer."""

from campotech.messaging.v1 import messages_pb2, messages_pb2_grpc
from domain.clock import Clock
from domain.identifiers import IdSource
from domain.messaging.ports import MessageFilter, MessageStore
from domain.messaging.use_cases.send_message import SendMessage, send_message
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.pagination import next_page_token, parse_page
from server.resource_names import CUSTOMERS, JOBS, parse_parent
from server.services.conversation_messages import conversation_to_proto, message_to_proto


class MessagingService(messages_pb2_grpc.MessagingServiceServicer):
    """The messages of the caller's organisation."""

    def __init__(self, messages: MessageStore, clock: Clock, ids: IdSource) -> None:
        self._messages = messages
        self._clock = clock
        self._ids = ids

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

    async def ListConversations(
        self, request: messages_pb2.ListConversationsRequest, context: ServicerContext
    ) -> messages_pb2.ListConversationsResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await self._messages.conversations(
            organization_id, parse_page(request, organization_id)
        )
        return messages_pb2.ListConversationsResponse(
            conversations=map(conversation_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def SendMessage(
        self, request: messages_pb2.SendMessageRequest, context: ServicerContext
    ) -> messages_pb2.SendMessageResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        message = await send_message(
            self._messages,
            self._clock,
            self._ids,
            context=command_context(request.request_id),
            command=SendMessage(
                customer_id=CUSTOMERS.parse(
                    request.customer, within=organization_id, field="customer"
                ),
                job_id=JOBS.parse_optional(request.job, within=organization_id, field="job"),
                text=request.text,
                template_name=request.template.name,
                parameters=tuple(request.template.parameters),
            ),
        )
        return messages_pb2.SendMessageResponse(message=message_to_proto(message))
