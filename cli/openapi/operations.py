"""One method over HTTP: what goes into the path, the query and the body, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass

from google.api import field_behavior_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from cli.openapi.described import DescribedContract
from cli.openapi.paths import PathTemplate
from cli.openapi.rules import Schema
from cli.openapi.schemas import Schemas, behaviors_of
from cli.openapi.well_known import ERROR, WELL_KNOWN
from server.roles import PUBLIC_METHODS

STREAM = "x-campotech-stream"
"""Marks an operation whose answer is one JSON document per line, without end."""

_ANYTHING = "google.api.HttpBody"
# A handler may ask for another HTTP status with its normal body; only this one does.
_SAME_BODY = {"campotech.health.v1.HealthService.GetSystemHealth": {"503": "All is offline."}}


@dataclass(frozen=True, slots=True)
class Operations:
    """Describes methods."""

    contract: DescribedContract
    schemas: Schemas

    def describe(
        self, method: MethodDescriptor, binding: http_pb2.HttpRule, path: PathTemplate, *, nth: int
    ) -> Schema:
        """Return the operation of one binding of a method; the first is numbered 1."""
        comment = self.contract.comment(method.full_name)
        service = method.containing_service.name
        operation: Schema = {
            "operationId": f"{service}_{method.name}" + (f"_{nth}" if nth > 1 else ""),
            "tags": [service],
            "summary": _first_sentence(comment),
            "description": comment,
            "parameters": [*path.parameter_schemas(), *self._query(method, binding, path)],
            "responses": self._responses(method, binding),
        }
        body = self._body(method, binding, path)
        if body:
            operation["requestBody"] = body
        if f"/{method.containing_service.full_name}/{method.name}" in PUBLIC_METHODS:
            operation["security"] = []
        if method.server_streaming:
            operation[STREAM] = True
        return operation

    def _query(
        self, method: MethodDescriptor, binding: http_pb2.HttpRule, path: PathTemplate
    ) -> Iterator[Schema]:
        if binding.body == "*":
            return
        bound = {*path.fields, binding.body}
        yield from self._parameters(method.input_type, bound, prefix="", is_required=True)

    def _parameters(
        self, message: Descriptor, bound: set[str], *, prefix: str, is_required: bool
    ) -> Iterator[Schema]:
        for field in message.fields:
            if field.name in bound:
                continue
            must = is_required and field_behavior_pb2.REQUIRED in behaviors_of(field)
            if _is_nested(field):
                nested = field.message_type
                if nested is not None and not field.is_repeated:
                    yield from self._parameters(
                        nested, set(), prefix=f"{prefix}{_said(field)}.", is_required=must
                    )
                continue
            schema = self.schemas.field(field)
            yield {
                "name": f"{prefix}{_said(field)}",
                "in": "query",
                "required": must,
                "description": schema.pop("description", ""),
                "schema": schema,
            }

    def _body(
        self, method: MethodDescriptor, binding: http_pb2.HttpRule, path: PathTemplate
    ) -> Schema:
        if not binding.body:
            return {}
        request = method.input_type
        if binding.body == "*":
            schema = (
                self.schemas.describe(request, without=path.fields)
                if path.fields
                else self.schemas.refer(request)
            )
            return {"required": True, "content": _json(schema)}
        message = request.fields_by_name[binding.body].message_type
        if message is None or message.full_name == _ANYTHING:
            return {"required": True, "content": _raw()}
        schema = self.schemas.refer(message, is_patch=path.verb == "patch")
        return {"required": True, "content": _json(schema)}

    def _responses(self, method: MethodDescriptor, binding: http_pb2.HttpRule) -> Schema:
        content = self._answer(method, binding)
        described = "A JSON document per line." if method.server_streaming else "Done."
        others = {
            status: {"description": text, "content": content}
            for status, text in _SAME_BODY.get(method.full_name, {}).items()
        }
        return {
            "200": {"description": described, "content": content},
            **others,
            "default": {"$ref": "#/components/responses/Refused"},
        }

    def _answer(self, method: MethodDescriptor, binding: http_pb2.HttpRule) -> Schema:
        if not binding.response_body:
            return _json(self.schemas.refer(method.output_type))
        message = method.output_type.fields_by_name[binding.response_body].message_type
        if message is None or message.full_name == _ANYTHING:
            return {"*/*": {"schema": {}}}
        return _json(self.schemas.refer(message))


def refused() -> Schema:
    """Return the answer of every refused call."""
    return {
        "description": "The call was refused; the details say why.",
        "content": _json({"$ref": f"#/components/schemas/{ERROR}"}),
    }


def _is_nested(field: FieldDescriptor) -> bool:
    """Tell whether a query writes the field's own fields, with a dot before each."""
    message = field.message_type
    return message is not None and message.full_name not in WELL_KNOWN


def _said(field: FieldDescriptor) -> str:
    """Return the name by which a query knows a field."""
    return field.json_name


def _first_sentence(comment: str) -> str:
    return " ".join(comment.partition("\n\n")[0].split()).partition(". ")[0].removesuffix(".") + "."


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _raw() -> Schema:
    """Return a body that is taken as it comes, byte for byte."""
    return {"application/json": {"schema": {}}, "application/octet-stream": {"schema": {}}}
