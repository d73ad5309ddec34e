"""Files of blobs: whole or not there, and what a dead process left is forgotten."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.opening import NoBlobFolderError, open_blob_folder, open_blob_store
from adapters.blobs.settings import BlobSettings
from domain.blobs.ports import BlobStoreUnavailableError
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.clocks import StoppedClock
from tests.support.guarded import guarded_calls

HOURS_AGO = 1_700_000_000.0


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@contextmanager
def files_that_end_after(size_bytes: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_seen_when_it_is_whole(tmp_path: Path) -> None:
    folder, key = LocalFolder(tmp_path), a_blob_key()
    unfinished = folder.begin()
    unfinished.write(A_PHOTO)
    seen_before = folder.size_of(key)

    unfinished.keep_as(folder.path_of(key))

    assert seen_before is None
    assert unfinished.is_content(content_of(A_PHOTO))
    assert files_in(tmp_path) == [folder.path_of(key)]
    assert folder.path_of(key).read_bytes() == A_PHOTO


def test_nobody_else_may_read_a_file(tmp_path: Path) -> None:
    folder, key = LocalFolder(tmp_path), a_blob_key()
    unfinished = folder.begin()

    unfinished.keep_as(folder.path_of(key))

    assert folder.path_of(key).stat().st_mode & 0o077 == 0


def test_what_is_discarded_leaves_nothing_and_what_is_kept_stays(tmp_path: Path) -> None:
    folder, key = LocalFolder(tmp_path), a_blob_key()
    discarded, kept = folder.begin(), folder.begin()
    kept.keep_as(folder.path_of(key))

    discarded.discard()
    kept.discard()

    assert files_in(tmp_path) == [folder.path_of(key)]


def test_what_a_full_disk_has_no_room_for_is_discarded_all_the_same(tmp_path: Path) -> None:
    unfinished = LocalFolder(tmp_path).begin()
    unfinished.write(A_PHOTO)

    with files_that_end_after(len(A_PHOTO) // 2), pytest.raises(OSError, match="File too large"):
        unfinished.discard()

    assert files_in(tmp_path) == []


def test_what_was_abandoned_is_forgotten_but_not_what_is_being_written(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    of_a_dead_process = folder.begin()
    (abandoned,) = files_in(tmp_path)
    os.utime(abandoned, (HOURS_AGO, HOURS_AGO))
    unfinished = folder.begin()

    assert folder.forget_abandoned() == 1

    unfinished.keep_as(folder.path_of(a_blob_key()))
    of_a_dead_process.discard()


async def test_without_settings_no_blob_can_be_stored() -> None:
    settings = BlobSettings(blob_folder=None, blob_signing_keys=None, blob_bucket=None)

    async with open_blob_store(settings, StoppedClock(), guarded_calls) as store:
        with pytest.raises(BlobStoreUnavailableError):
            await store.find(a_blob_key())
    with pytest.raises(NoBlobFolderError):
        open_blob_folder(settings, StoppedClock())


async def test_a_folder_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "organizations").write_text("a file where a folder should be")
    keys = "k:" + "A" * 43 + "="
    settings = BlobSettings.model_validate(
        {"blob_folder": tmp_path, "blob_signing_keys": keys, "blob_bucket": None}
    )

    async with open_blob_store(settings, StoppedClock(), guarded_calls) as store:
        with pytest.raises(BlobStoreUnavailableError):
            await store.find(a_blob_key())
        with pytest.raises(BlobStoreUnavailableError):
            await store.delete(a_blob_key())
