"""The whole server in this process, on a real database, and callers of it with real tokens."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import grpc
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from adapters.clock import SystemClock
from adapters.settings import AdapterSettings
from campotech.directory.v1 import (
    api_keys_pb2_grpc,
    connections_pb2_grpc,
    directory_pb2_grpc,
)
from campotech.health.v1 import health_pb2_grpc
from campotech.invoicing.v1 import invoices_pb2_grpc
from campotech.jobs.v1 import jobs_pb2_grpc
from campotech.messaging.v1 import messages_pb2_grpc
from campotech.operations.v1 import queues_pb2_grpc
from campotech.tracking.v1 import locations_pb2_grpc
from campotech.webhooks.v1 import webhooks_pb2_grpc
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID, OrganizationId
from server.child import running_server
from server.settings import ServerSettings
from tests.support.client_metadata import adding_metadata
from tests.support.clocks import new_id
from tests.support.graph_numbers import graph_numbers
from tests.support.servers import Database
from tests.support.token_issuer import TokenIssuer
from tests.support.web_blobs import KEYS_SETTING, WebBlobs

HEARTBEAT_SECONDS = 0.3
STANDING_NEWS_SECONDS = 0.1
MAX_MESSAGE_BYTES = 64 * 1024
CALLS_PER_SECOND = 10_000
"""Of one caller: tests call faster than people, and the tests of limits set their own."""
APP_SECRET = "campo-app-secret"  # noqa: S105  # of no app
VERIFY_TOKEN = "campo-verify-token"  # noqa: S105  # of no app
SECRETS_KEY = "rpc:" + base64.b64encode(b"r" * 32).decode()


class Caller:
    """Somebody with a token, or without one, and the stubs of every service."""

    def __init__(self, address: str, token: str) -> None:
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self.channel = grpc.aio.insecure_channel(address, interceptors=adding_metadata(metadata))
        self.api_keys = api_keys_pb2_grpc.ApiKeyServiceStub(self.channel)
        self.connections = connections_pb2_grpc.ConnectionServiceStub(self.channel)
        self.directory = directory_pb2_grpc.DirectoryServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthServiceStub(self.channel)
        self.invoicing = invoices_pb2_grpc.InvoicingServiceStub(self.channel)
        self.jobs = jobs_pb2_grpc.JobServiceStub(self.channel)
        self.messaging = messages_pb2_grpc.MessagingServiceStub(self.channel)
        self.queues = queues_pb2_grpc.QueueServiceStub(self.channel)
        self.tracking = locations_pb2_grpc.TrackingServiceStub(self.channel)
        self.webhooks = webhooks_pb2_grpc.WebhookServiceStub(self.channel)


class Api:
    """A running server, and whoever calls it."""

    def __init__(
        self,
        address: str,
        issuer: TokenIssuer,
        database: Database,
        channels: AsyncExitStack,
        *,
        blobs: WebBlobs | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self.registry = registry or CollectorRegistry()
        """What the server counts, where it runs in this process."""
        self.issuer = issuer
        self.blobs = blobs
        self.database = database
        self.address = address
        self._channels = channels

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def caller(
        self, *roles: Role, organization_id: OrganizationId, subject: UUID | str | None = None
    ) -> Caller:
        """Return somebody who may call as these roles; without a subject, a stranger."""
        token = self.issuer.token(
            *roles, organization_id=organization_id, subject=str(subject or new_id())
        )
        return self.caller_with(token)

    def admin(self) -> Caller:
        """Return one of the platform's own staff."""
        return self.caller(Role.ADMIN, organization_id=PLATFORM_ORGANIZATION_ID)

    def caller_with(self, token: str) -> Caller:
        """Return somebody with this token; an empty one is none."""
        caller = Caller(self.address, token)
        self._channels.push_async_callback(caller.channel.close)
        return caller


@asynccontextmanager
async def running_api(
    database: Database,
    valkey_url: str,
    folder: Path,
    *,
    traces_endpoint: str | None = None,
    outside: Mapping[str, object] | None = None,
) -> AsyncIterator[Api]:
    """Yield the server that `python -m server` runs, on a free port; `folder` takes its keys.

    `outside` is what a test sets otherwise of what is outside, by the fields of AdapterSettings.
    """
    issuer = TokenIssuer(folder)
    settings = ServerSettings(
        jwks_url=issuer.jwks_url,
        reflection=True,
        server_processes=1,
        address_calls_per_second=CALLS_PER_SECOND,
        caller_calls_per_second=CALLS_PER_SECOND,
        organization_calls_per_second=CALLS_PER_SECOND,
        max_message_bytes=MAX_MESSAGE_BYTES,
        stream_heartbeat_seconds=HEARTBEAT_SECONDS,
        standing_news_seconds=STANDING_NEWS_SECONDS,
    )
    registry = CollectorRegistry()
    with graph_numbers() as whatsapp_url:
        adapters = AdapterSettings(
            blob_folder=folder / "blobs",
            blob_signing_keys=SecretStr(KEYS_SETTING),
            database_url=SecretStr(database.app_url),
            database_system_url=SecretStr(database.system_url),
            redis_url=SecretStr(valkey_url),
            secrets_key=SecretStr(SECRETS_KEY),
            whatsapp_app_secret=SecretStr(APP_SECRET),
            whatsapp_url=whatsapp_url,
            whatsapp_verify_token=SecretStr(VERIFY_TOKEN),
            traces_endpoint=traces_endpoint,
        ).model_copy(update=outside)
        async with (
            running_server(settings, adapters, process="test", registry=registry) as server,
            AsyncExitStack() as channels,
        ):
            port = server.listen("127.0.0.1", 0)
            await server.start()
            address, blobs = f"127.0.0.1:{port}", WebBlobs(folder / "blobs", SystemClock())
            yield Api(address, issuer, database, channels, blobs=blobs, registry=registry)
