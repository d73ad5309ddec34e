"""An organisation's own number at WhatsApp."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import PreconditionError
from domain.identifiers import OrganizationId


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What opens a number at Meta, on its way to where it is sealed or used."""

    text: str

    def __repr__(self) -> str:
        return "AccessToken(…)"


class WhatsAppTokenRefusedError(PreconditionError):
    """WhatsApp does not open the number with the token; `field` is what it does not know."""

    reason = "WHATSAPP_TOKEN_REFUSED"

    def __init__(self, field: str, **details: object) -> None:
        super().__init__(
            "WhatsApp does not open this number with this token.", field=field, **details
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppConnection:
    """`sealing_key` names the key that the access token is sealed with, once it is stored."""

    organization_id: OrganizationId
    phone_number_id: str
    display_phone_number: str
    business_account_id: str
    created_at: datetime
    updated_at: datetime
    sealing_key: str = ""
    version: int = 1
