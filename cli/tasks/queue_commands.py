"""The commands of `campotech tasks` on whole queues, which all organisations share."""

from typing import Annotated

import typer

from cli.tasks.terminal import operate_here
from cli.tasks.windows import since_of

queues = typer.Typer()

Queue = Annotated[
    str,
    typer.Argument(
        help="A tier (realtime, background, batch) or a type, such as invoice:generate."
    ),
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]


@queues.command()
def pause(context: typer.Context, queue: Queue, *, reason: Reason) -> None:
    """Start nothing of a tier or a type until it is resumed, for all organisations.

    What runs is left to end, and what is dispatched waits. A queue that is paused already stays as
    it is. Needs an admin's token.
    """
    operate_here(context, lambda desk: desk.queues.pause(queue, reason=reason))


@queues.command()
def resume(context: typer.Context, queue: Queue, *, reason: Reason) -> None:
    """Let a paused tier or type go on.

    A tier and a type are paused apart: a type stays paused when its tier goes on. Needs an admin's
    token.
    """
    operate_here(context, lambda desk: desk.queues.resume(queue, reason=reason))


@queues.command()
def pauses(context: typer.Context) -> None:
    """Show what is paused, since when, by whom and why.

    Needs an admin's token.
    """
    operate_here(context, lambda desk: desk.queues.show_pauses())


@queues.command()
def metrics(
    context: typer.Context,
    window: Annotated[
        str, typer.Option(metavar="SPAN", help="The last 90m, 12h or 7d; at most 30d.")
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="From 2026-03-01, or 2026-03-01T12:00:00Z.")
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="TIME", help="Until then; a day counts as a whole.")
    ] = "",
    *,
    shows_idle: Annotated[
        bool, typer.Option("--all", help="Also types of which there was nothing.")
    ] = False,
) -> None:
    """Tell how the queues of all organisations do, by tier and type.

    What came, was done and died, waits and runs (half of them and 95 % take no longer) are those of
    the window, without one the last 24 hours. How busy workers are and how many tasks they should
    run at a time is always judged by the last hour, and what waits is what waits now.

    Needs an admin's token.
    """
    if window and (since or until):
        raise typer.BadParameter("Give either --window, or --since and --until.")
    begins = since_of(window) if window else since
    operate_here(
        context,
        lambda desk: desk.queues.show_metrics(since=begins, until=until, shows_idle=shows_idle),
    )
