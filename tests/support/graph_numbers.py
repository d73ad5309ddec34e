"""Somebody who answers for WhatsApp whether tokens open numbers: by the token, as tests want it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

REFUSED_TOKEN = "EAAG-revoked"  # noqa: S105  # of no app
LOST_TOKEN = "EAAG-whose-answer-is-lost"  # noqa: S105  # of no app
_REFUSAL = {"error": {"message": "Cannot parse access token", "code": 190}}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        number = self.path.partition("?")[0].rpartition("/")[2]
        if token == LOST_TOKEN:
            return
        if token == REFUSED_TOKEN:
            self._answer(401, _REFUSAL)
        else:
            self._answer(200, {"id": number, "display_phone_number": "+54 9 11 5555-0100"})

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def graph_numbers() -> Iterator[str]:
    """Yield the address of a Graph API whose numbers any other token opens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v26.0"
        finally:
            server.shutdown()
            thread.join()
