"""The HTML pages that a web server in front of ARCA answers with when the service cannot."""

import math

from starlette.responses import HTMLResponse, Response


def unavailable_page(wait_seconds: float) -> Response:
    return HTMLResponse(
        "<html><head><title>503 Service Unavailable</title></head>"
        "<body><h1>Service Unavailable</h1></body></html>",
        503,
        {"retry-after": str(math.ceil(wait_seconds))},
    )


def server_error_page() -> Response:
    return HTMLResponse(
        "<html><head><title>Runtime Error</title></head>"
        "<body><h1>Server Error in '/' Application.</h1></body></html>",
        500,
    )
