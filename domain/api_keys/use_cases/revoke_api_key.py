"""An owner takes a program's key back."""

from dataclasses import dataclass

from domain.api_keys.api_key import ApiKey
from domain.api_keys.ports import ApiKeyStore
from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import ApiKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    key_id: ApiKeyId


async def revoke_api_key(
    store: ApiKeyStore, clock: Clock, *, context: CommandContext, command: RevokeApiKey
) -> ApiKey:
    """Revoke a key for good; one that was revoked before stays as it is. Raises NotFoundError."""
    async with store.transaction(context) as transaction:
        await transaction.claim(command, command.key_id)
        key = await transaction.api_key(command.key_id)
        revoked = key.revoke(clock.now())
        if revoked is not key:
            await transaction.save(revoked)
            transaction.audit("api_key_revoked", key.id, prefix=key.prefix)
    return revoked
