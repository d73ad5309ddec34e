"""Where a command's calls are made as its options say, and shown at the operator's terminal."""

import sys
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from cli.tasks.target import Target

if TYPE_CHECKING:
    from cli.tasks.desk import Call

PIPE_WIDTH = 240


def operate_here(context: typer.Context, call: "Call") -> None:
    """Make the calls of one command; end with 1 and a sentence if they fail."""
    # A server's image has this command line, but not the SDK.
    from cli.tasks.desk import operate  # noqa: PLC0415  # see above

    # A pipe has no width: what is cut off there, nobody gets to see.
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    target: Target = context.obj
    operate(
        target,
        call,
        Console(highlight=False, width=width),
        Console(stderr=True, highlight=False),
    )
