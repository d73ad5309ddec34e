"""The TypeScript client and its README's program build as committed, and talk to a platform."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from campotech_client import CampoTech
from campotech_client.resources import Address, Job, pesos
from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_CUSTOMER_ID, DEMO_ORGANIZATION_ID
from domain.commands import Role

SOURCE = Path(__file__).parents[2] / "clients" / "typescript"
DEADLINE_SECONDS = 180
CUSTOMER = f"organizations/{DEMO_ORGANIZATION_ID}/customers/{DEMO_CUSTOMER_ID}"
A_JOB = Job(
    customer=CUSTOMER,
    description="Pierde",
    service_address=Address(
        street_address="Gascón 800", locality="Almagro", province="Buenos Aires"
    ),
    price=pesos("1.00"),
)
README = (SOURCE / "README.md").read_text()
PROGRAMS: list[str] = re.findall(r"```ts\n(.*?)```", README, re.DOTALL)
[PROGRAM] = PROGRAMS
ADDRESS = '"http://127.0.0.1:8080"'
# What the program leaves to its reader.
BESIDE_IT = """
const freshToken = () => process.env["CAMPOTECH_TOKEN"] ?? "";
const afterCursor = 0n;

function show(job?: { name: string }): void {
  console.log(`shown ${job?.name}`);
  process.exit(0);
}
"""

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
    (package / "test" / "readme.ts").write_text(program_of_the_readme())
    await run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], package)
    await run(["npm", "run", "build"], package)
    return package


def program_of_the_readme() -> str:
    """Return it as it stands, with the address given and what it leaves out beside it."""
    package = '"@campotech/client"'
    assert ADDRESS in PROGRAM
    assert package in PROGRAM
    program = PROGRAM.replace(ADDRESS, 'process.argv[2] ?? ""')
    return BESIDE_IT + program.replace(package, '"../src/index.js"')


def access(platform: LocalPlatform) -> Mapping[str, str]:
    """Return the environment with a dispatcher's token."""
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[Role.DISPATCHER],
        subject="typescript",
    )
    return {"CAMPOTECH_TOKEN": token}


async def test_calls_of_the_typescript_client_go_on_after_faults_and_end_in_time(
    package: Path,
) -> None:
    output = await run(["npm", "test"], package)

    assert "\n# fail 0\n" in output


async def test_the_typescript_client_talks_to_the_platform(
    platform: LocalPlatform, package: Path
) -> None:
    output = await run(
        ["node", "dist/test/smoke.js", platform.edge_url, CUSTOMER],
        package,
        access(platform),
    )

    assert "saw refusals with their reasons" in output


async def test_the_program_in_the_readme_is_refused_a_step_and_shown_a_job(
    platform: LocalPlatform, package: Path
) -> None:
    environment = access(platform)
    async with CampoTech(
        f"127.0.0.1:{platform.settings.edge_port}", token=environment["CAMPOTECH_TOKEN"]
    ) as campotech:
        await campotech.jobs.create(A_JOB)

    output = await run(["node", "dist/test/readme.js", platform.edge_url], package, environment)

    refusal, *shown = output.splitlines()
    assert refusal.startswith("JOB_TRANSITION_REFUSED ")
    assert shown[0].startswith("shown organizations/")


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
