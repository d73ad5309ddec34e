"""What is answered instead of a blob: the same shape as every error of the API over JSON."""

from http import HTTPStatus
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

ERROR_DOMAIN = "campotech.dev"


class _Reason(NamedTuple):
    """An HTTP status, with the gRPC code that says the same."""

    status: HTTPStatus
    code: int
    message: str


_REASONS = {
    "LINK_INVALID": _Reason(HTTPStatus.FORBIDDEN, 7, "This link is none of ours."),
    "LINK_EXPIRED": _Reason(
        HTTPStatus.FORBIDDEN,
        7,
        "The time of this link is over: ask for another one.",
    ),
    "BLOB_LENGTH_REQUIRED": _Reason(
        HTTPStatus.LENGTH_REQUIRED,
        3,
        "The request must say its content-length.",
    ),
    "BLOB_TOO_LARGE": _Reason(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        3,
        "The content is larger than the link says.",
    ),
    "BLOB_TYPE_WRONG": _Reason(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        3,
        "The content-type is not what the link says.",
    ),
    "BLOB_CONTENT_WRONG": _Reason(
        HTTPStatus.BAD_REQUEST,
        3,
        "The content has not the size and the SHA-256 that the link says.",
    ),
    "BLOB_NOT_FOUND": _Reason(HTTPStatus.NOT_FOUND, 5, "Nothing was uploaded here."),
    "UPLOAD_TOO_SLOW": _Reason(
        HTTPStatus.REQUEST_TIMEOUT,
        4,
        "The upload took too long: begin it again.",
    ),
    "BLOB_STORE_UNAVAILABLE": _Reason(
        HTTPStatus.SERVICE_UNAVAILABLE,
        14,
        "The blob can be neither stored nor read now. Try again.",
    ),
    "PATH_NOT_FOUND": _Reason(HTTPStatus.NOT_FOUND, 5, "There is no such path."),
    "METHOD_NOT_ALLOWED": _Reason(
        HTTPStatus.METHOD_NOT_ALLOWED,
        12,
        "Blobs are uploaded with PUT and downloaded with GET.",
    ),
}


class RefusedError(Exception):
    """The request is refused, for a reason that programs branch on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def answer_refusal(_request: Request, error: Exception) -> Response:
    """Answer a refusal of ours; anything else is a fault and not answered here."""
    if not isinstance(error, RefusedError):
        raise error
    return _answer(error.reason)


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Answer what no route takes."""
    if not isinstance(error, HTTPException):
        raise error
    is_method = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    answer = _answer("METHOD_NOT_ALLOWED" if is_method else "PATH_NOT_FOUND")
    answer.headers.update(error.headers or {})
    return answer


def _answer(name: str) -> JSONResponse:
    reason = _REASONS[name]
    details = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": name,
        "domain": ERROR_DOMAIN,
        "metadata": {},
    }
    content = {"code": reason.code, "message": reason.message, "details": [details]}
    return JSONResponse(content, status_code=reason.status)
