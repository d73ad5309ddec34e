"""The phone's buffer: what is in it survives, until the server has it."""

import sqlite3
from pathlib import Path

import pytest

from campotech.tracking.v1.location_pb2 import Fix, SeqRange
from campotech_client.phone.fix_buffer import BufferFullError, FixBuffer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fixes.sqlite"


def test_fixes_survive_a_restart_under_their_numbers(path: Path) -> None:
    before = FixBuffer(path)
    before.append(Fix(latitude=1))
    before.append(Fix(latitude=2))
    before.close()

    after = FixBuffer(path)

    assert [(fix.seq, fix.latitude) for fix in after.newest(10)] == [(2, 2), (1, 1)]
    assert after.append(Fix(latitude=3)) == 3
    assert after.installation_id == before.installation_id
    assert after.install_epoch == before.install_epoch


def test_numbers_are_not_given_twice_when_all_was_acked(path: Path) -> None:
    before = FixBuffer(path)
    before.append(Fix())
    before.forget([SeqRange(first=1, last=1)])
    before.close()

    assert FixBuffer(path).append(Fix()) == 2


def test_only_what_was_acked_or_rejected_is_forgotten(path: Path) -> None:
    buffer = FixBuffer(path)
    for _ in range(6):
        buffer.append(Fix())

    buffer.forget([SeqRange(first=1, last=2), SeqRange(first=4, last=4)], rejected=[6])

    assert [fix.seq for fix in buffer.newest(10)] == [5, 3]
    assert len(buffer) == 2


def test_a_repeated_ack_changes_nothing(path: Path) -> None:
    buffer = FixBuffer(path)
    buffer.append(Fix())
    buffer.append(Fix())

    buffer.forget([SeqRange(first=1, last=1)])
    buffer.forget([SeqRange(first=1, last=1)])

    assert len(buffer) == 1


def test_a_full_buffer_refuses_instead_of_dropping(path: Path) -> None:
    buffer = FixBuffer(path, most_fixes=2)
    buffer.append(Fix())
    buffer.append(Fix())

    with pytest.raises(BufferFullError):
        buffer.append(Fix())

    assert len(buffer) == 2


def test_a_new_numbering_is_newer_than_any_before_and_keeps_what_waits(path: Path) -> None:
    buffer = FixBuffer(path)
    buffer.append(Fix())

    buffer.begin_epoch(after=9_000_000_000_000)
    buffer.close()

    reopened = FixBuffer(path)
    assert reopened.install_epoch == 9_000_000_000_001
    assert [fix.seq for fix in reopened.newest(10)] == [1]


def test_a_file_that_another_process_uses_is_refused(path: Path) -> None:
    holder = FixBuffer(path)
    holder.append(Fix())

    with pytest.raises(sqlite3.OperationalError):
        FixBuffer(path)

    holder.close()
