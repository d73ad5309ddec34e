"""A window of time as operators write it, counted back from now."""

import re
from datetime import UTC, datetime, timedelta

import typer

_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def since_of(text: str, *, now: datetime | None = None) -> str:
    """Return when the last `90m`, `12h` or `7d` began; raise typer.BadParameter."""
    written = _SPAN.fullmatch(text)
    if not written:
        raise typer.BadParameter(f"{text} is no span of time such as 90m, 12h or 7d.")
    begin = (now or datetime.now(UTC)) - int(written[1]) * _UNITS[written[2]]
    return f"{begin:%Y-%m-%dT%H:%M:%SZ}"
