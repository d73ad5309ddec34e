"""Somebody who is told of alerts over HTTP, and can be out of order."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class WebhookReceiver:
    """Keeps what was posted to it."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/alerts"
        self.status = 200
        self.tries: list[str] = []
        """The idempotency keys of all posts."""
        self.taken: list[dict[str, Any]] = []
        """What was posted while the status was a success."""

    def take(self, key: str, body: bytes) -> int:
        self.tries.append(key)
        if self.status < 300:
            self.taken.append(json.loads(body))
        return self.status


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """Yield a receiver that listens on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(self.headers["Idempotency-Key"], body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = WebhookReceiver(server)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
