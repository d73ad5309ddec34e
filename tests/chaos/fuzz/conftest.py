"""A server of its own for what may pause queues and void what others rely on, and its edge."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from adapters.clock import SystemClock
from cli.edge.caller_limit import CallerLimit
from cli.edge.configuration import Edge
from cli.local_servers.children import Children
from cli.local_servers.envoy import LocalEnvoy
from cli.local_servers.ports import LOOPBACK, HeldPorts
from tests.support.fuzzing.firing_range import FiringRange, firing_range
from tests.support.graph_numbers import graph_numbers
from tests.support.rpc import APP_SECRET, SECRETS_KEY, VERIFY_TOKEN, Api
from tests.support.server_processes import ServerProcesses, is_serving, server_processes
from tests.support.servers import DatabaseServer, RunningValkey
from tests.support.waiting import eventually_true
from tests.support.web_blobs import KEYS_SETTING, WebBlobs

MANY = 1_000_000
MAX_MESSAGE_BYTES = 256 * 1024
SETTINGS = {
    "address_calls_per_second": MANY,
    "blob_signing_keys": KEYS_SETTING,
    "caller_calls_per_second": MANY,
    # What is logged then is our fault: a log that stays empty tells that nothing was.
    "log_level": "error",
    "max_message_bytes": MAX_MESSAGE_BYTES,
    "max_streams_per_caller": 1000,
    "organization_calls_per_second": MANY,
    "secrets_key": SECRETS_KEY,
    "stream_heartbeat_seconds": 0.3,
    "whatsapp_app_secret": APP_SECRET,
    "whatsapp_messages_per_second": MANY,
    "whatsapp_verify_token": VERIFY_TOKEN,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A server's processes, and the range on it."""

    processes: ServerProcesses
    ground: FiringRange
    children: dict[int, int]

    async def is_unharmed(self, log: str) -> bool:
        """Tell whether the same processes still serve, and complained of nothing since `log`."""
        same = self.processes.children() == self.children
        return same and self.processes.log() == log and await is_serving(self.processes.address)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def trial(
    postgres_server: DatabaseServer,
    valkey_server: RunningValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Trial]:
    folder = tmp_path_factory.mktemp("server")
    blob_folder = folder / "blobs"
    url = valkey_server.valkey.url()
    with (
        postgres_server.migrated_database() as database,
        graph_numbers() as whatsapp_url,
        server_processes(
            database,
            url,
            folder,
            count=1,
            blob_folder=blob_folder,
            whatsapp_url=whatsapp_url,
            **SETTINGS,
        ) as running,
    ):
        serving = partial(is_serving, running.address)
        assert await eventually_true(serving, within_seconds=30), running.log()
        async with AsyncExitStack() as channels:
            blobs = WebBlobs(blob_folder, SystemClock())
            api = Api(running.address, running.issuer, database, channels, blobs=blobs)
            async with firing_range(api, max_message_bytes=MAX_MESSAGE_BYTES) as ready:
                yield Trial(running, ready, running.children())


@pytest.fixture(scope="package")
def edge_url(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an Envoy before the server."""
    folder = tmp_path_factory.mktemp("envoy")
    with HeldPorts() as ports, Children(folder / "logs") as children:
        envoy = LocalEnvoy(
            folder,
            edge=Edge(
                address=LOOPBACK,
                port=ports.hold_any(),
                admin_port=ports.hold_any(),
                server_ports=(trial.processes.private_port_base,),
                cors_origins=(),
                caller_limit=CallerLimit(calls_per_second=MANY),
            ),
            children=children,
        )
        envoy.prepare()
        envoy.wait_until_ready(envoy.start())
        yield envoy.url
