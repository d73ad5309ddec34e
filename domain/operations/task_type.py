"""The types of tasks: in which tier each runs, what it carries, how often it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.errors import InvalidInputError
from domain.operations.payload import PayloadSchema
from domain.transactions import Payload

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Tier(StrEnum):
    """How soon a task starts: realtime 5 s, background 60 s, batch 15 min."""

    REALTIME = "realtime"
    BACKGROUND = "background"
    BATCH = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """What all tasks of one type share."""

    name: str
    tier: Tier
    payload: PayloadSchema
    max_attempts: int
    first_backoff_seconds: float
    time_limit_seconds: float
    """How long one attempt may take before it is called off and counts as failed."""
    deadline_seconds: float | None = None
    """How long after it could first start a task is worth starting; None means for ever."""
    awaited_tier: Tier | None = None
    """The tier of a task that a person waits for, where that is another."""

    def check(self, payload: Payload) -> None:
        """Raise InvalidInputError unless the payload has the fields of this type."""
        self.payload.check(payload, self.name)

    def tier_of(self, *, is_awaited: bool) -> Tier:
        """Return where a task runs."""
        return self.awaited_tier or self.tier if is_awaited else self.tier


class UnknownTaskTypeError(InvalidInputError):
    reason = "UNKNOWN_TASK_TYPE"


_RETRIES = {Tier.REALTIME: (3, 1.0), Tier.BACKGROUND: (5, 2.0), Tier.BATCH: (10, 5.0)}
_TIME_LIMITS = {Tier.REALTIME: MINUTE, Tier.BACKGROUND: 2 * MINUTE, Tier.BATCH: 15 * MINUTE}


def declare(name: str, tier: Tier, **fields: type) -> TaskType:
    """Return a type with its tier's retry policy and time limit, and these fields."""
    max_attempts, first_backoff_seconds = _RETRIES[tier]
    return TaskType(
        name=name,
        tier=tier,
        payload=PayloadSchema(fields=fields),
        max_attempts=max_attempts,
        first_backoff_seconds=first_backoff_seconds,
        time_limit_seconds=_TIME_LIMITS[tier],
    )


def _notification(name: str, *, deadline_seconds: float) -> TaskType:
    """Return a type whose receiver is a user, or an address where there is no user."""
    kind = declare(name, Tier.BACKGROUND, user_id=UUID, address=str, template=str, data=dict)
    schema = replace(
        kind.payload, one_of=frozenset({"user_id", "address"}), optional=frozenset({"data"})
    )
    return replace(kind, payload=schema, deadline_seconds=deadline_seconds)


def _optional(kind: TaskType, *names: str) -> TaskType:
    return replace(kind, payload=replace(kind.payload, optional=frozenset(names)))


TaskTypes = Mapping[str, TaskType]

TASK_TYPES: TaskTypes = {
    kind.name: kind
    for kind in (
        # An answer to a chat that comes late is worse than a person who takes over.
        replace(
            declare("whatsapp:respond", Tier.REALTIME, conversation_id=UUID, message_id=UUID),
            deadline_seconds=10 * MINUTE,
        ),
        replace(
            _optional(
                declare(
                    "notification:push",
                    Tier.REALTIME,
                    user_id=UUID,
                    title=str,
                    body=str,
                    data=dict,
                ),
                "data",
            ),
            deadline_seconds=HOUR,
        ),
        declare("webhook:process", Tier.REALTIME, inbox_id=UUID),
        # Without a deadline: it has to start in order to say of a message that it is too late.
        replace(
            declare("whatsapp:send", Tier.BACKGROUND, message_id=UUID),
            awaited_tier=Tier.REALTIME,
        ),
        declare("voice:transcribe", Tier.BACKGROUND, audio_url=str, job_id=UUID),
        _notification("notification:sms", deadline_seconds=6 * HOUR),
        _notification("notification:email", deadline_seconds=DAY),
        replace(declare("rating:request", Tier.BACKGROUND, job_id=UUID), deadline_seconds=7 * DAY),
        declare("invoice:generate", Tier.BATCH, job_id=UUID),
        declare("invoice:afip-submit", Tier.BATCH, invoice_id=UUID),
        declare("report:generate", Tier.BATCH, report_id=UUID),
        declare("analytics:calculate", Tier.BATCH, period=str),
        replace(
            declare("archive:process", Tier.BATCH, table=str, period=str),
            time_limit_seconds=2 * HOUR,
        ),
        # What the cron orders anew is not worth catching up with once the next one is due.
        replace(
            declare("partitions:maintain", Tier.BATCH, job=str), time_limit_seconds=30 * MINUTE
        ),
        replace(declare("invoice:afip-sweep", Tier.BATCH), deadline_seconds=5 * MINUTE),
        replace(declare("budgets:check", Tier.BATCH), deadline_seconds=HOUR),
        replace(declare("costs:report", Tier.BATCH), deadline_seconds=DAY),
    )
}


def task_type(name: str, types: TaskTypes = TASK_TYPES) -> TaskType:
    """Return a registered type; raise UnknownTaskTypeError."""
    kind = types.get(name)
    if kind is None:
        raise UnknownTaskTypeError(f"There is no task type {name}.", field="type", type=name)
    return kind
