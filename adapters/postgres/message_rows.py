"""Messages as rows: the one place that knows which column holds what."""

from psycopg.rows import TupleRow

from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId
from domain.messaging.message import Direction, Failure, Message, MessageKind, MessageState

NAMES = (
    "organization_id", "id", "created_at", "customer_id", "job_id", "direction", "kind", "state",
    "template_name", "template_language", "template_parameters", "body", "phone_number", "wamid",
    "failure_code", "failure_message", "sending_since", "sent_at", "version", "updated_at",
    "content_type",
)  # fmt: skip
_CHANGING = (
    "state", "wamid", "failure_code", "failure_message", "sending_since", "sent_at", "version",
    "updated_at",
)  # fmt: skip

COLUMNS = ", ".join(NAMES)
INSERT = (
    f"INSERT INTO whatsapp_messages ({COLUMNS})"
    f" VALUES ({', '.join(f'%({name})s' for name in NAMES)})"
)
TAKE_WAMID = """
INSERT INTO whatsapp_message_ids (wamid, organization_id, message_id)
VALUES (%(wamid)s, %(organization_id)s, %(id)s) ON CONFLICT DO NOTHING
"""
# Many in a round trip, as deliveries bring a thousand. In the order of the names, so that two
# transactions with the same ones do not lock each other out.
TAKE_WAMIDS = """
INSERT INTO whatsapp_message_ids (wamid, organization_id, message_id)
SELECT wamid, %(organization_id)s, id
FROM unnest(%(wamids)s::text[], %(ids)s::uuid[]) AS named (wamid, id) ORDER BY wamid
ON CONFLICT DO NOTHING RETURNING message_id
"""
INSERT_MANY = f"""
INSERT INTO whatsapp_messages ({COLUMNS})
SELECT {COLUMNS} FROM jsonb_populate_recordset(NULL::whatsapp_messages, %(rows)s::jsonb)
"""
UPDATE = f"""
UPDATE whatsapp_messages SET {", ".join(f"{name} = %({name})s" for name in _CHANGING)}
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
  AND created_at = uuid_extract_timestamp(%(id)s::uuid)
"""
UPDATE_NAMED = f"WITH taken AS ({TAKE_WAMID}) {UPDATE}"


def row_from_message(message: Message) -> dict[str, object]:
    """Return the columns of a message, ready to bind."""
    return {
        "organization_id": message.organization_id,
        "id": message.id,
        "created_at": message.created_at,
        "customer_id": message.customer_id,
        "job_id": message.job_id,
        "direction": message.direction.value,
        "kind": message.kind.value,
        "state": message.state.value,
        "template_name": message.template_name or None,
        "template_language": message.template_language or None,
        "template_parameters": list(message.template_parameters),
        "body": message.body,
        "phone_number": message.phone_number,
        "wamid": message.wamid or None,
        "failure_code": message.failure.code if message.failure else None,
        "failure_message": message.failure.message if message.failure else None,
        "sending_since": message.sending_since,
        "sent_at": message.sent_at,
        "version": message.version,
        "updated_at": message.updated_at,
        "content_type": message.content_type or None,
    }


def message_from_row(row: TupleRow) -> Message:
    """Return the message in a row of COLUMNS."""
    (
        organization_id, message_id, created_at, customer_id, job_id, direction, kind, state,
        template_name, template_language, template_parameters, body, phone_number, wamid,
        failure_code, failure_message, sending_since, sent_at, version, updated_at, content_type,
    ) = row  # fmt: skip
    return Message(
        id=MessageId(message_id),
        organization_id=OrganizationId(organization_id),
        customer_id=CustomerId(customer_id),
        job_id=JobId(job_id) if job_id else None,
        direction=Direction(direction),
        kind=MessageKind(kind),
        state=MessageState(state),
        template_name=template_name or "",
        template_language=template_language or "",
        template_parameters=tuple(template_parameters),
        body=body,
        content_type=content_type or "",
        phone_number=phone_number,
        wamid=wamid or "",
        failure=Failure(code=failure_code, message=failure_message) if failure_code else None,
        sending_since=sending_since,
        sent_at=sent_at,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
