"""`campotech up`: the whole platform on this machine until Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import Mapping

import typer
from pydantic import ValidationError
from rich.console import Console

from cli.local_platform.announcements import Announcements
from cli.local_platform.platform import LocalPlatform
from cli.local_servers.errors import LocalServerError
from cli.settings import LocalSettings, complaints
from db.migrate import MigrationError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up() -> None:
    """Start the whole platform here and watch over it; Ctrl-C stops it.

    Postgres, Valkey, Envoy, stand-ins for ARCA and WhatsApp, the server, the workers and the
    keeper run as child processes; what dies is restarted. All state is in .campotech.
    """
    announcements = Announcements(Console(highlight=False))
    try:
        asyncio.run(run_until_stopped(LocalSettings(), os.environ, announcements))
    except ValidationError as error:
        announcements.failed("; ".join(complaints(error)))
        raise typer.Exit(1) from None
    except (LocalServerError, MigrationError) as error:
        announcements.failed(str(error))
        raise typer.Exit(1) from None


async def run_until_stopped(
    settings: LocalSettings, environment: Mapping[str, str], announcements: Announcements
) -> None:
    platform = LocalPlatform(settings, environment=environment, report=announcements.event)
    running = asyncio.create_task(_run(platform, announcements))
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, _stop, running, platform, announcements)
    try:
        await running
    except asyncio.CancelledError:
        announcements.stopped()


async def _run(platform: LocalPlatform, announcements: Announcements) -> None:
    announcements.starting(platform)
    async with platform:
        announcements.ready(platform)
        await asyncio.Event().wait()


def _stop(
    running: asyncio.Task[None], platform: LocalPlatform, announcements: Announcements
) -> None:
    if running.cancelling():
        platform.kill()
    else:
        announcements.stopping()
        running.cancel()
