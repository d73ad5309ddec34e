"""An owner takes the organisation's number back: nothing is sent and received any more."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.connections.ports import ConnectionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectWhatsApp:
    pass


async def disconnect_whatsapp(
    store: ConnectionStore, *, context: CommandContext, command: DisconnectWhatsApp
) -> None:
    """Forget the number and its token, if there are any."""
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, context.organization_id)
        if first is None and await transaction.forget_whatsapp():
            transaction.audit("whatsapp_disconnected", context.organization_id)
