"""Rules of the directory: tax numbers, documents, who is identified how."""

import pytest

from domain.commands import Role
from domain.directory.cuit import InvalidCuitError, check_cuit, check_digit
from domain.directory.customer import (
    IDENTIFIED_BY_CUIT,
    CondicionIvaReceptor,
    CuitRequiredError,
    DocumentType,
    IdentityDocument,
)
from domain.errors import InvalidInputError
from tests.support.builders import (
    VALID_CUIT,
    a_customer,
    a_fiscal_profile,
    a_member,
    an_organization_id,
)


@pytest.mark.parametrize("cuit", ["20123456786", "30000000007", "33693450239", VALID_CUIT])
def test_a_cuit_with_its_check_digit_is_one(cuit: str) -> None:
    check_cuit(cuit, field="cuit")


@pytest.mark.parametrize(
    "text", ["20123456787", "2012345678", "201234567860", "20-12345678-6", "2012345678٦", ""]
)
def test_anything_else_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InvalidCuitError) as refusal:
        check_cuit(text, field="organization.fiscal_profile.cuit")

    assert refusal.value.field == "organization.fiscal_profile.cuit"


def test_some_ten_digits_have_no_check_digit_at_all() -> None:
    without = [f"{number:010d}" for number in range(2000000000, 2000000100)]

    assert None in {check_digit(digits) for digits in without}


@pytest.mark.parametrize("number", ["1234567", "12345678"])
def test_a_dni_has_seven_or_eight_digits(number: str) -> None:
    IdentityDocument(type=DocumentType.DNI, number=number)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (DocumentType.DNI, "123456"),
        (DocumentType.DNI, "123456789"),
        (DocumentType.DNI, "12.345.678"),
        (DocumentType.CUIL, "20123456787"),
    ],
)
def test_a_document_that_cannot_be_is_refused(kind: DocumentType, number: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        IdentityDocument(type=kind, number=number)

    assert refusal.value.field == "customer.document.number"


@pytest.mark.parametrize("condicion", sorted(IDENTIFIED_BY_CUIT))
def test_whoever_gets_class_a_is_identified_by_cuit(condicion: CondicionIvaReceptor) -> None:
    organization_id = an_organization_id()
    cuit = IdentityDocument(type=DocumentType.CUIT, number=VALID_CUIT)

    with pytest.raises(CuitRequiredError):
        a_customer(organization_id, condicion_iva=condicion)
    a_customer(organization_id, condicion_iva=condicion, document=cuit)


@pytest.mark.parametrize("punto_de_venta", [0, 99999, -1])
def test_a_punto_de_venta_has_at_most_five_digits(punto_de_venta: int) -> None:
    with pytest.raises(InvalidInputError):
        a_fiscal_profile(punto_de_venta=punto_de_venta)


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.ADMIN})])
def test_a_member_has_a_role_of_the_business(roles: frozenset[Role]) -> None:
    with pytest.raises(InvalidInputError):
        a_member(an_organization_id(), roles=roles)
