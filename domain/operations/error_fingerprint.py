"""What an error is, without what varies from task to task: one cause, one fingerprint."""

import hashlib
import re

WORKER_LOST = "The worker died or lost touch."
"""What the record of an attempt says that no worker brought to an end."""
DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED: The task did not start in time."
"""What the record of a task says that died without having been tried again."""

_DIGITS = 16
# Ids, numbers, amounts and moments all hold a digit; words that name a cause seldom do.
_VARIABLE = re.compile(r"\S*\d\S*")


def error_fingerprint(kind: str, error: str) -> str:
    """Return the fingerprint of an error, as `describe` says it, in tasks of one type."""
    reason, _, text = error.partition(":")
    cause = f"{kind}\n{reason}:{_VARIABLE.sub('*', text)}"
    return hashlib.sha256(cause.encode()).hexdigest()[:_DIGITS]
