"""How long a platform takes to come back; `--log-cli-level=INFO` prints it for each wait."""

import logging
import time
from collections.abc import Awaitable, Callable

from tests.support.waiting import eventually_true

_log = logging.getLogger(__name__)


async def comes_back(
    what: str, condition: Callable[[], Awaitable[bool]], *, within_seconds: float
) -> bool:
    """Wait until the condition holds; return whether it did within the time."""
    began = time.monotonic()
    is_back = await eventually_true(condition, within_seconds=within_seconds)
    outcome = "after" if is_back else "NOT within"
    _log.info("%s: %s %.2f s", what, outcome, time.monotonic() - began)
    return is_back
