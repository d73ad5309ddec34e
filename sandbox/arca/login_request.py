"""The login ticket request (TRA) inside the signed data, held against WSAA's schema and clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Self

from lxml import etree

from sandbox.arca.tokens import WSAA_NAME
from sandbox.clock import ARGENTINA
from sandbox.soap import MalformedXmlError, parse_xml

_LARGEST_UNIQUE_ID = 2**32 - 1
_SERVICE = re.compile(r"[a-zA-Z,][a-zA-Z,\-_0-9]{2,31}")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_WIDEST_WINDOW = timedelta(hours=24)
_HEADER_ORDER = ("source", "destination", "uniqueId", "generationTime", "expirationTime")
_HEADER_REQUIRED = frozenset(_HEADER_ORDER[2:])


class LoginRefusedError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    version: Decimal
    source: str | None
    destination: str | None
    unique_id: int
    generated_at: datetime
    expires_at: datetime
    service: str

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read a TRA; raise LoginRefusedError with xml.bad if it does not fit the schema."""
        try:
            root = parse_xml(content)
            header, service = _parts(root)
            fields = _header_fields(header)
            return cls(
                version=Decimal(root.get("version", "1.0")),
                source=fields.get("source"),
                destination=fields.get("destination"),
                unique_id=_unique_id(fields["uniqueId"]),
                generated_at=_moment(fields["generationTime"]),
                expires_at=_moment(fields["expirationTime"]),
                service=service,
            )
        except (MalformedXmlError, InvalidOperation, LookupError, ValueError) as error:
            raise LoginRefusedError("xml.bad") from error

    def check(self, *, signer_name: str, now: datetime) -> None:
        """Raise LoginRefusedError for a wrong version, name or time."""
        if self.version != 1:
            raise LoginRefusedError("xml.version.notSupported")
        if self.source is not None and _parts_of_name(self.source) != _parts_of_name(signer_name):
            raise LoginRefusedError("xml.source.invalid")
        if self.destination is not None and _parts_of_name(self.destination) != _parts_of_name(
            WSAA_NAME
        ):
            raise LoginRefusedError("xml.destination.invalid")
        self._check_times(now)

    def _check_times(self, now: datetime) -> None:
        if not now - _WIDEST_WINDOW <= self.generated_at <= now:
            raise LoginRefusedError("xml.generationTime.invalid")
        if self.expires_at <= now:
            raise LoginRefusedError("xml.expirationTime.expired")
        if self.expires_at > now + _WIDEST_WINDOW:
            raise LoginRefusedError("xml.expirationTime.invalid")


def _parts(root: "etree._Element") -> tuple["etree._Element", str]:
    if root.tag != "loginTicketRequest" or [child.tag for child in root] != ["header", "service"]:
        raise LookupError("It is no loginTicketRequest.")
    service = (root[1].text or "").strip()
    if not _SERVICE.fullmatch(service):
        raise ValueError("The service's name is malformed.")
    return root[0], service


def _header_fields(header: "etree._Element") -> dict[str, str]:
    names = [str(child.tag) for child in header]
    positions = [_HEADER_ORDER.index(name) for name in names]
    if positions != sorted(set(positions)) or not set(names) >= _HEADER_REQUIRED:
        raise LookupError("The header's elements are not those of the schema.")
    return {str(child.tag): (child.text or "").strip() for child in header}


def _unique_id(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _LARGEST_UNIQUE_ID:
        raise ValueError("uniqueId is an unsigned 32-bit number.")
    return number


def _moment(text: str) -> datetime:
    if not _DATE_TIME.fullmatch(text):
        raise ValueError("It is no xsd:dateTime.")
    moment = datetime.fromisoformat(text)
    # Without an offset the service's own local time is the likely reading.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ARGENTINA)


def _parts_of_name(name: str) -> frozenset[tuple[str, str]]:
    parts = (part.partition("=") for part in name.split(","))
    return frozenset((key.strip().lower(), value.strip().lower()) for key, _, value in parts)
