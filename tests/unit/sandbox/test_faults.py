import pytest

from sandbox.faults import Fault, FaultBoard, FaultKind

SLOW = Fault(kind=FaultKind.SLOW)
DOWN = Fault(kind=FaultKind.DOWN)


@pytest.mark.parametrize(
    ("target", "strikes"),
    [
        ("arca.wsfe.FEDummy", True),
        ("arca.wsfe", True),
        ("arca", True),
        ("arca.wsfe.FECAESolicitar", False),
        ("arca.wsaa", False),
        ("whatsapp", False),
    ],
)
def test_a_fault_strikes_what_it_is_aimed_at(target: str, *, strikes: bool) -> None:
    board = FaultBoard()
    board.put(target, DOWN)

    assert (board.strike("arca.wsfe", "FEDummy") is DOWN) is strikes


def test_the_more_specific_fault_goes_first() -> None:
    board = FaultBoard()
    board.put("arca", DOWN)
    board.put("arca.wsfe", SLOW)

    assert board.strike("arca.wsfe", "FEDummy") is SLOW


def test_a_counted_fault_strikes_that_often() -> None:
    board = FaultBoard()
    board.put("whatsapp", Fault(kind=FaultKind.DOWN, times=2))

    strikes = [board.strike("whatsapp", "messages") is not None for _ in range(3)]

    assert strikes == [True, True, False]
    assert board.standing() == {}


def test_a_fault_without_a_count_stands() -> None:
    board = FaultBoard()
    board.put("whatsapp", DOWN)

    strikes = [board.strike("whatsapp", "messages") for _ in range(100)]

    assert strikes == [DOWN] * 100
    assert board.remove("whatsapp")
    assert not board.remove("whatsapp")
