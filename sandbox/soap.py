"""SOAP 1.1 and 1.2 envelopes: what came in, and how answers and faults are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Self

from lxml import etree

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"

# An element: its name and its text, its children, or nothing. None leaves it out.
Node = tuple[str, "str | int | list[Node] | None"]


class MalformedXmlError(ValueError):
    """The body is no XML, or no SOAP envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    version: str
    # The first element of the body.
    content: "etree._Element | None"
    # None: no header named an action.
    action: str | None

    @property
    def media_type(self) -> str:
        return "text/xml" if self.version == SOAP_11 else "application/soap+xml"

    @classmethod
    def read(cls, body: bytes, headers: Mapping[str, str]) -> Self:
        root = parse_xml(body)
        version = etree.QName(root).namespace
        if etree.QName(root).localname != "Envelope" or version not in {SOAP_11, SOAP_12}:
            raise MalformedXmlError("The body is no SOAP envelope.")
        content = root.find(f"{{{version}}}Body/*")
        return cls(version=version, content=content, action=_action(headers))


def parse_xml(text: bytes) -> "etree._Element":
    # A fresh parser each time: entities stay closed, and lxml's are not to be shared.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedXmlError(str(error)) from error


def render(nodes: list[Node]) -> str:
    return "".join(map(_render_node, nodes))


def _render_node(node: Node) -> str:
    name, value = node
    if value is None:
        return ""
    inner = render(value) if isinstance(value, list) else escape(str(value), quote=False)
    return f"<{name}>{inner}</{name}>" if inner else f"<{name} />"


def _action(headers: Mapping[str, str]) -> str | None:
    action = headers.get("soapaction")
    if action is not None:
        return action.strip().strip('"')
    match = re.search(r'action="?([^";]+)', headers.get("content-type", ""))
    return match.group(1) if match else None
