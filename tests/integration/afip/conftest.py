"""A sandbox as new for each test, and the way to its ARCA."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from adapters.afip.authority import ArcaAuthority
from adapters.afip.credentials import Credentials, load_credentials
from adapters.afip.services import ArcaServices, open_arca_services
from domain.invoicing.access_ticket import AccessTicketStore
from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import RunningSandbox, running_sandbox
from tests.support.guarded import guarded_calls
from tests.support.in_memory_access_tickets import InMemoryAccessTickets

DEADLINE_SECONDS = 2.0


class ArcaOfSandbox:
    """What it takes to reach the sandbox's ARCA."""

    def __init__(self, sandbox: RunningSandbox, pem_files: tuple[Path, Path]) -> None:
        self.sandbox = sandbox
        self._pem_files = pem_files

    @property
    def credentials(self) -> Credentials:
        """The platform's own."""
        return load_credentials(*self._pem_files)

    @asynccontextmanager
    async def open(self, tickets: AccessTicketStore) -> AsyncIterator[ArcaAuthority]:
        async with self.services(tickets) as services:
            yield services.authority(self.credentials)

    def services(self, tickets: AccessTicketStore) -> AbstractAsyncContextManager[ArcaServices]:
        url = str(self.sandbox.http.base_url)
        return open_arca_services(
            wsaa_url=f"{url}/ws/services/LoginCms",
            wsfe_url=f"{url}/wsfev1/service.asmx",
            tickets=tickets,
            clock=self.sandbox.clock,
            calls=guarded_calls(deadline_seconds=DEADLINE_SECONDS),
        )


@pytest.fixture(scope="module")
def module_arca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArcaOfSandbox]:
    folder = tmp_path_factory.mktemp("arca")
    with running_sandbox(SandboxSettings()) as sandbox:
        issued = sandbox.certificate()
        pem_files = folder / "certificate.pem", folder / "key.pem"
        pem_files[0].write_bytes(issued.pem)
        pem_files[1].write_bytes(issued.key_pem)
        yield ArcaOfSandbox(sandbox, pem_files)


@pytest.fixture
def arca(module_arca: ArcaOfSandbox) -> ArcaOfSandbox:
    module_arca.sandbox.reset()
    return module_arca


@pytest.fixture
async def authority(arca: ArcaOfSandbox) -> AsyncIterator[ArcaAuthority]:
    async with arca.open(InMemoryAccessTickets()) as authority:
        yield authority
