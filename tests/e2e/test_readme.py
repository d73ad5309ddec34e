"""What the README tells people to paste works as it stands, with only the ports replaced."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.local_platform.platform import LocalPlatform

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- a test runs this block -->\n```sh\n(.*?)```", re.DOTALL)
JSON_DAY, GRPC_DAY = BLOCK.findall((ROOT / "README.md").read_text())
DEADLINE_SECONDS = 120
GRPCURL = shutil.which("grpcurl", path=f"{ROOT / '.tools'}{os.pathsep}{os.environ['PATH']}")

needs_grpcurl = pytest.mark.skipif(
    GRPCURL is None, reason="grpcurl is not built: make tools, which needs Go"
)


async def run(script: str, platform: LocalPlatform) -> str:
    """Run a block in a fresh shell from the checkout; fail with its output if a command fails."""
    environment: Mapping[str, str] = {
        **os.environ,
        "CAMPOTECH_STATE_DIR": str(platform.settings.state_dir),
    }
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def with_port(script: str, documented: int, actual: int) -> str:
    assert f"127.0.0.1:{documented}" in script
    return script.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{actual}")


def assert_invoiced_and_told(output: str) -> None:
    cae = re.findall(r'"cae": ?"(\d{14})"', output)
    assert len(cae) == 1, output
    assert f"CAE: {cae[0]}" in output
    assert re.search(r'"wamid": ?"wamid\.', output), output


async def test_the_day_runs_through_json_with_curl(platform: LocalPlatform) -> None:
    output = await run(with_port(JSON_DAY, 8080, platform.settings.edge_port), platform)

    assert_invoiced_and_told(output)


@needs_grpcurl
@pytest.mark.parametrize("door", ["server", "edge"])
async def test_the_day_runs_through_grpcurl_with_reflection(
    platform: LocalPlatform, door: str
) -> None:
    ports = {"server": platform.settings.grpc_port, "edge": platform.settings.edge_port}

    output = await run(with_port(GRPC_DAY, 50051, ports[door]), platform)

    assert_invoiced_and_told(output)
    assert '"acked"' in output
