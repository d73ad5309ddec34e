"""The edge knows every method of the contract without being told."""

import json
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from cli.edge.contract import Contract, Method
from cli.edge.routes import route_configuration

MAX_DEADLINE_SECONDS = 60


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.of_this_build()


def seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


def routes(contract: Contract) -> dict[str, dict[str, Any]]:
    configuration = json.dumps(
        route_configuration(contract, cors_origins=(), max_deadline_seconds=MAX_DEADLINE_SECONDS)
    )
    return {
        route["match"]["path"]: route["route"]
        for route in json.loads(configuration)["virtual_hosts"][0]["routes"]
        if "path" in route["match"]
    }


def test_our_services_and_no_others_have_json(contract: Contract) -> None:
    services = contract.services()

    assert "campotech.jobs.v1.JobService" in services
    assert all(service.startswith("campotech.") for service in services)


def test_standard_health_and_reflection_are_reachable(contract: Contract) -> None:
    paths = {method.path for method in contract.methods()}

    assert "/grpc.health.v1.Health/Check" in paths
    assert "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo" in paths


def test_paths_over_json_begin_as_the_contract_says(contract: Contract) -> None:
    assert "/api/" in contract.json_prefixes()


def test_the_descriptors_hold_the_details_of_errors(contract: Contract) -> None:
    names = {file.name for file in FileDescriptorSet.FromString(contract.descriptors()).file}

    assert "google/rpc/error_details.proto" in names
    assert {file.name for file in contract.files.file} <= names


def test_every_method_has_a_route(contract: Contract) -> None:
    assert set(routes(contract)) == {method.path for method in contract.methods()}


def test_streams_may_last_and_unary_calls_may_not(contract: Contract) -> None:
    known = routes(contract)

    for method in contract.methods():
        assert (known[method.path]["timeout"] == "0s") is method.is_stream


def test_the_edge_waits_for_an_answer_longer_than_a_server_works_at_it(
    contract: Contract,
) -> None:
    known = routes(contract)
    unary = [known[method.path] for method in contract.methods() if not method.is_stream]

    bounds = [
        bound
        for route in unary
        for bound in (
            route["timeout"],
            route["idle_timeout"],
            route["max_stream_duration"]["grpc_timeout_header_max"],
        )
    ]

    assert min(seconds(bound) for bound in bounds) > MAX_DEADLINE_SECONDS


def test_a_caller_that_names_no_deadline_is_given_none_by_the_edge(contract: Contract) -> None:
    for route in routes(contract).values():
        assert "max_stream_duration" not in route.get("max_stream_duration", {})


def test_location_streams_count_as_streams(contract: Contract) -> None:
    assert (
        Method(path="/campotech.tracking.v1.TrackingService/StreamLocations", is_stream=True)
        in contract.methods()
    )
