"""What requests need that no answer tells: bodies of webhooks, and what only their owners know."""

from collections.abc import Iterator, Mapping, Sequence

from tests.support.connecting import connecting_arca
from tests.support.rpc import VERIFY_TOKEN
from tests.support.whatsapp_deliveries import (
    a_delivery,
    a_status,
    a_wamid,
    an_inbound,
    an_inbound_text,
)


def what_owners_know() -> Mapping[str, Sequence[str]]:
    """Return values by the names of the fields that hold them."""
    own = connecting_arca()
    return {
        "certificate": [own.certificate],
        "private_key": [own.private_key],
        "verify_token": [VERIFY_TOKEN],
    }


def bodies_for(number: str) -> Iterator[bytes]:
    """Return what WhatsApp may deliver for a phone number."""
    wamid = a_wamid()
    yield a_delivery(an_inbound_text(), number=number)
    yield a_delivery(
        an_inbound("image", image={"id": "1", "mime_type": "image/jpeg"}), number=number
    )
    yield a_delivery(a_status("sent", wamid), a_status("read", wamid), number=number)
    yield a_delivery(an_inbound_text("Hola", timestamp="-1"), number=number)
    yield b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"value": []}]}]}'
    yield b"{}"
