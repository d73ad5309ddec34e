"""`campotech up` is killed: what it started ends with it, and what it kept is there."""

from cli.local_servers.ports import HeldPorts
from tests.support.running_up import READY, an_up
from tests.support.servers import temporary_folder
from tests.support.waiting import eventually


def test_after_a_kill_nothing_is_left_and_the_next_start_finds_its_data() -> None:
    with HeldPorts() as ports, temporary_folder() as root:
        with an_up(ports, root) as first:
            assert READY in first.says()

            first.process.kill()

            assert eventually(lambda: not first.leftovers(), within_seconds=15)

        with an_up(ports, root) as second:
            assert READY in second.says()
