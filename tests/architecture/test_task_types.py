"""The page on types of tasks says what the code does."""

from domain.operations.task_type import TASK_TYPES, TaskType
from tests.architecture.repository import ROOT

NOTHING = "\N{EN DASH}"
SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


def span(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    unit, name = next((unit, name) for unit, name in SPANS if seconds % unit == 0)
    return f"{seconds / unit:g} {name}"


def tier(kind: TaskType) -> str:
    if kind.awaited_tier is None:
        return kind.tier.value
    return f"{kind.tier.value}; {kind.awaited_tier.value} when a person waits"


def payload(kind: TaskType) -> str:
    schema = kind.payload
    either = " or ".join(f"`{name}`" for name in schema.fields if name in schema.one_of)
    fields = [
        f"`{name}`" + ("?" if name in schema.optional else "")
        for name in schema.fields
        if name not in schema.one_of
    ]
    return ", ".join([either] * bool(either) + fields) or NOTHING


def row(kind: TaskType) -> str:
    retries = f"{kind.max_attempts}, {kind.first_backoff_seconds:g} s"
    cells = [
        f"`{kind.name}`",
        tier(kind),
        payload(kind),
        retries,
        span(kind.time_limit_seconds),
        span(kind.deadline_seconds),
    ]
    return f"| {' | '.join(cells)} |"


def test_every_type_stands_on_its_page_as_it_is() -> None:
    page = (ROOT / "docs" / "task-types.md").read_text()

    written = [line for line in page.splitlines() if line.startswith("| `")]

    assert written == [row(kind) for kind in TASK_TYPES.values()]
