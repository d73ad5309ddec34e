"""What the link of a request allows, or why it allows nothing."""

from starlette.requests import Request

from adapters.blobs.signed_links import LinkExpiredError, LinkForgedError, SignedLinks
from domain.blobs.blob import BlobContent, BlobKey
from web.refusals import RefusedError


def allowed_upload(links: SignedLinks, request: Request) -> tuple[BlobKey, BlobContent]:
    """Return what may be put where; raise RefusedError."""
    try:
        return links.check_upload(request.path_params["key"], request.query_params)
    except (LinkExpiredError, LinkForgedError) as error:
        raise _refusal(error) from error


def allowed_download(links: SignedLinks, request: Request) -> BlobKey:
    """Return what may be read; raise RefusedError."""
    try:
        return links.check_download(request.path_params["key"], request.query_params)
    except (LinkExpiredError, LinkForgedError) as error:
        raise _refusal(error) from error


def _refusal(error: LinkExpiredError | LinkForgedError) -> RefusedError:
    return RefusedError("LINK_EXPIRED" if isinstance(error, LinkExpiredError) else "LINK_INVALID")
