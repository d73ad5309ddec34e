"""ApiKeyService over a real channel, and calls that are made with keys."""

import time
from datetime import timedelta
from uuid import uuid4

import grpc
import psycopg
import pytest

from campotech.directory.v1 import api_keys_pb2, directory_pb2
from campotech.directory.v1.api_key_pb2 import ApiKey
from campotech.directory.v1.member_pb2 import Member
from tests.support.businesses import Business, a_business
from tests.support.connecting import an_api_key_of, creating_api_key
from tests.support.refusals import refused
from tests.support.requests import a_moment, creating_customer
from tests.support.rpc import Caller
from tests.support.waiting import eventually_true

pytestmark = pytest.mark.asyncio(loop_scope="package")

LIST = directory_pb2.ListCustomersRequest()
REVOKED_WITHIN_SECONDS = 5.0


async def test_a_new_key_is_what_was_said_of_it(business: Business) -> None:
    expires = a_moment(timedelta(days=30))

    created = await an_api_key_of(business, expire_time=expires)

    key = created.api_key
    assert key.name.startswith(f"{business.name}/apiKeys/")
    assert (key.display_name, list(key.roles)) == ("Contabilidad", [Member.ROLE_DISPATCHER])
    assert (key.state, key.expire_time) == (ApiKey.STATE_ACTIVE, expires)
    assert created.secret.startswith(f"{key.prefix}_")


async def test_a_key_calls_for_its_organisation(business: Business) -> None:
    created = await an_api_key_of(business)
    program = business.api.caller_with(created.secret)

    customer = (await program.directory.CreateCustomer(creating_customer())).customer

    assert customer.name.startswith(business.name)
    assert _actor_of(business, customer.name) == created.api_key.name.split("/", 2)[2]


async def test_a_key_may_do_what_its_roles_may_and_no_more(business: Business) -> None:
    program = business.api.caller_with((await an_api_key_of(business)).secret)

    refusal = await refused(program.api_keys.ListApiKeys(api_keys_pb2.ListApiKeysRequest()))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


async def test_an_owners_key_makes_no_keys(business: Business) -> None:
    created = await an_api_key_of(business, roles=[Member.ROLE_OWNER])
    program = business.api.caller_with(created.secret)

    refusal = await refused(program.api_keys.CreateApiKey(creating_api_key()))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERSON_REQUIRED")


async def test_a_key_reaches_nothing_of_another_organisation(business: Business) -> None:
    other = await a_business(business.api)
    program = business.api.caller_with((await an_api_key_of(business)).secret)
    request = directory_pb2.GetCustomerRequest(name=other.customer)

    refusal = await refused(program.directory.GetCustomer(request))

    assert refusal.code is grpc.StatusCode.NOT_FOUND


async def test_a_revoked_key_is_refused_within_seconds(business: Business) -> None:
    created = await an_api_key_of(business)
    program = business.api.caller_with(created.secret)
    await program.directory.ListCustomers(LIST)

    revoked = await _revoke(business, created.api_key)
    began = time.monotonic()
    is_refused = await eventually_true(
        lambda: _is_refused(program), within_seconds=REVOKED_WITHIN_SECONDS
    )

    assert revoked.state == ApiKey.STATE_REVOKED
    assert is_refused, f"still let in after {time.monotonic() - began:.1f} s"


async def test_a_key_that_nobody_has_is_no_token(business: Business) -> None:
    guess = "ck_00000000_" + "a" * 43

    refusal = await refused(business.api.caller_with(guess).directory.ListCustomers(LIST))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


async def test_a_repeated_creation_makes_one_key_and_tells_its_secret_once(
    business: Business,
) -> None:
    request_id = str(uuid4())

    first = await an_api_key_of(business, request_id=request_id)
    again = await an_api_key_of(business, request_id=request_id)

    assert again.api_key == first.api_key
    assert first.secret
    assert not again.secret


async def test_keys_are_listed_page_by_page_the_newest_first_without_secrets(
    business: Business,
) -> None:
    made = [await an_api_key_of(business) for _ in range(3)]
    await _revoke(business, made[0].api_key)
    keys = business.owner.app.api_keys

    first = await keys.ListApiKeys(api_keys_pb2.ListApiKeysRequest(page_size=2))
    second = await keys.ListApiKeys(
        api_keys_pb2.ListApiKeysRequest(page_size=2, page_token=first.next_page_token)
    )

    listed = [*first.api_keys, *second.api_keys]
    assert [key.name for key in listed] == [item.api_key.name for item in made[::-1]]
    assert [key.state for key in listed] == [
        ApiKey.STATE_ACTIVE,
        ApiKey.STATE_ACTIVE,
        ApiKey.STATE_REVOKED,
    ]
    assert not second.next_page_token
    assert not any(item.secret in str(listed) for item in made)


async def test_revoking_again_changes_nothing(business: Business) -> None:
    created = await an_api_key_of(business)

    first = await _revoke(business, created.api_key)
    again = await _revoke(business, created.api_key)

    assert first == again


async def test_a_secret_is_stored_nowhere(business: Business) -> None:
    created = await an_api_key_of(business)

    with psycopg.connect(business.api.database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT to_jsonb(api_keys)::text FROM api_keys WHERE organization_id = %(id)s"
            " UNION ALL SELECT to_jsonb(audit_logs)::text FROM audit_logs"
            " WHERE organization_id = %(id)s",
            {"id": business.id},
        ).fetchall()

    secret = created.secret.removeprefix(f"{created.api_key.prefix}_")
    assert any(created.api_key.prefix in row for (row,) in rows)
    assert not any(secret in row for (row,) in rows)


async def _revoke(business: Business, key: ApiKey) -> ApiKey:
    request = api_keys_pb2.RevokeApiKeyRequest(name=key.name)
    return (await business.owner.app.api_keys.RevokeApiKey(request)).api_key


async def _is_refused(program: Caller) -> bool:
    try:
        await program.directory.ListCustomers(LIST)
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.UNAUTHENTICATED
    return False


def _actor_of(business: Business, customer: str) -> str:
    with psycopg.connect(business.api.database.superuser_url) as connection:
        row = connection.execute(
            "SELECT actor FROM audit_logs WHERE organization_id = %s AND subject_id = %s",
            [business.id, customer.rpartition("/")[2]],
        ).fetchone()
    assert row is not None
    return str(row[0])
