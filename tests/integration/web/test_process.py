"""`python -m web`: ready, busy ports and missing settings named, and gone when it is told to go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from adapters.blobs.signed_links import SignedLinks
from adapters.blobs.signing_keys import SigningKeys
from adapters.clock import SystemClock
from cli.local_servers.ports import HeldPorts
from domain.blobs.blob import UploadLink
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.waiting import eventually
from tests.support.web_blobs import KEYS_SETTING, LIFETIME

STOP_SECONDS = 30


@contextmanager
def a_process(folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if "CAMPOTECH" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "web"],
        env={**environment, "CAMPOTECH_BLOB_FOLDER": str(folder), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Yield two free ports, for blobs and for metrics."""
    with HeldPorts() as held:
        yield held.hold_any(), held.hold_any()


def is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").is_success
    except httpx.HTTPError:
        return False


def break_off(link: UploadLink, folder: Path) -> None:
    """Hang up in the middle of an upload, once its file is there."""
    address = urlsplit(link.url)
    assert address.port is not None
    connection = HTTPConnection("127.0.0.1", address.port, timeout=30)
    with closing(connection):
        connection.putrequest("PUT", f"{address.path}?{address.query}")
        for name, value in {**link.headers, "content-length": str(len(A_PHOTO))}.items():
            connection.putheader(name, value)
        connection.endheaders(A_PHOTO[:100])
        assert eventually(lambda: unfinished_in(folder) == 1, within_seconds=30)


def unfinished_in(folder: Path) -> int:
    return len(list(folder.glob("unfinished/*")))


def test_it_serves_links_until_it_is_told_to_stop(tmp_path: Path, ports: tuple[int, int]) -> None:
    url, key = f"http://127.0.0.1:{ports[0]}", a_blob_key()
    links = SignedLinks(
        f"{url}/blobs", SigningKeys.from_setting(KEYS_SETTING), SystemClock(), lifetime=LIFETIME
    )
    upload = links.upload(key, content_of(A_PHOTO))
    settings = {
        "CAMPOTECH_BLOB_SIGNING_KEYS": KEYS_SETTING,
        "CAMPOTECH_WEB_PORT": str(ports[0]),
        "CAMPOTECH_METRICS_PORT": str(ports[1]),
    }

    with a_process(tmp_path, **settings) as process:
        assert eventually(lambda: is_healthy(url), within_seconds=90)
        break_off(upload, tmp_path)
        is_forgotten = eventually(lambda: unfinished_in(tmp_path) == 0, within_seconds=30)
        stored = httpx.put(upload.url, content=A_PHOTO, headers=upload.headers)
        read = httpx.get(links.download(key).url)
        metrics = httpx.get(f"http://127.0.0.1:{ports[1]}/metrics").text
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=STOP_SECONDS)[1]

    assert is_forgotten
    assert (stored.status_code, read.content, process.returncode) == (201, A_PHOTO, 0)
    assert 'campotech_web_requests_total{method="PUT",status="201"} 1.0' in metrics
    assert "web_stopped" in log
    assert "signature" not in log


def test_without_keys_it_does_not_start(tmp_path: Path) -> None:
    with a_process(tmp_path) as process:
        _, said = process.communicate(timeout=90)

    assert process.returncode == 2
    assert "CAMPOTECH_BLOB_SIGNING_KEYS" in said
