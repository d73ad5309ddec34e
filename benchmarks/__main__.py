"""`python -m benchmarks [suite …]`: run the suites and write their parts of results.md."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.figures import Findings
from benchmarks.report import RESULTS, Circumstances, render, write_part
from benchmarks.rig import commit, describe_rig, load_average
from benchmarks.suite import Suite
from benchmarks.suites import (
    authorisations,
    completions,
    dispatch,
    floods,
    health,
    kills,
    lists,
    parts,
    peers,
    reads,
    searches,
    soak,
    tasks,
    waits,
)
from benchmarks.workshop import Workshop, open_workshop

SUITES: Sequence[Suite] = (
    reads.SUITE,
    parts.SUITE,
    lists.SUITE,
    searches.SUITE,
    completions.SUITE,
    authorisations.SUITE,
    floods.SUITE,
    health.SUITE,
    tasks.SUITE,
    dispatch.SUITE,
    waits.SUITE,
    peers.SUITE,
    kills.SUITE,
    soak.SUITE,
)


def main() -> None:
    by_name = {suite.name: suite for suite in SUITES}
    usual = [suite.name for suite in SUITES if not suite.is_on_request]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "suites",
        nargs="*",
        choices=[*by_name, []],
        metavar="suite",
        help=f"any of {', '.join(by_name)}; without one: {', '.join(usual)}",
    )
    parser.add_argument("--runs", type=int, help="how often each is run, instead of what is usual")
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    arguments = parser.parse_args()
    wanted = [by_name[name] for name in arguments.suites or usual]
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    with open_workshop() as workshop:
        for suite in wanted:
            circumstances = Circumstances(
                at=datetime.now(UTC),
                command=command,
                commit=commit(),
                rig=describe_rig(),
                load_before=load_average(),
            )
            runs = asyncio.run(_run(suite, workshop, arguments.runs or suite.runs))
            say(render(suite, runs, circumstances))
            if not arguments.dry:
                write_part(suite, runs, circumstances, order=list(by_name))
                say(f"Written to {RESULTS}.")


async def _run(suite: Suite, workshop: Workshop, count: int) -> list[Findings]:
    runs = []
    for number in range(1, count + 1):
        say(f"{suite.title}: run {number} of {count}")
        runs.append(await suite.measure(workshop))
    return runs


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
