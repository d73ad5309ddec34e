"""The whole platform on free ports with its state in a temporary folder, for e2e and chaos."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_platform.platform import LocalPlatform
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DURABLE
from tests.support.servers import temporary_folder

PATIENCE = {
    "CAMPOTECH_AFIP_CALLS_PER_MINUTE": "10000",
    "CAMPOTECH_AFIP_CALLS_PER_HOUR": "10000",
    "CAMPOTECH_WHATSAPP_PAIR_SECONDS": "1",
    "CAMPOTECH_BREAKER_RETRY_SECONDS": "2",
    "CAMPOTECH_BREAKER_PARK_SECONDS": "3",
    "CAMPOTECH_CALLER_CALLS_PER_SECOND": "10000",
    "CAMPOTECH_ORGANIZATION_CALLS_PER_SECOND": "10000",
    "CAMPOTECH_ADDRESS_CALLS_PER_SECOND": "10000",
}
"""The sandbox bears more than ARCA, tests call faster than people, and none waits for minutes."""


@asynccontextmanager
async def running_platform(
    *,
    environment: Mapping[str, str] | None = None,
    log_copy: Path | None = None,
    postgres_parameters: Mapping[str, str] = DURABLE,
) -> AsyncIterator[LocalPlatform]:
    """Yield a platform of the caller's own.

    `environment` is added to what its programs read; their logs are copied to `log_copy` at the
    end, as the state goes with the folder.
    """
    with temporary_folder() as state_dir, HeldPorts() as ports:
        settings = settings_on_free_ports(ports, state_dir)
        inherited = {**os.environ, **PATIENCE, **(environment or {})}
        platform = LocalPlatform(
            settings, environment=inherited, postgres_parameters=postgres_parameters
        )
        try:
            async with platform:
                yield platform
        finally:
            if log_copy is not None:
                shutil.copytree(platform.folder.logs, log_copy, dirs_exist_ok=True)
