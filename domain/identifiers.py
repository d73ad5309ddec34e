"""Identifiers of every context's resources: UUIDv7, which carry the millisecond of their birth."""

from datetime import UTC, datetime, timedelta
from typing import NewType, Protocol
from uuid import UUID

OrganizationId = NewType("OrganizationId", UUID)
MemberId = NewType("MemberId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
CustomerId = NewType("CustomerId", UUID)
JobId = NewType("JobId", UUID)
JobProofId = NewType("JobProofId", UUID)
InvoiceId = NewType("InvoiceId", UUID)
MessageId = NewType("MessageId", UUID)
NotificationId = NewType("NotificationId", UUID)
DeviceId = NewType("DeviceId", UUID)
TaskId = NewType("TaskId", UUID)
RequestId = NewType("RequestId", UUID)
WebhookId = NewType("WebhookId", UUID)

PLATFORM_ORGANIZATION_ID = OrganizationId(UUID("00000000-0000-7000-8000-000000000000"))
"""What belongs to no tenant (cron, shared tickets, platform costs) carries this one, never NULL."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_BIRTH = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


class IdSource(Protocol):
    """Mints identifiers; the only place they come from."""

    def new_id(self) -> UUID:
        """Return a new UUIDv7, later ones of one process sorting after earlier ones."""
        ...


def birth_time(identifier: UUID) -> datetime:
    """Return the UTC millisecond inside a UUIDv7: the `created_at` of the row that bears it."""
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)


def has_birth_time(identifier: UUID) -> bool:
    """Tell whether the time inside an id is one at all: callers may name any, ours all have one."""
    return identifier.int >> 80 <= _LAST_BIRTH
