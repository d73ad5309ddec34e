"""What the business and its customers write to one another."""

from campotech.messaging.v1 import messages_pb2, messages_pb2_grpc
from campotech.messaging.v1.message_pb2 import Message
from campotech_client.connection import Connection
from campotech_client.listings import Listing, Page


class MessagingClient:
    """Reads WhatsApp messages."""

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
