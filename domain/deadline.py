"""When the work at hand must be done, for whoever would wait on its behalf.

Whoever begins the work says it, in its own task; without a word there is no end. Times are those of
`time.monotonic`, which both sides bring.
"""

import math
from contextvars import ContextVar

_ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)


def set_end(ends_at: float) -> None:
    """Say when the work of this task must be done."""
    _ENDS_AT.set(ends_at)


def seconds_left(now: float) -> float:
    """Return how long the work of this task may still take; infinite where nobody said."""
    return _ENDS_AT.get() - now
