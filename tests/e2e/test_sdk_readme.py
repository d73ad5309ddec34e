"""The programs in the SDK's README run as they stand, with only the port replaced."""

import asyncio
import os
import re
import sys
from pathlib import Path
from textwrap import indent

import pytest

from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_ORGANIZATION_ID, OWNER, TECHNICIANS, DemoMember

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"
DEADLINE_SECONDS = 60
ADDRESS = "127.0.0.1:8080"
PROGRAM, ERRORS, SCRIPT, PHONE = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
AROUND_IT = """
import asyncio, os
from campotech_client import CampoTech
from campotech_client.resources import Address, Job, pesos

async def main():
    async with CampoTech("127.0.0.1:8080", token=os.environ["TOKEN"]) as campotech:
"""


A_JOB = """
[customer] = await campotech.directory.list_customers().first()
place = Address(street_address="Gascón 800", locality="Almagro", province="Buenos Aires")
job = await campotech.jobs.create(
    Job(customer=customer.name, description="Pierde", service_address=place, price=pesos("1.00"))
)
"""


def around(part: str, *, before: str = "") -> str:
    """Return a program with this part of one in it, which uses a client and awaits."""
    inner = indent(before + part, " " * 8)
    return f"{AROUND_IT}{inner}\nasyncio.run(main())\n"


async def output_of(
    program: str, platform: LocalPlatform, folder: Path, *, member: DemoMember = OWNER
) -> str:
    """Run a program as a member of the demo organisation; return what it prints."""
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[member.role],
        subject=str(member.id),
    )
    assert ADDRESS in program
    running = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            program.replace(ADDRESS, f"127.0.0.1:{platform.settings.edge_port}"),
        ),
        cwd=folder,
        env={**os.environ, "TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await running.communicate()
    assert running.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.parametrize("program", [PROGRAM, SCRIPT], ids=["asyncio", "script"])
async def test_the_programs_in_the_readme_follow_a_job_on_its_way(
    program: str, platform: LocalPlatform, tmp_path: Path
) -> None:
    output = await output_of(program, platform, tmp_path)

    states = [line.split()[-1] for line in output.splitlines()]
    assert states[-1] == "STATE_EN_ROUTE", output
    assert 1 <= len(states) <= 3


async def test_the_readme_handles_a_refusal_as_it_comes(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    output = await output_of(around(ERRORS, before=A_JOB), platform, tmp_path)

    assert output.startswith("PENDING "), output


async def test_the_phone_in_the_readme_has_its_position_stored(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    program = around(PHONE + "\nprint(phone.device, phone.waiting)")

    output = await output_of(program, platform, tmp_path, member=TECHNICIANS[1])

    assert re.fullmatch(r"\S+/devices/\S+ 0\n", output), output
