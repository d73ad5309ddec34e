"""What a bucket's answer means: the blob, that there is none, or that the store does not work."""

import re

import httpx

from domain.blobs.blob import StoredBlob
from domain.errors import TemporaryError

_FORBIDDEN = 403
_NOT_FOUND = 404
_CODE = re.compile(r"<Code>(?P<code>\w{1,64})</Code>")
_NO_BLOB = frozenset({"NoSuchKey", ""})
"""The codes of 404 that speak of a blob; an answer to HEAD has no body and thus no code."""


class BlobStoreFailedError(TemporaryError):
    """The store does not answer, or it refuses us: it has nothing against any one blob."""


class LookRefusedError(TemporaryError):
    """The bucket tells us nothing of a blob: who may not list it is not told that one is missing.

    So a blob that is not there yet gets this answer, which says nothing against the store.
    """

    def __init__(self) -> None:
        super().__init__("The store refuses to say whether it has a blob.")


def blob_in(answer: httpx.Response) -> StoredBlob | None:
    """Return what HEAD found, None if nothing is there.

    Raises LookRefusedError, BlobStoreFailedError.
    """
    if answer.status_code == _FORBIDDEN:
        raise LookRefusedError
    if is_about_no_blob(answer):
        return None
    try:
        return StoredBlob(
            content_type=answer.headers["content-type"],
            size_bytes=int(answer.headers["content-length"]),
        )
    except (KeyError, ValueError) as error:
        raise BlobStoreFailedError("The store does not say what it has.") from error


def is_about_no_blob(answer: httpx.Response) -> bool:
    """Return whether the blob is not there, False after a success; raise BlobStoreFailedError."""
    if answer.is_success:
        return False
    code = _code_of(answer)
    if answer.status_code == _NOT_FOUND and code in _NO_BLOB:
        return True
    raise BlobStoreFailedError(
        f"The store answered {answer.status_code} {code}".rstrip() + ".",
        retry_after_seconds=_retry_after(answer),
    )


def _code_of(answer: httpx.Response) -> str:
    match = _CODE.search(answer.text)
    return match["code"] if match else ""


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
