"""The `campotech` command and its list of commands."""

import typer

from cli.cron import cron
from cli.demo.command import demo
from cli.migrate import migrate
from cli.secrets import secrets
from cli.tasks.command import tasks
from cli.token import token
from cli.up import up

app = typer.Typer(
    name="campotech",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
)
app.command()(up)
app.command()(demo)
app.command()(migrate)
app.command()(token)
app.add_typer(cron)
app.add_typer(secrets)
app.add_typer(tasks)


@app.callback()
def campotech() -> None:
    """CampoTech on this machine: run it, look at it, try it.

    Begin with `campotech up`, and in another terminal `campotech demo`.
    Settings are environment variables, CAMPOTECH_*; docs/settings.md has them all.
    """
