"""WebhookService over a real channel, as WhatsApp calls it through the edge."""

import asyncio
from collections.abc import Iterator

import grpc
import psycopg
import pytest
import pytest_asyncio
from google.api.httpbody_pb2 import HttpBody
from psycopg.rows import TupleRow

from campotech.webhooks.v1 import webhooks_pb2
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from tests.support.businesses import Business, a_business
from tests.support.clocks import new_id
from tests.support.refusals import Refused, refused
from tests.support.rpc import APP_SECRET, VERIFY_TOKEN, Api
from tests.support.whatsapp_deliveries import (
    a_change,
    a_delivery,
    an_inbound_text,
    delivery_of,
    signature_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="package")

INBOX = """
SELECT content, tasks.id FROM webhook_inbox AS entry LEFT JOIN tasks
  ON tasks.organization_id = entry.organization_id AND tasks.type = 'webhook:process'
  AND tasks.payload ->> 'inbox_id' = entry.id::text
WHERE entry.organization_id = %s
"""


@pytest_asyncio.fixture(loop_scope="package")
async def connected(api: Api) -> tuple[Business, str]:
    """Return a business, and its business number at WhatsApp."""
    number = str(new_id().int)[:15]
    return await a_business(api, whatsapp_phone_number_id=number), number


@pytest.fixture
def database(api: Api) -> Iterator[psycopg.Connection[TupleRow]]:
    with psycopg.connect(api.database.superuser_url, autocommit=True) as connection:
        yield connection


async def deliver(api: Api, content: bytes, signature: str | None = None) -> None:
    claimed = signature_of(content, APP_SECRET) if signature is None else signature
    await api.caller_with("").webhooks.ReceiveWhatsApp(
        webhooks_pb2.ReceiveWhatsAppRequest(
            body=HttpBody(content_type="application/json", data=content)
        ),
        metadata=(("x-hub-signature-256", claimed),) if claimed else None,
    )


async def verify(api: Api, **particular: str) -> str:
    values = {
        "mode": "subscribe",
        "verify_token": VERIFY_TOKEN,
        "challenge": "1158201444",
        **particular,
    }
    answer = await api.caller_with("").webhooks.VerifyWhatsApp(
        webhooks_pb2.VerifyWhatsAppRequest(hub=webhooks_pb2.VerifyWhatsAppRequest.Hub(**values))
    )
    assert answer.body.content_type == "text/plain"
    return str(answer.body.data.decode())


def inbox(connection: psycopg.Connection[TupleRow], organization_id: object) -> list[TupleRow]:
    return connection.execute(INBOX, [organization_id]).fetchall()


async def test_the_challenge_comes_back_bare(api: Api) -> None:
    answer = await verify(api)

    assert answer == "1158201444"


@pytest.mark.parametrize("wrong", [{"verify_token": "guessed"}, {"mode": "unsubscribe"}])
async def test_whoever_does_not_know_the_verify_token_is_refused(
    api: Api, wrong: dict[str, str]
) -> None:
    refusal = await refused(verify(api, **wrong))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "WEBHOOK_VERIFICATION_REFUSED",
    )


async def test_a_delivery_is_stored_as_it_came_with_the_task_that_processes_it(
    api: Api, connected: tuple[Business, str], database: psycopg.Connection[TupleRow]
) -> None:
    business, number = connected
    content = a_delivery(an_inbound_text("¿Mañana a las 9?"), number=number)

    await deliver(api, content)

    ((stored, task_id),) = inbox(database, business.id)
    assert bytes(stored) == content
    assert task_id is not None


async def test_a_delivery_that_comes_again_is_taken_once(
    api: Api, connected: tuple[Business, str], database: psycopg.Connection[TupleRow]
) -> None:
    business, number = connected
    content = a_delivery(an_inbound_text(), number=number)

    await asyncio.gather(*(deliver(api, content) for _ in range(5)))

    assert len(inbox(database, business.id)) == 1


async def forged(api: Api, content: bytes, signature: str) -> Refused:
    return await refused(deliver(api, content, signature))


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "none"]
)
async def test_a_forged_delivery_is_refused_and_leaves_nothing(
    api: Api,
    connected: tuple[Business, str],
    database: psycopg.Connection[TupleRow],
    signature: str,
) -> None:
    business, number = connected
    content = a_delivery(an_inbound_text(), number=number)

    refusal = await forged(api, content, signature)

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "WEBHOOK_SIGNATURE_INVALID",
    )
    assert inbox(database, business.id) == []


async def test_a_body_that_was_changed_on_its_way_is_refused(
    api: Api, connected: tuple[Business, str], database: psycopg.Connection[TupleRow]
) -> None:
    business, number = connected
    content = a_delivery(an_inbound_text("Sí"), number=number)
    changed = content.replace(b"S\\u00ed", b"No")
    assert changed != content

    refusal = await forged(api, changed, signature_of(content, APP_SECRET))

    assert refusal.code is grpc.StatusCode.UNAUTHENTICATED
    assert inbox(database, business.id) == []


async def test_each_business_gets_its_own_part_of_a_delivery(
    api: Api, connected: tuple[Business, str], database: psycopg.Connection[TupleRow]
) -> None:
    business, number = connected
    other_number = str(new_id().int)[:15]
    other = await a_business(api, whatsapp_phone_number_id=other_number)
    content = delivery_of(
        a_change(an_inbound_text("para uno"), number=number),
        a_change(an_inbound_text("para otro"), number=other_number),
    )

    await deliver(api, content)

    ((ours, _),) = inbox(database, business.id)
    ((theirs, _),) = inbox(database, other.id)
    assert b"para uno" in bytes(ours)
    assert b"para otro" not in bytes(ours)
    assert b"para otro" in bytes(theirs)


@pytest.mark.parametrize(
    "content",
    [
        a_delivery(an_inbound_text(), number="999999999999999"),
        b"no JSON at all \0",
        b'{"entry": 5}',
        b'{"object": "whatsapp_business_account", "entry": []}',
    ],
    ids=["of nobody's number", "no JSON", "of another shape", "empty"],
)
async def test_what_belongs_to_nobody_is_kept_by_the_platform(
    api: Api, database: psycopg.Connection[TupleRow], content: bytes
) -> None:
    await deliver(api, content)

    stored = [bytes(row[0]) for row in inbox(database, PLATFORM_ORGANIZATION_ID)]
    assert stored.count(content) == 1
