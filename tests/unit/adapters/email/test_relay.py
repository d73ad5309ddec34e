import pytest

from adapters.email.mime import sender_from
from adapters.email.relay import RelaySettingError, SmtpRelay


@pytest.mark.parametrize(
    ("url", "host", "port", "uses_tls", "starttls"),
    [
        ("smtp://relay.example", "relay.example", 587, False, None),
        ("smtp://relay.example:2525?starttls=never", "relay.example", 2525, False, False),
        ("smtp://relay.example?starttls=required", "relay.example", 587, False, True),
        ("smtp://u:p@relay.example", "relay.example", 587, False, True),
        ("smtp://u:p@relay.example?starttls=offered", "relay.example", 587, False, None),
        ("smtps://u:p@relay.example", "relay.example", 465, True, False),
    ],
)
def test_a_url_says_where_the_relay_is_and_how_safe_the_way(
    url: str, host: str, port: int, *, uses_tls: bool, starttls: bool | None
) -> None:
    relay = SmtpRelay.from_url(url)

    assert (relay.host, relay.port, relay.uses_tls, relay.starttls) == (
        host,
        port,
        uses_tls,
        starttls,
    )


def test_a_password_may_hold_anything_and_is_never_shown() -> None:
    relay = SmtpRelay.from_url("smtps://avisos%40example.org:p%40ss%2Fword@relay.example")

    assert (relay.username, relay.password) == ("avisos@example.org", "p@ss/word")
    assert "p@ss/word" not in repr(relay)


@pytest.mark.parametrize(
    "url",
    [
        "relay.example",
        "http://relay.example",
        "smtp://",
        "smtp://u:secret@relay.example:many",
        "smtp://u:secret@relay.example?starttls=maybe",
        "smtp://u:secret@relay.example?tls=never",
    ],
)
def test_a_wrong_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(RelaySettingError) as refusal:
        SmtpRelay.from_url(url)

    assert "CAMPOTECH_SMTP_URL" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_sender_has_a_name_and_an_address() -> None:
    sender = sender_from("CampoTech Avisos <avisos@example.org>")

    assert (sender.display_name, sender.addr_spec) == ("CampoTech Avisos", "avisos@example.org")


@pytest.mark.parametrize("setting", ["", "CampoTech", "CampoTech <avisos>", "a@b.example\r\nBcc:x"])
def test_a_sender_without_an_address_is_refused(setting: str) -> None:
    with pytest.raises(RelaySettingError):
        sender_from(setting)
