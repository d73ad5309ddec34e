"""Conversations as rows: how messages move them on, and how a list of them is read."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import TupleRow

from adapters.postgres.message_rows import NAMES, message_from_row
from adapters.postgres.pools import Connection
from domain.identifiers import CustomerId, MessageId, OrganizationId
from domain.messaging.conversation import Conversation
from domain.messaging.message import Direction, Message, MessageKind

# In the order of customers, so that two transactions with the same ones do not lock each other out.
_MOVE_ON = """
INSERT INTO whatsapp_conversations AS conversation (organization_id, customer_id, created_at,
  last_message_id, last_inbound_at, unanswered_count, version, updated_at)
SELECT %(organization_id)s, customer_id, uuid_extract_timestamp(last_message_id), last_message_id,
  last_inbound_at, unanswered_count, 1, now()
FROM unnest(%(customer_ids)s::uuid[], %(last_message_ids)s::uuid[],
  %(last_inbound_ats)s::timestamptz[], %(unanswered_counts)s::integer[])
  AS moved (customer_id, last_message_id, last_inbound_at, unanswered_count)
ORDER BY customer_id
ON CONFLICT (organization_id, customer_id) DO UPDATE SET
  last_message_id = GREATEST(conversation.last_message_id, EXCLUDED.last_message_id),
  last_inbound_at = GREATEST(conversation.last_inbound_at, EXCLUDED.last_inbound_at),
  unanswered_count = CASE WHEN %(is_answer)s THEN 0
    ELSE conversation.unanswered_count + EXCLUDED.unanswered_count END,
  version = conversation.version + 1,
  updated_at = now()
"""

# The page first, then what belongs to its rows, one by one: each message is in the partition of its
# id's time, and a join of any other kind would read all partitions.
PAGE = f"""
SELECT page.organization_id, page.customer_id, customer.display_name, customer.phone_number,
  page.last_inbound_at, page.unanswered_count, page.version, page.created_at, page.updated_at,
  page.last_message_id, {", ".join(f"message.{name}" for name in NAMES)}
FROM (
  SELECT * FROM whatsapp_conversations
  WHERE organization_id = %(organization_id)s::uuid AND last_message_id < %(after)s::uuid
  ORDER BY last_message_id DESC LIMIT %(limit)s
) AS page
JOIN customers AS customer
  ON customer.organization_id = page.organization_id AND customer.id = page.customer_id
LEFT JOIN LATERAL (
  SELECT * FROM whatsapp_messages
  WHERE organization_id = page.organization_id AND id = page.last_message_id
    AND created_at = uuid_extract_timestamp(page.last_message_id)
  LIMIT 1
) AS message ON true
ORDER BY page.last_message_id DESC
"""
_OWN_COLUMNS = 10


@dataclass(slots=True)
class _Move:
    last_message_id: MessageId
    last_inbound_at: datetime | None = None
    unanswered_count: int = 0


class ConversationMoves:
    """What the messages of one transaction mean for their conversations."""

    def __init__(self) -> None:
        self._moves: dict[CustomerId, _Move] = {}
        self._is_answer = False

    def note(self, message: Message) -> None:
        """Let a message that was just stored move its conversation on."""
        move = self._moves.setdefault(message.customer_id, _Move(message.id))
        move.last_message_id = max(move.last_message_id, message.id)
        if message.direction is Direction.INBOUND:
            moments = filter(None, (move.last_inbound_at, message.sent_at))
            move.last_inbound_at = max(moments, default=None)
            move.unanswered_count += 1
        elif message.kind is MessageKind.TEXT:
            self._is_answer = True

    async def write(self, connection: Connection, organization_id: OrganizationId) -> None:
        """Write all of it, in one statement."""
        if not self._moves:
            return
        moves = list(self._moves.values())
        await connection.execute(
            _MOVE_ON,
            {
                "organization_id": organization_id,
                "customer_ids": list(self._moves),
                "last_message_ids": [move.last_message_id for move in moves],
                "last_inbound_ats": [move.last_inbound_at for move in moves],
                "unanswered_counts": [move.unanswered_count for move in moves],
                "is_answer": self._is_answer,
            },
        )


def conversation_from_row(row: TupleRow) -> Conversation:
    """Return the conversation in a row of PAGE."""
    (
        organization_id, customer_id, display_name, phone_number, last_inbound_at,
        unanswered_count, version, created_at, updated_at, _,
    ) = row[:_OWN_COLUMNS]  # fmt: skip
    message = row[_OWN_COLUMNS:]
    return Conversation(
        organization_id=OrganizationId(organization_id),
        customer_id=CustomerId(customer_id),
        customer_display_name=display_name,
        phone_number=phone_number,
        last_message=message_from_row(message) if message[0] is not None else None,
        last_inbound_at=last_inbound_at,
        unanswered_count=unanswered_count,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
