"""Blocks that pages tell people to paste into a shell, and a shell to paste them into."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cli.local_platform.platform import LocalPlatform

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 120
_BLOCK = re.compile(r"<!-- a test runs this block -->\n```sh\n(.*?)```", re.DOTALL)
_GRPCURL = shutil.which("grpcurl", path=f"{ROOT / '.tools'}{os.pathsep}{os.environ['PATH']}")

needs_grpcurl = pytest.mark.skipif(
    _GRPCURL is None, reason="grpcurl is not built: make tools, which needs Go"
)


def blocks_of(page: str) -> Sequence[str]:
    """Return the blocks of a page that are marked as complete, in order."""
    return _BLOCK.findall((ROOT / page).read_text())


def with_port(script: str, documented: int, actual: int) -> str:
    """Return a script with a port in the place of the one that it names."""
    return with_value(script, f"127.0.0.1:{documented}", f"127.0.0.1:{actual}")


def with_value(script: str, documented: str, actual: str) -> str:
    assert documented in script
    return script.replace(documented, actual)


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
