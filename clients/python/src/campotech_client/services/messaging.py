"""What the business and its customers write to one another."""

from collections.abc import Sequence

from campotech.messaging.v1 import messages_pb2, messages_pb2_grpc
from campotech.messaging.v1.conversation_pb2 import Conversation
from campotech.messaging.v1.message_pb2 import Message
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page


class MessagingClient:
    """Reads WhatsApp messages and conversations, and writes to customers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = messages_pb2_grpc.MessagingServiceStub(connection.channel)

    def list(
        self,
        *,
        customer: str = "",
        job: str = "",
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Message]:
        """List messages, the newest first: all, or those with one customer, or about one job."""

        async def fetch(page_token: str) -> Page[Message]:
            response = await self._connection.call(
                self._stub.ListMessages,
                messages_pb2.ListMessagesRequest(
                    parent=parent,
                    customer=customer,
                    job=job,
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.messages, response.next_page_token)

        return Listing(fetch)

    def list_conversations(
        self, *, parent: str = "", page_size: int = 0, timeout_seconds: float | None = None
    ) -> Listing[Conversation]:
        """List conversations, the one with the newest message first."""

        async def fetch(page_token: str) -> Page[Conversation]:
            response = await self._connection.call(
                self._stub.ListConversations,
                messages_pb2.ListConversationsRequest(
                    parent=parent, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.conversations, response.next_page_token)

        return Listing(fetch)

    async def send(
        self,
        customer: str,
        text: str,
        *,
        job: str = "",
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Message:
        """Write freely to a customer who wrote within 24 hours; the message is QUEUED at first.

        Raises PreconditionError (CONVERSATION_WINDOW_CLOSED, WHATSAPP_NOT_CONNECTED,
        CUSTOMER_WITHOUT_PHONE_NUMBER), NotFoundError.
        """
        request = messages_pb2.SendMessageRequest(
            parent=parent,
            customer=customer,
            job=job,
            text=text,
            request_id=request_id or new_request_id(),
        )
        return await self._send(request, timeout_seconds)

    async def send_template(
        self,
        customer: str,
        name: str,
        parameters: Sequence[str] = (),
        *,
        job: str = "",
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Message:
        """Send a customer an approved text, at any time; `parameters` fill its blanks in order.

        Raises InvalidInputError (MESSAGE_TEMPLATE_INVALID), PreconditionError, NotFoundError.
        """
        request = messages_pb2.SendMessageRequest(
            parent=parent,
            customer=customer,
            job=job,
            template=messages_pb2.SendMessageRequest.Template(name=name, parameters=parameters),
            request_id=request_id or new_request_id(),
        )
        return await self._send(request, timeout_seconds)

    async def _send(
        self, request: messages_pb2.SendMessageRequest, timeout_seconds: float | None
    ) -> Message:
        response = await self._connection.call(
            self._stub.SendMessage, request, timeout_seconds=timeout_seconds
        )
        return response.message
