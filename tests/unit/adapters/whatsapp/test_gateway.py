"""The WhatsApp gateway on recorded answers: every way a send can end is told apart."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import structlog

from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.calls import GuardedCalls
from adapters.whatsapp.gateway import CloudApiGateway
from domain.connections.whatsapp_connection import AccessToken
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.messaging.message import MessageKind
from domain.messaging.ports import LoginRefusedError, MessageRefusedError, SlowDownError
from tests.support.builders import PARAMETERS, a_message
from tests.support.connection_builders import GivenAccessTokens
from tests.support.guarded import FewTokens, a_breaker, guarded_calls

SENDER = "106540352242922"
TAKEN = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "5491155550123", "wa_id": "5491155550123"}],
    "messages": [{"id": "wamid.HBgN", "message_status": "accepted"}],
}


def a_gateway(
    answer: Callable[[httpx.Request], httpx.Response],
    calls: GuardedCalls | None = None,
    *,
    own_tokens: GivenAccessTokens | None = None,
    has_platform_token: bool = True,
) -> CloudApiGateway:
    client = httpx.AsyncClient(
        base_url="https://graph.facebook.com/v26.0", transport=httpx.MockTransport(answer)
    )
    return CloudApiGateway(
        client,
        own_tokens or GivenAccessTokens(),
        calls or guarded_calls(),
        platform_token=AccessToken("EAAG-token") if has_platform_token else None,
    )


def an_error(code: int, **more: object) -> dict[str, object]:
    return {"error": {"message": "(#…) refused", "type": "OAuthException", "code": code, **more}}


async def is_held_back(calls: GuardedCalls) -> bool:
    try:
        await calls.look()
    except HeldBackError:
        return True
    return False


async def test_an_organisation_with_a_token_of_its_own_writes_with_that() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json=TAKEN)

    own, other = a_message(), a_message()
    tokens = GivenAccessTokens()
    tokens.tokens[own.organization_id, SENDER] = AccessToken("EAAG-own")
    gateway = a_gateway(answer, own_tokens=tokens)

    for message in (own, other):
        await gateway.send_template(SENDER, message)

    assert seen == ["Bearer EAAG-own", "Bearer EAAG-token"]


async def test_without_any_token_a_message_is_refused_and_nothing_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    gateway = a_gateway(answer, has_platform_token=False)

    with pytest.raises(MessageRefusedError) as refusal:
        await gateway.send_template(SENDER, a_message())

    assert refusal.value.failure.code == "WHATSAPP_NOT_CONNECTED"


async def test_a_template_is_sent_with_our_id_and_the_wamid_comes_back() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TAKEN)

    message = a_message()
    wamid = await a_gateway(answer).send_template(SENDER, message)

    assert wamid == "wamid.HBgN"
    assert str(seen[0].url) == f"https://graph.facebook.com/v26.0/{SENDER}/messages"
    assert seen[0].headers["Authorization"] == "Bearer EAAG-token"
    assert json.loads(seen[0].content) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5491155550123",
        "type": "template",
        "template": {
            "name": "job_completed_invoice",
            "language": {"code": "es_AR"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": text} for text in PARAMETERS],
                }
            ],
        },
        "biz_opaque_callback_data": str(message.id),
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, an_error(131026), MessageRefusedError),
        (400, an_error(131047), MessageRefusedError),
        (403, an_error(368), MessageRefusedError),
        (401, an_error(190), LoginRefusedError),
        (400, an_error(190), LoginRefusedError),
        (401, an_error(0), LoginRefusedError),
        (403, an_error(3), LoginRefusedError),
        (403, an_error(10), LoginRefusedError),
        (400, an_error(200), LoginRefusedError),
        (400, an_error(299), LoginRefusedError),
        (403, an_error(131005), LoginRefusedError),
        (401, an_error(424242), LoginRefusedError),
        (403, an_error(424242), LoginRefusedError),
        (400, an_error(424242), MessageRefusedError),
        (404, an_error(132001), MessageRefusedError),
        (400, an_error(131056), SlowDownError),
        (429, an_error(130429), SlowDownError),
        (400, an_error(80007), SlowDownError),
        (500, an_error(131000), TemporaryError),
        (400, an_error(131016), TemporaryError),
        (503, an_error(2), TemporaryError),
        (400, an_error(100, is_transient=True), TemporaryError),
    ],
)
async def test_an_error_is_judged_by_its_code(
    status: int, body: dict[str, object], expected: type[Exception]
) -> None:
    gateway = a_gateway(lambda _: httpx.Response(status, json=body))

    with pytest.raises(expected) as refusal:
        await gateway.send_template(SENDER, a_message())

    assert type(refusal.value) is expected


async def test_a_limit_waits_as_long_as_it_says() -> None:
    gateway = a_gateway(
        lambda _: httpx.Response(429, json=an_error(130429), headers={"Retry-After": "17"})
    )

    with pytest.raises(SlowDownError) as refusal:
        await gateway.send_template(SENDER, a_message())

    assert refusal.value.retry_after_seconds == 17


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(502, text="<html>Bad gateway</html>"),
        httpx.Response(408, text="<html>Request timeout</html>"),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json={"messages": []}),
    ],
)
async def test_an_answer_that_says_nothing_leaves_the_outcome_unknown(
    response: httpx.Response,
) -> None:
    gateway = a_gateway(lambda _: response)

    with pytest.raises(UnknownOutcomeError):
        await gateway.send_template(SENDER, a_message())


async def test_an_answer_is_read_no_further_than_the_longest_there_is() -> None:
    given = 0

    async def too_much() -> AsyncIterator[bytes]:
        nonlocal given
        yield json.dumps(TAKEN).encode()
        for _ in range(64):
            given += 1
            yield b" " * 65_536

    gateway = a_gateway(lambda _: httpx.Response(200, content=too_much()))

    with pytest.raises(UnknownOutcomeError, match="too long"):
        await gateway.send_template(SENDER, a_message())

    assert given == 4


async def test_an_answer_in_another_coding_than_it_says_is_lost() -> None:
    async def no_gzip() -> AsyncIterator[bytes]:
        yield json.dumps(TAKEN).encode()

    gateway = a_gateway(
        lambda _: httpx.Response(200, content=no_gzip(), headers={"Content-Encoding": "gzip"})
    )

    with pytest.raises(UnknownOutcomeError):
        await gateway.send_template(SENDER, a_message())


@pytest.mark.parametrize(
    ("status", "headers", "seconds"), [(429, {"Retry-After": "17"}, 17.0), (429, {}, 60.0)]
)
async def test_a_limit_of_somebody_in_between_is_kept_like_whatsapps(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    gateway = a_gateway(lambda _: httpx.Response(status, text="slow down", headers=headers))

    with pytest.raises(SlowDownError) as refusal:
        await gateway.send_template(SENDER, a_message())

    assert refusal.value.retry_after_seconds == seconds


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407])
async def test_what_somebody_in_between_refuses_whatsapp_has_not_refused(status: int) -> None:
    gateway = a_gateway(lambda _: httpx.Response(status, text="<html>Not here</html>"))

    with pytest.raises(TemporaryError) as refusal:
        await gateway.send_template(SENDER, a_message())

    assert type(refusal.value) is TemporaryError


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ConnectError("refused"), TemporaryError),
        (httpx.ConnectTimeout("slow"), TemporaryError),
        (httpx.ReadTimeout("slow"), UnknownOutcomeError),
        (httpx.RemoteProtocolError("cut"), UnknownOutcomeError),
        (httpx.WriteError("cut"), UnknownOutcomeError),
    ],
)
async def test_only_what_surely_never_arrived_may_be_repeated(
    failure: httpx.TransportError, expected: type[Exception]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(expected):
        await a_gateway(fail).send_template(SENDER, a_message())


async def test_a_message_counts_against_its_sender_and_its_receiver() -> None:
    limiter, message = FewTokens(), a_message()

    await a_gateway(
        lambda _: httpx.Response(200, json=TAKEN), guarded_calls(limiter=limiter)
    ).send_template(SENDER, message)

    assert limiter.taken == [(SENDER, message.phone_number)]


@pytest.mark.parametrize(
    ("status", "body", "is_suspended"),
    [
        (500, an_error(131000), True),
        (400, an_error(131026), False),
        (429, an_error(130429), False),
    ],
)
async def test_only_an_outage_suspends_all_sends(
    status: int, body: dict[str, object], *, is_suspended: bool
) -> None:
    breaker = a_breaker(rule=BreakerRule(minimum_calls=1))
    calls = guarded_calls(breaker=breaker)
    gateway = a_gateway(lambda _: httpx.Response(status, json=body), calls)

    with pytest.raises((TemporaryError, MessageRefusedError)):
        await gateway.send_template(SENDER, a_message())

    assert await is_held_back(calls) == is_suspended


@pytest.mark.parametrize(
    ("code", "has_own_token", "is_suspended"),
    [(190, True, False), (190, False, True), (10, True, False), (10, False, False)],
)
async def test_only_the_platforms_own_token_concerns_everybody(
    code: int, *, has_own_token: bool, is_suspended: bool
) -> None:
    calls = guarded_calls(breaker=a_breaker(rule=BreakerRule(minimum_calls=1)))
    message, tokens = a_message(), GivenAccessTokens()
    if has_own_token:
        tokens.tokens[message.organization_id, SENDER] = AccessToken("EAAG-own")
    gateway = a_gateway(
        lambda _: httpx.Response(401, json=an_error(code)), calls, own_tokens=tokens
    )

    with pytest.raises(LoginRefusedError):
        await gateway.send_template(SENDER, message)

    assert await is_held_back(calls) == is_suspended


@pytest.mark.parametrize("has_own_token", [True, False])
async def test_a_refused_token_is_logged_and_never_told(*, has_own_token: bool) -> None:
    message, tokens = a_message(), GivenAccessTokens()
    if has_own_token:
        tokens.tokens[message.organization_id, SENDER] = AccessToken("EAAG-own")
    gateway = a_gateway(lambda _: httpx.Response(401, json=an_error(190)), own_tokens=tokens)

    with structlog.testing.capture_logs() as logs, pytest.raises(LoginRefusedError):
        await gateway.send_template(SENDER, message)

    (warning,) = [entry for entry in logs if entry["event"] == "whatsapp_login_refused"]
    assert warning["log_level"] == "warning"
    assert warning["organization_id"] == str(message.organization_id)
    assert warning["is_own_token"] == has_own_token
    assert "EAAG" not in str(logs)


async def test_free_text_is_sent_with_our_id() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TAKEN)

    message = a_message(kind=MessageKind.TEXT, body="Vamos para allá")
    wamid = await a_gateway(answer).send_text(SENDER, message)

    assert wamid == "wamid.HBgN"
    assert json.loads(seen[0].content) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5491155550123",
        "type": "text",
        "text": {"body": "Vamos para allá", "preview_url": False},
        "biz_opaque_callback_data": str(message.id),
    }


@pytest.mark.parametrize(
    ("code", "told"), [(131047, "24 horas"), (132015, "plantilla"), (999999, "no entregó")]
)
async def test_a_refusal_says_why_in_spanish(code: int, told: str) -> None:
    gateway = a_gateway(lambda _: httpx.Response(400, json=an_error(code)))

    with pytest.raises(MessageRefusedError) as refusal:
        await gateway.send_text(SENDER, a_message(kind=MessageKind.TEXT))

    assert refusal.value.failure.code == str(code)
    assert told in refusal.value.failure.message
