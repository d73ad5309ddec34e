"""Alerts by e-mail, to the few addresses of those on duty."""

from collections.abc import Sequence

from domain.alerts import Notice
from domain.notifications.operator_email import email_operators
from domain.notifications.ports import EmailSender


class EmailAlertSender:
    """The domain's AlertSender; a notice that is sent again keeps its Message-ID."""

    name = "email"

    def __init__(self, relay: EmailSender, addresses: Sequence[str]) -> None:
        self._relay = relay
        self._addresses = addresses

    async def send(self, notice: Notice) -> None:
        await email_operators(
            self._relay,
            self._addresses,
            key=notice.id,
            subject=f"[{notice.severity}] {notice.key}: {notice.text}",
            text=f"{notice.text}\n\nAlert: {notice.key}\nSince: {notice.told_at.isoformat()}\n",
            at=notice.told_at,
        )
