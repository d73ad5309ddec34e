"""An organisation: one field-service business, the tenant of everything."""

from dataclasses import dataclass
from datetime import datetime

from domain.directory.fiscal_profile import FiscalProfile
from domain.errors import AlreadyExistsError, PermissionDeniedError
from domain.identifiers import OrganizationId


class WhatsAppNumberTakenError(AlreadyExistsError):
    """A business number belongs to one organisation."""

    reason = "WHATSAPP_NUMBER_TAKEN"

    def __init__(self, phone_number_id: str) -> None:
        super().__init__(
            "Another organisation writes from this number.", phone_number_id=phone_number_id
        )


class WhatsAppNumberUnprovenError(PermissionDeniedError):
    """Whose a number is, its access token shows: a business connects it with that."""

    reason = "WHATSAPP_NUMBER_UNPROVEN"

    def __init__(self, phone_number_id: str) -> None:
        super().__init__(
            "A business connects a number with its access token.", phone_number_id=phone_number_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    id: OrganizationId
    display_name: str
    created_at: datetime
    updated_at: datetime
    fiscal_profile: FiscalProfile | None = None
    """What its comprobantes carry; without it nothing is invoiced."""
    whatsapp_phone_number_id: str = ""
    """The business number's id at Meta; empty until the organisation connects one."""
    version: int = 1
