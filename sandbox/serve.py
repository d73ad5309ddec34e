"""Running the sandbox until it is told to stop."""

import logging
import signal
import socket

import structlog
import uvicorn

from sandbox.app import build_app
from sandbox.clock import system_clock
from sandbox.connections import CuttableHttpProtocol
from sandbox.settings import SandboxSettings
from sandbox.world import Sandbox

# Held answers are not waited for.
_STOP_SECONDS = 1
_BACKLOG = 2048
_log = structlog.get_logger(__name__)


class PortTakenError(OSError):
    """Another program listens on the port already."""


def serve(settings: SandboxSettings) -> None:
    """Serve until SIGTERM or SIGINT; raise PortTakenError."""
    listener = listen(settings.host, settings.port)
    smtp_listener = listen(settings.host, settings.smtp_port, name="SMTP_PORT")
    sandbox = Sandbox.open(settings, system_clock)
    server = uvicorn.Server(server_config(sandbox, smtp_listener))
    # uvicorn raises a signal again once it has stopped; a stop that was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    _log.info(
        "sandbox_listening",
        url="http://{}:{}".format(*listener.getsockname()[:2]),
        smtp="{}:{}".format(*smtp_listener.getsockname()[:2]),
        state_dir=str(settings.state_dir) if settings.state_dir else None,
    )
    server.run(sockets=[listener])
    _log.info("sandbox_stopped")


def listen(host: str, port: int, *, name: str = "PORT") -> socket.socket:
    """Return a listener; `name` is what the setting of its port is called."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTakenError(
            f"Cannot listen on {host}:{port} ({error.strerror}). Stop what has the port, or choose "
            f"another with --{name.lower().replace('_', '-')} or CAMPOTECH_SANDBOX_{name}."
        ) from error
    return listener


def server_config(sandbox: Sandbox, smtp_listener: socket.socket) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(sandbox, smtp_listener),
        http=CuttableHttpProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level=logging.WARNING,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
