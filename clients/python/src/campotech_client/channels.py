"""Opens the HTTP/2 connection: plain or TLS, kept alive, reconnecting soon."""

from collections.abc import Sequence

import grpc

KEEPALIVE_MILLISECONDS = 60_000
KEEPALIVE_TIMEOUT_MILLISECONDS = 20_000
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024

_OPTIONS: Sequence[tuple[str, int]] = (
    # A connection that a network silently dropped is noticed while calls or streams are open.
    ("grpc.keepalive_time_ms", KEEPALIVE_MILLISECONDS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MILLISECONDS),
    ("grpc.keepalive_permit_without_calls", 0),
    # gRPC's own pauses grow to two minutes, during which every call would fail at once.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # In spite of its name: how long one try to connect may take.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
)


def open_channel(
    address: str, *, secure: bool, root_certificates: bytes | None
) -> grpc.aio.Channel:
    """Return a channel to `host:port`; it connects with the first call."""
    if not secure:
        return grpc.aio.insecure_channel(address, options=_OPTIONS)
    credentials = grpc.ssl_channel_credentials(root_certificates)
    return grpc.aio.secure_channel(address, credentials, options=_OPTIONS)
