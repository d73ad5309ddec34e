"""The SDK and the contract."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import ServiceDescriptor

import campotech_client
from campotech_client import services

SOURCES = "".join(
    module.read_text() for module in Path(campotech_client.__file__).parent.rglob("*.py")
)
CALLED = re.compile(r"tub\.(\w+)")
LISTINGS = [
    inspect.getsource(method)
    for file in Path(services.__path__[0]).glob("*.py")
    for client in vars(importlib.import_module(f"{services.__name__}.{file.stem}")).values()
    if inspect.isclass(client)
    for method in vars(client).values()
    if inspect.isfunction(method) and "Listing" in str(method.__annotations__.get("return"))
]
SERVICE_FILES = {
    "directory.v1.api_keys": "ApiKeyService",
    "directory.v1.connections": "ConnectionService",
    "directory.v1.directory": "DirectoryService",
    "health.v1.health": "HealthService",
    "invoicing.v1.invoices": "InvoicingService",
    "jobs.v1.jobs": "JobService",
    "messaging.v1.messages": "MessagingService",
    "operations.v1.queues": "QueueService",
    "tracking.v1.locations": "TrackingService",
}


@pytest.mark.parametrize(("module", "name"), SERVICE_FILES.items())
def test_every_method_of_the_contract_has_its_method_in_the_sdk(module: str, name: str) -> None:
    contract = importlib.import_module(f"campotech.{module}_pb2")
    service: ServiceDescriptor = contract.DESCRIPTOR.services_by_name[name]

    missing = [method.name for method in service.methods if f"tub.{method.name}" not in SOURCES]

    assert not missing


@pytest.mark.parametrize(("module", "name"), SERVICE_FILES.items())
def test_every_list_of_the_contract_is_one_to_walk_through(module: str, name: str) -> None:
    contract = importlib.import_module(f"campotech.{module}_pb2")
    service: ServiceDescriptor = contract.DESCRIPTOR.services_by_name[name]
    lists = {
        method.name
        for method in service.methods
        if "next_page_token" in method.output_type.fields_by_name
    }

    walked = {called for text in LISTINGS for called in CALLED.findall(text)}

    assert lists <= walked
