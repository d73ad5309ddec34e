"""The whole document: every path of the contract, and the schemas they refer to."""

import json

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from cli.openapi.described import DescribedContract, bindings_of
from cli.openapi.operations import Operations, refused
from cli.openapi.paths import path_template
from cli.openapi.rules import Schema
from cli.openapi.schemas import Schemas
from cli.openapi.well_known import ERROR, ERROR_SCHEMA

_ABOUT = """Every method of the contract that is not a stream in both directions, as JSON over HTTP.
Names, request ids, etags, lists, streams and errors are the same over gRPC, and described in
proto/README.md. Names of fields may also be written as in the contract (`page_size`)."""


def openapi_document(contract: FileDescriptorSet) -> Schema:
    """Return the OpenAPI document of a contract."""
    described = DescribedContract.of(contract)
    schemas = Schemas(described)
    operations = Operations(described, schemas)
    paths: dict[str, Schema] = {}
    for method in described.methods:
        for nth, binding in enumerate(bindings_of(method), start=1):
            path = path_template(binding)
            operation = operations.describe(method, binding, path, nth=nth)
            paths.setdefault(path.text, {})[path.verb] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "CampoTech", "version": "v1", "description": _ABOUT},
        "servers": [{"url": "http://127.0.0.1:8080", "description": "The local platform."}],
        "security": [{"bearer": []}],
        "tags": _tags(described),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "responses": {"Refused": refused()},
            "schemas": dict(sorted({**schemas.components, ERROR: ERROR_SCHEMA}.items())),
        },
    }


def written(document: Schema) -> str:
    """Return the document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _tags(contract: DescribedContract) -> list[Schema]:
    services = dict.fromkeys(method.containing_service for method in contract.methods)
    return [
        {"name": service.name, "description": contract.comment(service.full_name)}
        for service in services
    ]
