"""Customers found by what somebody remembers of them."""

from collections.abc import Mapping

import grpc
import pytest
import pytest_asyncio

from campotech.directory.v1 import directory_pb2
from campotech.directory.v1.customer_pb2 import Customer
from tests.support.businesses import Business
from tests.support.refusals import refused
from tests.support.requests import a_document, a_place, creating_customer

pytestmark = pytest.mark.asyncio(loop_scope="package")

CUIT = "20123456786"
PEOPLE: Mapping[str, str] = {
    "María José González": "+5491155560777",
    "Consorcio Álvarez Thomas 1500": "+541143210000",
    "Hernán Peralta": "+5493515123456",
    "Benítez e hijos": "+5491144449876",
    "Ñandú Climatización": "+5491166667777",
    "Francisco Díaz": "+5491133332222",
}


@pytest_asyncio.fixture(loop_scope="package")
async def known(business: Business) -> Business:
    """Return a business that knows some people."""
    for name, phone_number in PEOPLE.items():
        await add(business, display_name=name, phone_number=phone_number)
    return business


async def add(business: Business, **values: object) -> Customer:
    request = creating_customer(**{"email": "", "address": None, **values})
    return (await business.office.directory.CreateCustomer(request)).customer


async def found(business: Business, query: str) -> list[str]:
    request = directory_pb2.ListCustomersRequest(query=query)
    page = await business.office.directory.ListCustomers(request)
    return [customer.display_name for customer in page.customers]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("gonz", "María José González"),
        ("JOSE gonzalez", "María José González"),
        ("gonzález maría", "María José González"),
        ("Gonsales", "María José González"),
        ("alvarez 1500", "Consorcio Álvarez Thomas 1500"),
        ("ernan", "Hernán Peralta"),
        ("venitez", "Benítez e hijos"),
        ("ñandu", "Ñandú Climatización"),
        ("climatisacion", "Ñandú Climatización"),
        ("franc", "Francisco Díaz"),
        ("dias", "Francisco Díaz"),
        ("11 5556-0777", "María José González"),
        ("+54 9 11 5556 0777", "María José González"),
        ("011 5556 0777", "María José González"),
        ("60777", "María José González"),
        ("5123456", "Hernán Peralta"),
    ],
)
async def test_a_customer_is_found_by_what_is_remembered(
    known: Business, query: str, name: str
) -> None:
    assert await found(known, query) == [name]


@pytest.mark.parametrize("query", ["gnozalez", "gonzalz", "gonzallvez maria"])
async def test_who_is_spelt_wrongly_is_found_as_most_alike(known: Business, query: str) -> None:
    names = await found(known, query)

    assert names[:1] == ["María José González"]


async def test_a_customer_is_found_by_address_document_and_mail(known: Business) -> None:
    address = a_place(postal_code="C1414DPN")
    address.street_address = "Gascón 800"
    customer = await add(
        known,
        display_name="Zulema",
        email="zule.perez@example.com",
        document=a_document(CUIT),
        address=address,
    )

    by_what = [
        await found(known, query)
        for query in ("gascon 800", "20-12345678-6", "12.345.678", "c1414", "zule.perez@exa")
    ]

    assert by_what == [[customer.display_name]] * len(by_what)


async def test_every_word_must_be_found_in_one_customer(known: Business) -> None:
    assert await found(known, "benitez peralta") == []


@pytest.mark.parametrize("query", ["...", "%", "_", "' OR 1=1 --", "xyzzyx"])
async def test_what_nobody_has_finds_nobody(known: Business, query: str) -> None:
    assert await found(known, query) == []


async def test_a_customer_is_found_by_what_is_known_now(known: Business) -> None:
    customer = await add(known, display_name="Quiroga")
    request = directory_pb2.UpdateCustomerRequest(
        customer=Customer(name=customer.name, display_name="Zabaleta"), etag=customer.etag
    )
    await known.office.directory.UpdateCustomer(request)

    assert await found(known, "quiroga") == []
    assert await found(known, "zabaleta") == ["Zabaleta"]


async def test_who_is_found_comes_page_by_page_the_newest_first(known: Business) -> None:
    added = [await add(known, display_name=f"Edificio {number}") for number in "ABC"]
    office = known.office.directory
    request = directory_pb2.ListCustomersRequest(query="edificio", page_size=2)

    first = await office.ListCustomers(request)
    request.page_token = first.next_page_token
    second = await office.ListCustomers(request)

    listed = [customer for page in (first, second) for customer in page.customers]
    assert listed == added[::-1]
    assert second.next_page_token == ""


async def test_a_page_of_one_query_does_not_continue_another(known: Business) -> None:
    for number in "AB":
        await add(known, display_name=f"Edificio {number}")
    office = known.office.directory
    request = directory_pb2.ListCustomersRequest(query="edificio", page_size=1)
    request.page_token = (await office.ListCustomers(request)).next_page_token
    request.query = "edif"

    refusal = await refused(office.ListCustomers(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_customers_of_another_business_are_not_found(
    known: Business, another: Business
) -> None:
    await add(another, display_name="Zoraida Ajena")

    assert await found(known, "zoraida") == []
    assert await found(another, "zoraida") == ["Zoraida Ajena"]
    assert await found(another, "gonzalez") == []
