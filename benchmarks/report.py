"""Writes `benchmarks/results.md`: a part per suite, each replaced when its suite has run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Findings, Summary, summarise, written
from benchmarks.suite import Suite

RESULTS = Path(__file__).with_name("results.md")
_HEAD = """# Results

Medians of the runs of one invocation; `make bench` writes this file, a part per suite. Absolute
figures say as much about the machine as about the code: ratios within a run are what counts.
"""
_PART = re.compile(r"<!-- begin (?P<name>\S+) -->\n.*?<!-- end (?P=name) -->\n", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Under what a suite was run."""

    at: datetime
    command: str
    commit: str
    rig: Sequence[str]
    load_before: float
    """Of the machine, over the minute before."""


def write_part(
    suite: Suite, runs: Sequence[Findings], circumstances: Circumstances, *, order: Sequence[str]
) -> None:
    """Put a suite's part in its place, in this order, and leave the others as they are."""
    text = RESULTS.read_text() if RESULTS.exists() else ""
    parts = {match["name"]: match[0] for match in _PART.finditer(text)}
    parts[suite.name] = (
        f"<!-- begin {suite.name} -->\n{render(suite, runs, circumstances)}"
        f"<!-- end {suite.name} -->\n"
    )
    ordered = [parts[name] for name in order if name in parts]
    RESULTS.write_text("\n".join([_HEAD, *ordered]))


def render(suite: Suite, runs: Sequence[Findings], circumstances: Circumstances) -> str:
    """Return a suite's part as Markdown."""
    notes = list(dict.fromkeys(note for run in runs for note in run.notes))
    lines = [
        f"## {suite.title}",
        "",
        suite.method,
        "",
        _heading(circumstances, len(runs)),
        *(f"{line}." for line in circumstances.rig),
        "",
        "| what | median | lowest to highest | bar | met |",
        "| --- | ---: | ---: | --- | --- |",
        *map(_row, summarise(runs)),
        "",
        *(f"- {note}" for note in notes),
        *([""] if notes else []),
    ]
    return "\n".join(lines) + "\n"


def _heading(circumstances: Circumstances, runs: int) -> str:
    return (
        f"`{circumstances.command}`, {runs} runs, {circumstances.at:%Y-%m-%d %H:%M} UTC,"
        f" commit {circumstances.commit}; load before {circumstances.load_before:.1f}."
    )


def _row(summary: Summary) -> str:
    met = {None: "", True: "yes", False: "**no**"}[summary.is_met]
    span = f"{written(summary.lowest)} to {written(summary.highest)}"
    value = f"{written(summary.median)} {summary.unit}".strip()
    return f"| {summary.name} | {value} | {span} | {summary.bar} | {met} |"
