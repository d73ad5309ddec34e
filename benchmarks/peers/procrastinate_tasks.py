"""Procrastinate with its defaults; runs in the peers' own environment, where nothing of ours is.

`procrastinate --app procrastinate_tasks.app worker`, and
`python procrastinate_tasks.py noop|effort COUNT [SECONDS MARKS]` to enqueue.
"""

import asyncio
import os
import sys
from pathlib import Path

import procrastinate

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ["BENCH_DATABASE_URL"])
)


# Named, for the program that enqueues has this module under another name.
@app.task(name="noop")  # type: ignore[untyped-decorator]  # the peers' environment has no types
async def noop(number: int) -> None:
    """Be done."""


@app.task(name="effort")  # type: ignore[untyped-decorator]  # see above
async def effort(number: int, seconds: float, marks: str) -> None:
    await asyncio.sleep(seconds)
    with Path(marks).open("a") as file:  # noqa: ASYNC230  # one short line
        file.write(f"{number}\n")


async def main() -> None:
    kind, count, *arguments = sys.argv[1:]
    async with app.open_async():
        if kind == "noop":
            await noop.batch_defer_async(*({"number": number} for number in range(int(count))))
        else:
            seconds, marks = float(arguments[0]), arguments[1]
            await effort.batch_defer_async(
                *(
                    {"number": number, "seconds": seconds, "marks": marks}
                    for number in range(int(count))
                )
            )


if __name__ == "__main__":
    asyncio.run(main())
