"""What the two audiences show of what they are told."""

import io

import pytest
from rich.console import Console

from campotech_client.resources import Invoice, Job, JobEvent, LocationUpdate, Message, pesos
from cli.demo.audience import Audience, LineAudience
from cli.demo.live_board import LiveBoard

CAE = "76472027577108"
INVOICE = Invoice(
    fiscal_state=Invoice.FISCAL_STATE_AUTHORIZED,
    letter=Invoice.LETTER_B,
    punto_de_venta=2,
    number=17,
    total=pesos("1234567.80"),
    cae=CAE,
)
MESSAGE = Message(
    state=Message.STATE_SENT,
    wamid="wamid.7",
    phone_number="+5491155550123",
    body="Hola Ana,\n\nterminamos.",
)


def tell_the_day(audience: Audience) -> None:
    audience.narrate("Ana calls.")
    for event_type in (
        JobEvent.TYPE_CREATED,
        JobEvent.TYPE_ASSIGNED,
        JobEvent.TYPE_TRAVEL_STARTED,
        JobEvent.TYPE_ARRIVED,
        JobEvent.TYPE_STARTED,
        JobEvent.TYPE_COMPLETED,
    ):
        audience.job_told(JobEvent(type=event_type, job=Job(number=12)))
    audience.position_told(LocationUpdate(latitude=-34.6046, longitude=-58.3994), meters_left=1427)
    audience.invoice_read(INVOICE)
    audience.message_read(MESSAGE)


def shown_as_lines() -> str:
    screen = io.StringIO()
    tell_the_day(LineAudience(Console(file=screen, width=80)))
    return screen.getvalue()


def shown_on_a_board(width: int, height: int) -> str:
    screen = io.StringIO()
    console = Console(file=screen, width=width, height=height, force_terminal=True, no_color=True)
    with LiveBoard(console) as board:
        tell_the_day(board)
        screen.seek(0)
        screen.truncate()
    return screen.getvalue()


@pytest.mark.parametrize("fact", ["Ana calls.", "COMPLETED", "1,427 m", CAE, "SENT"])
def test_a_pipe_gets_every_fact_in_a_line_of_its_own(fact: str) -> None:
    lines = shown_as_lines().splitlines()

    assert len([line for line in lines if fact in line]) == 1


def test_a_pipe_gets_documents_amounts_and_texts_as_people_write_them() -> None:
    shown = shown_as_lines()

    assert "Factura B 00002-00000017 $ 1.234.567,80 AUTHORIZED" in shown
    assert "SENT to +5491155550123: Hola Ana, terminamos." in shown


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 40), (200, 50)])
@pytest.mark.parametrize(
    "fact",
    ["Job N.º 12", "COMPLETED", "1.4 km to go", "⌂", CAE, "$ 1.234.567,80", "terminamos.", "SENT"],
)
def test_the_board_shows_every_fact_on_terminals_of_any_usual_size(
    width: int, height: int, fact: str
) -> None:
    shown = shown_on_a_board(width, height)

    assert fact in shown
    assert len(shown.rstrip("\n").splitlines()) <= height
