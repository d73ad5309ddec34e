"""A running sandbox as tests drive it: faults are switched on, what it received is read."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.waiting import eventually_true

TIMEOUT_SECONDS = 10.0
# More than any test makes it receive.
EVERYTHING = "5000"

Entry = Mapping[str, Any]
"""One entry of the sandbox's JSON."""


class SandboxControl:
    """Speaks the sandbox's own HTTP interface."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def put_fault(self, target: str, kind: str, **details: object) -> None:
        answer = await self._http.put(f"/sandbox/faults/{target}", json={"kind": kind, **details})
        answer.raise_for_status()

    async def clear_faults(self) -> None:
        (await self._http.delete("/sandbox/faults")).raise_for_status()

    async def behave(self, **whatsapp: object) -> None:
        """Change how WhatsApp's stand-in behaves."""
        answer = await self._http.patch("/sandbox/whatsapp/behaviour", json=whatsapp)
        answer.raise_for_status()

    async def behave_as_arca(self, **arca: object) -> None:
        """Change how ARCA's stand-in behaves."""
        answer = await self._http.patch("/sandbox/arca/behaviour", json=arca)
        answer.raise_for_status()

    async def received(self, operation: str, *, outcome: str = "", **fields: str) -> list[Entry]:
        """Return the calls of an operation with these fields, the newest first."""
        query = {"operation": operation}
        return [
            entry
            for entry in await self._listed("/sandbox/received", "received", **query)
            if outcome in entry["outcome"] and _has(entry, fields)
        ]

    async def receives(
        self, operation: str, *, outcome: str = "", within_seconds: float = 30, **fields: str
    ) -> bool:
        """Wait for such a call; return whether it came within the time."""

        async def has_come() -> bool:
            return bool(await self.received(operation, outcome=outcome, **fields))

        return await eventually_true(has_come, within_seconds=within_seconds)

    async def has_come_to_rest(self, operation: str, *, within_seconds: float = 30) -> bool:
        """Wait until every call of an operation has come to its end, whoever waits for it."""

        async def is_at_rest() -> bool:
            calls = await self.received(operation)
            return all(entry["duration_ms"] is not None for entry in calls)

        return await eventually_true(is_at_rest, within_seconds=within_seconds)

    async def certificate_for(self, request_pem: str) -> str:
        """Upload a certificate request to ARCA's stand-in and return the certificate."""
        body = {"request": request_pem}
        answer = await self._http.post("/sandbox/arca/certificate-requests", json=body)
        answer.raise_for_status()
        return str(answer.json()["certificate"])

    async def vouchers(self, cuit: str) -> list[Entry]:
        """Return what ARCA's stand-in authorised for an issuer, in the order of the numbers."""
        found = await self._listed("/sandbox/arca/vouchers", "vouchers", cuit=cuit)
        return sorted(found, key=lambda voucher: (voucher["tipo"], voucher["numero_desde"]))

    async def messages(self, *, to: str = "", callback_data: str = "") -> list[Entry]:
        """Return what WhatsApp's stand-in took, for a number or under our own id."""
        query = {"to": to, "callback_data": callback_data}
        wanted = {name: value for name, value in query.items() if value}
        return await self._listed("/sandbox/whatsapp/messages", "messages", **wanted)

    async def _listed(self, path: str, field: str, **query: str) -> list[Entry]:
        answer = await self._http.get(path, params={"limit": EVERYTHING, **query})
        answer.raise_for_status()
        listed: list[Entry] = answer.json()[field]
        return listed


def _has(entry: Entry, fields: Mapping[str, str]) -> bool:
    return all(str(entry["fields"].get(name)) == value for name, value in fields.items())


@asynccontextmanager
async def sandbox_at(url: str) -> AsyncIterator[SandboxControl]:
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS) as http:
        yield SandboxControl(http)
