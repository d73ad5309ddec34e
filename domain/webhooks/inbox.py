"""A delivery of an outside service as it came, kept until a while after it took effect."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.identifiers import OrganizationId, WebhookId

LARGEST_CONTENT_BYTES = 4 * 1024 * 1024
"""What an inbox takes of one entry: as much as the edge lets in of a whole delivery."""


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """What one delivery says about one business number; an empty number where it names none."""

    phone_number_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """One organisation's part of a delivery. What belongs to nobody is the platform's."""

    id: WebhookId
    organization_id: OrganizationId
    content: bytes
    processed_at: datetime | None = None

    @property
    def digest(self) -> bytes:
        """What tells a delivery that comes again: the same content has the same."""
        return sha256(self.content).digest()
