"""What WhatsApp's error codes mean for a send (as of November 2026); decided on `code` alone."""

from enum import Enum


class ErrorClass(Enum):
    """What to do about an error that WhatsApp answered: in no case does it have the message."""

    TRANSIENT = "try again with backoff"
    RATE_LIMITED = "wait as long as the limit says"
    REFUSED = "never try this message again"


TRANSIENT_CODES = frozenset({1, 2, 131000, 131016, 131057, 133004, 135000})
WAIT_SECONDS = {
    4: 60.0,  # the app's calls per hour
    80007: 60.0,  # the account's calls per hour
    130429: 1.0,  # the number's messages per second
    131056: 6.0,  # messages per second to one person
    131048: 3600.0,  # spam protection: the number must rest
}
"""How long each limit asks to wait where it sends no Retry-After."""


def classify(code: int, *, http_status: int, is_transient: bool) -> ErrorClass:
    """Return what to do about an error code; the HTTP status only decides unknown ones."""
    if code in WAIT_SECONDS:
        return ErrorClass.RATE_LIMITED
    if code in TRANSIENT_CODES or is_transient:
        return ErrorClass.TRANSIENT
    is_server_error = http_status >= 500  # noqa: PLR2004 -- 5xx by definition
    return ErrorClass.TRANSIENT if is_server_error and code == 0 else ErrorClass.REFUSED
