"""The page for a person's eyes: faults, vouchers, messages, e-mails and traffic."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from itertools import islice

from sandbox.arca.catalogue import PESOS, VOUCHER_TYPES
from sandbox.arca.series import Authorised
from sandbox.clock import ARGENTINA
from sandbox.mailbox import TakenEmail
from sandbox.received import Received
from sandbox.whatsapp import SentMessage
from sandbox.world import Sandbox

_SHOWN = 25
_STYLE = """
:root { color-scheme: light dark; --line: #8883; --soft: #8881; --ok: #18794e; --bad: #c62a2f; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
header p { margin: .2rem 0 0; opacity: .7; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .7rem; white-space: nowrap; vertical-align: top; }
th { font-size: .75rem; text-transform: uppercase; letter-spacing: .04em; opacity: .65; }
tbody tr { border-top: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
code { font: .9em ui-monospace, monospace; }
.ok { color: var(--ok); } .bad { color: var(--bad); }
.none { padding: .8rem; border: 1px dashed var(--line); border-radius: .5rem; opacity: .7; }
.messages { display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
.message { background: var(--soft); border-radius: .2rem .8rem .8rem .8rem; padding: .8rem 1rem; }
.message p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .5rem; }
.message small { opacity: .65; display: block; overflow-wrap: anywhere; }
"""


def render_page(sandbox: Sandbox) -> str:
    vouchers = sandbox.series.newest_first(cuit=None, limit=_SHOWN)
    messages = list(islice(sandbox.whatsapp.newest_first(), _SHOWN))
    emails = list(islice(sandbox.smtp.mailbox.newest_first(), _SHOWN))
    received = list(islice(sandbox.received.newest_first(), _SHOWN))
    faults = [
        (
            f"<code>{escape(target)}</code>",
            f'<span class="bad">{fault.kind}</span>',
            f"{fault.seconds:g} s",
            "hasta quitarla" if fault.times is None else str(fault.times),
            escape(str(fault.code or "")),
        )
        for target, fault in sorted(sandbox.faults.standing().items())
    ]
    return f"""<!doctype html>
<html lang="es"><head><meta charset="utf-8"><title>CampoTech · sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><style>{_STYLE}</style></head><body>
<header><h1>Sandbox de CampoTech</h1>
<p>ARCA, WhatsApp y correo de prueba · {_when(sandbox.clock())} · {sandbox.received.total} pedidos ·
{sandbox.series.count()} comprobantes</p></header>
<h2>Fallas activas</h2>
{_table(("Destino", "Falla", "Segundos", "Veces", "Código"), faults, "No hay fallas activas.")}
<h2>Comprobantes autorizados por ARCA</h2>
{_vouchers(vouchers)}
<h2>Mensajes de WhatsApp</h2>
{_messages(messages)}
<h2>Correos</h2>
{_emails(emails)}
<h2>Pedidos recibidos</h2>
{_received(received)}
</body></html>
"""


def _vouchers(vouchers: Sequence[Authorised]) -> str:
    return _table(
        ("Comprobante", "Número", "CUIT emisor", "Fecha", "Total", "CAE", "Vence"),
        [
            (
                escape(VOUCHER_TYPES.get(one.series.voucher_type, str(one.series.voucher_type))),
                f"<code>{one.series.point_of_sale:05d}-{one.first:08d}</code>",
                str(one.series.cuit),
                _day(one.date),
                escape(_money(one)),
                f"<code>{one.cae}</code>",
                _day(one.cae_due),
            )
            for one in vouchers
        ],
        "Todavía no se autorizó ningún comprobante.",
    )


def _messages(messages: Sequence[SentMessage]) -> str:
    if not messages:
        return '<p class="none">Todavía no se envió ningún mensaje.</p>'
    cards = (
        f'<div class="message"><p>{escape(message.text)}</p>'
        f"<small>Para {escape(message.wa_id)} · {_when(message.at)} · "
        f"{escape(message.template or 'texto libre')}</small>"
        f"<small>{escape(message.callback_data or '')}</small></div>"
        for message in messages
    )
    return f'<div class="messages">{"".join(cards)}</div>'


def _emails(emails: Sequence[TakenEmail]) -> str:
    if not emails:
        return '<p class="none">Todavía no se envió ningún correo.</p>'
    cards = (
        f'<div class="message"><p>{escape(email.subject)}\n\n{escape(email.text)}</p>'
        f"<small>Para {escape(', '.join(email.to))} · {_when(email.at)} · "
        f"{email.times} {'vez' if email.times == 1 else 'veces'}</small>"
        f"<small>{escape(email.message_id)}</small></div>"
        for email in emails
    )
    return f'<div class="messages">{"".join(cards)}</div>'


def _received(received: Sequence[Received]) -> str:
    return _table(
        ("N.º", "Hora", "Servicio", "Operación", "HTTP", "ms", "Resultado"),
        [
            (
                str(one.number),
                _when(one.at),
                escape(one.service),
                escape(one.operation),
                _status(one),
                "" if one.duration_ms is None else f"{one.duration_ms:g}",
                escape(one.outcome),
            )
            for one in received
        ],
        "Todavía no llegó ningún pedido.",
    )


def _status(received: Received) -> str:
    if received.status is None:
        return '<span class="bad">—</span>'
    kind = "ok" if received.status < 400 else "bad"  # noqa: PLR2004  # where HTTP's errors begin
    return f'<span class="{kind}">{received.status}</span>'


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], none: str) -> str:
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row[:-1])}"
        f'<td class="long">{row[-1]}</td></tr>'
        for row in rows
    )
    if not lines:
        return f'<p class="none">{none}</p>'
    heads = "".join(f"<th>{name}</th>" for name in names)
    return (
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>'
        "</table></div>"
    )


def _money(voucher: Authorised) -> str:
    sign = "$" if voucher.currency == PESOS else voucher.currency
    english = f"{Decimal(voucher.total):,.2f}"
    return f"{sign} {english.translate(str.maketrans(',.', '.,'))}"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(ARGENTINA):%d/%m %H:%M:%S}"


def _day(text: str) -> str:
    return f"{text[6:8]}/{text[4:6]}/{text[:4]}"
