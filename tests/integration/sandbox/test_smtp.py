"""The SMTP stand-in, as the standard library's client meets it."""

import smtplib
import threading
import time
from email.message import EmailMessage

import pytest

from tests.integration.sandbox.running import RunningSandbox
from tests.support.waiting import eventually

TO = "ana@example.com"


def an_email(message_id: str = "<1@example.org>", to: str = TO) -> EmailMessage:
    email = EmailMessage()
    email["From"] = "avisos@example.org"
    email["To"] = to
    email["Subject"] = "Turno de mañana"
    email["Message-ID"] = message_id
    email.set_content("Pasamos a las 9.\n")
    email.add_alternative("<p>Pasamos a las 9.</p>\n", subtype="html")
    return email


def send(sandbox: RunningSandbox, email: EmailMessage | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as client:
        client.send_message(email or an_email())


def taken(sandbox: RunningSandbox, **query: str) -> list[dict[str, object]]:
    answer = sandbox.http.get("/sandbox/smtp/messages", params=query)
    listed: list[dict[str, object]] = answer.raise_for_status().json()["messages"]
    return listed


def test_an_e_mail_can_be_read_as_its_receiver_does(sandbox: RunningSandbox) -> None:
    send(sandbox)

    (email,) = taken(sandbox)
    assert (email["message_id"], email["to"], email["subject"]) == (
        "<1@example.org>",
        [TO],
        "Turno de mañana",
    )
    assert "Pasamos a las 9." in str(email["text"])
    assert "<p>" in str(email["html"])
    assert "Turno de mañana" in sandbox.http.get("/").text


def test_a_repeat_is_known_by_its_message_id(sandbox: RunningSandbox) -> None:
    for _ in range(3):
        send(sandbox)
    send(sandbox, an_email("<2@example.org>"))

    assert [(email["message_id"], email["times"]) for email in taken(sandbox)] == [
        ("<2@example.org>", 1),
        ("<1@example.org>", 3),
    ]


def test_e_mails_are_found_by_receiver_and_by_message_id(sandbox: RunningSandbox) -> None:
    send(sandbox)
    send(sandbox, an_email("<2@example.org>", to="eva@example.com"))

    assert [email["to"] for email in taken(sandbox, to=TO)] == [[TO]]
    assert [email["to"] for email in taken(sandbox, message_id="<2@example.org>")] == [
        ["eva@example.com"]
    ]


def test_a_relay_that_is_down_resets_whoever_connects(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp", "down", times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(sandbox)

    send(sandbox)
    assert [email["times"] for email in taken(sandbox)] == [1]


@pytest.mark.parametrize(
    ("target", "fault", "code"),
    [
        ("smtp", {"kind": "throttled"}, 421),
        ("smtp.RCPT", {"kind": "error", "code": "550 5.1.1 No such user"}, 550),
        ("smtp.RCPT", {"kind": "error", "code": 452}, 452),
        ("smtp.DATA", {"kind": "throttled"}, 451),
        ("smtp", {"kind": "http_500"}, 554),
    ],
)
def test_a_refused_e_mail_is_not_taken(
    sandbox: RunningSandbox, target: str, fault: dict[str, object], code: int
) -> None:
    sandbox.put_fault(target, **{"times": 1, **fault})  # type: ignore[arg-type]  # a table of bodies

    with pytest.raises(smtplib.SMTPException) as refusal:
        send(sandbox)

    assert str(code) in str(refusal.value)
    assert taken(sandbox) == []
    assert sandbox.received(service="smtp")[0]["status"] == code


def test_a_lost_answer_leaves_the_e_mail_taken(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp", "answer_lost", times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(sandbox)

    assert len(taken(sandbox)) == 1


def test_an_error_after_the_work_hides_that_the_e_mail_was_taken(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp", "error_after", code=451, times=1)

    with pytest.raises(smtplib.SMTPDataError):
        send(sandbox)

    assert len(taken(sandbox)) == 1


def test_a_connection_cut_at_the_end_may_also_mean_that_nothing_was_taken(
    sandbox: RunningSandbox,
) -> None:
    sandbox.put_fault("smtp.DATA", "down", times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(sandbox)

    assert taken(sandbox) == []


def test_a_slow_relay_answers_late(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp", "slow", seconds=0.2)
    started = time.monotonic()

    send(sandbox)

    assert time.monotonic() - started >= 0.2
    assert len(taken(sandbox)) == 1


def test_a_held_answer_can_be_seen_before_it_is_given(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("smtp.DATA", "hang_after", seconds=1)
    client = threading.Thread(target=send, args=[sandbox])
    client.start()

    def is_held() -> bool:
        seen = sandbox.received(service="smtp", operation="DATA")
        return bool(seen) and "answer held" in str(seen[0]["outcome"])

    was_held = eventually(is_held, within_seconds=5)
    client.join(30)

    assert was_held
    assert len(taken(sandbox)) == 1


def test_a_reset_forgets_the_e_mails(sandbox: RunningSandbox) -> None:
    send(sandbox)

    sandbox.reset()

    assert taken(sandbox) == []
