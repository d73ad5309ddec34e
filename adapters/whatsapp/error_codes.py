"""What WhatsApp's error codes mean for a send (as of November 2026); decided on `code` alone."""

from enum import Enum


class ErrorClass(Enum):
    """What to do about an error that WhatsApp answered: in no case does it have the message."""

    TRANSIENT = "try again with backoff"
    RATE_LIMITED = "wait as long as the limit says"
    NOT_LET_IN = "wait until somebody gives another token"
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
TOKEN_CODES = frozenset({0, 190})
"""The token itself is worth nothing (any more), whichever number it was to open."""
LOGIN_CODES = TOKEN_CODES | {3, 10, 131005, *range(200, 300)}
"""The token is no good, or not for this number."""
_LOGIN_STATUSES = frozenset({401, 403})
REFUSED_CODES = frozenset(
    {
        # What was asked for is not there, or not possible.
        33, 100, 131008, 131009, 131051, 131052, 131053, 131062,
        # The receiver, and when they last wrote.
        130472, 131021, 131026, 131030, 131047, 131049, 131050,
        # Templates.
        131064, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016,
        # The account: payment, policy, registration.
        368, 130497, 131031, 131037, 131042, 131045,
    }
)  # fmt: skip
"""Refusals that are known, with whatever HTTP status they come."""


def classify(code: int, *, http_status: int, is_transient: bool) -> ErrorClass:
    """Return what to do about an error code; the HTTP status only decides unknown ones."""
    if code in WAIT_SECONDS:
        return ErrorClass.RATE_LIMITED
    if code in TRANSIENT_CODES or is_transient:
        return ErrorClass.TRANSIENT
    if code in REFUSED_CODES:
        return ErrorClass.REFUSED
    is_server_error = http_status >= 500  # noqa: PLR2004 -- 5xx by definition
    if is_server_error and code == 0:
        return ErrorClass.TRANSIENT
    is_login = code in LOGIN_CODES or http_status in _LOGIN_STATUSES
    return ErrorClass.NOT_LET_IN if is_login else ErrorClass.REFUSED
