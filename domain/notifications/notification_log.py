"""What became of a notification: who was told what, by reference, and never the words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.identifiers import MemberId, NotificationId, OrganizationId


class Channel(StrEnum):
    EMAIL = "email"


class NotificationState(StrEnum):
    """How it ended; while it has not, the task tells."""

    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationLog:
    """A notification that came to an end. One that failed may yet be sent, by a retried task."""

    id: NotificationId
    """The id of the task that sends it: one task, one notification, one row."""
    organization_id: OrganizationId
    channel: Channel
    state: NotificationState
    template: str
    member_id: MemberId | None = None
    address_digest: bytes | None = None
    """Of an address that belongs to no member; see `email.address_digest`."""
    failure_code: str = ""
    failure_message: str = ""
    finished_at: datetime
