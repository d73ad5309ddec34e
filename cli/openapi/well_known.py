"""Messages that JSON writes in a way of their own, and the shape of every error."""

from collections.abc import Mapping

from cli.openapi.rules import Schema

ERROR = "google.rpc.Status"

_DURATION = r"^-?[0-9]+(\.[0-9]{1,9})?s$"

WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": _DURATION, "examples": ["1.5s"]},
    "google.protobuf.FieldMask": {
        "type": "string",
        "description": "Names of fields in lowerCamelCase, with commas between them.",
    },
    "google.protobuf.Struct": {"type": "object"},
    "google.api.HttpBody": {},
}

ERROR_SCHEMA: Schema = {
    "type": "object",
    "description": "Why a call was refused. Branch on the `reason` of the one detail that has it.",
    "properties": {
        "code": {"type": "integer", "description": "The gRPC code: 3 is INVALID_ARGUMENT."},
        "message": {"type": "string", "description": "For developers, in English."},
        "details": {
            "type": "array",
            "description": (
                "Exactly one `google.rpc.ErrorInfo` with `reason`, `domain` and `metadata`;"
                " `BadRequest` names the fields, `RetryInfo` says when to try again,"
                " `LocalizedMessage` is for people, in Spanish."
            ),
            "items": {
                "type": "object",
                "properties": {"@type": {"type": "string"}},
                "required": ["@type"],
            },
        },
    },
    "required": ["code", "message", "details"],
}
