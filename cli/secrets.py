"""`campotech secrets`: under which keys stored secrets are encrypted, and encrypting them anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from adapters.postgres.pools import create_pool
from adapters.postgres.resealing import PostgresResealing
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing, KeySettingError
from cli.local_platform.programs import DATABASE
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.errors import LocalServerError
from cli.local_servers.postgres import local_url
from cli.settings import LocalSettings
from db.roles import APP, SYSTEM
from domain.errors import DomainError

secrets = typer.Typer(
    name="secrets",
    no_args_is_help=True,
    help="Show which keys stored secrets are encrypted with, or encrypt them with the newest.",
)
Answer = TypeVar("Answer")
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        envvar="CAMPOTECH_DATABASE_URL",
        show_envvar=True,
        help="The database, as the app role; without it, the one that `campotech up` runs.",
    ),
]
SystemUrl = Annotated[
    str | None,
    typer.Option(
        envvar="CAMPOTECH_DATABASE_SYSTEM_URL",
        show_envvar=True,
        help="The same as the system role.",
    ),
]
Keys = Annotated[
    str | None,
    # Of the environment alone: what stands on a command line everybody on the machine can read.
    typer.Option(envvar="CAMPOTECH_SECRETS_KEY", show_envvar=True, hidden=True),
]


@secrets.command()
def status(
    database_url: DatabaseUrl = None, system_url: SystemUrl = None, keys: Keys = None
) -> None:
    """Show how many secrets each key has encrypted."""
    ring = _ring(keys)
    counts = _ask(ring, database_url, system_url, lambda resealing: resealing.secrets_by_key())
    console = Console(highlight=False)
    if not counts:
        console.print("No secret is stored.")
    for name, count in sorted(counts.items()):
        console.print(f"{name}: {count}{_remark(ring, name)}")


@secrets.command()
def reseal(
    database_url: DatabaseUrl = None, system_url: SystemUrl = None, keys: Keys = None
) -> None:
    """Encrypt every secret anew that an older key encrypted; everything may go on meanwhile."""
    ring = _ring(keys)
    done, unreadable = _ask(ring, database_url, system_url, lambda resealing: resealing.reseal())
    Console(highlight=False).print(f"Encrypted {done} with {ring.sealing_name}.")
    for organization_id in unreadable:
        _complain(f"A secret of organizations/{organization_id} opens with none of the keys.")
    if unreadable:
        raise typer.Exit(1)


def _remark(ring: KeyRing, name: str) -> str:
    if name == ring.sealing_name:
        return ""
    return " (older)" if name in ring.names else " (not among the keys: these cannot be opened)"


def _ring(keys: str | None) -> KeyRing:
    try:
        return KeyRing.from_setting(keys or _folder().secrets_key())
    except KeySettingError as error:
        _complain(f"CAMPOTECH_SECRETS_KEY: {error}")
        raise typer.Exit(1) from None


def _ask(
    ring: KeyRing,
    database_url: str | None,
    system_url: str | None,
    question: Callable[[PostgresResealing], Awaitable[Answer]],
) -> Answer:
    async def answer() -> Answer:
        urls = database_url or _local_database(APP), system_url or _local_database(SYSTEM)
        async with _open_resealing(ring, *urls) as resealing:
            return await question(resealing)

    try:
        return asyncio.run(answer())
    except (LocalServerError, DomainError) as error:
        _complain(f"That cannot be done: {error}")
        raise typer.Exit(1) from None


@asynccontextmanager
async def _open_resealing(
    ring: KeyRing, database_url: str, system_url: str
) -> AsyncIterator[PostgresResealing]:
    app_pool = create_pool(database_url, name="secrets command", max_size=1)
    system_pool = create_pool(system_url, name="secrets command", max_size=1)
    await app_pool.open()
    await system_pool.open()
    try:
        yield PostgresResealing(
            app_pool, system_pool, SealedColumns(ring), newest_key=ring.sealing_name
        )
    finally:
        await app_pool.close()
        await system_pool.close()


def _folder() -> StateFolder:
    return StateFolder.at(LocalSettings().state_dir)


def _local_database(role: str) -> str:
    port = LocalSettings().postgres_port
    return local_url(_folder().postgres, role, port=port, database=DATABASE)


def _complain(text: str) -> None:
    Console(stderr=True, highlight=False).print(text, style="bold red", soft_wrap=True)
