"""Messages that a command of any context queues in its own transaction."""

from adapters.postgres.conversation_rows import ConversationMoves
from adapters.postgres.message_rows import INSERT, row_from_message
from adapters.postgres.pools import Connection
from adapters.postgres.transactions import PostgresTransaction
from domain.commands import CommandContext
from domain.identifiers import IdSource, MessageId, birth_time
from domain.messaging.message import (
    Direction,
    Message,
    MessageKind,
    MessageState,
    OutboundMessage,
)
from domain.messaging.templates import TEMPLATES
from domain.messaging.use_cases.send_message import sending


class MessageOutboxTransaction(PostgresTransaction):
    """The domain's MessageOutbox on top of any command's transaction."""

    def __init__(self, connection: Connection, context: CommandContext, ids: IdSource) -> None:
        super().__init__(connection, context, ids)
        self._messages: list[OutboundMessage] = []

    def queue_message(self, message: OutboundMessage) -> None:
        self._messages.append(message)

    async def flush(self) -> None:
        moves = ConversationMoves()
        for outbound in self._messages:
            message = self._message_from(outbound)
            await self._connection.execute(INSERT.encode(), row_from_message(message))
            moves.note(message)
            self.dispatch(sending(message, is_awaited=False))
        await moves.write(self._connection, self.organization_id)
        await super().flush()

    def _message_from(self, outbound: OutboundMessage) -> Message:
        message_id = MessageId(self._ids.new_id())
        return Message(
            id=message_id,
            organization_id=self.organization_id,
            customer_id=outbound.customer_id,
            job_id=outbound.job_id,
            direction=Direction.OUTBOUND,
            kind=MessageKind.TEMPLATE,
            state=MessageState.QUEUED,
            template_name=outbound.template_name,
            template_language=outbound.language,
            template_parameters=outbound.parameters,
            body=TEMPLATES[outbound.template_name].render(outbound.parameters),
            phone_number=outbound.phone_number,
            created_at=birth_time(message_id),
            updated_at=birth_time(message_id),
        )
