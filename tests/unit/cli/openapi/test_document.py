import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis

from cli.edge.contract import Contract
from cli.openapi.document import openapi_document, written
from tests.architecture.contract import bindings, methods
from tests.architecture.repository import GENERATED

DOCUMENT = openapi_document(Contract.of_this_build().files)
COMMITTED = GENERATED / "openapi" / "campotech.json"
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}


def schema(name: str) -> dict[str, Any]:
    return dict(DOCUMENT["components"]["schemas"][f"campotech.{name}"])


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def parameters(operation: str, where: str) -> dict[str, Any]:
    return {
        parameter["name"]: parameter
        for parameter in OPERATIONS[operation]["parameters"]
        if parameter["in"] == where
    }


def body(operation: str, media_type: str = "application/json") -> dict[str, Any]:
    return dict(OPERATIONS[operation]["requestBody"]["content"][media_type]["schema"])


def answer(operation: str) -> dict[str, Any]:
    return dict(OPERATIONS[operation]["responses"]["200"]["content"])


def test_the_committed_document_is_that_of_the_contract() -> None:
    assert COMMITTED.read_text() == written(DOCUMENT)


def test_openapi_knows_such_a_document() -> None:
    schemathesis.openapi.from_dict(json.loads(written(DOCUMENT))).validate()


def test_every_path_of_the_contract_is_in_it() -> None:
    wanted = Counter(
        f"{method.containing_service.name}_{method.name}"
        for method in methods()
        for _ in bindings(method)
    )

    described = Counter("_".join(operation.split("_")[:2]) for operation in OPERATIONS)

    assert described == wanted


def test_every_reference_leads_somewhere() -> None:
    schemas, responses = DOCUMENT["components"]["schemas"], DOCUMENT["components"]["responses"]

    dangling = {
        reference
        for reference in references(DOCUMENT)
        if reference.rpartition("/")[2] not in {*schemas, *responses}
    }

    assert not dangling


def test_every_method_is_described() -> None:
    assert all(operation["description"] for operation in OPERATIONS.values())


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/api/v1/jobs/{job}", "get"),
        ("/api/v1/organizations/{organization}/jobs/{job}:assign", "post"),
        ("/api/v1/jobs/{job}/assign", "post"),
        ("/webhooks/whatsapp", "post"),
    ],
)
def test_a_name_in_a_path_is_its_ids(path: str, verb: str) -> None:
    operation = DOCUMENT["paths"][path][verb]

    named = [item["name"] for item in operation["parameters"] if item["in"] == "path"]

    assert [f"{{{name}}}" in path for name in named] == [True] * path.count("{")


def test_what_is_in_the_path_is_not_in_the_body() -> None:
    assert "name" not in body("JobService_AssignJob")["properties"]
    assert body("JobService_AssignJob")["required"] == ["technician"]


def test_what_is_not_in_the_body_is_in_the_query() -> None:
    query = parameters("JobService_UpdateJob", "query")

    assert {"updateMask", "etag", "requestId"} <= query.keys()
    assert body("JobService_UpdateJob")["$ref"].endswith("campotech.jobs.v1.Job.Patch")


def test_an_update_requires_nothing_of_the_resource_it_changes_in_part() -> None:
    assert schema("jobs.v1.Job")["required"]
    assert "required" not in schema("jobs.v1.Job.Patch")


def test_a_message_in_a_query_is_its_fields_with_dots() -> None:
    query = parameters("WebhookService_VerifyWhatsApp", "query")

    assert query["hub.challenge"]["required"]
    assert query["hub.challenge"]["schema"]["maxLength"] == 500


def test_raw_bodies_are_anything() -> None:
    assert body("WebhookService_ReceiveWhatsApp", "application/octet-stream") == {}
    assert answer("WebhookService_VerifyWhatsApp") == {"*/*": {"schema": {}}}


def test_rules_become_keywords() -> None:
    job, line = schema("jobs.v1.Job")["properties"], schema("jobs.v1.PriceLine")["properties"]

    assert job["description"]["maxLength"] == 2000
    assert job["description"]["minLength"] == 1
    assert job["priceLines"]["maxItems"] == 50
    assert line["quantityThousandths"]["exclusiveMinimum"] == 0
    assert "customers/" in job["customer"]["pattern"]


def test_what_only_the_server_sets_is_read_only() -> None:
    job = schema("jobs.v1.Job")["properties"]

    assert job["name"]["readOnly"]
    assert job["state"]["readOnly"]
    assert "readOnly" not in job["description"]


def test_enums_are_written_by_their_names() -> None:
    states = schema("jobs.v1.Job.State")

    assert "STATE_PENDING" in states["enum"]
    assert "`STATE_PENDING`" in states["description"]


def test_what_needs_no_token_says_so() -> None:
    assert OPERATIONS["HealthService_GetSystemHealth"]["security"] == []
    assert "security" not in OPERATIONS["JobService_GetJob"]


def test_a_field_that_may_be_empty_accepts_nothing_or_what_its_pattern_says() -> None:
    parent = parameters("JobService_ListJobs", "query")["parent"]["schema"]

    assert parent["pattern"].startswith("^$|^organizations/")
