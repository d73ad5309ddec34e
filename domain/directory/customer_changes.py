"""What of a customer may be changed."""

from dataclasses import dataclass

from domain.addresses import Address
from domain.changes import KEEP, Keep
from domain.directory.customer import CondicionIvaReceptor, IdentityDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanges:
    """New values of a customer's fields; what is KEEP stays as it is."""

    display_name: str | Keep = KEEP
    phone_number: str | Keep = KEEP
    email: str | Keep = KEEP
    document: IdentityDocument | Keep | None = KEEP
    condicion_iva: CondicionIvaReceptor | Keep = KEEP
    address: Address | Keep | None = KEEP
