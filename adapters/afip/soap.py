"""SOAP 1.1 as ARCA speaks it: envelopes, faults, and elements found by their local name.

Namespaces of answers cannot be relied on (WSAA echoes the request's), so they are not looked at.
"""

from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 -- lxml has no public name for it

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


class SoapFaultError(Exception):
    """A fault instead of an answer; `code` without its prefix."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class NotSoapError(Exception):
    """What came back is no SOAP envelope."""


def envelope(content: Element) -> bytes:
    """Return a request's body."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    etree.SubElement(root, f"{{{ENVELOPE}}}Body").append(content)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def parse(text: bytes) -> Element:
    """Return the root of a document; raise NotSoapError."""
    # Nothing in an answer may reach for files, the network, or gigabytes.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise NotSoapError("The answer is no XML.") from error


def open_envelope(text: bytes) -> Element:
    """Return the first element of an answer's body; raise SoapFaultError, NotSoapError."""
    root = parse(text)
    body = find(root, "Body")
    if local_name(root) != "Envelope" or body is None or len(body) == 0:
        raise NotSoapError("The answer is no SOAP envelope.")
    content = body[0]
    if local_name(content) == "Fault":
        code = text_of(content, "faultcode") or text_of(content, "Code", "Value")
        reason = text_of(content, "faultstring") or text_of(content, "Reason", "Text")
        raise SoapFaultError(code.rpartition(":")[2], reason)
    return content


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; comments have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def find_all(element: Element, *path: str) -> list[Element]:
    """Return every element under a path of local names."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in parent if local_name(child) == name]
    return found


def find(element: Element, *path: str) -> Element | None:
    """Return the first element under a path of local names, None where there is none."""
    return next(iter(find_all(element, *path)), None)


def text_of(element: Element, *path: str) -> str:
    """Return the text under a path; what is missing, empty or the literal NULL is empty."""
    found = find(element, *path)
    text = "" if found is None else (found.text or "").strip()
    return "" if text == "NULL" else text
