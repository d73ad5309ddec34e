"""`campotech demo`, as it is run from a shell or CI."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_platform.platform import LocalPlatform
from cli.local_servers.ports import HeldPorts
from cli.settings import LocalSettings
from tests.support.servers import temporary_folder

DEADLINE_SECONDS = 240
CAE_LINE = re.compile(r"✔ ARCA authorised Factura B 00002-\d{8}: CAE \d{14}, due \d{4}-\d\d-\d\d\.")


async def demo(settings: LocalSettings, *arguments: str) -> tuple[int, str]:
    """Return the exit code of `campotech demo` and what it printed into a pipe."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        "demo",
        "--travel-seconds",
        "2",
        *arguments,
        env={**os.environ, **environment_of(settings)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def environment_of(settings: LocalSettings) -> Mapping[str, str]:
    return {
        f"CAMPOTECH_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude={"cors_origins", "port_offset"}).items()
    }


@asynccontextmanager
async def paused_template(platform: LocalPlatform) -> AsyncIterator[None]:
    path = "/sandbox/whatsapp/templates/job_completed_invoice/es_AR"
    async with httpx.AsyncClient(base_url=platform.sandbox_url) as sandbox:
        (await sandbox.put(path, json={"status": "PAUSED"})).raise_for_status()
        yield
        (await sandbox.put(path, json={"status": "APPROVED"})).raise_for_status()


async def test_the_demo_plays_the_day_and_proves_it(platform: LocalPlatform) -> None:
    exit_code, output = await demo(platform.settings)

    assert exit_code == 0, output
    assert CAE_LINE.search(output), output
    assert "✔ WhatsApp received job_completed_invoice" in output
    assert "✔ 5 positions are stored durably" in output
    assert "✔ The customer's signature came through" in output
    assert "One business day in" in output


async def test_a_demo_whose_message_is_refused_fails_and_says_why(platform: LocalPlatform) -> None:
    async with paused_template(platform):
        exit_code, output = await demo(platform.settings)

    assert exit_code == 1
    assert "The demo failed. Not delivered: 132015" in output


async def test_a_demo_with_the_keys_of_another_platform_fails_and_says_why(
    platform: LocalPlatform,
) -> None:
    with temporary_folder() as elsewhere:
        settings = platform.settings.model_copy(update={"state_dir": elsewhere})

        exit_code, output = await demo(settings)

    assert exit_code == 1
    assert "UNAUTHENTICATED" in output
    assert "CAMPOTECH_STATE_DIR" in output


async def test_a_demo_of_a_platform_that_is_not_there_fails_and_says_so() -> None:
    with temporary_folder() as state_dir, HeldPorts() as ports:
        settings = settings_on_free_ports(ports, state_dir)

        exit_code, output = await demo(settings, "--edge", f"127.0.0.1:{settings.edge_port}")

    assert exit_code == 1
    assert f"Nobody answers at 127.0.0.1:{settings.edge_port}" in output


async def test_without_a_platform_the_demo_starts_one_and_stops_it() -> None:
    with temporary_folder() as state_dir, HeldPorts() as ports:
        settings = settings_on_free_ports(ports, state_dir)

        exit_code, output = await demo(settings)

        assert exit_code == 0, output
        assert CAE_LINE.search(output), output
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{settings.edge_url}/api/health")
