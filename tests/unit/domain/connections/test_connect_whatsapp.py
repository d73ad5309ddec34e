"""An organisation gets, changes and loses a number of its own."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.use_cases.connect_whatsapp import ConnectWhatsApp, connect_whatsapp
from domain.connections.use_cases.disconnect_whatsapp import (
    DisconnectWhatsApp,
    disconnect_whatsapp,
)
from domain.connections.whatsapp_connection import AccessToken, WhatsAppTokenRefusedError
from domain.errors import DomainError, NotFoundError, TemporaryError
from domain.identifiers import RequestId
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import StoppedClock
from tests.support.in_memory_connections import GivenNumbers, InMemoryConnectionStore

COMMAND = ConnectWhatsApp(
    phone_number_id="106540352242922",
    access_token=AccessToken("EAAG-own"),
    display_phone_number="+5491155550100",
)
NEW_TOKEN = AccessToken("EAAG-new")
NUMBERS = GivenNumbers()


async def test_a_number_is_connected_once_however_often_it_is_asked_for() -> None:
    store, clock, organization_id = InMemoryConnectionStore(), StoppedClock(), an_organization_id()
    store.taxpayers[organization_id] = None
    context = a_context(organization_id, request_id=RequestId(uuid4()))

    for _ in range(2):
        await connect_whatsapp(store, NUMBERS, clock, context=context, command=COMMAND)

    connection, token = store.whatsapp_connections[organization_id]
    assert (connection.phone_number_id, token) == ("106540352242922", COMMAND.access_token)
    assert store.ledger.audits == [("whatsapp_connected", organization_id)]


async def test_another_token_takes_the_place_of_the_first() -> None:
    store, clock, organization_id = InMemoryConnectionStore(), StoppedClock(), an_organization_id()
    store.taxpayers[organization_id] = None
    context = a_context(organization_id)
    first = await connect_whatsapp(store, NUMBERS, clock, context=context, command=COMMAND)
    clock.advance(timedelta(days=1))
    command = ConnectWhatsApp(
        phone_number_id=COMMAND.phone_number_id,
        access_token=NEW_TOKEN,
        display_phone_number=COMMAND.display_phone_number,
    )

    second = await connect_whatsapp(store, NUMBERS, clock, context=context, command=command)

    assert store.whatsapp_connections[organization_id][1] == NEW_TOKEN
    assert (second.version, second.created_at) == (2, first.created_at)
    assert second.updated_at == clock.now()


async def test_disconnecting_forgets_the_number_and_is_harmless_when_repeated() -> None:
    store, organization_id = InMemoryConnectionStore(), an_organization_id()
    store.taxpayers[organization_id] = None
    context = a_context(organization_id)
    await connect_whatsapp(store, NUMBERS, StoppedClock(), context=context, command=COMMAND)

    for _ in range(2):
        await disconnect_whatsapp(store, context=context, command=DisconnectWhatsApp())

    with pytest.raises(NotFoundError):
        await store.whatsapp(organization_id)
    assert [action for action, _ in store.ledger.audits] == [
        "whatsapp_connected",
        "whatsapp_disconnected",
    ]


@pytest.mark.parametrize(
    "trouble", [WhatsAppTokenRefusedError("access_token", code="190"), TemporaryError("away")]
)
async def test_a_number_that_no_answer_says_is_opened_is_not_connected(
    trouble: DomainError,
) -> None:
    store, numbers, organization_id = (
        InMemoryConnectionStore(),
        GivenNumbers(),
        an_organization_id(),
    )
    store.taxpayers[organization_id] = None
    numbers.trouble = trouble
    context = a_context(organization_id)

    with pytest.raises(type(trouble)):
        await connect_whatsapp(store, numbers, StoppedClock(), context=context, command=COMMAND)

    assert store.whatsapp_connections == {}
    assert store.ledger.audits == []


def test_an_access_token_is_not_printed() -> None:
    assert "EAAG-own" not in repr(COMMAND)
