"""API keys with whatever a test wants to be particular about."""

from typing import Any

from adapters.secret_source import SystemSecretSource
from domain.api_keys.api_key import ApiKey
from domain.api_keys.secret import ApiKeySecret
from domain.commands import Role
from domain.identifiers import ApiKeyId, OrganizationId, birth_time
from tests.support.clocks import new_id


def an_api_key_secret() -> ApiKeySecret:
    return SystemSecretSource().new_secret()


def an_api_key(organization_id: OrganizationId, **particular: Any) -> ApiKey:
    key_id = particular.pop("id", None) or ApiKeyId(new_id())
    secret = particular.pop("secret", None) or an_api_key_secret()
    values: dict[str, Any] = {
        "id": key_id,
        "organization_id": organization_id,
        "display_name": "Contabilidad",
        "roles": frozenset({Role.DISPATCHER}),
        "prefix": secret.prefix,
        "digest": secret.digest,
        "created_at": birth_time(key_id),
        "updated_at": birth_time(key_id),
        **particular,
    }
    return ApiKey(**values)
