"""Celery with its defaults; runs in the peers' own environment, where nothing of ours is.

`celery -A celery_tasks worker`, and `python celery_tasks.py noop|effort COUNT [MARKS]` to enqueue.
"""

import os
import sys
import time
from pathlib import Path

from celery import Celery

app = Celery("benchmark", broker=os.environ["BENCH_REDIS_URL"])


# Named, for the program that enqueues has this module under another name.
@app.task(name="noop", ignore_result=True)  # type: ignore[untyped-decorator]  # the peers' environment has no types
def noop(_: int) -> None:
    """Be done."""


@app.task(name="effort", ignore_result=True)  # type: ignore[untyped-decorator]  # see above
def effort(number: int, seconds: float, marks: str) -> None:
    time.sleep(seconds)
    with Path(marks).open("a") as file:
        file.write(f"{number}\n")


def main() -> None:
    kind, count, *arguments = sys.argv[1:]
    for number in range(int(count)):
        if kind == "noop":
            noop.delay(number)
        else:
            effort.delay(number, float(arguments[0]), arguments[1])


if __name__ == "__main__":
    main()
