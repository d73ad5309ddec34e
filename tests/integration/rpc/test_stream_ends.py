"""Streams end with the token or the key that they were opened with, and the SDK goes on."""

import asyncio
import time
from pathlib import Path

import grpc
import psycopg
import pytest

from campotech.directory.v1 import api_keys_pb2
from campotech.directory.v1.api_key_pb2 import ApiKey
from campotech.directory.v1.member_pb2 import Member
from campotech_client import CampoTech, Position
from domain.commands import Role
from server.tokens import LEEWAY_SECONDS
from tests.support.businesses import Business, Colleague, id_in
from tests.support.connecting import an_api_key_of
from tests.support.job_watch import JobWatch
from tests.support.refusals import Refused, refusal_in

pytestmark = pytest.mark.asyncio(loop_scope="package")

ENDS_WITHIN_SECONDS = 5.0
DEADLINE_SECONDS = 20


class Login:
    """Gives a colleague tokens: the first one is good for one to two seconds more."""

    def __init__(self, business: Business, colleague: Colleague, role: Role) -> None:
        self._business = business
        self._subject = str(id_in(colleague.name))
        self._role = role
        self.given = 0

    def token(self) -> str:
        self.given += 1
        now = int(time.time())
        expires = now - int(LEEWAY_SECONDS) + 2 if self.given == 1 else now + 600
        return self._business.api.issuer.token(
            self._role, organization_id=self._business.id, subject=self._subject, exp=expires
        )

    def client(self) -> CampoTech:
        return CampoTech(self._business.api.address, token=self.token)


async def ending_of(watch: JobWatch) -> Refused:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        while True:
            await watch.next_response()
    return refusal_in(caught.value)


async def revoke(business: Business, key: ApiKey) -> None:
    request = api_keys_pb2.RevokeApiKeyRequest(name=key.name)
    await business.owner.app.api_keys.RevokeApiKey(request)


def stored_seqs(business: Business) -> list[int]:
    with psycopg.connect(business.api.database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT seq FROM technician_locations WHERE organization_id = %s ORDER BY seq",
            [business.id],
        ).fetchall()
    return [int(row[0]) for row in rows]


async def test_the_open_stream_of_a_revoked_key_ends_and_that_of_another_does_not(
    business: Business,
) -> None:
    made = [await an_api_key_of(business, roles=[Member.ROLE_OWNER]) for _ in range(2)]
    watch, other = (JobWatch(business.api.caller_with(key.secret)) for key in made)
    await watch.begin()
    await other.begin()

    await revoke(business, made[0].api_key)
    began = time.monotonic()
    refusal = await ending_of(watch)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS
    await other.heartbeat()


async def test_the_stream_of_an_expired_token_ends_as_a_call_with_it_would(
    business: Business,
) -> None:
    token = Login(business, business.dispatcher, Role.DISPATCHER).token()
    watch = JobWatch(business.api.caller_with(token))
    await watch.begin()

    refusal = await ending_of(watch)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


async def test_the_sdk_goes_on_with_the_next_token_and_no_fix_is_lost(
    business: Business, tmp_path: Path
) -> None:
    office = Login(business, business.dispatcher, Role.DISPATCHER)
    van = Login(business, business.technician, Role.TECHNICIAN)
    async with (
        office.client() as desk,
        van.client() as app,
        desk.jobs.watch() as watch,
        app.tracking.phone(tmp_path / "fixes.sqlite") as phone,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        await watch.begin()
        next_event = asyncio.ensure_future(anext(watch))
        recorded = 0
        while office.given < 2 or van.given < 2:
            recorded = await phone.record(Position(latitude=-34.6, longitude=-58.4))
            await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
        job = await business.job()
        event = await next_event

    assert event.job.name == job.name
    assert stored_seqs(business) == list(range(1, recorded + 1))
