"""Reading WSFEv1's elements as its .NET deserializer does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from lxml import etree

from sandbox.soap import Node

NAMESPACE = "http://ar.gov.afip.dif.FEV1/"
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_LARGEST_LONG = 2**63 - 1
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


class UnreadableNumberError(ValueError):
    """Text stands where a number must: the whole request cannot be read."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The children of one element; those outside WSFEv1's namespace do not exist for it."""

    element: "etree._Element | None"

    @property
    def exists(self) -> bool:
        return self.element is not None

    def text(self, name: str) -> str:
        element = self._find(name)
        return "" if element is None else (element.text or "").strip()

    def integer(self, name: str) -> int:
        """Return the number, 0 when the element is missing; raise UnreadableNumberError."""
        number = int(self._number(name, _INTEGER) or 0)
        if abs(number) > _LARGEST_LONG:
            raise UnreadableNumberError(f"{name} is too large: {number}")
        return number

    def decimal(self, name: str) -> Decimal:
        return self.optional_decimal(name) or Decimal(0)

    def optional_decimal(self, name: str) -> Decimal | None:
        text = self._number(name, _DECIMAL)
        return None if text is None else Decimal(text)

    def child(self, path: str) -> "Fields":
        return Fields(self._find(path))

    def children(self, path: str) -> Iterator["Fields"]:
        if self.element is not None:
            for element in self.element.iterfind(_qualified(path)):
                yield Fields(element)

    def _find(self, path: str) -> "etree._Element | None":
        return None if self.element is None else self.element.find(_qualified(path))

    def _number(self, name: str, form: re.Pattern[str]) -> str | None:
        element = self._find(name)
        if element is None:
            return None
        text = (element.text or "").strip()
        if not form.fullmatch(text):
            raise UnreadableNumberError(f"{name} is no number: {text!r}")
        return text


@cache
def _qualified(path: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))


def plain(number: Decimal) -> str:
    """Write a double as .NET does: without padding."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def errors(*pairs: tuple[int | str, str]) -> Node:
    return _coded("Errors", "Err", pairs)


def observations(*pairs: tuple[int | str, str]) -> Node:
    return _coded("Observaciones", "Obs", pairs)


def _coded(outer: str, inner: str, pairs: tuple[tuple[int | str, str], ...]) -> Node:
    listed: list[Node] = [(inner, [("Code", code), ("Msg", text)]) for code, text in pairs]
    return (outer, listed or None)
