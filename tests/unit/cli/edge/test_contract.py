"""The edge knows every method of the contract without being told."""

import json

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from cli.edge.contract import Contract, Method
from cli.edge.routes import route_configuration


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.of_this_build()


def routes(contract: Contract) -> dict[str, dict[str, object]]:
    configuration = json.dumps(route_configuration(contract, cors_origins=()))
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


def test_location_streams_count_as_streams(contract: Contract) -> None:
    assert (
        Method(path="/campotech.tracking.v1.TrackingService/StreamLocations", is_stream=True)
        in contract.methods()
    )
