"""The types of tasks: in which tier each runs, what it carries, how often it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.transactions import Payload


class Tier(StrEnum):
    """How soon a task starts: realtime 5 s, background 60 s, batch 15 min."""

    REALTIME = "realtime"
    BACKGROUND = "background"
    BATCH = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """What all tasks of one type share; `payload` names the fields and their types."""

    name: str
    tier: Tier
    payload: Mapping[str, type]
    max_attempts: int
    first_backoff_seconds: float
    optional: frozenset[str] = frozenset()
    """Fields of the payload that a task may do without."""

    def check(self, payload: Payload) -> None:
        """Raise InvalidInputError unless the payload has these fields, of these types."""
        for field in sorted(payload.keys() ^ self.payload.keys()):
            if field in self.optional:
                continue
            problem = "is unknown" if field in payload else "is missing"
            raise InvalidInputError(
                f"The field {field} of a task {self.name} {problem}.",
                field=f"payload.{field}",
                type=self.name,
            )
        for field, expected in self.payload.items():
            if field in payload and type(payload[field]) is not expected:
                raise InvalidInputError(
                    f"The field {field} of a task {self.name} is not {expected.__name__}.",
                    field=f"payload.{field}",
                    type=self.name,
                )


class UnknownTaskTypeError(InvalidInputError):
    reason = "UNKNOWN_TASK_TYPE"


_RETRIES = {Tier.REALTIME: (3, 1.0), Tier.BACKGROUND: (5, 2.0), Tier.BATCH: (10, 5.0)}


def declare(name: str, tier: Tier, **payload: type) -> TaskType:
    """Return a type with its tier's retry policy."""
    max_attempts, first_backoff_seconds = _RETRIES[tier]
    return TaskType(
        name=name,
        tier=tier,
        payload=payload,
        max_attempts=max_attempts,
        first_backoff_seconds=first_backoff_seconds,
    )


TaskTypes = Mapping[str, TaskType]

TASK_TYPES: TaskTypes = {
    kind.name: kind
    for kind in (
        declare("invoice:generate", Tier.BATCH, job_id=str),
        declare("invoice:afip-submit", Tier.BATCH, invoice_id=str),
        declare("whatsapp:send", Tier.BACKGROUND, message_id=str),
        replace(
            declare(
                "notification:email",
                Tier.BACKGROUND,
                user_id=str,
                address=str,
                template=str,
                data=dict,
            ),
            optional=frozenset({"user_id", "address"}),
        ),
        declare("partitions:maintain", Tier.BATCH, job=str),
    )
}


def task_type(name: str, types: TaskTypes = TASK_TYPES) -> TaskType:
    """Return a registered type; raise UnknownTaskTypeError."""
    kind = types.get(name)
    if kind is None:
        raise UnknownTaskTypeError(f"There is no task type {name}.", field="type", type=name)
    return kind
