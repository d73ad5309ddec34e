"""What the Graph API answers: every way in which a send can end is told apart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

import httpx

from adapters.whatsapp.error_codes import WAIT_SECONDS, ErrorClass, classify
from adapters.whatsapp.failures import failure_called
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.messaging.ports import LoginRefusedError, MessageRefusedError, SlowDownError

_LONGEST_WAIT_SECONDS = 86400.0
_UNNAMED_LIMIT_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphAnswer:
    """One answer, however little of it is Graph's."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    """Empty where no JSON object came."""
    retry_after_seconds: float | None = None

    @classmethod
    def of(cls, response: httpx.Response, content: bytes) -> Self:
        return cls(
            status=response.status_code,
            body=_json_object(content),
            retry_after_seconds=_retry_after(response),
        )

    @property
    def is_success(self) -> bool:
        return httpx.codes.is_success(self.status)


def read_wamid(answer: GraphAnswer) -> str:
    """Return what WhatsApp calls the message it took, or raise what its answer means."""
    check_answer(answer)
    messages = answer.body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    wamid = first.get("id") if isinstance(first, dict) else None
    if not wamid:
        raise UnknownOutcomeError("WhatsApp answered without naming the message.")
    return str(wamid)


def check_answer(answer: GraphAnswer) -> None:
    """Raise what an answer means that is no success."""
    if answer.is_success:
        return
    error = answer.body.get("error")
    if isinstance(error, dict):
        _raise_error(answer, error)
    _raise_for_strangers(answer)


def _raise_error(answer: GraphAnswer, error: Mapping[str, Any]) -> None:
    code = _code_of(error)
    text = str(error.get("message", ""))
    kind = classify(
        code,
        http_status=answer.status,
        is_transient=bool(error.get("is_transient", False)),
    )
    match kind:
        case ErrorClass.RATE_LIMITED:
            wait = answer.retry_after_seconds or WAIT_SECONDS[code]
            raise SlowDownError(text, retry_after_seconds=wait, code=code)
        case ErrorClass.TRANSIENT:
            raise TemporaryError(text, retry_after_seconds=answer.retry_after_seconds, code=code)
        case ErrorClass.NOT_LET_IN:
            raise LoginRefusedError(text, code=code)
        case ErrorClass.REFUSED:
            raise MessageRefusedError(text, failure_called(str(code)))


def _raise_for_strangers(answer: GraphAnswer) -> None:
    """Raise what a status means without an error of Graph's: a proxy's, or half an answer."""
    text = f"HTTP {answer.status} without an error of WhatsApp's"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Nobody says whether the message went through.
        raise UnknownOutcomeError(f"{text}.")
    match answer.status:
        case HTTPStatus.REQUEST_TIMEOUT:
            raise UnknownOutcomeError(f"{text}.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait = answer.retry_after_seconds or _UNNAMED_LIMIT_WAIT_SECONDS
            raise SlowDownError(f"{text}.", retry_after_seconds=wait)
        case _:
            # Whoever it was, WhatsApp has refused nothing.
            raise TemporaryError(f"{text}.", retry_after_seconds=answer.retry_after_seconds)


def _code_of(error: Mapping[str, Any]) -> int:
    code = error.get("code", 0)
    return code if isinstance(code, int) else 0


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text), _LONGEST_WAIT_SECONDS)


def _json_object(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
