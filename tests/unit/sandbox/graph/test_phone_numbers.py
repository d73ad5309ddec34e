import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.phone_numbers import wa_id


@pytest.mark.parametrize(
    "dialled", ["+5491155550000", "5491155550000", "541155550000", "+54 (11) 5555-0000"]
)
def test_an_argentine_mobile_has_one_id_however_it_is_dialled(dialled: str) -> None:
    assert wa_id(dialled) == "5491155550000"


def test_a_foreign_number_stays_as_it_is() -> None:
    assert wa_id("+598 99 123 456") == "59899123456"


@pytest.mark.parametrize("text", ["", "123", "call me", "1" * 16])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(GraphError):
        wa_id(text)
