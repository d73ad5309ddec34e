"""What an SMTP reply means for an e-mail: refused for good, later, or later for all e-mails."""

import re

from domain.errors import DomainError, TemporaryError
from domain.notifications.ports import EmailPostponedError, EmailRefusedError

CLOSING = 421
LOCAL_ERROR = 451
RATE_LIMITED = "rate_limited"
CLOSING_WAIT_SECONDS = 60.0
"""How long a relay is left alone that closes the door; SMTP has no Retry-After."""
TRANSIENT_WAIT_SECONDS = 300.0
"""What greylisting and sending limits commonly ask for, and a full mailbox needs at the least."""
LONGEST_TEXT = 300

# The enhanced codes of policy: too much, too fast, a stranger.
_POLICY = re.compile(r"4\.7\.\d{1,3}\b")
_ADDRESS = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")


def error_of(code: int, text: str) -> DomainError:
    """Return the error for a reply that did not take the e-mail."""
    said = words(text)
    if code == CLOSING:
        return EmailPostponedError(RATE_LIMITED, said, retry_after_seconds=CLOSING_WAIT_SECONDS)
    if code == LOCAL_ERROR or _POLICY.match(text):
        return EmailPostponedError(RATE_LIMITED, said, retry_after_seconds=TRANSIENT_WAIT_SECONDS)
    if 400 <= code < 500:  # noqa: PLR2004 -- 4yz by definition
        return TemporaryError(
            f"The relay could not take the e-mail: {code} {said}",
            retry_after_seconds=TRANSIENT_WAIT_SECONDS,
            code=code,
        )
    return EmailRefusedError(str(code), said)


def words(text: str) -> str:
    """Return a reply's text without the addresses that relays like to repeat in it."""
    return _ADDRESS.sub("(address)", " ".join(text.split()))[:LONGEST_TEXT]
