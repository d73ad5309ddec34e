"""Links to the local folder: what they allow stands in them, and a signature vouches for it."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from adapters.blobs.signing_keys import SigningKeys
from domain.blobs.blob import BlobContent, BlobKey, BlobKeyError, DownloadLink, UploadLink
from domain.clock import Clock

_UPLOAD = "PUT"
_DOWNLOAD = "GET"
_CONTENT_PARAMETERS = ("size", "sha256")
_PARAMETERS = ("expires", "key")


class LinkForgedError(Exception):
    """We never gave out this link, or the key that signed it is no longer among ours."""


class LinkExpiredError(Exception):
    """The link was ours, and its time is over."""


class SignedLinks:
    """Gives out links and takes them back."""

    def __init__(
        self, base_url: str, keys: SigningKeys, clock: Clock, *, lifetime: timedelta
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._keys = keys
        self._clock = clock
        self._lifetime = lifetime

    def upload(self, key: BlobKey, content: BlobContent) -> UploadLink:
        """Return a link by which this content may be put under the key."""
        url, expires_at = self._link(
            _UPLOAD, key, {"size": str(content.size_bytes), "sha256": content.sha256}
        )
        headers = {"content-type": key.content_type.value}
        return UploadLink(url=url, headers=headers, expires_at=expires_at)

    def download(self, key: BlobKey) -> DownloadLink:
        """Return a link by which the blob may be read."""
        url, expires_at = self._link(_DOWNLOAD, key, {})
        return DownloadLink(url=url, expires_at=expires_at)

    def check_upload(self, path: str, query: Mapping[str, str]) -> tuple[BlobKey, BlobContent]:
        """Return what a link allows to put where; raise LinkForgedError, LinkExpiredError."""
        key = self._check(_UPLOAD, path, query, names=(*_CONTENT_PARAMETERS, *_PARAMETERS))
        return key, BlobContent(size_bytes=int(query["size"]), sha256=query["sha256"])

    def check_download(self, path: str, query: Mapping[str, str]) -> BlobKey:
        """Return what a link allows to read; raise LinkForgedError, LinkExpiredError."""
        return self._check(_DOWNLOAD, path, query, names=_PARAMETERS)

    def _link(self, verb: str, key: BlobKey, content: Mapping[str, str]) -> tuple[str, datetime]:
        expires = int((self._clock.now() + self._lifetime).timestamp())
        query = {**content, "expires": str(expires), "key": self._keys.current}
        signature = self._keys.signature(
            _signed_text(verb, str(key), query, names=tuple(query)), key=self._keys.current
        )
        url = f"{self._base_url}/{key}?{urlencode({**query, 'signature': signature})}"
        return url, datetime.fromtimestamp(expires, UTC)

    def _check(
        self, verb: str, path: str, query: Mapping[str, str], *, names: Sequence[str]
    ) -> BlobKey:
        if not all(name in query for name in (*names, "signature")):
            raise LinkForgedError
        text = _signed_text(verb, path, query, names=names)
        expected = self._keys.signature(text, key=query["key"])
        given = query["signature"].encode()
        if expected is None or not hmac.compare_digest(expected.encode(), given):
            raise LinkForgedError
        # Below here everything is as we wrote it ourselves.
        if int(query["expires"]) <= self._clock.now().timestamp():
            raise LinkExpiredError
        try:
            return BlobKey.parse(path)
        except BlobKeyError as error:
            raise LinkForgedError from error


def _signed_text(verb: str, path: str, query: Mapping[str, str], *, names: Sequence[str]) -> str:
    """Return what is signed; no part of it can hold the line's end that parts them."""
    return "\n".join([verb, path, *(f"{name}={query[name]}" for name in names)])
