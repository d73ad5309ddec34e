"""WhatsApp's Cloud API: sending messages, the templates they are made from, and numbers."""

import base64
import math
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.behaviour import Controls
from sandbox.calls import Call, Reply
from sandbox.clock import Clock
from sandbox.graph.errors import GraphError
from sandbox.graph.limits import SendingLimits
from sandbox.graph.numbers import described_number
from sandbox.graph.phone_numbers import wa_id
from sandbox.graph.requests import MessageBody, NewTemplate, parse_body
from sandbox.graph.templates import TemplateShelf, TemplateStatus
from sandbox.graph.webhooks import WebhookSender

MESSAGES = "messages"
TEMPLATES = "message_templates"
NUMBERS = "phone_numbers"
MESSAGES_KEPT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    wamid: str
    at: datetime
    phone_number_id: str
    to: str
    wa_id: str
    type: str
    template: str | None
    language: str | None
    # What the receiver reads.
    text: str
    callback_data: str | None

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "at": self.at.isoformat()}


class WhatsApp:
    name = "whatsapp"
    operations = frozenset({MESSAGES, TEMPLATES, NUMBERS})

    def __init__(self, controls: Controls, clock: Clock) -> None:
        self.webhooks = WebhookSender(controls, clock)
        self._controls = controls
        self._clock = clock
        self._messages: deque[SentMessage] = deque(maxlen=MESSAGES_KEPT)
        self.templates = TemplateShelf()
        self.limits = SendingLimits(controls)

    def read(self, request: Request, body: bytes) -> Call:
        if request.url.path.endswith(f"/{TEMPLATES}"):
            work = _templates_work(self, request, body)
            return self._call(TEMPLATES, request, work)
        if request.url.path.endswith(f"/{MESSAGES}"):
            return self._call(MESSAGES, request, lambda: self._send(request, body))
        return self._call(NUMBERS, request, lambda: _described(request))

    def throttled(self, wait_seconds: float) -> Response:
        response = GraphError(130429, "Cloud API message throughput has been reached.").response()
        response.headers["retry-after"] = str(math.ceil(wait_seconds))
        return response

    def broken(self) -> Response:
        response = GraphError(131000).response()
        response.status_code = 500
        return response

    def newest_first(
        self, *, to: str | None = None, callback_data: str | None = None
    ) -> Iterator[SentMessage]:
        wanted = None if to is None else wa_id(to)
        for message in reversed(self._messages):
            if wanted in {None, message.wa_id} and callback_data in {None, message.callback_data}:
                yield message

    def reset(self) -> None:
        self._messages.clear()
        self.templates.reset()
        self.limits.reset()
        self.webhooks.forget()

    def create_template(self, body: bytes) -> Reply:
        content = parse_body(NewTemplate, body).checked()
        at_once = self._controls.whatsapp.approves_templates_at_once
        status = TemplateStatus.APPROVED if at_once else TemplateStatus.PENDING
        template = self.templates.add(content, status)
        answer = {"id": template.id, "status": status, "category": content.category}
        return Reply(JSONResponse(answer), f"template {status}", {"template": content.name})

    def hear(self, number: str, sender: str, *, name: str, text: str) -> str:
        """Let a customer write, which opens the window; return the wamid."""
        user = wa_id(sender)
        wamid = _wamid(user)
        self.limits.heard_from((number, user), self._clock())
        event = {"id": wamid, "type": "text", "text": {"body": text}}
        self.webhooks.customer_wrote(number, user, name=name, event=event)
        return wamid

    def _call(self, operation: str, request: Request, work: Callable[[], Reply]) -> Call:
        def perform() -> Reply:
            try:
                self._check_token(request)
                return work()
            except GraphError as error:
                return Reply(error.response(), f"error {error.code}", {"details": error.details})

        return Call(
            operation=operation,
            perform=perform,
            refuse=lambda code: GraphError(code).response(),
            fields={"id": request.path_params["object_id"]},
        )

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = self._controls.whatsapp.tokens
        if scheme.lower() != "bearer" or not token.strip():
            raise GraphError(190, "An access token is required to request this resource.")
        if known and token.strip() not in known:
            raise GraphError(190, "Cannot parse access token.")

    def _send(self, request: Request, body: bytes) -> Reply:
        asked = parse_body(MessageBody, body)
        if asked.status == "read":
            return Reply(JSONResponse({"success": True}), "marked as read")
        target = asked.to or asked.recipient
        if not target:
            raise GraphError(100, "The parameter to is required.")
        # A business-scoped user id, such as AR.1349, is taken as it is.
        user = wa_id(asked.to) if asked.to else target
        number = str(request.path_params["object_id"])
        now = self._clock()
        text = self._rendered(asked, (number, user), now)
        self.limits.take((number, user), now)
        message = SentMessage(
            wamid=_wamid(user),
            at=now,
            phone_number_id=number,
            to=target,
            wa_id=user,
            type=asked.type,
            template=asked.template.name if asked.template else None,
            language=asked.template.language.code if asked.template else None,
            text=text,
            callback_data=asked.biz_opaque_callback_data,
        )
        self._messages.append(message)
        self.webhooks.message_went(message)
        return _accepted(message)

    def _rendered(self, asked: MessageBody, pair: tuple[str, str], now: datetime) -> str:
        if asked.type == "template":
            if asked.template is None:
                raise GraphError(131008, "template: Field required")
            template = self.templates.usable(asked.template.name, asked.template.language.code)
            return template.render(asked.template)
        if asked.type != "text":
            raise GraphError(131051, f"The sandbox takes text and template, not {asked.type}.")
        if asked.text is None:
            raise GraphError(131008, "text: Field required")
        self.limits.check_window(pair, now)
        return asked.text.body


def _templates_work(whatsapp: WhatsApp, request: Request, body: bytes) -> Callable[[], Reply]:
    name = request.query_params.get("name")

    def listed() -> Reply:
        found = [template.as_json() for template in whatsapp.templates.all(name)]
        return Reply(JSONResponse({"data": found, "paging": {}}), f"{len(found)} templates")

    def removed() -> Reply:
        if name is None or not whatsapp.templates.remove(name):
            raise GraphError(100, "There is no template of this name.")
        return Reply(JSONResponse({"success": True}), "template removed", {"template": name})

    match request.method:
        case "POST":
            return lambda: whatsapp.create_template(body)
        case "DELETE":
            return removed
        case _:
            return listed


def _described(request: Request) -> Reply:
    return Reply(JSONResponse(described_number(request)), "described")


def _accepted(message: SentMessage) -> Reply:
    sent: dict[str, str] = {"id": message.wamid}
    if message.template is not None:
        sent["message_status"] = "accepted"
    answer = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": message.to, "wa_id": message.wa_id}],
        "messages": [sent],
    }
    fields = {
        "to": message.to,
        "template": message.template,
        "wamid": message.wamid,
        "callback_data": message.callback_data,
    }
    return Reply(JSONResponse(answer), "accepted", fields)


def _wamid(user: str) -> str:
    content = b"\x1d\x18" + bytes([len(user)]) + user.encode() + secrets.token_bytes(20)
    return f"wamid.{base64.b64encode(content).decode()}"
