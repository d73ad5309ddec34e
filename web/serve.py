"""Running `web` until it is told to stop."""

import logging
import signal
import socket

import structlog
import uvicorn
from prometheus_client import start_http_server

from adapters.blobs.opening import open_blob_folder
from adapters.clock import SystemClock
from web.app import build_app
from web.settings import WebSettings

_BACKLOG = 2048
_MOST_CONNECTIONS = 1000
_STOP_SECONDS = 10
# Longer than the edge keeps a connection that nobody uses: it never calls into a closing one.
_KEEP_ALIVE_SECONDS = 75
_log = structlog.get_logger(__name__)


class PortBusyError(OSError):
    """Another program listens on the port already."""


def serve(settings: WebSettings) -> None:
    """Serve until SIGTERM or SIGINT: uploads that have begun may end.

    Raises NoBlobFolderError, SigningKeySettingError, PortBusyError.
    """
    folder, links = open_blob_folder(settings, SystemClock())
    listener = _listen(settings.web_host, settings.bound_port)
    start_http_server(settings.bound_metrics_port, addr=settings.metrics_host)
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(folder, links),
            http="h11",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            log_level=logging.WARNING,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )
    # uvicorn raises a signal again once it has stopped; a stop that was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    _log.info("web_serving", port=listener.getsockname()[1])
    server.run(sockets=[listener])
    _log.info("web_stopped")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortBusyError(
            f"Port {port} on {host} is in use. Stop what listens there, or choose another port"
            " with CAMPOTECH_WEB_PORT (CAMPOTECH_PORT_OFFSET moves all default ports at once)."
        ) from error
    return listener
