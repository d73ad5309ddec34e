"""The keys that sign links; every link names its key, so that keys can be changed."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Self

_LEAST_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SigningKeySettingError(ValueError):
    """The setting of keys is not `name:base64 of 32 bytes`, several parted by commas."""


class SigningKeys:
    """Keys by name. The first one signs; what the others signed before is still good."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) < _LEAST_BYTES for key in keys.values()):
            raise SigningKeySettingError("There must be a key, and each of 32 bytes.")
        self._keys = dict(keys)
        self.current = next(iter(keys))

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """Read `name:key,older:key`; raise SigningKeySettingError without repeating any of it."""
        keys: dict[str, bytes] = {}
        for entry in text.split(","):
            name, _, key = entry.strip().partition(":")
            if not _NAME.fullmatch(name):
                raise SigningKeySettingError("A key is given as name:base64.")
            try:
                keys[name] = base64.b64decode(key, validate=True)
            except binascii.Error:
                raise SigningKeySettingError(f"The key {name} is not base64.") from None
        return cls(keys)

    def signature(self, text: str, *, key: str) -> str | None:
        """Return how a key signs a text, None for a key that is not among ours."""
        secret = self._keys.get(key)
        if secret is None:
            return None
        digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
