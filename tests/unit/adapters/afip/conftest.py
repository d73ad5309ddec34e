"""An ARCA that answers as it was recorded, and the way to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.afip.authority import ArcaAuthority
from tests.support.own_certificates import a_certificate, an_rsa_key, write_pem_files
from tests.unit.adapters.afip.recorded import Arca, a_ticket


@pytest.fixture(scope="session")
def pem_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = an_rsa_key()
    return write_pem_files(tmp_path_factory.mktemp("arca"), a_certificate(key), key)


@pytest.fixture
def arca() -> Arca:
    arca = Arca()
    arca.answer("loginCms", a_ticket())
    return arca


@pytest.fixture
async def authority(arca: Arca, pem_files: tuple[Path, Path]) -> AsyncIterator[ArcaAuthority]:
    async with arca.open(pem_files) as authority:
        yield authority
