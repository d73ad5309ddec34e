"""`python -m benchmarks.load`: ghz through Envoy, with reports that stay."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.demo_platform import demo_platform, owner_token
from benchmarks.ghz import (
    GhzMissingError,
    LoadFailedError,
    LoadReport,
    run_load,
    save_report,
)
from benchmarks.load.scenarios import Amount, Target, scenarios
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.errors import LocalServerError
from cli.settings import LocalSettings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument(
        "--edge", metavar="HOST:PORT", help="a running platform's Envoy; otherwise one is started"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each kind of reads")
    parser.add_argument("--completions", type=int, default=300, help="how many jobs are completed")
    parser.add_argument("--concurrency", type=int, default=32, help="calls at a time")
    parser.add_argument("--reports", type=Path, default=Path(".campotech/load"), metavar="FOLDER")
    arguments = parser.parse_args()
    amount = Amount(
        seconds=arguments.seconds,
        completions=arguments.completions,
        concurrency=arguments.concurrency,
    )
    arguments.reports.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_run(arguments.edge, amount, arguments.reports))
    except (GhzMissingError, LoadFailedError, LocalServerError) as error:
        say(f"The load run failed. {error}")
        return 1
    return 0


async def _run(edge: str | None, amount: Amount, reports: Path) -> None:
    async with _target(edge) as target:
        async for name, load in scenarios(target, amount):
            report = await run_load(load)
            path = reports / f"{name}.json"
            save_report(report, path)
            say(f"{name:<12} {_figures(report)}  {path}")


def _figures(report: LoadReport) -> str:
    latencies = "  ".join(f"p{share} {ms:.1f} ms" for share, ms in report.milliseconds.items())
    return f"{report.calls:>7,} calls  {report.per_second:>7,.0f}/s  {latencies}"


@asynccontextmanager
async def _target(edge: str | None) -> AsyncIterator[Target]:
    if edge is not None:
        keys = DevelopmentKeys(StateFolder.at(LocalSettings().state_dir).keys)
        yield Target(edge, owner_token(keys))
        return
    with tempfile.TemporaryDirectory(prefix="campotech-load-") as folder:
        async with demo_platform(Path(folder) / "state") as platform:
            address = platform.edge_url.removeprefix("http://")
            yield Target(address, owner_token(platform.keys))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
