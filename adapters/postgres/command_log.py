"""What each command leaves behind beside its own rows: audit rows and numbered events."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from domain.commands import CommandContext
from domain.identifiers import IdSource
from domain.transactions import Event, JsonScalar

_WRITE_AUDITS = """
INSERT INTO audit_logs (organization_id, id, created_at, actor, action, subject_id, request_id,
  correlation_id, details)
SELECT %(organization_id)s::uuid, id, uuid_extract_timestamp(id), %(actor)s, action, subject_id,
  %(request_id)s::uuid, %(correlation_id)s, details
FROM unnest(%(audit_ids)s::uuid[], %(actions)s::text[], %(audit_subjects)s::uuid[],
  %(audit_details)s::jsonb[]) AS audit (id, action, subject_id, details)
"""
# The counter's row lock makes numbers commit in order, so it is taken as late as can be.
_WRITE_EVENTS = """
WITH counter AS (
  INSERT INTO organization_event_counters AS counter (organization_id, last_number)
  VALUES (%(organization_id)s::uuid, %(event_count)s)
  ON CONFLICT (organization_id) DO UPDATE
    SET last_number = counter.last_number + %(event_count)s
  RETURNING last_number)
INSERT INTO organization_events (organization_id, number, id, created_at, type, subject_id, actor,
  occurred_at, details)
SELECT %(organization_id)s::uuid, counter.last_number - %(event_count)s + position, id,
  uuid_extract_timestamp(id), type, subject_id, %(actor)s, occurred_at, details
FROM counter, unnest(%(event_ids)s::uuid[], %(event_types)s::text[], %(event_subjects)s::uuid[],
  %(occurred_at)s::timestamptz[], %(event_details)s::jsonb[])
  WITH ORDINALITY AS event (id, type, subject_id, occurred_at, details, position)
"""


class CommandLog(NamedTuple):
    """Statements, and what they bind."""

    statements: Sequence[str]
    parameters: Mapping[str, object]


def command_log(
    context: CommandContext,
    ids: IdSource,
    audits: Sequence[tuple[str, UUID, Mapping[str, JsonScalar]]],
    events: Sequence[Event],
) -> CommandLog:
    """Return what writes a command's audit rows and events; nothing for a command without any."""
    statements = []
    parameters: dict[str, object] = {
        "organization_id": context.organization_id,
        "actor": context.actor.subject,
        "request_id": context.request_id,
        "correlation_id": context.correlation_id,
    }
    if audits:
        statements.append(_WRITE_AUDITS)
        parameters |= {
            "audit_ids": [ids.new_id() for _ in audits],
            "actions": [action for action, _, _ in audits],
            "audit_subjects": [subject_id for _, subject_id, _ in audits],
            "audit_details": [json.dumps(details) for _, _, details in audits],
        }
    if events:
        statements.append(_WRITE_EVENTS)
        parameters |= {
            "event_count": len(events),
            "event_ids": [ids.new_id() for _ in events],
            "event_types": [event.type for event in events],
            "event_subjects": [event.subject_id for event in events],
            "occurred_at": [event.occurred_at for event in events],
            "event_details": [json.dumps(dict(event.details)) for event in events],
        }
    return CommandLog(statements, parameters)
