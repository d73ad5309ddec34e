"""The machine's source of chance for secrets."""

import secrets

from domain.api_keys.secret import SCHEME, ApiKeySecret

_PREFIX_BYTES = 4
_SECRET_BYTES = 32


class SystemSecretSource:
    """The domain's SecretSource."""

    def new_secret(self) -> ApiKeySecret:
        prefix = secrets.token_hex(_PREFIX_BYTES)
        return ApiKeySecret(f"{SCHEME}{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}")
