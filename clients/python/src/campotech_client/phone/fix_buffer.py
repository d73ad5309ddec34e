"""The phone's memory: fixes in a file, kept until the server has acked them."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from campotech.tracking.v1.location_pb2 import Fix, SeqRange

MOST_FIXES = 1_000_000
"""Two months of a fix every five seconds; some 100 MB."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS numbering (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    installation_id TEXT NOT NULL,
    install_epoch INTEGER NOT NULL,
    next_seq INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS fixes (seq INTEGER PRIMARY KEY, fix BLOB NOT NULL);
"""


class BufferFullError(Exception):
    """The buffer holds as many fixes as it may: the server has taken none for weeks."""


class FixBuffer:
    """Fixes that the server has not acked, in an SQLite file that survives a power cut.

    The file also holds the installation's id and the numbering of the fixes, so that a phone that
    restarts goes on counting where it was. One process may have it open. Its methods block on the
    disk; they may be called from any thread.
    """

    def __init__(self, path: Path | str, *, most_fixes: int = MOST_FIXES) -> None:
        self._most_fixes = most_fixes
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            path, timeout=1, isolation_level=None, check_same_thread=False
        )
        self._database.execute("PRAGMA journal_mode = WAL")
        # A fix that was recorded must not be lost with the battery.
        self._database.execute("PRAGMA synchronous = FULL")
        # Two processes that count in the same file would give two fixes one number.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.executescript(_SCHEMA)
        self._database.execute(
            "INSERT OR IGNORE INTO numbering VALUES (1, ?, ?, 1)", (str(uuid4()), _epoch_of_now())
        )
        row = self._database.execute("SELECT * FROM numbering").fetchone()
        _, self.installation_id, self.install_epoch, self._next_seq = row
        self._waiting = self._count()

    def __len__(self) -> int:
        return self._waiting

    def append(self, fix: Fix) -> int:
        """Keep the fix durably and return the number it was given; raise BufferFullError."""
        with self._lock:
            if self._waiting >= self._most_fixes:
                raise BufferFullError(f"{self._waiting} fixes wait for the server.")
            seq: int = self._next_seq
            numbered = Fix()
            numbered.CopyFrom(fix)
            numbered.seq = seq
            with self._transaction():
                self._database.execute("UPDATE numbering SET next_seq = ?", (seq + 1,))
                self._database.execute(
                    "INSERT INTO fixes VALUES (?, ?)", (seq, numbered.SerializeToString())
                )
            self._next_seq = seq + 1
            self._waiting += 1
            return seq

    def newest(self, most: int) -> list[Fix]:
        """Return the newest fixes, the newest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT fix FROM fixes ORDER BY seq DESC LIMIT ?", (most,)
            ).fetchall()
        return [Fix.FromString(fix) for (fix,) in rows]

    def forget(self, acked: Iterable[SeqRange], rejected: Iterable[int] = ()) -> None:
        """Drop what the server has stored, or will never store."""
        spans = [(together.first, together.last) for together in acked]
        spans += [(seq, seq) for seq in rejected]
        with self._transaction():
            dropped = sum(
                self._database.execute("DELETE FROM fixes WHERE seq BETWEEN ? AND ?", span).rowcount
                for span in spans
            )
        self._waiting -= dropped

    def begin_epoch(self, *, after: int) -> None:
        """Count in a newer numbering than `after`, which the server knows of.

        That happens when an old copy of the file came back. What waits is sent under the new one:
        twice is better than never.
        """
        with self._transaction():
            self.install_epoch = max(_epoch_of_now(), after + 1)
            self._database.execute("UPDATE numbering SET install_epoch = ?", (self.install_epoch,))

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _count(self) -> int:
        row: tuple[int] = self._database.execute("SELECT count(*) FROM fixes").fetchone()
        return row[0]


def _epoch_of_now() -> int:
    return time.time_ns() // 1_000_000
