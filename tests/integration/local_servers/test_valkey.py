"""The local Valkey keeps nothing and listens on the loopback only."""

import signal
from pathlib import Path

from tests.support.servers import RunningValkey, running_valkey


def test_a_killed_valkey_comes_back_empty_on_the_same_port(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as running:
        with running.valkey.connect() as client:
            client.set("greeting", "hola")
        running.child.send(signal.SIGKILL)
        running.child.wait(timeout_seconds=10)

        running.valkey.wait_until_ready(running.valkey.start())

        with running.valkey.connect() as client:
            assert client.get("greeting") is None


def test_it_writes_nothing_when_it_ends(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as running:
        with running.valkey.connect() as client:
            client.set("greeting", "hola")
            folder = Path(str(client.config_get("dir")["dir"]))

        ended_by_itself = running.child.stop(timeout_seconds=10)

        assert ended_by_itself
        assert list(folder.iterdir()) == []


def test_it_listens_on_the_loopback_only(valkey_server: RunningValkey) -> None:
    with valkey_server.valkey.connect() as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
