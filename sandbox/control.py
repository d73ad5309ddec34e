"""The sandbox's own HTTP interface, /sandbox/...: faults, behaviour, and what was received."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.arca.certificates import CertificateRequestError
from sandbox.behaviour import ArcaBehaviour, WhatsAppBehaviour
from sandbox.faults import Fault
from sandbox.graph.errors import GraphError
from sandbox.graph.phone_numbers import wa_id
from sandbox.graph.templates import TemplateStatus
from sandbox.page import render_page
from sandbox.world import Sandbox

_DEFAULT_LIMIT = 100
Model = TypeVar("Model", bound=BaseModel)
_log = structlog.get_logger(__name__)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Delegation(_Body):
    delegated: bool


class _CertificateRequest(_Body):
    cuit: int
    alias: str


class _SignedRequest(_Body):
    request: str


class _Inbound(_Body):
    phone_number_id: str
    sender: str
    name: str = "Ana Clienta"
    text: str = "Hola"


class _Judgement(_Body):
    status: TemplateStatus


class Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/sandbox/health", self.health),
            Route("/sandbox/faults", self.faults, methods=["GET"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/sandbox/faults/{target}", self.put_fault, methods=["PUT"]),
            Route("/sandbox/faults/{target}", self.delete_fault, methods=["DELETE"]),
            Route("/sandbox/received", self.received),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
            Route("/sandbox/arca/vouchers", self.vouchers),
            Route("/sandbox/arca/certificates", self.issue_certificate, methods=["POST"]),
            Route("/sandbox/arca/certificate-requests", self.take_request, methods=["POST"]),
            Route("/sandbox/arca/delegations/{cuit:int}", self.put_delegation, methods=["PUT"]),
            Route("/sandbox/arca/behaviour", self.arca_behaviour, methods=["GET", "PATCH"]),
            Route("/sandbox/whatsapp/messages", self.messages),
            Route("/sandbox/smtp/messages", self.emails),
            Route("/sandbox/whatsapp/inbound", self.inbound, methods=["POST"]),
            Route(
                "/sandbox/whatsapp/templates/{name}/{language}",
                self.judge_template,
                methods=["PUT"],
            ),
            Route("/sandbox/whatsapp/behaviour", self.whatsapp_behaviour, methods=["GET", "PATCH"]),
        ]

    async def page(self, _: Request) -> Response:
        return HTMLResponse(render_page(self._sandbox))

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def faults(self, _: Request) -> Response:
        standing = self._sandbox.faults.standing()
        return JSONResponse(
            {
                "faults": {target: fault.model_dump() for target, fault in standing.items()},
                "targets": sorted(self._sandbox.fault_targets()),
            }
        )

    async def put_fault(self, request: Request) -> Response:
        target = self._target(request)
        fault = await _read(Fault, request)
        self._sandbox.faults.put(target, fault)
        _log.info("fault_put", target=target, **fault.model_dump(exclude_none=True))
        return JSONResponse(fault.model_dump())

    async def delete_fault(self, request: Request) -> Response:
        target = self._target(request)
        was_there = self._sandbox.faults.remove(target)
        _log.info("fault_removed", target=target)
        return JSONResponse({"removed": was_there})

    async def clear_faults(self, _: Request) -> Response:
        self._sandbox.faults.clear()
        return JSONResponse({"faults": {}})

    async def received(self, request: Request) -> Response:
        query = request.query_params
        entries = self._sandbox.received.newest_first(
            service=query.get("service"), operation=query.get("operation")
        )
        listed = [entry.as_json() for entry in islice(entries, _limit(request))]
        return JSONResponse({"total": self._sandbox.received.total, "received": listed})

    async def vouchers(self, request: Request) -> Response:
        cuit = request.query_params.get("cuit")
        if cuit is not None and not re.fullmatch(r"\d{11}", cuit):
            raise HTTPException(422, "cuit is no number of 11 digits.")
        found = self._sandbox.series.newest_first(
            cuit=None if cuit is None else int(cuit), limit=_limit(request)
        )
        return JSONResponse(
            {
                "total": self._sandbox.series.count(),
                "vouchers": [voucher.as_json() for voucher in found],
            }
        )

    async def issue_certificate(self, request: Request) -> Response:
        asked = await _read(_CertificateRequest, request)
        try:
            issued = self._sandbox.authority.issue(asked.cuit, asked.alias)
        except CertificateRequestError as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse(
            {
                "certificate": issued.certificate_pem.decode(),
                "private_key": issued.private_key_pem.decode(),
            }
        )

    async def take_request(self, request: Request) -> Response:
        asked = await _read(_SignedRequest, request)
        try:
            issued = self._sandbox.authority.issue_for(asked.request.encode())
        except CertificateRequestError as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse({"certificate": issued.decode()})

    async def put_delegation(self, request: Request) -> Response:
        asked = await _read(_Delegation, request)
        cuit: int = request.path_params["cuit"]
        controls = self._sandbox.controls
        arca = controls.arca
        withheld = arca.not_delegated - {cuit} if asked.delegated else arca.not_delegated | {cuit}
        listed = arca.delegated
        if listed != "all":
            listed = listed | {cuit} if asked.delegated else listed - {cuit}
        controls.arca = arca.model_copy(update={"not_delegated": withheld, "delegated": listed})
        return JSONResponse({"cuit": cuit, "delegated": asked.delegated})

    async def arca_behaviour(self, request: Request) -> Response:
        controls = self._sandbox.controls
        if request.method == "PATCH":
            controls.arca = await _changed(controls.arca, ArcaBehaviour, request)
        return JSONResponse(controls.arca.model_dump(mode="json"))

    async def whatsapp_behaviour(self, request: Request) -> Response:
        controls = self._sandbox.controls
        if request.method == "PATCH":
            controls.whatsapp = await _changed(controls.whatsapp, WhatsAppBehaviour, request)
        return JSONResponse(
            controls.whatsapp.model_dump(mode="json", exclude={"tokens", "app_secret"})
        )

    async def messages(self, request: Request) -> Response:
        query = request.query_params
        try:
            found = self._sandbox.whatsapp.newest_first(
                to=query.get("to"), callback_data=query.get("callback_data")
            )
            listed = [message.as_json() for message in islice(found, _limit(request))]
        except GraphError as error:
            raise HTTPException(422, str(error.details)) from error
        return JSONResponse({"messages": listed})

    async def emails(self, request: Request) -> Response:
        query = request.query_params
        found = self._sandbox.smtp.mailbox.newest_first(
            to=query.get("to"), message_id=query.get("message_id")
        )
        listed = [email.as_json() for email in islice(found, _limit(request))]
        return JSONResponse({"messages": listed})

    async def inbound(self, request: Request) -> Response:
        heard = await _read(_Inbound, request)
        try:
            wamid = self._sandbox.whatsapp.hear(
                heard.phone_number_id, heard.sender, name=heard.name, text=heard.text
            )
        except GraphError as error:
            raise HTTPException(422, str(error.details)) from error
        return JSONResponse({"wa_id": wa_id(heard.sender), "wamid": wamid})

    async def judge_template(self, request: Request) -> Response:
        judgement = await _read(_Judgement, request)
        template = self._sandbox.whatsapp.templates.judge(
            request.path_params["name"], request.path_params["language"], judgement.status
        )
        if template is None:
            raise HTTPException(404, "There is no such template.")
        return JSONResponse(template.as_json())

    async def reset(self, _: Request) -> Response:
        self._sandbox.reset()
        _log.info("sandbox_reset")
        return JSONResponse({"status": "ok"})

    def _target(self, request: Request) -> str:
        target: str = request.path_params["target"]
        targets = self._sandbox.fault_targets()
        if target not in targets:
            raise HTTPException(404, f"{target} is none of {', '.join(sorted(targets))}.")
        return target


async def say_what_is_wrong(_: Request, error: Exception) -> Response:
    """Answer a refused request of this interface in JSON, with the reason."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _read(model: type[Model], request: Request) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, _problems(error)) from error


async def _changed(current: Model, model: type[Model], request: Request) -> Model:
    try:
        change = await request.json()
        return model.model_validate({**current.model_dump(), **change})
    except ValidationError as error:
        raise HTTPException(422, _problems(error)) from error
    except (TypeError, ValueError) as error:
        raise HTTPException(422, "The body is no JSON object.") from error


def _problems(error: ValidationError) -> str:
    problems: Iterable[str] = (
        f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}"
        for problem in error.errors(include_url=False)
    )
    return "; ".join(problems)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(_DEFAULT_LIMIT))
    if not re.fullmatch(r"\d{1,6}", text):
        raise HTTPException(422, "limit is no number of up to 6 digits.")
    return int(text)
