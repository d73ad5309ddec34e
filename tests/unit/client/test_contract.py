"""The SDK and the contract."""

import importlib
from pathlib import Path

import pytest
from google.protobuf.descriptor import ServiceDescriptor

import campotech_client

SOURCES = "".join(
    module.read_text() for module in Path(campotech_client.__file__).parent.rglob("*.py")
)
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
