"""The day on a terminal: one board that is redrawn as things happen."""

from collections import deque
from datetime import UTC, datetime
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from campotech_client.resources import Invoice, JobEvent, LocationUpdate, Message
from cli.demo.panels import LINES, invoice_panel, job_panel, map_panel, message_panel
from cli.demo.route import CORRIENTES, Point, length_meters
from cli.demo.street_map import StreetMap
from cli.demo.words import state_of_job

WIDEST = 112
BORDER_COLUMNS = 4
MAP_LINES = LINES - 2
WAY_METERS = length_meters(CORRIENTES)


class LiveBoard:
    """Shows the job's states, the technician on the map, the invoice and the message."""

    def __init__(self, console: Console) -> None:
        width = min(console.width, WIDEST)
        self._widths = (width * 2 // 5, width - width * 2 // 5)
        self._map = StreetMap(CORRIENTES, columns=self._widths[1] - BORDER_COLUMNS, lines=MAP_LINES)
        self._narrated: deque[str] = deque(["", ""], maxlen=2)
        self._told: dict[str, datetime] = {}
        self._number = 0
        self._position: Point | None = None
        self._meters_left = WAY_METERS
        self._positions = 0
        self._invoice: Invoice | None = None
        self._message: Message | None = None
        # The last one: it draws the board at once.
        self._live = Live(console=console, get_renderable=self._board, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def narrate(self, text: str) -> None:
        self._narrated.append(text)
        self._live.refresh()

    def job_told(self, event: JobEvent) -> None:
        self._number = event.job.number
        self._told[state_of_job(event)] = event.occur_time.ToDatetime(tzinfo=UTC)
        self._live.refresh()

    def position_told(self, update: LocationUpdate, *, meters_left: float) -> None:
        self._position = (update.latitude, update.longitude)
        self._meters_left = meters_left
        self._positions += 1
        self._live.refresh()

    def invoice_read(self, invoice: Invoice) -> None:
        self._invoice = invoice
        self._live.refresh()

    def message_read(self, message: Message) -> None:
        self._message = message
        self._live.refresh()

    def _board(self) -> RenderableType:
        board = Table.grid()
        for width in self._widths:
            board.add_column(width=width)
        board.add_row(job_panel(self._number, self._told), self._map_panel())
        board.add_row(invoice_panel(self._invoice), message_panel(self._message))
        before, now = self._narrated
        return Group(board, Text(before, style="dim"), Text(now))

    def _map_panel(self) -> RenderableType:
        marks = {CORRIENTES[-1]: ("⌂", "bold yellow")}
        if self._position is not None:
            marks[self._position] = ("●", "bold green")
        return map_panel(
            self._map.render(marks),
            meters_left=self._meters_left,
            meters=WAY_METERS,
            positions=self._positions,
        )
