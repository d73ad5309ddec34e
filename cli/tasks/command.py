"""The commands of `campotech tasks` and their options."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from cli.settings import OperatorSettings
from cli.tasks.queue_commands import queues
from cli.tasks.target import Target
from cli.tasks.terminal import operate_here

if TYPE_CHECKING:
    from campotech.operations.v1.queues_pb2 import DeadTaskFilter
    from cli.tasks.desk import Desk

STATES = ("ready", "scheduled", "running", "parked", "done", "dead", "cancelled", "discarded")
MOST_LISTED = 10_000
MOST_DECIDED = 500
PRODUCTION = "production"

tasks = typer.Typer(
    name="tasks",
    no_args_is_help=True,
    help=(
        "Look at queued work, decide on what is dead, and pause queues.\n\n"
        "It speaks to a running platform. Without --token an admin's token is made for the"
        " platform that `campotech up` runs here. Tasks belong to organisations: without"
        " --organization those of the token's own are meant, which for an admin is the platform"
        " itself (cron and maintenance).\n\n"
        "`pause`, `resume`, `pauses` and `metrics` are about the queues of all organisations,"
        " whatever --organization says, and need an admin's token.\n\n"
        "It ends with 0 if all went well, 1 if the platform refused or did not answer, 2 for"
        " wrong options."
    ),
)

TaskName = Annotated[str, typer.Argument(help="A task's id, or its whole name.")]
TaskNames = Annotated[
    list[str] | None, typer.Argument(help="Ids of dead tasks; none: those of the filter.")
]
Type = Annotated[
    str, typer.Option("--type", metavar="TYPE", help="Only this type, such as invoice:generate.")
]
Error = Annotated[
    str,
    typer.Option("--error", metavar="FINGERPRINT", help="Only this error, as `dead` names it."),
]
Since = Annotated[
    str, typer.Option(metavar="TIME", help="Died since 2026-03-01, or 2026-03-01T12:00:00Z.")
]
Until = Annotated[str, typer.Option(metavar="TIME", help="Died before; a day counts as a whole.")]
Limit = Annotated[
    int, typer.Option(min=1, max=MOST_DECIDED, help="At most so many of a filter, oldest first.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@tasks.callback()
def options(
    context: typer.Context,
    edge: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where the platform's edge listens.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(help="An access token; without it, the one in CAMPOTECH_API_TOKEN."),
    ] = None,
    organization: Annotated[UUID | None, typer.Option(help="Whose tasks; for admins.")] = None,
    environment: Annotated[
        str, typer.Option(envvar="CAMPOTECH_ENVIRONMENT", show_envvar=True, hidden=True)
    ] = "development",
    *,
    tls: Annotated[bool, typer.Option("--tls", help="Speak TLS with the edge.")] = False,
) -> None:
    kept = OperatorSettings().api_token
    token = token or (kept.get_secret_value() if kept else None)
    if not token and environment == PRODUCTION:
        raise typer.BadParameter("In production no token is made: give one with --token.")
    context.obj = Target(edge=edge, token=token, organization=organization, uses_tls=tls)


@tasks.command("list")
def list_tasks(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help=f"May be repeated: {', '.join(STATES)}."),
    ] = None,
    task_type: Type = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="At most so many.")] = 50,
) -> None:
    """List tasks, the newest first."""
    for unknown in sorted(set(state or ()) - set(STATES)):
        raise typer.BadParameter(f"{unknown} is none of {', '.join(STATES)}.")
    operate_here(context, lambda desk: desk.list_tasks(state or [], task_type, limit))


@tasks.command()
def show(context: typer.Context, task: TaskName) -> None:
    """Show one task from its birth to now: every attempt, its error, and what it waits for."""
    operate_here(context, lambda desk: desk.show(task))


@tasks.command()
def dead(
    context: typer.Context,
    task_type: Type = "",
    error: Error = "",
    since: Since = "",
    until: Until = "",
) -> None:
    """Count dead tasks by type and error: one cause is one line."""
    operate_here(
        context, lambda desk: desk.dead(_filter(task_type, error, since=since, until=until))
    )


@tasks.command()
def retry(  # noqa: PLR0913 -- each is an option
    context: typer.Context,
    names: TaskNames = None,
    task_type: Type = "",
    error: Error = "",
    since: Since = "",
    until: Until = "",
    *,
    limit: Limit = 100,
    canary: Annotated[
        bool,
        typer.Option("--canary", help="Only the newest of the filter, and see whether it lives."),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds to wait for the canary's end.")
    ] = 60,
    yes: Yes = False,
) -> None:
    """Give dead tasks all their attempts again; ten of them start a second.

    Name tasks, or say which by a filter; without either, all dead tasks are meant. A canary that
    dies again, or comes to no end in time, makes the command fail.
    """
    if names and canary:
        raise typer.BadParameter("A canary is taken from a filter: name no task.")

    async def decide(desk: "Desk") -> None:
        wanted = _filter(task_type, error, since=since, until=until)
        if canary:
            await desk.retry_canary(wanted, within_seconds=wait)
            return
        if not names and not yes:
            await desk.confirm("Retry", wanted, limit)
        await desk.retry(names or [], wanted, limit)

    operate_here(context, decide)


@tasks.command()
def discard(  # noqa: PLR0913 -- each is an option
    context: typer.Context,
    names: TaskNames = None,
    task_type: Type = "",
    error: Error = "",
    since: Since = "",
    until: Until = "",
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log.")],
    limit: Limit = 100,
    yes: Yes = False,
) -> None:
    """Give dead tasks up for good: their work is never done."""

    async def decide(desk: "Desk") -> None:
        wanted = _filter(task_type, error, since=since, until=until)
        if not names and not yes:
            await desk.confirm("Discard", wanted, limit)
        await desk.discard(names or [], wanted, limit, reason=reason)

    operate_here(context, decide)


@tasks.command()
def cancel(context: typer.Context, task: TaskName) -> None:
    """Call off a task that has not begun, or waits to go on."""
    operate_here(context, lambda desk: desk.cancel(task))


@tasks.command()
def watch(
    context: typer.Context,
    every: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds between looks.")] = 2,
    looks: Annotated[
        int | None, typer.Option(min=1, help="End after so many looks; without it, at Ctrl-C.")
    ] = None,
) -> None:
    """Watch the queues live: states by tier and type, the longest wait, what comes and goes.

    Admins also see what is paused.
    """
    operate_here(context, lambda desk: desk.watch(every_seconds=every, looks=looks))


def _filter(kind: str, error: str, *, since: str, until: str) -> "DeadTaskFilter":
    from campotech.operations.v1.queues_pb2 import DeadTaskFilter  # noqa: PLC0415  # see terminal.py

    return DeadTaskFilter(type=kind, error_fingerprint=error, since=since, until=until)


tasks.add_typer(queues)
