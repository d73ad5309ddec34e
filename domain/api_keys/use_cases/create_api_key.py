"""An owner gives a program a key."""

from dataclasses import dataclass
from datetime import datetime

from domain.api_keys.api_key import (
    MOST_GOOD_KEYS,
    ApiKey,
    ApiKeysFullError,
    PersonRequiredError,
    is_api_key,
)
from domain.api_keys.ports import ApiKeyStore
from domain.api_keys.secret import ApiKeySecret, SecretSource
from domain.clock import Clock
from domain.commands import CommandContext, Role
from domain.identifiers import ApiKeyId, IdSource, birth_time


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    display_name: str
    roles: frozenset[Role]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """A key, and its secret; None where this repeats a command that told it before."""

    key: ApiKey
    secret: ApiKeySecret | None


async def create_api_key(
    store: ApiKeyStore,
    clock: Clock,
    ids: IdSource,
    *,
    secrets: SecretSource,
    context: CommandContext,
    command: CreateApiKey,
) -> CreatedApiKey:
    """Store a key and return it with its secret, once for the caller's request id.

    Raises PersonRequiredError, ApiKeyExpiresTooSoonError, ApiKeysFullError.
    """
    if is_api_key(context.actor):
        raise PersonRequiredError
    key_id, secret = ApiKeyId(ids.new_id()), secrets.new_secret()
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, key_id)
        if first is not None:
            return CreatedApiKey(await transaction.api_key(ApiKeyId(first)), None)
        key = ApiKey(
            id=key_id,
            organization_id=context.organization_id,
            display_name=command.display_name,
            roles=command.roles,
            prefix=secret.prefix,
            digest=secret.digest,
            expires_at=command.expires_at,
            created_at=birth_time(key_id),
            updated_at=birth_time(key_id),
        )
        if await transaction.good_keys(clock.now()) >= MOST_GOOD_KEYS:
            raise ApiKeysFullError
        await transaction.add(key)
        transaction.audit("api_key_created", key_id, prefix=key.prefix)
    return CreatedApiKey(key, secret)
