"""The parts of the demo's board, each drawn from what was last told about it."""

from collections.abc import Mapping
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from campotech_client.resources import Invoice, Message
from cli.demo.words import (
    STATE_AFTER,
    distance,
    invoice_title,
    money,
    state_of_invoice,
    state_of_message,
)

LINES = 8
BUBBLE = "white on #054740"
BUBBLE_FOOT = "grey70 on #054740"
DAY_OF_A_JOB = tuple(state for state in STATE_AFTER.values() if state != "CANCELLED")
TICKS = {
    Message.STATE_SENT: "✓",
    Message.STATE_DELIVERED: "✓✓",
    Message.STATE_READ: "✓✓",
}
INVOICE_STYLES = {"AUTHORIZED": "bold green", "FAILED": "bold red"}


def job_panel(number: int, told: Mapping[str, datetime]) -> Panel:
    """Show the states of the day, each with the time at which it was reached."""
    states = Table.grid(padding=(0, 1))
    newest = max(told, key=lambda state: told[state], default="")
    for state in DAY_OF_A_JOB:
        if state not in told:
            states.add_row("○", Text(state, style="dim"), "")
            continue
        style = "bold green" if state == newest else "green"
        time = f"{told[state].astimezone():%H:%M:%S}"
        states.add_row(Text("●", style=style), Text(state, style=style), Text(time, style="dim"))
    return _panel(f"Job N.º {number}" if number else "Job", states)


def map_panel(drawn: RenderableType, *, meters_left: float, meters: float, positions: int) -> Panel:
    """Show the map, and below it how much of the way is done."""
    # In a grid, because the bar does not end its line by itself.
    done = Table.grid(expand=True)
    done.add_row(ProgressBar(total=meters, completed=meters - meters_left))
    words = f"{distance(meters_left)} to go" if positions else "Nobody is on the way"
    counted = f"{positions} positions live" if positions else ""
    foot = Table.grid(expand=True)
    foot.add_column()
    foot.add_column(justify="right")
    foot.add_row(Text(words, style="bold" if positions else "dim"), Text(counted, style="dim"))
    return _panel("On the map, as the dispatcher sees it", Group(drawn, done, foot))


def invoice_panel(invoice: Invoice | None) -> Panel:
    """Show the invoice, how far it is with the tax agency, and its CAE."""
    if invoice is None:
        return _panel("ARCA", Text("No invoice yet", style="dim"))
    state = state_of_invoice(invoice)
    rows = Table.grid(padding=(0, 1))
    rows.add_row("Total", Text(money(invoice.total)))
    rows.add_row("Net", Text(money(invoice.net), style="dim"))
    rows.add_row("IVA", Text(money(invoice.vat), style="dim"))
    rows.add_row("State", Text(state, style=INVOICE_STYLES.get(state, "yellow")))
    if invoice.cae:
        rows.add_row("CAE", Text(invoice.cae, style="bold green"))
    return _panel("ARCA", Group(Text(invoice_title(invoice), style="bold"), rows))


def message_panel(message: Message | None) -> Panel:
    """Show the customer's WhatsApp."""
    if message is None:
        return _panel("WhatsApp", Text("No message yet", style="dim"))
    foot = f"{state_of_message(message)} {TICKS.get(message.state, '…')}"
    # Blank lines are what a small bubble can do without.
    body = "\n".join(filter(None, message.body.splitlines()))
    bubble = Group(
        Padding(Text(body, style=BUBBLE), (0, 1), style=BUBBLE),
        Padding(Text(foot, style=BUBBLE_FOOT, justify="right"), (0, 1), style=BUBBLE),
    )
    return _panel(f"WhatsApp of {message.phone_number}", bubble)


def _panel(title: str, content: RenderableType) -> Panel:
    return Panel(content, title=title, title_align="left", height=LINES + 2, border_style="grey50")
