"""What a crash cut off is deleted by a `web` that runs on, an hour after it was left."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.blobs.local_folder import LocalFolder
from tests.support.clocks import StoppedClock
from tests.support.waiting import eventually_true
from tests.support.web_blobs import WebBlobs
from web.abandoned_uploads import forgetting_abandoned

HOURS_AGO = 1_700_000_000.0


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    folder = tmp_path / "unfinished"
    folder.mkdir()
    return folder


def grow_old(path: Path) -> None:
    os.utime(path, (HOURS_AGO, HOURS_AGO))


async def is_gone(path: Path) -> bool:
    async def is_it() -> bool:
        return not await asyncio.to_thread(path.exists)

    return await eventually_true(is_it)


async def test_what_was_too_young_at_the_start_is_deleted_later(unfinished: Path) -> None:
    cut_off, being_written = unfinished / "cut off", unfinished / "being written"
    cut_off.touch()
    being_written.touch()

    async with forgetting_abandoned(LocalFolder(unfinished.parent), every_seconds=0.01):
        grow_old(cut_off)
        is_deleted = await is_gone(cut_off)

    assert is_deleted
    assert being_written.exists()


async def test_the_application_deletes_while_it_serves(unfinished: Path) -> None:
    cut_off = unfinished / "cut off"
    cut_off.touch()
    grow_old(cut_off)

    async with WebBlobs(unfinished.parent, StoppedClock()).serving():
        is_deleted = await is_gone(cut_off)

    assert is_deleted


async def test_what_cannot_be_deleted_is_told_and_tried_again(unfinished: Path) -> None:
    cut_off = unfinished / "a folder, which nobody can unlink"
    cut_off.mkdir()
    grow_old(cut_off)

    with capture_logs() as logs:
        async with forgetting_abandoned(LocalFolder(unfinished.parent), every_seconds=0.01):

            async def is_told() -> bool:
                return any(entry["event"] == "abandoned_uploads_not_deleted" for entry in logs)

            was_told = await eventually_true(is_told)
            cut_off.rmdir()
            cut_off.touch()
            grow_old(cut_off)
            is_deleted = await is_gone(cut_off)

    assert was_told
    assert is_deleted
