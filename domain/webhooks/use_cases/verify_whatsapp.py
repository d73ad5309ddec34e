"""WhatsApp asks whether an address is ours."""

from domain.errors import PermissionDeniedError
from domain.webhooks.ports import WhatsAppWebhooks


class WebhookVerificationRefusedError(PermissionDeniedError):
    reason = "WEBHOOK_VERIFICATION_REFUSED"

    def __init__(self) -> None:
        super().__init__("The verify token is not the one that we gave.")


def verify_whatsapp(
    whatsapp: WhatsAppWebhooks, *, mode: str, verify_token: str, challenge: str
) -> str:
    """Return the challenge; raise WebhookVerificationRefusedError."""
    if mode != "subscribe" or not whatsapp.is_verify_token(verify_token):
        raise WebhookVerificationRefusedError
    return challenge
