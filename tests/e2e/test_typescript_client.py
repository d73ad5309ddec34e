"""The TypeScript client builds as it is committed, and talks to a platform through Envoy."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_CUSTOMER_ID, DEMO_ORGANIZATION_ID
from domain.commands import Role

SOURCE = Path(__file__).parents[2] / "clients" / "typescript"
DEADLINE_SECONDS = 180

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None, reason="Node is not installed"
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the client as it is committed, built."""
    package = tmp_path_factory.mktemp("client") / "typescript"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("node_modules", "dist"))
    await run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], package)
    await run(["npm", "run", "build"], package)
    return package


async def test_calls_of_the_typescript_client_go_on_after_faults_and_end_in_time(
    package: Path,
) -> None:
    output = await run(["npm", "test"], package)

    assert "\n# fail 0\n" in output


async def test_the_typescript_client_talks_to_the_platform(
    platform: LocalPlatform, package: Path
) -> None:
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[Role.DISPATCHER],
        subject="typescript",
    )
    customer = f"organizations/{DEMO_ORGANIZATION_ID}/customers/{DEMO_CUSTOMER_ID}"

    output = await run(
        ["node", "dist/test/smoke.js", platform.edge_url, customer],
        package,
        {"CAMPOTECH_TOKEN": token},
    )

    assert "saw refusals with their reasons" in output


async def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> str:
    """Run a program to its end; fail with what it said if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
