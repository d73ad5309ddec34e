"""Our own server for a suite: one child, as a process, on a database of the suite's."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import grpc

from benchmarks.workshop import Database, Workshop
from cli.development_tokens import mint_token
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_servers.children import Child
from domain.commands import Role
from domain.identifiers import OrganizationId

MANY_CALLS_PER_SECOND = 1_000_000
NO_CALL_LIMITS = {
    "CAMPOTECH_CALLER_CALLS_PER_SECOND": str(MANY_CALLS_PER_SECOND),
    "CAMPOTECH_ORGANIZATION_CALLS_PER_SECOND": str(MANY_CALLS_PER_SECOND),
}
"""One caller makes all the calls here; what the limits cost is paid all the same."""
DEFAULT_LIMITS: Mapping[str, str] = {}
_READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class OwnApi:
    """A server that answers, and tokens for it."""

    address: str
    private_port: int
    """Where it listens for the edge."""
    program: Child
    keys: DevelopmentKeys

    def token(self, organization_id: UUID) -> str:
        """Return a dispatcher's token."""
        return mint_token(
            self.keys,
            organization_id=OrganizationId(organization_id),
            roles=[Role.DISPATCHER],
            subject="benchmark",
        )


@contextmanager
def own_api(
    workshop: Workshop, database: Database, *, settings: Mapping[str, str] = NO_CALL_LIMITS
) -> Iterator[OwnApi]:
    """Yield a server of one child, with every setting but the limits of a caller at its default."""
    with tempfile.TemporaryDirectory(prefix="campotech-keys-") as folder:
        keys = DevelopmentKeys(Path(folder))
        keys.ensure()
        port, private_port = workshop.hold_port(), workshop.hold_port()
        program = workshop.start(
            "server",
            [sys.executable, "-m", "server"],
            environment={
                "CAMPOTECH_DATABASE_URL": database.app_url,
                "CAMPOTECH_DATABASE_SYSTEM_URL": database.system_url,
                "CAMPOTECH_REDIS_URL": workshop.valkey_url,
                "CAMPOTECH_JWKS_URL": keys.jwks_url,
                "CAMPOTECH_SERVER_PROCESSES": "1",
                "CAMPOTECH_GRPC_PORT": str(port),
                "CAMPOTECH_PRIVATE_PORT_BASE": str(private_port),
                "CAMPOTECH_METRICS_PORT": str(workshop.hold_port()),
                **settings,
            },
        )
        try:
            wait_until_connected(f"127.0.0.1:{port}")
            yield OwnApi(f"127.0.0.1:{port}", private_port, program, keys)
        finally:
            program.stop(timeout_seconds=15)


def wait_until_connected(address: str) -> None:
    """Wait until a gRPC server listens; raise TimeoutError."""
    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=_READY_SECONDS)
        except grpc.FutureTimeoutError as error:
            raise TimeoutError(f"Nobody listens on {address}.") from error
