"""The whole platform on free ports with its state in a temporary folder, for e2e and chaos."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_platform.platform import LocalPlatform
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.children import Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DURABLE, LocalPostgres
from cli.settings import LocalSettings
from tests.support.local_pgbouncer import LocalPgbouncer
from tests.support.servers import running_pgbouncer, temporary_folder

_CALLS_PER_SECOND = 10_000
PATIENCE = {
    "CAMPOTECH_AFIP_CALLS_PER_MINUTE": "10000",
    "CAMPOTECH_AFIP_CALLS_PER_HOUR": "10000",
    "CAMPOTECH_WHATSAPP_PAIR_SECONDS": "1",
    "CAMPOTECH_BREAKER_RETRY_SECONDS": "2",
    "CAMPOTECH_BREAKER_PARK_SECONDS": "3",
    "CAMPOTECH_CALLER_CALLS_PER_SECOND": str(_CALLS_PER_SECOND),
    "CAMPOTECH_ORGANIZATION_CALLS_PER_SECOND": str(_CALLS_PER_SECOND),
    "CAMPOTECH_ADDRESS_CALLS_PER_SECOND": str(_CALLS_PER_SECOND),
}
"""The sandbox bears more than ARCA, tests call faster than people, and none waits for minutes."""


@asynccontextmanager
async def running_platform(
    *,
    environment: Mapping[str, str] | None = None,
    log_copy: Path | None = None,
    postgres_parameters: Mapping[str, str] = DURABLE,
    servers: int = 1,
    through_pgbouncer: bool = False,
) -> AsyncIterator[LocalPlatform]:
    """Yield a platform of the caller's own.

    `environment` is added to what its programs read; their logs are copied to `log_copy` at the
    end, as the state goes with the folder.
    """
    with ExitStack() as stack:
        state_dir = stack.enter_context(temporary_folder())
        ports = stack.enter_context(HeldPorts())
        settings = settings_on_free_ports(ports, state_dir, servers=servers).model_copy(
            update={"caller_calls_per_second": _CALLS_PER_SECOND}
        )
        inherited = {**os.environ, **PATIENCE, **(environment or {})}
        app_address: Callable[[str], str] = str
        if through_pgbouncer:
            app_address = stack.enter_context(_pgbouncer_of(settings)).through
        platform = LocalPlatform(
            settings,
            environment=inherited,
            postgres_parameters=postgres_parameters,
            app_address=app_address,
        )
        try:
            async with platform:
                yield platform
        finally:
            if log_copy is not None:
                shutil.copytree(platform.folder.logs, log_copy, dirs_exist_ok=True)


@contextmanager
def _pgbouncer_of(settings: LocalSettings) -> Iterator[LocalPgbouncer]:
    """Yield one that waits for the Postgres of a platform which has not been started yet."""
    folder = StateFolder.at(settings.state_dir)
    with temporary_folder() as logs, Children(logs) as children:
        postgres = LocalPostgres(folder.postgres, port=settings.postgres_port, children=children)
        # Its passwords are made with it.
        postgres.prepare()
        with running_pgbouncer(postgres, logs) as bouncer:
            yield bouncer
