"""Kill the process groups that their owner left behind; end of file on stdin is the owner's death.

The kernel ends the owner's own children (see `launch.py`). This script is for their children, and
for what was stopped or is stuck. It holds the lock of the state folder until it has finished, so
that the next start waits for it.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 4.0


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _watched_groups() -> set[int]:
    groups: set[int] = set()
    for line in sys.stdin:
        verb, group = line.split()
        if verb == "watch":
            groups.add(int(group))
        else:
            groups.discard(int(group))
    return groups


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups = _watched_groups()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
