"""Who asks for a command, under which request id, and for which organisation."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from uuid import UUID

from domain.errors import InvalidInputError
from domain.identifiers import MemberId, OrganizationId, RequestId, TaskId


class Role(StrEnum):
    """What a member may do; `ADMIN` is the platform's own staff."""

    OWNER = "owner"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person, service or task behind a command, as audit rows name it."""

    subject: str
    roles: frozenset[Role] = frozenset()
    member_id: MemberId | None = None

    @property
    def is_dispatching(self) -> bool:
        """Whether the actor may act on every job of the organisation."""
        return bool(self.roles & {Role.OWNER, Role.DISPATCHER}) or self == PLATFORM_ACTOR

    @property
    def is_platform(self) -> bool:
        """Whether this is the platform itself, or its own staff."""
        return Role.ADMIN in self.roles or self == PLATFORM_ACTOR


PLATFORM_ACTOR = Actor(subject="platform")
"""The platform itself: tasks, cron, seeding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClaim:
    """A task this worker holds; the token proves the lease was not lost when it completes."""

    task_id: TaskId
    fencing_token: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """What surrounds a command: organisation, actor, idempotency and trace."""

    organization_id: OrganizationId
    actor: Actor
    request_id: RequestId | None = None
    """The caller's idempotency id; None means that a repeat is a new command."""
    correlation_id: str = ""
    """The id that logs, tasks and errors of one request share."""
    traceparent: str | None = None
    task: TaskClaim | None = None
    """The task that runs this command, if a task does."""


def fingerprint(command: object) -> bytes:
    """Return a digest equal for equal commands.

    Fields that hold their default are left out, so that a command keeps its fingerprint when a
    later release gives it a new optional field.
    """
    canonical = json.dumps(
        [type(command).__name__, _plain(command)], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).digest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: _plain(getattr(value, item.name))
            for item in fields(value)
            if item.default is MISSING or getattr(value, item.name) != item.default
        }
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, UUID | datetime | date):
        return str(value)
    return _plain_items(value)


def _plain_items(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(json.dumps(_plain(item), sort_keys=True) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


class RequestIdReusedError(InvalidInputError):
    """A request id names one command for ever; this one came with another before."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self) -> None:
        super().__init__("This request_id was used for another command.", field="request_id")
