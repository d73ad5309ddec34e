"""Versions of what the directory holds: nobody overwrites what they have not seen."""

from domain.errors import EtagMismatchError


def check_version_was_read(kind: str, version: int, expected: int | None) -> None:
    """Raise EtagMismatchError unless the caller says that they read this very version."""
    if expected is None:
        raise EtagMismatchError(
            f"The etag of the {kind} is needed: somebody else may have changed it.",
            current_etag=version,
        )
    check_version_unless_unknown(kind, version, expected)


def check_version_unless_unknown(kind: str, version: int, expected: int | None) -> None:
    """Raise EtagMismatchError if the caller read another version; None means any will do."""
    if expected is not None and expected != version:
        raise EtagMismatchError(f"The {kind} changed since it was read.", current_etag=version)
