"""What the README tells people to paste works as it stands, with only the ports replaced."""

import re

import pytest

from cli.local_platform.platform import LocalPlatform
from tests.support.documented_scripts import blocks_of, needs_grpcurl, run, with_port

JSON_DAY, GRPC_DAY = blocks_of("README.md")


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
