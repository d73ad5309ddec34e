"""Secrets that are stored: sealed with AES-256-GCM, each naming the key it was sealed with."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
_SEPARATOR = b":"


class KeySettingError(ValueError):
    """The setting of keys is not `name:base64 of 32 bytes`, several parted by commas."""


class UnsealError(Exception):
    """A sealed value is damaged, belongs elsewhere, or its key is not among ours."""


class KeyRing:
    """Keys by name. The first one seals; the others still open what they sealed before."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise KeySettingError("There must be a key, and each of 32 bytes.")
        self._current = next(iter(keys))
        self._ciphers = {name.encode(): AESGCM(key) for name, key in keys.items()}

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """Read `name:key,older:key`; raise KeySettingError without repeating any of it."""
        keys: dict[str, bytes] = {}
        for entry in text.split(","):
            name, separator, key = entry.strip().partition(":")
            if not (name and separator):
                raise KeySettingError("A key is given as name:base64.")
            try:
                keys[name] = base64.b64decode(key, validate=True)
            except binascii.Error:
                raise KeySettingError(f"The key {name} is not base64.") from None
        return cls(keys)

    @property
    def names(self) -> frozenset[str]:
        """The names of all keys."""
        return frozenset(name.decode() for name in self._ciphers)

    @property
    def sealing_name(self) -> str:
        """The name of the key that seals."""
        return self._current

    def seal(self, secret: bytes, *, bound_to: bytes) -> bytes:
        """Return `name:nonce+ciphertext`; it opens only for the same `bound_to`."""
        name = self._current.encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return name + _SEPARATOR + nonce + self._ciphers[name].encrypt(nonce, secret, bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Return the secret; raise UnsealError."""
        name, _, rest = sealed.partition(_SEPARATOR)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnsealError("The value was sealed with a key that is not among ours.")
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise UnsealError("The value is damaged or belongs elsewhere.") from error
