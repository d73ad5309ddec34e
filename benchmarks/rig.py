"""What the figures were measured on."""

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.local_servers import postgres, valkey


def describe_rig() -> list[str]:
    """Return lines that name machine and versions."""
    kernel = f"{platform.system()} {platform.release()}"
    servers = (_version(postgres.binary("postgres")), _version(valkey.binary()))
    return [
        f"{os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {kernel}",
        ", ".join((f"Python {platform.python_version()}", *servers)),
    ]


def load_average() -> float:
    """Return the load of the last minute: what else the machine was doing."""
    return os.getloadavg()[0]


def commit() -> str:
    """Return which commit was measured, and whether anything but the results differs from it."""
    described = _output(["git", "describe", "--always", "--abbrev=10"]) or "unknown"
    changed = _output(["git", "status", "--porcelain", "--", ".", ":!benchmarks/results.md"])
    return f"{described}-dirty" if changed else described


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _version(program: Path) -> str:
    words = _output([str(program), "--version"]).split()
    name = words[0] if words else program.name
    numbers = [
        word.removeprefix("v=") for word in words[1:] if word.removeprefix("v=")[:1].isdigit()
    ]
    return f"{name} {numbers[0] if numbers else ''}".strip()


def _output(command: Sequence[str]) -> str:
    # Fixed commands of git and of the servers' wheels.
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # see above
    return ended.stdout.strip()
