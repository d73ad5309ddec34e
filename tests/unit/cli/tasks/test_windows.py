from datetime import UTC, datetime

import pytest
import typer

from cli.tasks.windows import since_of

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("90m", "2026-11-20T10:30:30Z"),
        ("12h", "2026-11-20T00:00:30Z"),
        ("30d", "2026-10-21T12:00:30Z"),
    ],
)
def test_a_span_is_counted_back_from_now(text: str, begin: str) -> None:
    assert since_of(text, now=NOW) == begin


@pytest.mark.parametrize("text", ["", "7", "0h", "h", "1.5h", "1w", "-1h", "1h "])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        since_of(text)
