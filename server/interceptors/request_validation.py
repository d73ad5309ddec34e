"""Requests keep the rules that the contract itself states."""

from google.protobuf.message import Message

from server.calls import Call, Interceptor
from server.request_rules import RequestRules

SELF_CHECKING_METHODS = frozenset({"/campotech.tracking.v1.TrackingService/StreamLocations"})
"""Handlers that look at every value themselves, and ask for the rules where one looks wrong.

The rules cost 67 µs for a batch of ten fixes, a fifth of all that the server does with it.
"""


class RequestValidationInterceptor(Interceptor):
    """Refuses a message that breaks a rule of the contract."""

    def __init__(self, rules: RequestRules) -> None:
        self._rules = rules

    def received(self, call: Call, message: Message) -> None:
        if call.method.path not in SELF_CHECKING_METHODS:
            self._rules.check(message)
