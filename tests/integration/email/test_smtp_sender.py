"""Sending through a relay that fails in every way it can: each way is told apart."""

import pytest

from adapters.email.mime import sender_from
from adapters.email.relay import SmtpRelay
from adapters.email.smtp_sender import SmtpEmailSender
from cli.local_servers.ports import HeldPorts
from domain.errors import DomainError, TemporaryError, UnknownOutcomeError
from domain.notifications.email import Email
from domain.notifications.ports import EmailPostponedError, EmailRefusedError
from tests.integration.sandbox.running import RunningSandbox
from tests.support.clocks import MORNING

EMAIL = Email(
    key="019b796d-d600-7000-8000-000000000001",
    to="ana@example.com",
    subject="Turno de mañana",
    text=".\nPasamos a las 9.\n",
    html="<p>Pasamos a las 9.</p>\n",
    written_at=MORNING,
)
MESSAGE_ID = "<019b796d-d600-7000-8000-000000000001@campotech.example>"


def a_sender(port: int, *, open_seconds: float = 5, data_seconds: float = 5) -> SmtpEmailSender:
    return SmtpEmailSender(
        SmtpRelay.from_url(f"smtp://127.0.0.1:{port}"),
        sender_from("CampoTech <avisos@campotech.example>"),
        open_seconds=open_seconds,
        data_seconds=data_seconds,
    )


def taken(sandbox: RunningSandbox) -> list[tuple[object, object]]:
    listed = sandbox.http.get("/sandbox/smtp/messages").json()["messages"]
    return [(email["message_id"], email["times"]) for email in listed]


async def test_an_e_mail_arrives_as_it_was_written(sandbox: RunningSandbox) -> None:
    await a_sender(sandbox.smtp_port).send(EMAIL)

    (email,) = sandbox.http.get("/sandbox/smtp/messages").json()["messages"]
    assert (email["message_id"], email["sender"], email["to"], email["subject"]) == (
        MESSAGE_ID,
        "avisos@campotech.example",
        ["ana@example.com"],
        "Turno de mañana",
    )
    assert (email["text"], email["html"]) == (EMAIL.text, EMAIL.html)


async def test_a_repeat_has_the_same_message_id(sandbox: RunningSandbox) -> None:
    for _ in range(2):
        await a_sender(sandbox.smtp_port).send(EMAIL)

    assert taken(sandbox) == [(MESSAGE_ID, 2)]


@pytest.mark.parametrize(
    ("target", "fault", "expected"),
    [
        ("smtp", {"kind": "down"}, EmailPostponedError),
        ("smtp", {"kind": "throttled"}, EmailPostponedError),
        ("smtp.DATA", {"kind": "throttled"}, EmailPostponedError),
        ("smtp.MAIL", {"kind": "error", "code": "553 5.7.1 Who are you"}, EmailPostponedError),
        ("smtp.MAIL", {"kind": "slow", "seconds": 60}, EmailPostponedError),
        ("smtp.RCPT", {"kind": "error", "code": "452 4.2.2 Mailbox full"}, TemporaryError),
        ("smtp.RCPT", {"kind": "error", "code": "550 5.1.1 No such user"}, EmailRefusedError),
        ("smtp.DATA", {"kind": "error", "code": "554 5.7.1 Spam"}, EmailRefusedError),
        ("smtp.DATA", {"kind": "down"}, UnknownOutcomeError),
        ("smtp.DATA", {"kind": "slow", "seconds": 60}, UnknownOutcomeError),
    ],
)
async def test_each_failure_before_the_relay_took_it_is_of_its_kind(
    sandbox: RunningSandbox, target: str, fault: dict[str, object], expected: type[DomainError]
) -> None:
    sandbox.put_fault(target, **fault)  # type: ignore[arg-type]  # a table of bodies
    sender = a_sender(sandbox.smtp_port, open_seconds=0.5, data_seconds=0.5)

    with pytest.raises(DomainError) as failure:
        await sender.send(EMAIL)

    assert type(failure.value) is expected
    assert taken(sandbox) == []


@pytest.mark.parametrize("fault", [{"kind": "answer_lost"}, {"kind": "hang_after", "seconds": 60}])
async def test_a_lost_answer_is_an_unknown_outcome(
    sandbox: RunningSandbox, fault: dict[str, object]
) -> None:
    sandbox.put_fault("smtp", **fault)  # type: ignore[arg-type]  # a table of bodies

    with pytest.raises(UnknownOutcomeError):
        await a_sender(sandbox.smtp_port, data_seconds=0.5).send(EMAIL)

    assert taken(sandbox) == [(MESSAGE_ID, 1)]


async def test_where_nobody_listens_all_e_mails_wait() -> None:
    with HeldPorts() as ports, pytest.raises(EmailPostponedError) as postponed:
        await a_sender(ports.hold_any()).send(EMAIL)

    assert postponed.value.cause == "relay_unreachable"


async def test_a_refusal_names_no_address(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp.RCPT", "error", code="550 5.1.1 <ana@example.com> is unknown")

    with pytest.raises(EmailRefusedError) as refusal:
        await a_sender(sandbox.smtp_port).send(EMAIL)

    assert "ana@example.com" not in str(refusal.value)
