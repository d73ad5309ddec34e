"""What travels is the same every time, and is what was written."""

from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default

from adapters.email.mime import to_bytes
from domain.notifications.email import Email
from tests.support.clocks import MORNING

SENDER = Address(display_name="CampoTech", addr_spec="avisos@example.org")
EMAIL = Email(
    key="019b796d-d600-7000-8000-000000000001",
    to="ana@example.com",
    subject="Tu comprobante de Plomería Ñandú, con un asunto que no entra en una sola línea",
    text="Hola, Ana:\n.\n¡Gracias!\n",
    html="<p>¡Gracias!</p>\n",
    written_at=MORNING,
)


def test_a_message_has_its_headers_and_both_texts() -> None:
    message = message_from_bytes(to_bytes(EMAIL, SENDER), policy=default)

    assert message["From"] == "CampoTech <avisos@example.org>"
    assert message["To"] == "ana@example.com"
    assert message["Subject"] == EMAIL.subject
    assert message["Message-ID"] == "<019b796d-d600-7000-8000-000000000001@example.org>"
    assert message["Date"].datetime == MORNING
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == EMAIL.text
    assert html.get_content().replace("\r\n", "\n") == EMAIL.html


def test_a_repeat_is_the_same_to_the_byte() -> None:
    assert to_bytes(EMAIL, SENDER) == to_bytes(EMAIL, SENDER)


def test_what_travels_is_ascii_with_short_lines() -> None:
    content = to_bytes(EMAIL, SENDER)

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
