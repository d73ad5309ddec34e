import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.api_keys.ports import KnownKey
from domain.commands import Role
from domain.identifiers import ApiKeyId, OrganizationId
from server.caller import Caller, current_caller
from server.calls import ServicerContext
from server.tokens import LEEWAY_SECONDS
from tests.support.api_key_builders import an_api_key_secret
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_api_keys import InMemoryPresentedKeys
from tests.support.loopback import job_service, loopback, raw_method
from tests.support.refusals import Refused, refused
from tests.support.token_issuer import TokenIssuer, an_rsa_key

REQUEST = jobs_pb2.GetJobRequest(name="jobs/019b796d-d600-7000-8000-000000000001")


async def caller_of(issuer: TokenIssuer, authorization: str | None) -> Caller:
    seen: list[Caller] = []

    async def note(
        _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        seen.append(current_caller())
        return jobs_pb2.GetJobResponse()

    async with loopback([job_service({"GetJob": note})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        metadata = (("authorization", authorization),) if authorization is not None else ()
        await stub.GetJob(REQUEST, metadata=metadata)
    return seen[0]


async def refusal_of(issuer: TokenIssuer, authorization: str | None) -> Refused:
    return await refused(caller_of(issuer, authorization))


async def test_a_good_token_tells_who_calls(issuer: TokenIssuer) -> None:
    organization_id, member_id = an_organization_id(), new_id()
    token = issuer.token(Role.TECHNICIAN, organization_id=organization_id, subject=str(member_id))

    caller = await caller_of(issuer, f"Bearer {token}")

    assert caller.organization_id == organization_id
    assert caller.actor.subject == str(member_id)
    assert caller.actor.member_id == member_id
    assert caller.actor.roles == {Role.TECHNICIAN}


async def test_a_subject_that_is_no_id_is_no_member(issuer: TokenIssuer) -> None:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id(), subject="ana@example")

    caller = await caller_of(issuer, f"Bearer {token}")

    assert caller.actor.member_id is None


async def test_an_rs256_key_of_the_issuer_is_good_too(issuer: TokenIssuer) -> None:
    key, entry = an_rsa_key("rsa")
    issuer.publish(entry)
    claims = issuer.claims(Role.OWNER, organization_id=an_organization_id())
    token = issuer.signed(claims, key=key, algorithm="RS256", key_id="rsa")

    caller = await caller_of(issuer, f"bearer {token}")

    assert caller.actor.roles == {Role.OWNER}


async def test_a_role_of_a_later_release_means_nothing(issuer: TokenIssuer) -> None:
    token = issuer.token(
        Role.OWNER, organization_id=an_organization_id(), roles=["owner", "auditor"]
    )

    caller = await caller_of(issuer, f"Bearer {token}")

    assert caller.actor.roles == {Role.OWNER}


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "eyJ.eyJ.sig"])
async def test_a_call_without_a_bearer_token_is_unauthenticated(
    authorization: str | None, issuer: TokenIssuer
) -> None:
    refusal = await refusal_of(issuer, authorization)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")


async def test_an_expired_token_says_so(issuer: TokenIssuer) -> None:
    token = issuer.token(
        Role.OWNER,
        organization_id=an_organization_id(),
        exp=int(time.time() - LEEWAY_SECONDS - 2),
    )

    refusal = await refusal_of(issuer, f"Bearer {token}")

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


def encoded(part: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def of_another_issuer(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed(claims, key=ec.generate_private_key(ec.SECP256R1()))


def with_an_unknown_key(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed(claims, key_id="unknown")


def unsigned(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed(claims, key="", algorithm="none")


def signed_with_the_public_key_as_secret(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    public = issuer.elliptic_key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": issuer.key_id}
    content = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.digest(public, content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def of_the_right_kind_with_another_algorithm(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    key, _ = an_rsa_key("rsa")
    return issuer.signed(claims, key=key, algorithm="RS256")


def changed_after_signing(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    head, _, signature = issuer.signed(claims).split(".")
    return f"{head}.{encoded({**claims, 'roles': ['admin']})}.{signature}"


def cut_short(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed(claims)[:-10]


def without_subject(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed({**claims, "sub": ""})


def without_organization(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed({name: value for name, value in claims.items() if name != "org"})


def without_end(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed({name: value for name, value in claims.items() if name != "exp"})


def of_an_organization_that_is_no_id(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed({**claims, "org": "plomeria-san-martin"})


def with_roles_that_are_no_list(issuer: TokenIssuer, claims: dict[str, object]) -> str:
    return issuer.signed({**claims, "roles": "owner"})


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs with keys at a server that lets an address look for few of them."""

    keys: InMemoryPresentedKeys
    organization_id: OrganizationId

    def give(self) -> str:
        secret = an_api_key_secret()
        self.keys.known[secret.digest] = KnownKey(
            id=ApiKeyId(new_id()),
            organization_id=self.organization_id,
            roles=frozenset({Role.DISPATCHER}),
            expires_at=None,
        )
        return secret.text


async def codes_of(issuer: TokenIssuer, keys: InMemoryPresentedKeys, *tokens: str) -> list[str]:
    async def answer(
        _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        return jobs_pb2.GetJobResponse()

    codes = []
    service = job_service({"GetJob": answer})
    async with loopback(
        [service],
        issuer,
        presented_keys=keys,
        address_calls_per_second=0.0001,
        limit_window_seconds=80_000,
        limit_burst_seconds=80_000,
    ) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        for token in tokens:
            try:
                await stub.GetJob(REQUEST, metadata=(("authorization", f"Bearer {token}"),))
            except grpc.aio.AioRpcError as error:
                codes.append(error.code().name)
            else:
                codes.append("OK")
    return codes


async def test_a_key_is_looked_for_at_its_first_call_alone(issuer: TokenIssuer) -> None:
    programs = Programs(InMemoryPresentedKeys(), an_organization_id())
    key = programs.give()

    codes = await codes_of(issuer, programs.keys, *[key] * 20)

    assert codes == ["OK"] * 20
    assert programs.keys.asked == 1


async def test_who_guesses_keys_is_held_back_before_the_database_is_asked(
    issuer: TokenIssuer,
) -> None:
    keys = InMemoryPresentedKeys()
    guesses = [an_api_key_secret().text for _ in range(12)]

    codes = await codes_of(issuer, keys, *guesses)

    assert codes == ["UNAUTHENTICATED"] * 8 + ["RESOURCE_EXHAUSTED"] * 4
    assert keys.asked == 8


async def test_a_token_is_good_however_many_keys_were_guessed(issuer: TokenIssuer) -> None:
    keys = InMemoryPresentedKeys()
    guesses = [an_api_key_secret().text for _ in range(12)]
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())

    codes = await codes_of(issuer, keys, *guesses, token)

    assert codes[-1] == "OK"


FORGERIES = [
    of_another_issuer,
    with_an_unknown_key,
    unsigned,
    signed_with_the_public_key_as_secret,
    of_the_right_kind_with_another_algorithm,
    changed_after_signing,
    cut_short,
    without_subject,
    without_organization,
    without_end,
    of_an_organization_that_is_no_id,
    with_roles_that_are_no_list,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=[forge.__name__ for forge in FORGERIES])
async def test_a_token_that_is_not_the_issuers_is_invalid(
    forge: Callable[[TokenIssuer, dict[str, object]], str], issuer: TokenIssuer
) -> None:
    claims = issuer.claims(Role.OWNER, organization_id=an_organization_id())

    refusal = await refusal_of(issuer, f"Bearer {forge(issuer, claims)}")

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


async def test_without_any_key_a_token_cannot_be_checked_yet(issuer: TokenIssuer) -> None:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    issuer.withdraw()

    refusal = await refusal_of(issuer, f"Bearer {token}")

    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert refusal.retry_after_seconds


async def test_methods_for_anybody_ask_for_no_token(issuer: TokenIssuer) -> None:
    async with loopback([], issuer) as running:
        check = raw_method(running, "/grpc.health.v1.Health/Check")

        answer = await check(b"")

    assert answer


async def test_what_the_process_itself_does_is_not_for_anybody(issuer: TokenIssuer) -> None:
    async with loopback([], issuer) as running:
        look = raw_method(running, "/grpc.channelz.v1.Channelz/GetServers")

        refusal = await refused(look(b""))

    assert refusal.code is grpc.StatusCode.UNAUTHENTICATED
