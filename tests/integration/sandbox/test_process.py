import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[3]
DEADLINE_SECONDS = 60
CUIT = "20123456786"
IMPATIENT = httpx.Timeout(DEADLINE_SECONDS, read=0.3)
EMPTY_ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<FEDummy xmlns="http://ar.gov.afip.dif.FEV1/"/></s:Body></s:Envelope>'
)


def environment(**settings: str) -> dict[str, str]:
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("CAMPOTECH")}
    return {**inherited, "CAMPOTECH_SANDBOX_SMTP_PORT": "0", **settings}


def sandbox_command(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


@contextmanager
def started(*arguments: str, **settings: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=ROOT, env=environment(**settings), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            yield process, json.loads(process.stderr.readline())["url"]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_sandbox_cleanly(number: signal.Signals) -> None:
    with started("serve", "--port", "0") as (process, url):
        assert httpx.get(f"{url}/sandbox/health").json() == {"status": "ok"}

        process.send_signal(number)

        assert process.wait(DEADLINE_SECONDS) == 0


def test_a_held_answer_does_not_hold_up_the_stop() -> None:
    with started("serve", "--port", "0") as (process, url):
        fault = {"kind": "hang_after", "seconds": 3600}
        httpx.put(f"{url}/sandbox/faults/arca.wsfe", json=fault)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/wsfev1/service.asmx", content=EMPTY_ENVELOPE, timeout=IMPATIENT)

        process.terminate()

        assert process.wait(DEADLINE_SECONDS) == 0


def test_serving_is_what_happens_without_a_command() -> None:
    with started(CAMPOTECH_SANDBOX_PORT="0") as (_, url):
        response = httpx.get(f"{url}/sandbox/health")

    assert response.status_code == 200


def test_settings_reach_into_the_behaviours() -> None:
    settings = {
        "CAMPOTECH_SANDBOX_ARCA_RELOGIN_WINDOW_SECONDS": "0",
        "CAMPOTECH_SANDBOX_WHATSAPP_PAIR_RATE_LIMITED": "true",
    }
    with started("serve", "--port", "0", "--delegated", CUIT, **settings) as (_, url):
        arca = httpx.get(f"{url}/sandbox/arca/behaviour").json()
        whatsapp = httpx.get(f"{url}/sandbox/whatsapp/behaviour").json()

    assert arca["relogin_window_seconds"] == 0
    assert arca["delegated"] == [int(CUIT)]
    assert whatsapp["pair_rate_limited"] is True


def test_a_busy_port_is_named_with_its_setting() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])

        refused = sandbox_command("serve", "--port", port)

    assert refused.returncode == 1
    assert port in refused.stderr
    assert "CAMPOTECH_SANDBOX_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_certificate_is_written_once_and_kept(tmp_path: Path) -> None:
    options = ("--out", str(tmp_path / "out"), "--cuit", CUIT, "--alias", "campotech")
    settings = {"CAMPOTECH_SANDBOX_STATE_DIR": str(tmp_path / "state")}
    first = sandbox_command("certificate", *options, **settings)
    pem = (tmp_path / "out" / "arca-certificate.pem").read_bytes()
    key = tmp_path / "out" / "arca-private-key.pem"

    second = sandbox_command("certificate", *options, **settings)

    subject = x509.load_pem_x509_certificate(pem).subject
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "out" / "arca-certificate.pem").read_bytes() == pem
    assert key.stat().st_mode & 0o777 == 0o600
    [serial_number] = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert serial_number.value == f"CUIT {CUIT}"


def test_a_certificate_for_another_alias_replaces_the_first(tmp_path: Path) -> None:
    options = ("--out", str(tmp_path), "--cuit", CUIT, "--state-dir", str(tmp_path / "state"))
    sandbox_command("certificate", *options, "--alias", "first")
    first = (tmp_path / "arca-certificate.pem").read_bytes()

    sandbox_command("certificate", *options, "--alias", "second")

    assert (tmp_path / "arca-certificate.pem").read_bytes() != first


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cuit", "20123456780", "--alias", "campotech"),
        ("--cuit", CUIT, "--alias", "campo tech"),
    ],
)
def test_a_certificate_for_nobody_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    state = str(tmp_path / "state")

    refused = sandbox_command(
        "certificate", "--out", str(tmp_path), "--state-dir", state, *arguments
    )

    assert refused.returncode == 1
    assert not (tmp_path / "arca-certificate.pem").exists()
