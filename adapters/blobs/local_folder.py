"""Blobs as files: each is there whole or not at all, also after a power cut."""

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import IO

from domain.blobs.blob import BlobContent, BlobKey

_UNFINISHED = "unfinished"
_ABANDONED_SECONDS = 3600.0


class UnfinishedBlob:
    """A file that is being written, of which nobody knows yet."""

    def __init__(self, root: Path) -> None:
        self._root = root
        folder = root / _UNFINISHED
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=folder)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb")
        self._path = Path(name)
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)

    def is_content(self, content: BlobContent) -> bool:
        """Whether exactly this content was written."""
        return (self.size_bytes, self._digest.hexdigest()) == (content.size_bytes, content.sha256)

    def keep_as(self, target: Path) -> None:
        """Let the file be seen under its name, once it is durable."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.replace(target)
        # A name, and the folders that lead to it, last only when their folders were written.
        for folder in target.parents:
            _write_through(folder)
            if folder == self._root:
                break

    def discard(self) -> None:
        """Forget what was written; nothing happens to a file that is kept."""
        try:
            # It writes what is left, for which a full disk has no room.
            self._file.close()
        finally:
            self._path.unlink(missing_ok=True)


class LocalFolder:
    """The folder; all of its methods block, and raise OSError."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path_of(self, key: BlobKey) -> Path:
        return self._root / str(key)

    def begin(self) -> UnfinishedBlob:
        return UnfinishedBlob(self._root)

    def size_of(self, key: BlobKey) -> int | None:
        """Return how large a blob is, None where there is none."""
        try:
            return self.path_of(key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, key: BlobKey) -> None:
        self.path_of(key).unlink(missing_ok=True)

    def forget_abandoned(self) -> int:
        """Delete what a process that died was writing an hour ago; return how many files."""
        oldest = time.time() - _ABANDONED_SECONDS
        abandoned = [
            file for file in (self._root / _UNFINISHED).glob("*") if _is_older(file, oldest)
        ]
        for file in abandoned:
            file.unlink(missing_ok=True)
        return len(abandoned)


def _is_older(file: Path, moment: float) -> bool:
    try:
        return file.stat().st_mtime < moment
    except FileNotFoundError:
        # It was kept, or discarded, since the folder was read.
        return False


def _write_through(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
