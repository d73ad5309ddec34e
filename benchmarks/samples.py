"""What an event loop is at, by samples of its stack that py-spy takes from outside."""

import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

PROGRAM = Path(sys.executable).with_name("py-spy")
_SAMPLES_PER_SECOND = 200
_MARGIN_SECONDS = 60.0
# `serve (/checkout/server/interceptors/chain.py)`, and no file for what an interpreter adds.
_FRAME = re.compile(r"^.* \((?P<file>[^()]*)\)$")
# Every thread is sampled. What stands before this began the loop, and is no part of its work.
_LOOP = "/asyncio/runners.py"

Stack: TypeAlias = tuple[str, ...]
"""The files of the frames that a loop runs, outermost first; empty in its own compiled code."""


class SamplesMissingError(Exception):
    """py-spy may not look into the process, or is not there."""


async def sample_loop(pid: int, *, seconds: float) -> Mapping[Stack, int]:
    """Return how often a process's event loop was seen at which stack, while it did not wait.

    Raises SamplesMissingError.
    """
    with tempfile.TemporaryDirectory(prefix="campotech-samples-") as folder:
        written = Path(folder) / "stacks.txt"
        await _run(_command(pid, seconds, written), seconds + _MARGIN_SECONDS)
        return _read(written.read_text())


def shares(
    stacks: Mapping[Stack, int], parts: Mapping[str, Sequence[str]], *, rest: str
) -> dict[str, float]:
    """Return each part's share of all samples.

    A part is known by pieces of the paths of its files. A sample is of the part that its innermost
    frame of any is of, so that what a part calls of others' code counts as the part's; `rest` is
    what is of none.
    """
    seen: Counter[str] = Counter()
    for files, times in stacks.items():
        seen[_part_of(files, parts) or rest] += times
    total = seen.total()
    return {part: seen[part] / total for part in (*parts, rest)}


def _part_of(files: Sequence[str], parts: Mapping[str, Sequence[str]]) -> str | None:
    for file in reversed(files):
        for part, pieces in parts.items():
            if any(piece in file for piece in pieces):
                return part
    return None


def _command(pid: int, seconds: float, written: Path) -> list[str]:
    return [
        str(PROGRAM),
        "record",
        f"--pid={pid}",
        f"--duration={seconds:.0f}",
        f"--rate={_SAMPLES_PER_SECOND}",
        "--format=raw",
        "--full-filenames",
        "--nolineno",
        f"--output={written}",
    ]


async def _run(command: Sequence[str], longest_seconds: float) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise SamplesMissingError(f"{PROGRAM.name} is not installed.") from error
    try:
        async with asyncio.timeout(longest_seconds):
            _, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise SamplesMissingError(complaints.decode(errors="replace").strip())


def _read(text: str) -> Mapping[Stack, int]:
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, times = line.rpartition(" ")
        files = [match["file"] for match in map(_FRAME.match, frames.split(";")) if match]
        began = [position for position, file in enumerate(files) if file.endswith(_LOOP)]
        if began:
            stacks[tuple(files[began[-1] + 1 :])] += int(times)
    if not stacks:
        raise SamplesMissingError("No event loop ran in the process while it was looked at.")
    return stacks
