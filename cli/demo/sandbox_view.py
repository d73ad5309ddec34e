"""What the stand-ins of ARCA and WhatsApp say they have received."""

from collections.abc import Mapping
from typing import Any

import httpx

from campotech_client.resources import Invoice, Message

TIMEOUT_SECONDS = 10.0
Entry = Mapping[str, Any]
"""One entry of the sandbox's JSON."""


class SandboxView:
    """Reads the sandbox's lists over HTTP; raises httpx.HTTPError when it cannot."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def voucher_of(self, invoice: Invoice, *, cuit: str) -> Entry | None:
        """Return the document that ARCA's stand-in authorised under the invoice's number."""
        vouchers = await self._listed("/sandbox/arca/vouchers", "vouchers", cuit=cuit)
        series = (invoice.punto_de_venta, invoice.comprobante_tipo)
        for voucher in vouchers:
            is_of_series = (voucher["punto_de_venta"], voucher["tipo"]) == series
            if (
                is_of_series
                and voucher["numero_desde"] <= invoice.number <= voucher["numero_hasta"]
            ):
                return voucher
        return None

    async def message_of(self, message: Message) -> Entry | None:
        """Return what WhatsApp's stand-in received under the message's id."""
        received = await self._listed(
            "/sandbox/whatsapp/messages", "messages", to=message.phone_number
        )
        return next((entry for entry in received if entry["wamid"] == message.wamid), None)

    async def _listed(self, path: str, field: str, **query: str) -> list[Entry]:
        async with httpx.AsyncClient(base_url=self._url, timeout=TIMEOUT_SECONDS) as client:
            answer = await client.get(path, params=query)
        answer.raise_for_status()
        listed: list[Entry] = answer.json()[field]
        return listed
