"""WhatsApp talks to the platform through the edge, and its customers with the business."""

import json
from collections.abc import AsyncIterator
from secrets import randbelow

import httpx
import pytest
import pytest_asyncio

from campotech.messaging.v1.conversation_pb2 import Conversation
from campotech.messaging.v1.message_pb2 import Message
from campotech_client.errors import PreconditionError
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.waiting import eventually_true
from tests.support.whatsapp_deliveries import a_delivery, an_inbound_text, signature_of

PATH = "/webhooks/whatsapp"
SEVERAL_MEBIBYTES = 3 * 1024 * 1024


@pytest_asyncio.fixture(loop_scope="session")
async def business(platform: LocalPlatform) -> AsyncIterator[PlatformBusiness]:
    async with businesses_on(PlatformAccess(platform.settings)) as founder:
        yield await founder.open_business()


@pytest_asyncio.fixture(loop_scope="session")
async def http(platform: LocalPlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=30) as client:
        yield client


@pytest.fixture
def secret(platform: LocalPlatform) -> str:
    return platform.folder.whatsapp_app_secret()


async def deliver(http: httpx.AsyncClient, content: bytes, signature: str) -> httpx.Response:
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    return await http.post(PATH, content=content, headers=headers)


async def said(business: PlatformBusiness) -> list[str]:
    return [message.body async for message in business.office.messaging.list()]


async def conversation_with(business: PlatformBusiness) -> Conversation:
    async def has_begun() -> bool:
        return bool(await business.office.messaging.list_conversations().first())

    assert await eventually_true(has_begun, within_seconds=20)
    (conversation,) = await business.office.messaging.list_conversations().first()
    return conversation


async def comes_to(
    business: PlatformBusiness, message: Message, state: Message.State.ValueType
) -> bool:
    async def is_there() -> bool:
        return state in [
            each.state
            async for each in business.office.messaging.list()
            if each.name == message.name
        ]

    return await eventually_true(is_there, within_seconds=30)


async def customer_writes(platform: LocalPlatform, business: PlatformBusiness, text: str) -> None:
    async with httpx.AsyncClient(base_url=platform.sandbox_url) as sandbox:
        answer = await sandbox.post(
            "/sandbox/whatsapp/inbound",
            json={
                "phone_number_id": business.cuit,
                "sender": business.customer_phone_number,
                "text": text,
            },
        )
    answer.raise_for_status()


async def test_the_challenge_comes_back_as_bare_text(
    platform: LocalPlatform, http: httpx.AsyncClient
) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": platform.folder.whatsapp_verify_token(),
        "hub.challenge": "1158201444",
    }

    answer = await http.get(PATH, params=query)

    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"] == "text/plain"


async def test_a_wrong_verify_token_is_forbidden(http: httpx.AsyncClient) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"}

    answer = await http.get(PATH, params=query)

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "1158201444" not in answer.text


async def test_the_signature_is_that_of_the_bytes_as_they_were_sent(
    business: PlatformBusiness, http: httpx.AsyncClient, secret: str
) -> None:
    event = an_inbound_text("¿Mañana  a las 9?\n👍", **{"from": business.customer_phone_number[1:]})
    content = json.dumps(
        json.loads(a_delivery(event, number=business.cuit)), ensure_ascii=False, indent=3
    ).encode()

    answer = await deliver(http, content, signature_of(content, secret))

    assert answer.status_code == httpx.codes.OK
    assert (await conversation_with(business)).last_message.body == "¿Mañana  a las 9?\n👍"


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64])
async def test_a_forged_delivery_is_unauthorized(
    business: PlatformBusiness, http: httpx.AsyncClient, signature: str
) -> None:
    content = a_delivery(an_inbound_text(), number=business.cuit)

    answer = await deliver(http, content, signature)

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json()["details"][0]["reason"] == "WEBHOOK_SIGNATURE_INVALID"


async def test_a_delivery_may_be_several_mebibytes_and_no_more_than_four(
    business: PlatformBusiness, http: httpx.AsyncClient, secret: str
) -> None:
    large = a_delivery(an_inbound_text("x" * SEVERAL_MEBIBYTES), number=business.cuit)
    too_large = b" " * (4 * 1024 * 1024 + 1)

    taken = await deliver(http, large, signature_of(large, secret))
    refused = await deliver(http, too_large, signature_of(too_large, secret))

    assert taken.status_code == httpx.codes.OK
    assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


async def test_a_customer_writes_and_is_answered_freely(
    platform: LocalPlatform, business: PlatformBusiness
) -> None:
    await customer_writes(platform, business, "Se rompió de nuevo")
    conversation = await conversation_with(business)

    answer = await business.office.messaging.send(conversation.customer, "Vamos para allá")

    assert conversation.customer == business.customer
    assert conversation.unanswered_count == 1
    assert await comes_to(business, answer, Message.STATE_READ)
    (answered,) = await business.office.messaging.list_conversations().first()
    assert answered.unanswered_count == 0
    assert await said(business) == ["Vamos para allá", "Se rompió de nuevo"]


async def test_whoever_did_not_write_gets_a_template(business: PlatformBusiness) -> None:
    with pytest.raises(PreconditionError) as refusal:
        await business.office.messaging.send(business.customer, "Hola")

    template = await business.office.messaging.send_template(
        business.customer,
        "job_completed_invoice",
        ["Ana", "1", "Factura B", "7", f"${randbelow(9)}"],
    )

    assert refusal.value.reason == "CONVERSATION_WINDOW_CLOSED"
    assert await comes_to(business, template, Message.STATE_READ)


async def test_statuses_that_come_in_the_wrong_order_repeated_and_forged_change_nothing(
    platform: LocalPlatform, business: PlatformBusiness
) -> None:
    await customer_writes(platform, business, "Hola")
    await conversation_with(business)
    badly = {"statuses_reversed": True, "webhook_replays": 2, "webhooks_forged": True}
    async with httpx.AsyncClient(base_url=platform.sandbox_url) as sandbox:
        before = (await sandbox.get("/sandbox/whatsapp/behaviour")).json()
        await sandbox.patch("/sandbox/whatsapp/behaviour", json=badly)

        sent = [await business.office.messaging.send(business.customer, "ok") for _ in range(2)]
        arrived = [await comes_to(business, message, Message.STATE_READ) for message in sent]

        restored = {name: before[name] for name in badly}
        await sandbox.patch("/sandbox/whatsapp/behaviour", json=restored)
    assert all(arrived)
    assert await said(business) == ["ok", "ok", "Hola"]
