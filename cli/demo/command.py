"""`campotech demo`: one business day, on a running platform or on one that is started for it."""

import asyncio
import signal
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from cli.local_servers.errors import LocalServerError
from cli.settings import LocalSettings, complaints
from db.migrate import MigrationError


def demo(
    edge: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where the platform's edge listens.")
    ] = None,
    sandbox: Annotated[
        str | None, typer.Option(metavar="URL", help="Where its sandbox tells what it received.")
    ] = None,
    travel_seconds: Annotated[
        float, typer.Option(min=1, max=600, help="How long the drive to the customer takes.")
    ] = 12,
    *,
    lines: Annotated[
        bool, typer.Option("--lines", help="Print lines instead of redrawing, as a pipe gets them.")
    ] = False,
) -> None:
    """Play one business day against the running platform, or one that is started for it.

    A customer calls, a technician drives there and does the work, the invoice gets its CAE and
    the customer the WhatsApp message. It ends with an error if any of that does not happen.
    """
    # A server's image has this command line, but not the SDK.
    from cli.demo.performance import DayFailedError, Performance  # noqa: PLC0415  # see above

    console = Console(highlight=False)
    try:
        performance = Performance(LocalSettings(), console, edge=edge, sandbox=sandbox)
        asyncio.run(performance.run(travel_seconds=travel_seconds, lines=lines))
    except ValidationError as error:
        _fail(console, "; ".join(complaints(error)))
    except (DayFailedError, LocalServerError, MigrationError) as error:
        _fail(console, str(error))
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None


def _fail(console: Console, reason: str) -> None:
    console.print(Text(f"The demo failed. {reason}", style="bold red"), soft_wrap=True)
    raise typer.Exit(1)
