"""Errors in the Graph API's form."""

import secrets
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

_TITLES = {
    "0": "We were unable to authenticate the app user",
    "1": "Invalid request or possible server error",
    "2": "Temporary due to downtime or due to being overloaded",
    "4": "Application request limit reached",
    "33": "The object does not exist",
    "100": "Invalid parameter",
    "190": "Access token has expired",
    "368": "Temporarily blocked for policies violations",
    "80007": "Rate limit issues",
    "130429": "Rate limit hit",
    "130472": "User's number is part of an experiment",
    "131000": "Something went wrong",
    "131008": "Required parameter is missing",
    "131009": "Parameter value is not valid",
    "131016": "Service unavailable",
    "131021": "Recipient cannot be sender",
    "131026": "Message undeliverable",
    "131030": "Recipient phone number not in allowed list",
    "131031": "Business Account locked",
    "131042": "Business eligibility payment issue",
    "131047": "Re-engagement message",
    "131048": "Spam rate limit hit",
    "131049": "This message was not delivered to maintain healthy ecosystem engagement",
    "131051": "Unsupported message type",
    "131056": "(Business Account, Consumer Account) pair rate limit hit",
    "132000": "Number of parameters does not match the expected number of params",
    "132001": "Template name does not exist in the translation",
    "132012": "Parameter format does not match format in the created template",
    "132015": "Template is Paused",
    "132016": "Template is Disabled",
    "135000": "Generic user error",
}
_STATUSES = {
    HTTPStatus.UNAUTHORIZED: {"0", "190"},
    HTTPStatus.FORBIDDEN: {"3", "10", "368", "131031"},
    HTTPStatus.NOT_FOUND: {"132001"},
    HTTPStatus.TOO_MANY_REQUESTS: {"4", "80007", "130429", "131048", "131056"},
    HTTPStatus.INTERNAL_SERVER_ERROR: {"1", "131000", "131016"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"2"},
}
_TRANSIENT = frozenset({"1", "2", "131000", "131016", "131057"})


class GraphError(Exception):
    def __init__(self, code: int | str, details: str | None = None) -> None:
        super().__init__(str(code))
        self.code = str(code)
        self.details = details

    def response(self) -> Response:
        title = _TITLES.get(self.code, "Unknown error")
        error: dict[str, object] = {
            "message": f"(#{self.code}) {title}",
            "type": "OAuthException",
            # The sandbox takes any code by fault; the API's own are numbers.
            "code": int(self.code) if self.code.isdecimal() else self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details or title},
            "fbtrace_id": f"A{secrets.token_urlsafe(16)}",
        }
        if self.code in _TRANSIENT:
            error["is_transient"] = True
        return JSONResponse({"error": error}, self._status())

    def _status(self) -> int:
        for status, codes in _STATUSES.items():
            if self.code in codes:
                return status
        return HTTPStatus.BAD_REQUEST
