"""The secret of a key: told once, recognised by its digest ever after."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

SCHEME = "ck_"

_SHAPE = re.compile(rf"({SCHEME}[0-9a-f]{{8}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class ApiKeySecret:
    """`ck_`, eight digits by which people know it, and 256 bits of chance."""

    text: str

    @property
    def prefix(self) -> str:
        return self.text[: len(SCHEME) + 8]

    @property
    def digest(self) -> bytes:
        """Return what is stored.

        One round of SHA-256 is enough: slow hashes and salts are for what people think up, and
        nobody guesses 256 bits of chance. It also has to be quick, being made at every call.
        """
        return sha256(self.text.encode()).digest()

    def __repr__(self) -> str:
        return f"ApiKeySecret({self.prefix}…)"


def is_api_key_secret(text: str) -> bool:
    """Tell whether this could be a secret of ours at all."""
    return _SHAPE.fullmatch(text) is not None


class SecretSource(Protocol):
    """Makes secrets; the only place they come from."""

    def new_secret(self) -> ApiKeySecret:
        """Return a new secret with 256 bits of chance."""
        ...
