"""`campotech cron`: what the platform does again and again, and a run of it out of turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.clock import SystemClock, Uuid7Source
from adapters.cron_schedules import TIME_ZONES
from adapters.postgres.cron_store import PostgresCronStore
from adapters.postgres.pools import create_pool
from adapters.postgres.transactions import TransactionOpener
from cli.local_platform.programs import DATABASE
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.errors import LocalServerError
from cli.local_servers.postgres import local_url
from cli.settings import LocalSettings
from cli.silent_hints import SilentHints
from db.roles import APP
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.errors import DomainError
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.cron import CronEntry
from domain.operations.use_cases.run_cron_entry import run_cron_entry

cron = typer.Typer(
    name="cron",
    no_args_is_help=True,
    help="Show what is dispatched by the clock, or dispatch it now.",
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


@cron.command("list")
def list_entries(database_url: DatabaseUrl = None) -> None:
    """Show every entry: its schedule, what becomes of missed times, when it ran and will run."""
    entries = _ask(database_url, lambda store: store.list())
    Console(highlight=False).print(_table(entries, now=SystemClock().now()))


@cron.command()
def run(
    name: Annotated[str, typer.Argument(help="The entry, as `campotech cron list` names it.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Dispatch an entry's task now; its own times stay as they are."""
    context = CommandContext(
        organization_id=PLATFORM_ORGANIZATION_ID,
        actor=PLATFORM_ACTOR,
        correlation_id=f"campotech cron run {name}",
    )
    task = _ask(
        database_url,
        lambda store: run_cron_entry(store, Uuid7Source(), context=context, name=name),
    )
    Console(highlight=False).print(
        f"Dispatched {task.type} as {task.idempotency_key}.", soft_wrap=True
    )


def _ask(
    database_url: str | None, question: Callable[[PostgresCronStore], Awaitable[Answer]]
) -> Answer:
    async def answer() -> Answer:
        async with _open_store(database_url or _local_database()) as store:
            return await question(store)

    try:
        return asyncio.run(answer())
    except (LocalServerError, DomainError) as error:
        Console(stderr=True, highlight=False).print(
            f"That cannot be done: {error}", style="bold red", soft_wrap=True
        )
        raise typer.Exit(1) from None


@asynccontextmanager
async def _open_store(database_url: str) -> AsyncIterator[PostgresCronStore]:
    pool = create_pool(database_url, name="cron command", max_size=1)
    await pool.open()
    try:
        yield PostgresCronStore(TransactionOpener(pool, Uuid7Source(), SilentHints()))
    finally:
        await pool.close()


def _local_database() -> str:
    settings = LocalSettings()
    folder = StateFolder.at(settings.state_dir)
    return local_url(folder.postgres, APP, port=settings.postgres_port, database=DATABASE)


def _table(entries: Sequence[CronEntry], *, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("ENTRY", "SCHEDULE", "TASK", "MISSED TIMES", "LAST", "NEXT"):
        table.add_column(heading, no_wrap=True)
    for entry in entries:
        table.add_row(
            entry.name,
            f"{entry.schedule} {_place(entry)}",
            " ".join([entry.task_type, *map(str, entry.payload.values())]),
            entry.catch_up.value,
            _moment(entry, entry.last_fire_at),
            _next(entry, now),
        )
    return table


def _place(entry: CronEntry) -> str:
    return entry.time_zone.rpartition("/")[2].replace("_", " ")


def _next(entry: CronEntry, now: datetime) -> Text:
    if not entry.is_enabled:
        return Text("disabled", style="dim")
    if entry.next_fire_at <= now:
        return Text("now", style="bold green")
    return Text(_moment(entry, entry.next_fire_at))


def _moment(entry: CronEntry, moment: datetime | None) -> str:
    if moment is None:
        return "never"
    return f"{moment.astimezone(TIME_ZONES.get(entry.time_zone, UTC)):%Y-%m-%d %H:%M}"
