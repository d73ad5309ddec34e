"""Whether a port is free, asked before gRPC shares it with a stranger without a word."""

import socket


class PortBusyError(Exception):
    """Somebody else has the port; names the setting that chooses another."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        super().__init__(
            f"Port {port} on {host} is in use. Stop what listens there, or choose another port"
            f" with {setting} (CAMPOTECH_PORT_OFFSET moves all default ports at once)."
        )


def require_free(host: str, port: int, *, setting: str) -> None:
    """Raise PortBusyError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Without SO_REUSEPORT: with it a port that another server shares would look free. With
        # SO_REUSEADDR connections of a server that ran a moment ago do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise PortBusyError(host, port, setting) from error
