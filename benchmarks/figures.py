"""Measured figures, the bars they are held against, and the medians of several runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that a run of a suite brings; a run may leave out what it could not measure."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one run of a suite brings."""

    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    """Sentences for the reader: what was skipped and why, what is odd about a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A figure over all runs."""

    name: str
    unit: str
    median: float
    lowest: float
    highest: float
    bar: str
    is_met: bool | None
    """None without a bar."""


def summarise(runs: Sequence[Findings]) -> list[Summary]:
    """Return each figure's median over the runs that have it, in the order of the first run."""
    by_name: dict[str, list[Figure]] = {}
    for run in runs:
        for figure in run.figures:
            by_name.setdefault(figure.name, []).append(figure)
    return [_summary(figures) for figures in by_name.values()]


def _summary(figures: Sequence[Figure]) -> Summary:
    values = [figure.value for figure in figures]
    first, middle = figures[0], median(values)
    bar, is_met = "", None
    if first.at_least is not None:
        bar, is_met = f"≥ {written(first.at_least)}", middle >= first.at_least
    if first.below is not None:
        bar, is_met = f"< {written(first.below)}", middle < first.below
    return Summary(
        name=first.name,
        unit=first.unit,
        median=middle,
        lowest=min(values),
        highest=max(values),
        bar=bar,
        is_met=is_met,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def written(value: float) -> str:
    """Return a number as people read it: three digits that count, thousands separated."""
    for limit, places in ((10, 2), (100, 1)):
        if abs(value) < limit and value != int(value):
            return f"{value:.{places}f}"
    return f"{value:,.0f}"
