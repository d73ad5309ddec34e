"""A program that refuses root runs as somebody else, with no more rights than it needs."""

import os
from pathlib import Path

import pytest

from cli.local_servers.accounts import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, account_for
from cli.local_servers.errors import LocalServerError
from tests.support.servers import temporary_folder

IS_ROOT = os.geteuid() == 0


def a_program(folder: Path, *, mode: int) -> str:
    program = folder / "program"
    program.symlink_to("/bin/true")
    if mode != 0o755:
        program.unlink()
        program.write_bytes(Path("/bin/true").read_bytes())
        program.chmod(mode)
    return str(program)


@pytest.mark.parametrize(
    ("folder_mode", "program_mode", "capabilities"),
    [
        (0o755, 0o755, ()),
        (0o700, 0o755, (CAP_DAC_READ_SEARCH,)),
        (0o700, 0o700, (CAP_DAC_OVERRIDE,)),
    ],
)
def test_root_keeps_only_the_capability_that_the_folder_calls_for(
    folder_mode: int, program_mode: int, capabilities: tuple[int, ...]
) -> None:
    with temporary_folder() as parent:
        parent.chmod(folder_mode)
        folder = parent / "data"
        folder.mkdir()

        account = account_for([a_program(parent, mode=program_mode)], folder=folder)

        kept = None if account is None else account.capabilities
        assert kept == (capabilities if IS_ROOT else None)


def test_a_program_that_no_account_can_run_is_reported_with_the_way_out(tmp_path: Path) -> None:
    if not IS_ROOT:
        assert account_for(["/no/such/program"], folder=tmp_path) is None
        return

    with pytest.raises(
        LocalServerError, match=r"must not run as root.*No such file.*ordinary user"
    ):
        account_for(["/no/such/program"], folder=tmp_path)


def test_a_machine_without_the_account_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.local_servers.accounts.UNPRIVILEGED", "nobody-of-this-name")
    if not IS_ROOT:
        assert account_for(["/bin/true"], folder=tmp_path) is None
        return

    with pytest.raises(LocalServerError, match=r"nobody-of-this-name.*ordinary user"):
        account_for(["/bin/true"], folder=tmp_path)
