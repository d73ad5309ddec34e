"""Pages of lists on the wire: sizes, and tokens that continue one query and no other."""

import base64
import binascii
import copy
import hashlib
from typing import Protocol
from uuid import UUID

from domain.errors import InvalidInputError
from domain.identifiers import OrganizationId, birth_time
from domain.pages import PageRequest

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200

_DIGEST_SIZE = 8
_ID_SIZE = 16


class ListRequest(Protocol):
    """What every request of a List method has; the contract names the fields alike."""

    page_size: int
    page_token: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802  # protobuf's own
        """Return the bytes of the message."""
        ...


class PageTokenInvalidError(InvalidInputError):
    """The token is none of ours, or continues a list that was asked for with other arguments."""

    reason = "PAGE_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__(
            "This page_token does not continue this list: all other fields must be as they were.",
            field="page_token",
        )


def parse_page(request: ListRequest, organization_id: OrganizationId) -> PageRequest:
    """Return which page is asked for; raise InvalidInputError for a bad size or token."""
    if request.page_size < 0:
        raise InvalidInputError("page_size must not be negative.", field="page_size")
    return PageRequest(
        size=min(request.page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
        after=_read_token(request, organization_id) if request.page_token else None,
    )


def next_page_token(
    request: ListRequest, organization_id: OrganizationId, next_after: UUID | None
) -> str:
    """Return the token that continues this very query after an id; empty ends the list."""
    if next_after is None:
        return ""
    token = _digest(request, organization_id) + next_after.bytes
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _read_token(request: ListRequest, organization_id: OrganizationId) -> UUID:
    text = request.page_token
    try:
        token = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise PageTokenInvalidError from error
    is_ours = len(token) == _DIGEST_SIZE + _ID_SIZE
    if not is_ours or token[:_DIGEST_SIZE] != _digest(request, organization_id):
        raise PageTokenInvalidError
    return _readable_id(token[_DIGEST_SIZE:])


def _readable_id(content: bytes) -> UUID:
    """Return an id that a list can step back from: the digest is no signature."""
    resource_id = UUID(bytes=content)
    try:
        birth_time(resource_id)
    except OverflowError as error:
        raise PageTokenInvalidError from error
    return resource_id


def _digest(request: ListRequest, organization_id: OrganizationId) -> bytes:
    query = copy.deepcopy(request)
    query.page_size = 0
    query.page_token = ""
    content = query.SerializeToString(deterministic=True)
    digest = hashlib.blake2b(organization_id.bytes, digest_size=_DIGEST_SIZE)
    digest.update(type(request).__name__.encode())
    digest.update(content)
    return digest.digest()
