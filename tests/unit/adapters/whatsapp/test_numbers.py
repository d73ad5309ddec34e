"""Whether a token opens a number: what WhatsApp's answers mean to whoever connects it."""

from collections.abc import Callable

import httpx
import pytest

from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.calls import GuardedCalls
from adapters.whatsapp.numbers import CloudApiNumbers
from domain.connections.whatsapp_connection import AccessToken, WhatsAppTokenRefusedError
from domain.errors import DomainError, TemporaryError
from domain.identifiers import OrganizationId
from tests.support.builders import an_organization_id
from tests.support.guarded import FewTokens, a_breaker, guarded_calls

NUMBER = "106540352242922"
OPENED = {"id": NUMBER, "display_phone_number": "+54 9 11 5555-0100"}


async def ask(
    answer: Callable[[httpx.Request], httpx.Response],
    calls: GuardedCalls | None = None,
    *,
    organization_id: OrganizationId | None = None,
) -> None:
    client = httpx.AsyncClient(
        base_url="https://graph.facebook.com/v26.0", transport=httpx.MockTransport(answer)
    )
    numbers = CloudApiNumbers(client, calls or guarded_calls())
    await numbers.check(
        organization_id or an_organization_id(), NUMBER, token=AccessToken("EAAG-own")
    )


def an_error(code: int) -> dict[str, object]:
    return {"error": {"message": "(#…) refused", "type": "OAuthException", "code": code}}


async def test_a_number_that_answers_to_the_token_is_opened_by_it() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=OPENED)

    await ask(answer)

    (request,) = seen
    assert (request.method, request.url.path) == ("GET", f"/v26.0/{NUMBER}")
    assert request.url.params["fields"] == "id,display_phone_number"
    assert request.headers["Authorization"] == "Bearer EAAG-own"


@pytest.mark.parametrize(
    ("status", "body", "field"),
    [
        (401, an_error(190), "access_token"),
        (403, an_error(10), "access_token"),
        (400, an_error(200), "access_token"),
        (400, an_error(100), "phone_number_id"),
        (400, an_error(33), "phone_number_id"),
        (200, {"id": NUMBER}, "phone_number_id"),
        (200, {**OPENED, "id": "102290129340398"}, "phone_number_id"),
    ],
)
async def test_a_refusal_says_what_is_not_known(
    status: int, body: dict[str, object], field: str
) -> None:
    with pytest.raises(WhatsAppTokenRefusedError) as refusal:
        await ask(lambda _: httpx.Response(status, json=body))

    assert refusal.value.metadata["field"] == field
    assert "EAAG" not in f"{refusal.value} {refusal.value.metadata}"


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(200, json={"display_phone_number": "+54 9 11 5555-0100"}),
        httpx.Response(401, text="<html>Log in to the network first</html>"),
        httpx.Response(404, text="<html>Not here</html>"),
        httpx.Response(500, json=an_error(131000)),
        httpx.Response(502, text="<html>Bad gateway</html>"),
        httpx.Response(429, json=an_error(4)),
    ],
)
async def test_what_says_nothing_of_the_number_may_be_asked_again(response: httpx.Response) -> None:
    with pytest.raises(TemporaryError):
        await ask(lambda _: response)


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")]
)
async def test_a_question_whose_answer_is_lost_may_be_asked_again(
    failure: httpx.TransportError,
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(TemporaryError):
        await ask(fail)


async def test_a_question_counts_against_who_asks_it() -> None:
    limiter, organization_id = FewTokens(), an_organization_id()

    await ask(
        lambda _: httpx.Response(200, json=OPENED),
        guarded_calls(limiter=limiter),
        organization_id=organization_id,
    )

    assert limiter.taken == [(str(organization_id),)]


@pytest.mark.parametrize(
    ("status", "code", "is_suspended"),
    [(500, 131000, True), (401, 190, False), (400, 100, False), (429, 4, False)],
)
async def test_only_an_outage_suspends_the_calls_of_others(
    status: int, code: int, *, is_suspended: bool
) -> None:
    breaker = a_breaker(rule=BreakerRule(minimum_calls=1))
    calls = guarded_calls(breaker=breaker)

    with pytest.raises(DomainError):
        await ask(lambda _: httpx.Response(status, json=an_error(code)), calls)

    assert await is_suspended_now(calls) == is_suspended


async def is_suspended_now(calls: GuardedCalls) -> bool:
    try:
        await calls.look()
    except TemporaryError:
        return True
    return False
