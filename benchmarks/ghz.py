"""Runs ghz, the load generator, and reads what it reports."""

import asyncio
import json
import resource
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / ".tools" / "ghz"
_PERCENTILES = (50, 95, 99)
_MARGIN_SECONDS = 60


class GhzMissingError(Exception):
    """ghz is not built: `make tools` does it where Go is."""

    def __init__(self) -> None:
        super().__init__("ghz is not built; `make tools` builds it where Go is installed.")


class LoadFailedError(Exception):
    """Some calls did not succeed, so that the rate of the others means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Unary calls of one method, each as soon as one before it has been answered."""

    address: str
    method: str
    """`campotech.jobs.v1.JobService/GetJob`."""
    requests: Sequence[Mapping[str, object]]
    """Sent in turn, over and over."""
    token: str
    seconds: float | None = None
    count: int | None = None
    """How many calls; otherwise as many as there is time for."""
    concurrency: int = 32
    connections: int = 4
    per_second: int | None = None
    """At most so many calls begin in a second; otherwise as many as are answered."""
    may_be_refused: bool = False
    """Whether RESOURCE_EXHAUSTED is an answer like any other."""
    gives_way: bool = False
    """Whether ghz runs only when nobody else wants the cores, as if it had others of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What came of it."""

    calls: int
    refused: int
    """How many of them ended with RESOURCE_EXHAUSTED."""
    seconds: float
    """From the first call to the last answer."""
    milliseconds: Mapping[int, float]
    """From call to answer, by percentile."""
    generator_cpu_seconds: float
    whole: Mapping[str, object]
    """All that ghz says but for single calls."""

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds


async def run_load(load: Load) -> LoadReport:
    """Run ghz to its end; raise LoadFailedError unless every call ended as it may."""
    if not PROGRAM.exists():
        raise GhzMissingError
    with tempfile.TemporaryDirectory(prefix="campotech-ghz-") as name:
        folder = Path(name)
        (folder / "requests.json").write_text(json.dumps(list(load.requests)))
        # Not as an argument, where everybody on the machine could read the token.
        metadata = {"authorization": f"Bearer {load.token}"}
        (folder / "metadata.json").write_text(json.dumps(metadata))
        before = _children_cpu_seconds()
        text = await _output(_command(load, folder), _longest_seconds(load))
        return _read(load, text, _children_cpu_seconds() - before)


def save_report(report: LoadReport, path: Path) -> None:
    """Write what ghz reported, but for the token that it was given."""
    path.write_text(json.dumps(report.whole, indent=2) + "\n")


def _command(load: Load, folder: Path) -> list[str]:
    amount = (
        ["--total", str(load.count)]
        if load.count is not None
        else ["--duration", f"{load.seconds}s", "--duration-stop", "wait"]
    )
    return [
        *(["nice", "-n", "19"] if load.gives_way else []),
        str(PROGRAM),
        "--insecure",
        f"--protoset={files('campotech').joinpath('descriptors.binpb')}",
        f"--call={load.method}",
        f"--data-file={folder / 'requests.json'}",
        f"--metadata-file={folder / 'metadata.json'}",
        f"--concurrency={load.concurrency}",
        f"--connections={load.connections}",
        "--format=json",
        *([f"--rps={load.per_second}"] if load.per_second is not None else []),
        *amount,
        load.address,
    ]


def _longest_seconds(load: Load) -> float:
    return _MARGIN_SECONDS + (load.seconds or 0.0)


async def _output(command: Sequence[str], longest_seconds: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(longest_seconds):
            out, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LoadFailedError(complaints.decode(errors="replace").strip())
    return out.decode()


def _children_cpu_seconds() -> float:
    """Return what children that have ended took; ghz is the only one that ends meanwhile."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(load: Load, text: str, generator_cpu_seconds: float) -> LoadReport:
    report = json.loads(text)
    failures = {**report["statusCodeDistribution"]}
    succeeded = failures.pop("OK", 0)
    refused = failures.pop("ResourceExhausted", 0) if load.may_be_refused else 0
    if failures or not succeeded:
        raise LoadFailedError(f"{failures}: {report['errorDistribution']}")
    latencies = {
        entry["percentage"]: entry["latency"] / 1e6 for entry in report["latencyDistribution"]
    }
    report.pop("details", None)
    report["options"].pop("metadata", None)
    return LoadReport(
        calls=report["count"],
        refused=refused,
        seconds=report["total"] / 1e9,
        milliseconds={share: latencies[share] for share in _PERCENTILES},
        generator_cpu_seconds=generator_cpu_seconds,
        whole=report,
    )
