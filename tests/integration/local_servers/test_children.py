"""Child processes end with whoever started them, whatever happens to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.local_servers.children import Child, Children
from cli.local_servers.errors import StartError
from tests.support.waiting import eventually

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}

# Starts a child that starts one of its own and ignores every polite request to end.
OWNER = """
import sys, time
from pathlib import Path
from cli.local_servers.children import Children
children = Children(Path(sys.argv[1]))
child = children.start(
    "stubborn",
    ["/bin/sh", "-c", "trap '' TERM INT; sleep 600 & echo $!; while :; do wait; done"],
    environment={"PATH": "/usr/bin:/bin"},
)
while not child.log_tail().strip():
    time.sleep(0.01)
print(child.pid, child.log_tail().strip(), flush=True)
time.sleep(600)
"""


@contextmanager
def an_owner(
    script: str, log_folder: Path
) -> Iterator[tuple[subprocess.Popen[str], tuple[int, int]]]:
    with subprocess.Popen(  # noqa: S603  # a script of this module
        [sys.executable, "-c", script, str(log_folder)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        child, grandchild = owner.stdout.readline().split()
        yield owner, (int(child), int(grandchild))


def a_child(children: Children, script: str, name: str = "child") -> Child:
    return children.start(name, ["/bin/sh", "-c", script], environment=ENVIRONMENT)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_no_process_outlives_an_owner_that_is_killed(tmp_path: Path) -> None:
    with an_owner(OWNER, tmp_path) as (owner, pids):
        owner.kill()

        assert eventually(lambda: not any(map(is_alive, pids)), within_seconds=15)


def test_a_child_ends_with_its_owner_even_without_the_guardian(tmp_path: Path) -> None:
    script = OWNER.replace("trap '' TERM INT; ", "").replace(
        "print(", "children._guardian.kill(); print("
    )
    with an_owner(script, tmp_path) as (owner, (child, grandchild)):
        owner.kill()

        assert eventually(lambda: not is_alive(child))
        os.kill(grandchild, signal.SIGKILL)


def test_a_childs_own_children_end_with_it(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = a_child(children, "sleep 600 & echo $!; wait")
        assert eventually(lambda: child.log_tail().strip() != "")
        grandchild = int(child.log_tail())

        child.send(signal.SIGKILL)

        assert child.wait(timeout_seconds=10)
        assert eventually(lambda: not is_alive(grandchild))


def test_ctrl_c_at_the_terminal_does_not_reach_children(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = a_child(children, "sleep 600")

        assert os.getpgid(child.pid) == child.pid
        assert os.getsid(child.pid) == child.pid


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = a_child(children, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
        assert eventually(lambda: child.log_tail() == "ready")

        ended_by_itself = child.stop(timeout_seconds=0.3)

        assert not ended_by_itself
        assert child.exit_code() == -signal.SIGKILL


def test_a_suspended_child_still_ends_when_asked(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = a_child(children, "exec sleep 600")
        child.send(signal.SIGSTOP)

        ended_by_itself = child.stop(timeout_seconds=10)

        assert ended_by_itself


def test_a_child_that_dies_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = a_child(children, "echo the disk is full >&2; exit 3", name="postgres")
        child.wait(timeout_seconds=10)

        with pytest.raises(StartError, match=r"postgres ended with exit code 3(.|\n)*disk is full"):
            child.require_running()


def test_a_program_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("ghost", ["/no/such/program"], environment=ENVIRONMENT)
        child.wait(timeout_seconds=10)

        with pytest.raises(StartError, match="No such file or directory"):
            child.require_running()


def test_logs_grow_no_further_than_their_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.local_servers.children.LARGEST_LOG_BYTES", 10)
    with Children(tmp_path) as children:
        child = a_child(children, "echo more than ten bytes; read line; echo and more")
        child.wait(timeout_seconds=10)

        children.rotate_logs()

        assert child.log_path.read_text() == ""
        assert child.log_path.with_suffix(".log.1").read_text().startswith("more than ten bytes")
