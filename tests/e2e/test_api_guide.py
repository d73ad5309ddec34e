"""What docs/API.md tells people to paste works, with only the ports and the picture replaced."""

import json
from pathlib import Path
from shlex import quote
from typing import Any

import pytest

from cli.local_platform.platform import LocalPlatform
from tests.support.blob_builders import A_PHOTO, content_of
from tests.support.documented_scripts import (
    blocks_of,
    needs_grpcurl,
    run,
    with_port,
    with_value,
)

FIRST, API_KEY, JOB, PROOF, GRPC, SEARCH = blocks_of("docs/API.md")


@pytest.fixture
def first(platform: LocalPlatform) -> str:
    """Return the block that all others go on from."""
    return with_port(FIRST, 8080, platform.settings.edge_port)


async def test_the_blocks_work_one_after_the_other(
    platform: LocalPlatform, first: str, tmp_path: Path
) -> None:
    photo = tmp_path / "of the kitchen.jpg"
    photo.write_bytes(A_PHOTO)
    prove = with_value(PROOF, "PHOTO=photo.jpg", f"PHOTO={quote(str(photo))}")

    output = await run(f"{first}{API_KEY}{JOB}{prove}{SEARCH}", platform)

    of_the_key, revoked, jobs, assigned, confirmed, proofs, found = documents_in(output)
    job = assigned["job"]
    (proof,) = proofs["proofs"]
    assert "jobs" in of_the_key
    assert revoked["apiKey"]["state"] == "STATE_REVOKED"
    assert job["name"] in {each["name"] for each in jobs["jobs"]}
    assert job["state"] == "STATE_ASSIGNED"
    assert [each["name"] for each in confirmed["job"]["proofs"]] == [proof["name"]]
    assert (proof["sha256"], proof["sizeBytes"]) == (content_of(A_PHOTO).sha256, str(len(A_PHOTO)))
    assert [each["displayName"] for each in found["customers"]] == ["Ana Benítez"]


@needs_grpcurl
async def test_grpcurl_lists_jobs_and_describes_their_service(
    platform: LocalPlatform, first: str
) -> None:
    asking = with_port(GRPC, 50051, platform.settings.grpc_port)

    output = await run(f"{first}{asking}", platform)

    assert "rpc ListJobs" in output


def documents_in(output: str) -> list[dict[str, Any]]:
    """Return the documents that were printed, one after the other."""
    decoder, documents, at = json.JSONDecoder(), [], 0
    while at < len(output):
        document, at = decoder.raw_decode(output, at)
        documents.append(document)
        at += len(output[at:]) - len(output[at:].lstrip())
    return documents
