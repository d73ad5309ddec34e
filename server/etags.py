"""Etags: the version of a resource as text that callers send back and never look into."""

NO_VERSION = 0
"""What no resource has: versions begin at 1."""


def etag_of(version: int) -> str:
    """Return the etag of a version."""
    return str(version)


def parse_etag(etag: str) -> int | None:
    """Return the version a caller read, None where none was given.

    What was never an etag is stale like any other: it becomes a version that nothing has.
    """
    if not etag:
        return None
    return int(etag) if etag.isascii() and etag.isdigit() else NO_VERSION
