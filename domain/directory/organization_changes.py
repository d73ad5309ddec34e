"""What of an organisation may be changed."""

from dataclasses import dataclass

from domain.changes import KEEP, Keep
from domain.directory.fiscal_profile import FiscalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChanges:
    """New values of an organisation's fields; what is KEEP stays as it is."""

    display_name: str | Keep = KEEP
    fiscal_profile: FiscalProfile | Keep | None = KEEP
    whatsapp_phone_number_id: str | Keep = KEEP
