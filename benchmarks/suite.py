"""A suite: what is measured together, how it is explained, how often it is run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.figures import Findings
from benchmarks.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One part of `benchmarks/results.md`."""

    name: str
    title: str
    method: str
    """How it is measured, in a few sentences for the reader of the results."""
    measure: Callable[[Workshop], Awaitable[Findings]]
    runs: int = 3
    is_on_request: bool = False
    """Whether it runs only when it is named."""
