"""A relay that wants TLS and a password gets both, or nothing."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

from adapters.email.mime import sender_from
from adapters.email.relay import SmtpRelay
from adapters.email.smtp_sender import SmtpEmailSender
from cli.local_servers.ports import HeldPorts
from domain.notifications.email import Email
from domain.notifications.ports import EmailPostponedError
from tests.support.clocks import MORNING
from tests.support.own_certificates import a_certificate, an_rsa_key, write_pem_files

EMAIL = Email(key="1", to="ana@example.com", subject="Turno", text="A las 9.\n", written_at=MORNING)


class Doorman:
    """Lets one user in, and remembers what was said to it."""

    def __init__(self) -> None:
        self.logins: list[bytes] = []

    def __call__(self, *details: object) -> AuthResult:
        login = details[-1]
        self.logins.append(getattr(login, "password", b""))
        return AuthResult(success=self.logins[-1] == b"p@ss", handled=False)


@contextmanager
def a_relay(folder: Path, doorman: Doorman, *, with_tls: bool) -> Iterator[int]:
    key = an_rsa_key()
    pem_files = write_pem_files(folder, a_certificate(key), key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pem_files)
    with HeldPorts() as ports:
        port = ports.hold_any()
    relay = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=port,
        tls_context=context if with_tls else None,
        authenticator=doorman,
        auth_require_tls=with_tls,
    )
    relay.start()
    try:
        yield port
    finally:
        relay.stop()


def a_sender(url: str) -> SmtpEmailSender:
    return SmtpEmailSender(
        SmtpRelay.from_url(url), sender_from("avisos@campotech.example"), open_seconds=5
    )


async def test_no_password_is_said_before_the_way_is_encrypted(tmp_path: Path) -> None:
    doorman = Doorman()
    with a_relay(tmp_path, doorman, with_tls=False) as port, pytest.raises(EmailPostponedError):
        await a_sender(f"smtp://avisos:p%40ss@127.0.0.1:{port}").send(EMAIL)

    assert doorman.logins == []


async def test_a_relay_with_a_strangers_certificate_gets_nothing(tmp_path: Path) -> None:
    doorman = Doorman()
    with (
        a_relay(tmp_path, doorman, with_tls=True) as port,
        pytest.raises(EmailPostponedError) as postponed,
    ):
        await a_sender(f"smtp://avisos:p%40ss@127.0.0.1:{port}").send(EMAIL)

    assert postponed.value.cause == "relay_unreachable"
    assert doorman.logins == []


@pytest.mark.parametrize(("password", "is_let_in"), [("p%40ss", True), ("wrong", False)])
async def test_a_login_that_is_refused_makes_all_e_mails_wait(
    tmp_path: Path, password: str, *, is_let_in: bool
) -> None:
    doorman = Doorman()
    with a_relay(tmp_path, doorman, with_tls=False) as port:
        sender = a_sender(f"smtp://avisos:{password}@127.0.0.1:{port}?starttls=never")
        cause = ""
        try:
            await sender.send(EMAIL)
        except EmailPostponedError as postponed:
            cause = postponed.cause

    assert cause == ("" if is_let_in else "relay_login_refused")
    assert set(doorman.logins) == {b"p@ss" if is_let_in else b"wrong"}
