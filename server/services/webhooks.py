"""WebhookService: check who delivers, store what came, answer."""

from google.api.httpbody_pb2 import HttpBody

from campotech.webhooks.v1 import webhooks_pb2, webhooks_pb2_grpc
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.webhooks.use_cases.receive_whatsapp import WebhookPorts, receive_whatsapp
from domain.webhooks.use_cases.verify_whatsapp import verify_whatsapp
from server.calls import Call, ServicerContext, current_call
from server.errors import UnauthenticatedError
from server.services.webhook_metrics import WebhookMetrics

WHATSAPP = "whatsapp"
SIGNATURE_HEADER = "x-hub-signature-256"


class WebhookSignatureInvalidError(UnauthenticatedError):
    """Whoever sent this does not share our secret, or changed what they sent."""

    reason = "WEBHOOK_SIGNATURE_INVALID"

    def __init__(self) -> None:
        super().__init__("The signature is missing or not that of the body.")


class WebhookService(webhooks_pb2_grpc.WebhookServiceServicer):
    """What outside services tell us by themselves."""

    def __init__(self, ports: WebhookPorts, metrics: WebhookMetrics) -> None:
        self._ports = ports
        self._metrics = metrics

    async def VerifyWhatsApp(
        self, request: webhooks_pb2.VerifyWhatsAppRequest, context: ServicerContext
    ) -> webhooks_pb2.VerifyWhatsAppResponse:
        challenge = verify_whatsapp(
            self._ports.whatsapp,
            mode=request.hub.mode,
            verify_token=request.hub.verify_token,
            challenge=request.hub.challenge,
        )
        return webhooks_pb2.VerifyWhatsAppResponse(
            body=HttpBody(content_type="text/plain", data=challenge.encode())
        )

    async def ReceiveWhatsApp(
        self, request: webhooks_pb2.ReceiveWhatsAppRequest, context: ServicerContext
    ) -> webhooks_pb2.ReceiveWhatsAppResponse:
        call, content = current_call(), request.body.data
        if not self._ports.whatsapp.is_genuine(content, call.header(SIGNATURE_HEADER)):
            self._metrics.count_refused(WHATSAPP)
            raise WebhookSignatureInvalidError
        await receive_whatsapp(self._ports, context=_context_of(call), content=content)
        self._metrics.count_received(WHATSAPP)
        return webhooks_pb2.ReceiveWhatsAppResponse()


def _context_of(call: Call) -> CommandContext:
    return CommandContext(
        organization_id=PLATFORM_ORGANIZATION_ID,
        actor=PLATFORM_ACTOR,
        correlation_id=call.request_id,
        traceparent=call.traceparent,
    )
