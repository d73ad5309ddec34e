"""WhatsApp delivers while Postgres goes and comes: all that is genuine takes effect, once."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import psycopg

from campotech.messaging.v1.message_pb2 import Message
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness
from tests.support.recovery import comes_back
from tests.support.sandbox_control import SandboxControl
from tests.support.waiting import eventually_true
from tests.support.whatsapp_deliveries import (
    Event,
    a_delivery,
    a_status,
    an_inbound_text,
    signature_of,
)

EVENTS_IN_A_BODY = 1000
BODIES = 5
CUSTOMERS = 40
TEMPLATES = 4
TIMES = 2
TAKEN_WITHIN_SECONDS = 120
EFFECTIVE_WITHIN_SECONDS = 120
FORGED = "sha256=" + "0" * 64

KEPT = """
SELECT body, count(*) FROM whatsapp_messages
WHERE organization_id = %s AND direction = 'INBOUND' GROUP BY body
"""
UNPROCESSED = (
    "SELECT count(*) FROM webhook_inbox WHERE organization_id = %s AND processed_at IS NULL"
)


def bodies_of(business: PlatformBusiness, sent: Sequence[Message]) -> list[bytes]:
    """Return deliveries of a thousand messages and statuses each, in no order at all."""
    order = random.Random(business.cuit)  # noqa: S311 -- only an order
    texts = [
        an_inbound_text(f"mensaje {number}", **{"from": f"54911{number % CUSTOMERS:08}"})
        for number in range(BODIES * EVENTS_IN_A_BODY - 3 * len(sent))
    ]
    events: list[Event] = [*texts, *itertools.chain.from_iterable(map(statuses_of, sent))]
    order.shuffle(events)
    return [
        a_delivery(*events[start : start + EVENTS_IN_A_BODY], number=business.cuit)
        for start in range(0, len(events), EVENTS_IN_A_BODY)
    ]


def statuses_of(message: Message) -> list[Event]:
    message_id = UUID(message.name.rpartition("/")[2])
    return [
        a_status(status, message.wamid, message_id=message_id)
        for status in ("sent", "delivered", "read")
    ]


class Meta:
    """Delivers like the original: again until it is answered with 200, and then some."""

    def __init__(self, http: httpx.AsyncClient, secret: str) -> None:
        self._http = http
        self._secret = secret

    async def deliver(self, content: bytes) -> None:
        signature = signature_of(content, self._secret)

        async def is_taken() -> bool:
            return await self._post(content, signature) == httpx.codes.OK

        for _ in range(TIMES):
            assert await eventually_true(is_taken, within_seconds=TAKEN_WITHIN_SECONDS)

    async def forge(self, content: bytes) -> int | None:
        return await self._post(content, FORGED)

    async def _post(self, content: bytes, signature: str) -> int | None:
        try:
            answer = await self._http.post(
                "/webhooks/whatsapp", content=content, headers={"x-hub-signature-256": signature}
            )
        except httpx.TransportError:
            return None
        return answer.status_code


async def sent_templates(business: PlatformBusiness) -> list[Message]:
    """Return messages that WhatsApp took and of which it says nothing more."""
    parameters = ["Ana", "17", "Factura B", "75123456789012", "$ 121.000,00"]
    for _ in range(TEMPLATES):
        await business.office.messaging.send_template(
            business.customer, "job_completed_invoice", parameters
        )

    async def are_taken() -> bool:
        return all([message.wamid async for message in business.office.messaging.list()])

    assert await comes_back("templates taken", are_taken, within_seconds=TAKEN_WITHIN_SECONDS)
    return [message async for message in business.office.messaging.list()]


async def rows(
    access: PlatformAccess, query: str, business: PlatformBusiness
) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(access.superuser_url) as connection:
        return await (await connection.execute(query.encode(), [business.id])).fetchall()


async def test_thousands_of_events_take_effect_once_with_postgres_restarted_in_the_middle(
    platform: LocalPlatform,
    access: PlatformAccess,
    sandbox: SandboxControl,
    business: PlatformBusiness,
) -> None:
    await sandbox.behave(status_seconds=60)
    bodies = bodies_of(business, await sent_templates(business))
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=20) as http:
        meta = Meta(http, platform.folder.whatsapp_app_secret())
        forged = [await meta.forge(body) for body in bodies]

        await meta.deliver(bodies[0])
        async with asyncio.TaskGroup() as group:
            group.create_task(platform.restart_postgres())
            for body in bodies[1:]:
                group.create_task(meta.deliver(body))
    await sandbox.behave(status_seconds=0.3)

    async def is_effective() -> bool:
        return await rows(access, UNPROCESSED, business) == [(0,)]

    assert forged == [httpx.codes.UNAUTHORIZED] * BODIES
    assert await comes_back("effective", is_effective, within_seconds=EFFECTIVE_WITHIN_SECONDS)
    kept = await rows(access, KEPT, business)
    expected = BODIES * EVENTS_IN_A_BODY - 3 * TEMPLATES
    assert sorted(kept) == sorted((f"mensaje {number}", 1) for number in range(expected))
    states = [
        message.state
        async for message in business.office.messaging.list(customer=business.customer)
        if message.direction == Message.DIRECTION_OUTBOUND
    ]
    assert states == [Message.STATE_READ] * TEMPLATES
