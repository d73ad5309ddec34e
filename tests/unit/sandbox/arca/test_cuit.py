import pytest

from sandbox.arca.cuit import is_cuit


@pytest.mark.parametrize("number", [20123456786, 30000000007, 33693450239, 23000000000])
def test_a_right_check_digit_is_accepted(number: int) -> None:
    assert is_cuit(number)


@pytest.mark.parametrize("number", [20123456780, 2012345678, 0, -20123456786, 201234567860])
def test_anything_else_is_none(number: int) -> None:
    assert not is_cuit(number)
