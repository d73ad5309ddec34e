"""An e-mail to one person, and what counts as an address."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from domain.errors import InvalidInputError
from domain.identifiers import OrganizationId

LONGEST_ADDRESS = 254
# What every relay takes: ASCII, one @, a domain with a dot; no spaces and nothing that could end
# a header. Stranger addresses exist, and nobody who orders a plumber has one.
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


class EmailAddressInvalidError(InvalidInputError):
    """No e-mail could be sent to such an address; it is not repeated."""

    reason = "EMAIL_ADDRESS_INVALID"

    def __init__(self, field: str) -> None:
        super().__init__("This is not an e-mail address.", field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One message to one address, the same in every repeat: same key, same date, same text."""

    key: str
    """Names the message for ever; the sender makes the Message-ID of it."""
    to: str
    subject: str
    text: str
    html: str = ""
    written_at: datetime


def check_address(text: str, *, field: str) -> None:
    """Raise EmailAddressInvalidError unless an e-mail can be sent to it."""
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise EmailAddressInvalidError(field)


def address_digest(organization_id: OrganizationId, address: str) -> bytes:
    """Return what a log keeps of an address: enough to find it again, not enough to read it."""
    return hashlib.sha256(organization_id.bytes + address.lower().encode()).digest()
