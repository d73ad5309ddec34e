"""WebhookService with an inbox in memory: what is counted, and what a caller is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from adapters.clock import Uuid7Source
from adapters.whatsapp.webhooks import CloudApiWebhooks
from campotech.webhooks.v1 import webhooks_pb2, webhooks_pb2_grpc
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.webhooks.use_cases.receive_whatsapp import WebhookPorts
from server.api_server import Service
from server.services.webhook_metrics import WebhookMetrics
from server.services.webhooks import WebhookService
from tests.support.in_memory_webhooks import GivenNumbers, InMemoryWebhookInbox
from tests.support.loopback import loopback
from tests.support.refusals import refused
from tests.support.token_issuer import TokenIssuer
from tests.support.whatsapp_deliveries import a_delivery, an_inbound_text, signature_of

SECRET = "campo-app-secret"  # noqa: S105 -- of no app
CONTENT = a_delivery(an_inbound_text())


@dataclass(frozen=True, slots=True)
class Door:
    """The service, and what it left behind."""

    stub: webhooks_pb2_grpc.WebhookServiceStub
    inbox: InMemoryWebhookInbox
    registry: CollectorRegistry

    async def deliver(self, signature: str) -> None:
        await self.stub.ReceiveWhatsApp(
            webhooks_pb2.ReceiveWhatsAppRequest(body=HttpBody(data=CONTENT)),
            metadata=(("x-hub-signature-256", signature),),
        )

    def counted(self, name: str) -> float | None:
        return self.registry.get_sample_value(name, {"provider": "whatsapp"})


@asynccontextmanager
async def running_door(issuer: TokenIssuer, *, secret: str = SECRET) -> AsyncIterator[Door]:
    inbox, registry = InMemoryWebhookInbox(), CollectorRegistry()
    ports = WebhookPorts(
        whatsapp=CloudApiWebhooks(
            app_secret=SecretStr(secret) if secret else None, verify_token=None
        ),
        numbers=GivenNumbers({}),
        inbox=inbox,
        ids=Uuid7Source(),
    )
    service = Service(
        webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"].full_name,
        partial(
            webhooks_pb2_grpc.add_WebhookServiceServicer_to_server,
            WebhookService(ports, WebhookMetrics(registry)),
        ),
    )
    async with loopback([service], issuer) as running:
        yield Door(webhooks_pb2_grpc.WebhookServiceStub(running.channel), inbox, registry)


async def test_genuine_deliveries_are_stored_and_counted(issuer: TokenIssuer) -> None:
    async with running_door(issuer) as door:
        for _ in range(2):
            await door.deliver(signature_of(CONTENT, SECRET))

    assert len(door.inbox.entries) == 1
    assert door.counted("campotech_webhooks_received_total") == 2


async def test_forged_deliveries_are_counted_and_leave_nothing(issuer: TokenIssuer) -> None:
    async with running_door(issuer) as door:
        refusal = await refused(door.deliver(signature_of(CONTENT, "guessed")))

    assert refusal.code is grpc.StatusCode.UNAUTHENTICATED
    assert door.inbox.entries == {}
    assert door.counted("campotech_webhooks_refused_total") == 1
    assert door.counted("campotech_webhooks_received_total") is None


@pytest.mark.parametrize("key", [SECRET, ""])
async def test_without_a_secret_of_ours_everything_is_forged(issuer: TokenIssuer, key: str) -> None:
    async with running_door(issuer, secret="") as door:
        refusal = await refused(door.deliver(signature_of(CONTENT, key)))

    assert refusal.reason == "WEBHOOK_SIGNATURE_INVALID"
    assert door.inbox.entries == {}


async def test_what_cannot_be_stored_is_not_acknowledged(issuer: TokenIssuer) -> None:
    async with running_door(issuer) as door:
        door.inbox.away = {PLATFORM_ORGANIZATION_ID}
        refusal = await refused(door.deliver(signature_of(CONTENT, SECRET)))

    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert door.counted("campotech_webhooks_received_total") is None
