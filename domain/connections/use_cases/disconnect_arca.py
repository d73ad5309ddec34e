"""An owner takes the organisation's certificate back: the platform's is used again."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.connections.ports import ConnectionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectArca:
    pass


async def disconnect_arca(
    store: ConnectionStore, *, context: CommandContext, command: DisconnectArca
) -> None:
    """Forget certificate, key and request, if there are any."""
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, context.organization_id)
        if first is None and await transaction.forget_arca():
            transaction.audit("arca_disconnected", context.organization_id)
