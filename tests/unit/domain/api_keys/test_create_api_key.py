"""Owners give programs keys and take them back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from adapters.secret_source import SystemSecretSource
from domain.api_keys.api_key import (
    MOST_GOOD_KEYS,
    ApiKey,
    ApiKeyExpiresTooSoonError,
    ApiKeysFullError,
    ApiKeyState,
    PersonRequiredError,
    actor_of,
    is_api_key,
)
from domain.api_keys.secret import is_api_key_secret
from domain.api_keys.use_cases.create_api_key import CreateApiKey, CreatedApiKey, create_api_key
from domain.api_keys.use_cases.revoke_api_key import RevokeApiKey, revoke_api_key
from domain.commands import CommandContext, Role
from domain.errors import InvalidInputError
from domain.identifiers import ApiKeyId, RequestId
from tests.support.api_key_builders import an_api_key, an_api_key_secret
from tests.support.builders import a_context, an_actor, an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_api_keys import InMemoryApiKeyStore

COMMAND = CreateApiKey(display_name="Contabilidad", roles=frozenset({Role.DISPATCHER}))


async def create(
    store: InMemoryApiKeyStore, context: CommandContext, command: CreateApiKey = COMMAND
) -> CreatedApiKey:
    return await create_api_key(
        store,
        StoppedClock(),
        Uuid7Source(),
        secrets=SystemSecretSource(),
        context=context,
        command=command,
    )


async def revoke(store: InMemoryApiKeyStore, key: ApiKey) -> ApiKey:
    context = a_context(key.organization_id)
    command = RevokeApiKey(key_id=key.id)
    return await revoke_api_key(store, StoppedClock(), context=context, command=command)


async def test_a_new_key_tells_its_secret_and_keeps_its_digest() -> None:
    store, context = InMemoryApiKeyStore(), a_context()

    created = await create(store, context)

    assert created.secret is not None
    assert is_api_key_secret(created.secret.text)
    assert created.secret.text.startswith(created.key.prefix)
    assert created.key.digest == created.secret.digest
    assert created.secret.text not in repr(store.keys)
    assert store.ledger.audits == [("api_key_created", created.key.id)]


async def test_no_two_keys_have_a_secret_in_common() -> None:
    store, context = InMemoryApiKeyStore(), a_context()

    created = [await create(store, context) for _ in range(20)]

    assert len({item.key.digest for item in created}) == 20
    assert len({item.key.prefix for item in created}) == 20


async def test_a_repeat_tells_the_key_and_not_its_secret() -> None:
    store, context = InMemoryApiKeyStore(), a_context(request_id=RequestId(uuid4()))
    first = await create(store, context)

    again = await create(store, context)

    assert again.key == first.key
    assert again.secret is None
    assert len(store.keys) == 1


async def test_a_key_makes_no_keys() -> None:
    actor = actor_of(ApiKeyId(new_id()), frozenset({Role.OWNER}))

    with pytest.raises(PersonRequiredError):
        await create(InMemoryApiKeyStore(), a_context(actor=actor))

    assert is_api_key(actor)
    assert not is_api_key(an_actor(Role.OWNER))


@pytest.mark.parametrize(
    "roles", [frozenset(), frozenset({Role.TECHNICIAN}), frozenset({Role.OWNER, Role.ADMIN})]
)
async def test_a_key_has_what_an_owner_or_a_dispatcher_may_do(roles: frozenset[Role]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await create(InMemoryApiKeyStore(), a_context(), replace(COMMAND, roles=roles))

    assert refusal.value.field == "api_key.roles"


async def test_a_key_that_has_expired_already_is_refused() -> None:
    command = replace(COMMAND, expires_at=MORNING - timedelta(days=36500))

    with pytest.raises(ApiKeyExpiresTooSoonError):
        await create(InMemoryApiKeyStore(), a_context(), command)


async def test_there_are_so_many_good_keys_and_no_more() -> None:
    store, organization_id = InMemoryApiKeyStore(), an_organization_id()
    for _ in range(MOST_GOOD_KEYS):
        key = an_api_key(organization_id)
        store.keys[key.id] = key

    with pytest.raises(ApiKeysFullError):
        await create(store, a_context(organization_id))
    await revoke(store, next(iter(store.keys.values())))
    created = await create(store, a_context(organization_id))

    assert created.key.id in store.keys


async def test_a_key_is_revoked_once_and_for_good() -> None:
    store, key = InMemoryApiKeyStore(), an_api_key(an_organization_id())
    store.keys[key.id] = key

    first, again = await revoke(store, key), await revoke(store, key)

    assert first == again
    assert first.revoked_at == MORNING
    assert store.ledger.audits == [("api_key_revoked", key.id)]


STATES: list[tuple[Callable[[ApiKey], ApiKey], ApiKeyState]] = [
    (lambda key: key, ApiKeyState.ACTIVE),
    (lambda key: replace(key, expires_at=key.created_at + timedelta(days=2)), ApiKeyState.ACTIVE),
    (lambda key: replace(key, expires_at=key.created_at + timedelta(days=1)), ApiKeyState.EXPIRED),
    (lambda key: key.revoke(key.created_at), ApiKeyState.REVOKED),
]


@pytest.mark.parametrize(("change", "state"), STATES)
def test_a_key_says_whether_it_opens_anything(
    change: Callable[[ApiKey], ApiKey], state: ApiKeyState
) -> None:
    key = change(an_api_key(an_organization_id()))

    assert key.state(key.created_at + timedelta(days=1)) is state


@pytest.mark.parametrize(
    "text", ["", "ck_", "ck_12345678_short", "eyJhbGciOi", "ck_XYZ45678_" + "a" * 43]
)
def test_what_is_no_secret_of_ours_is_told_by_its_shape(text: str) -> None:
    assert not is_api_key_secret(text)


def test_a_secret_is_not_printed() -> None:
    secret = an_api_key_secret()

    assert secret.text not in repr(secret)
    assert secret.prefix in repr(secret)
