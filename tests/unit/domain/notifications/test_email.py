import pytest

from domain.notifications.email import EmailAddressInvalidError, address_digest, check_address
from tests.support.builders import an_organization_id


@pytest.mark.parametrize(
    "address",
    ["ana@example.com", "o'brien+turnos@mail.example.com.ar", f"{'a' * 64}@example.com"],
)
def test_an_address_that_relays_take_passes(address: str) -> None:
    check_address(address, field="address")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@localhost",
        "ana@example.com\r\nBcc: everybody@example.com",
        "Ana <ana@example.com>",
        "ana@example..com",
        "ana@-example.com",
        "ñandú@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}",
        "ana@example.com ",
    ],
)
def test_anything_else_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(EmailAddressInvalidError) as refusal:
        check_address(address, field="address")

    assert refusal.value.field == "address"
    assert not address or address not in str(refusal.value.metadata) + str(refusal.value)


def test_a_digest_finds_an_address_again_in_its_organisation_alone() -> None:
    organization_id = an_organization_id()

    digest = address_digest(organization_id, "Ana@Example.com")

    assert digest == address_digest(organization_id, "ana@example.com")
    assert digest != address_digest(an_organization_id(), "ana@example.com")
