"""The program in the SDK's README runs as it stands, with only the port replaced."""

import asyncio
import os
import re
import sys
from pathlib import Path

from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_ORGANIZATION_ID, OWNER

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"
DEADLINE_SECONDS = 60


async def test_the_program_in_the_readme_follows_a_job_on_its_way(platform: LocalPlatform) -> None:
    program = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[0]
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[OWNER.role],
        subject=str(OWNER.id),
    )

    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program.replace("127.0.0.1:8080", f"127.0.0.1:{platform.settings.edge_port}"),
        env={**os.environ, "TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await running.communicate()

    states = [line.split()[-1] for line in output.decode().splitlines()]
    assert states[-1] == "STATE_EN_ROUTE", output.decode()
    assert 1 <= len(states) <= 3
