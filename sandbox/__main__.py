"""The sandbox's command line: `python -m sandbox [serve|certificate]`."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from sandbox.arca.certificates import (
    CertificateAuthority,
    CertificateRequestError,
    write_client_certificate,
)
from sandbox.serve import PortTakenError, serve
from sandbox.settings import SandboxSettings

app = typer.Typer(add_completion=False, help="Local stand-ins for ARCA, WhatsApp and SMTP.")
StateDir = Annotated[
    Path | None,
    typer.Option(help="Folder of the certificate authority and the authorised vouchers."),
]


@app.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Serve, unless another command is named."""
    _log_to_stderr()
    if context.invoked_subcommand is None:
        _serve(SandboxSettings())


@app.command("serve")
def serve_command(
    port: Annotated[int | None, typer.Option(help="0 takes a free one.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="The same, for e-mail.")] = None,
    host: Annotated[str | None, typer.Option()] = None,
    state_dir: StateDir = None,
    delegated: Annotated[
        str | None, typer.Option(help="Delegated CUITs: all, or a list with commas.")
    ] = None,
) -> None:
    """Serve every stand-in; without a state folder, all is forgotten at the end."""
    given = {"port": port, "smtp_port": smtp_port, "host": host, "state_dir": state_dir}
    settings = SandboxSettings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    if delegated is not None:
        settings = _with_delegated(settings, delegated)
    _serve(settings)


@app.command()
def certificate(
    out: Annotated[Path, typer.Option(help="Folder that gets certificate and private key.")],
    cuit: Annotated[int, typer.Option()],
    alias: Annotated[str, typer.Option()] = "campotech",
    state_dir: StateDir = None,
) -> None:
    """Issue a client certificate for ARCA's stand-in; one that still fits is kept."""
    folder = state_dir or SandboxSettings().state_dir
    if folder is None:
        _refuse("Name the authority's folder with --state-dir or CAMPOTECH_SANDBOX_STATE_DIR.")
    authority = CertificateAuthority.in_folder(folder)
    try:
        was_issued = write_client_certificate(authority, out, cuit=cuit, alias=alias)
    except CertificateRequestError as error:
        _refuse(str(error))
    log = structlog.get_logger(__name__)
    log.info("certificate_issued" if was_issued else "certificate_kept", folder=str(out), cuit=cuit)


def _serve(settings: SandboxSettings) -> None:
    try:
        serve(settings)
    except PortTakenError as error:
        _refuse(str(error))


def _with_delegated(settings: SandboxSettings, text: str) -> SandboxSettings:
    if text == "all":
        listed: str | frozenset[int] = "all"
    elif all(part.strip().isdecimal() for part in text.split(",")):
        listed = frozenset(int(part) for part in text.split(","))
    else:
        _refuse("--delegated takes 'all' or CUITs with commas between them.")
    arca = settings.arca.model_copy(update={"delegated": listed})
    return settings.model_copy(update={"arca": arca})


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m sandbox")
