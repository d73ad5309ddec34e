"""Where the SMTP relay is and how to speak to it, read from one URL."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}
_STARTTLS = {"required": True, "offered": None, "never": False}


class RelaySettingError(ValueError):
    """A setting of the relay is wrong; what it holds is not repeated, for it may be secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpRelay:
    """`smtp://user:password@host:587?starttls=required`, or `smtps://` for TLS from the start."""

    host: str
    port: int
    uses_tls: bool
    starttls: bool | None
    """True: or no e-mail is sent; None: if the relay offers it; False: never."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read the setting; raise RelaySettingError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise RelaySettingError("CAMPOTECH_SMTP_URL must be smtp://HOST or smtps://HOST.")
        uses_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=_port_in(parts),
            uses_tls=uses_tls,
            starttls=False if uses_tls else _starttls_in(parts),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


def _port_in(parts: SplitResult) -> int:
    try:
        return parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise RelaySettingError("The port in CAMPOTECH_SMTP_URL is no port.") from None


def _starttls_in(parts: SplitResult) -> bool | None:
    query = parse_qs(parts.query, keep_blank_values=True)
    # Unless it is said outright, no password crosses the net in the clear.
    wanted = query.pop("starttls", ["required" if parts.password else "offered"])[-1]
    if query or wanted not in _STARTTLS:
        raise RelaySettingError(
            "CAMPOTECH_SMTP_URL takes one option, starttls=required|offered|never."
        )
    return _STARTTLS[wanted]
