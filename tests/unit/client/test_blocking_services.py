"""The SDK for scripts offers all that the asynchronous one does, with the same parameters."""

import inspect
from collections.abc import Iterator

import pytest

from campotech_client.blocking import CampoTech, services
from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.blocking.methods import BlockingService

SERVICES = {
    name: value
    for name, value in vars(services).items()
    if isinstance(value, type)
    and issubclass(value, BlockingService)
    and value is not BlockingService
}


@pytest.fixture
def loop() -> Iterator[BackgroundLoop]:
    loop = BackgroundLoop()
    yield loop
    loop.close()


def asynchronous(name: str) -> type:
    """Return the service that a blocking one stands for: `BlockingJobs`, JobsClient."""
    found: type = getattr(services, f"{name.removeprefix('Blocking')}Client")
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_every_method_has_one_that_waits(name: str, loop: BackgroundLoop) -> None:
    methods = {
        method: inspect.signature(function)
        for method, function in vars(asynchronous(name)).items()
        if not method.startswith("_")
    }

    service = SERVICES[name](loop, object())
    offered = {
        method: getattr(service, method) for method in vars(SERVICES[name]) if method in methods
    }

    assert methods.keys() == offered.keys()
    assert {
        method
        for method, function in offered.items()
        if set(inspect.signature(function).parameters) - {"self"}
        != set(methods[method].parameters) - {"self"}
    } == set()


def test_every_service_stands_under_the_same_name() -> None:
    with CampoTech("127.0.0.1:1") as campotech:
        offered = {name for name in vars(campotech) if not name.startswith("_")}
        underneath = vars(vars(campotech)["_asynchronous"])

    assert offered == {name for name in underneath if not name.startswith("_")}
