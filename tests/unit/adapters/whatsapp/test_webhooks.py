"""WhatsApp's webhooks at the door."""

import json

import pytest
from pydantic import SecretStr

from adapters.whatsapp.webhooks import CloudApiWebhooks
from domain.webhooks.inbox import LARGEST_CONTENT_BYTES
from tests.support.whatsapp_deliveries import (
    a_change,
    a_delivery,
    an_inbound_text,
    delivery_of,
    signature_of,
)

BODY = '{"object":"whatsapp_business_account","entry":[],"note":"mañana"}'.encode()
SIGNATURE = "sha256=b4ec66b4fd085a54fc6dc0d80ab7aa09b4c249d1a765998cd0d4e4cb8fc0f96e"


def webhooks(*, app_secret: str = "campo-app-secret", verify_token: str = "x") -> CloudApiWebhooks:  # noqa: S107 -- of no app
    return CloudApiWebhooks(
        app_secret=SecretStr(app_secret) if app_secret else None,
        verify_token=SecretStr(verify_token) if verify_token else None,
    )


def test_the_signature_of_the_raw_bytes_is_genuine() -> None:
    assert webhooks().is_genuine(BODY, SIGNATURE)


@pytest.mark.parametrize(
    ("content", "signature"),
    [
        (BODY + b" ", SIGNATURE),
        (BODY, ""),
        (BODY, SIGNATURE.removeprefix("sha256=")),
        (BODY, SIGNATURE.upper()),
        (BODY, SIGNATURE[:-1]),
        (BODY, "sha256=año"),
        (json.dumps(json.loads(BODY)).encode(), SIGNATURE),
    ],
)
def test_anything_else_is_forged(content: bytes, signature: str) -> None:
    assert not webhooks().is_genuine(content, signature)


def test_without_a_secret_nothing_is_genuine() -> None:
    nobodys = webhooks(app_secret="")
    signed_with_nothing = signature_of(BODY, "")

    assert not nobodys.is_genuine(BODY, signed_with_nothing)


@pytest.mark.parametrize(("given", "asked", "is_it"), [("x", "x", True), ("x", "y", False)])
def test_the_verify_token_is_compared(given: str, asked: str, *, is_it: bool) -> None:
    assert webhooks(verify_token=given).is_verify_token(asked) is is_it


def test_without_a_verify_token_none_is_right() -> None:
    assert not webhooks(verify_token="").is_verify_token("")


def test_a_delivery_of_one_number_stays_as_it_came() -> None:
    content = a_delivery(an_inbound_text(), an_inbound_text(), number="1")

    (part,) = webhooks().parts(content)

    assert (part.phone_number_id, part.content) == ("1", content)


def test_a_delivery_of_several_numbers_is_taken_apart() -> None:
    uno, dos = a_change(an_inbound_text("uno"), number="1"), a_change(an_inbound_text(), number="2")
    tres = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}

    parts = {
        part.phone_number_id: part.content for part in webhooks().parts(delivery_of(uno, dos, tres))
    }

    assert {number: json.loads(content) for number, content in parts.items()} == {
        "1": json.loads(delivery_of(uno)),
        "2": json.loads(delivery_of(dos)),
        "": json.loads(delivery_of(tres)),
    }


@pytest.mark.parametrize(
    "character", ["ñ", "€", "👍", "\x7f", r"\u00f1", r"\ud83d", r"\u0001", r"\n", r"\/"]
)
def test_no_part_is_larger_than_the_delivery(character: str) -> None:
    uno, dos = a_change(an_inbound_text("…"), number="1"), a_change(number="2")
    content = delivery_of(uno, dos).replace(rb"\u2026", character.encode() * 1000)

    parts = webhooks().parts(content)

    whole = json.loads(content)
    assert [json.loads(part.content)["entry"] for part in parts] == [
        [entry] for entry in whole["entry"]
    ]
    assert max(len(part.content) for part in parts) < len(content)


def test_what_would_outgrow_an_inbox_is_one_part_of_nobody() -> None:
    uno, dos = a_change(number="1"), a_change(number="2")
    uno["value"]["said"] = [0]
    numbers = b",".join([b"1e15"] * (LARGEST_CONTENT_BYTES // 16))
    content = delivery_of(uno, dos).replace(b"[0]", b"[" + numbers + b"]")

    (part,) = webhooks().parts(content)

    assert len(content) < LARGEST_CONTENT_BYTES
    assert (part.phone_number_id, part.content) == ("", content)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"entry": [{}]}', b"\xff", b'{"entry": []}', b"[" * 100_000],
)
def test_what_cannot_be_read_is_one_part_of_nobody(content: bytes) -> None:
    (part,) = webhooks().parts(content)

    assert (part.phone_number_id, part.content) == ("", content)
