"""`campotech migrate`: the schema and the partitions of a database, brought up to date."""

from typing import Annotated

import psycopg
import typer
from rich.console import Console

from cli.local_platform.programs import DATABASE
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.errors import LocalServerError
from cli.local_servers.postgres import local_url
from cli.settings import LocalSettings
from db.migrate import MigrationError
from db.migrate import migrate as migrate_database
from db.roles import OWNER


def migrate(
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="CAMPOTECH_DATABASE_DIRECT_URL",
            show_envvar=True,
            help="The database, as the owner role; without it, the one that `campotech up` runs.",
        ),
    ] = None,
) -> None:
    """Apply the migrations that are missing, and make the partitions that are due."""
    console = Console(highlight=False)
    try:
        applied = migrate_database(database_url or _local_database())
    except (LocalServerError, MigrationError, psycopg.OperationalError) as error:
        console.print(f"Cannot migrate: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from None
    for name in applied:
        console.print(f"applied {name}")
    console.print("The schema is up to date.")


def _local_database() -> str:
    settings = LocalSettings()
    folder = StateFolder.at(settings.state_dir)
    return local_url(folder.postgres, OWNER, port=settings.postgres_port, database=DATABASE)
