"""The TypeScript client builds as it is committed, and talks to a platform through Envoy."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_CUSTOMER_ID, DEMO_ORGANIZATION_ID
from domain.commands import Role

SOURCE = Path(__file__).parents[2] / "clients" / "typescript"
DEADLINE_SECONDS = 180

needs_node = pytest.mark.skipif(
    shutil.which("npm") is None or shutil.which("node") is None, reason="Node is not installed"
)


@needs_node
async def test_the_typescript_client_builds_and_talks_to_the_platform(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    package = tmp_path / "typescript"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("node_modules", "dist"))
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[Role.DISPATCHER],
        subject="typescript",
    )
    customer = f"organizations/{DEMO_ORGANIZATION_ID}/customers/{DEMO_CUSTOMER_ID}"

    await run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], package)
    await run(["npm", "run", "build"], package)
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
