"""The rules that the contract itself states: required fields, ranges, patterns."""

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from protovalidate import Validator, Violation

from server.errors import FieldViolation, InvalidRequestError
from server.required_fields import RequiredFields
from server.text_fields import TextFields

REQUIRED_REASON = "FIELD_REQUIRED"
INVALID_REASON = "INVALID_FIELD"


class RequestRules:
    """What the annotations of the contract demand of a request."""

    def __init__(self) -> None:
        self._validator = Validator()
        self._required = RequiredFields()
        self._texts = TextFields()

    def check(self, message: Message) -> None:
        """Refuse a message that lacks a REQUIRED field, breaks a protovalidate rule or holds a NUL.

        Raises InvalidRequestError with every violation of the first kind that is found.
        """
        missing = self._required.missing_in(message)
        if missing:
            raise InvalidRequestError(
                [FieldViolation(path, f"{path} is required.") for path in missing],
                reason=REQUIRED_REASON,
            )
        violations = self._validator.collect_violations(message)
        if violations:
            raise InvalidRequestError(
                [_describe(violation, message) for violation in violations],
                reason=INVALID_REASON,
            )
        unstorable = self._texts.with_nul_in(message)
        if unstorable:
            raise InvalidRequestError(
                [
                    FieldViolation(path, f"{path} contains the character NUL.")
                    for path in unstorable
                ],
                reason=INVALID_REASON,
            )


def _describe(violation: Violation, request: Message) -> FieldViolation:
    path = ""
    target: Descriptor | None = request.DESCRIPTOR  # type: ignore[assignment]  # upb's class
    for element in violation.proto.field.elements if violation.proto.field else ():
        name = element.field_name
        path = f"{path}.{name}" if path else name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
        target = target.fields_by_name[name].message_type if target else None
    # A rule over a whole message names its culprit itself: `cancel_job.note`, `address.latitude`.
    culprit = violation.proto.rule_id.rpartition(".")[2]
    if target is not None and culprit in target.fields_by_name:
        path = f"{path}.{culprit}" if path else culprit
    return FieldViolation(path, f"{path}: {violation.proto.message}.")
