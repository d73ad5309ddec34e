"""The token inside a ticket: base64 of an sso document, as WSFEv1 reads it.

It names the taxpayers its certificate may act for, as they were at its issue: who is delegated
later needs a new one.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from lxml import etree

from sandbox.arca.cuit import is_cuit
from sandbox.soap import MalformedXmlError, parse_xml

WSAA_NAME = "CN=wsaahomo, O=AFIP, C=AR, SERIALNUMBER=CUIT 33693450239"
_WSAA_CUIT = "33693450239"


class UnreadableTokenError(ValueError):
    """The text is no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """Whom a certificate acts for."""

    listed: frozenset[int]
    # The sandbox's own shorthand for "every CUIT but these", which no real token could hold.
    stands_for_all: bool = False
    excluded: frozenset[int] = frozenset()

    def include(self, cuit: int) -> bool:
        if cuit in self.listed:
            return True
        return self.stands_for_all and cuit not in self.excluded and is_cuit(cuit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    service: str
    holder: str
    # Seconds of Unix time.
    starts: int
    ends: int
    relations: Relations

    @classmethod
    def between(
        cls, starts: datetime, ends: datetime, *, service: str, holder: str, relations: Relations
    ) -> Self:
        return cls(
            service=service,
            holder=holder,
            starts=int(starts.timestamp()),
            ends=int(ends.timestamp()),
            relations=relations,
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a token, genuine or not; raise UnreadableTokenError."""
        try:
            root = parse_xml(base64.b64decode(text, validate=True))
            identity = _part(root, "id")
            login = _part(root, "operation/login")
            return cls(
                service=login.get("service", ""),
                holder=login.get("uid", ""),
                starts=int(identity.get("gen_time", "")),
                ends=int(identity.get("exp_time", "")),
                relations=_relations_in(_part(login, "relations")),
            )
        except (binascii.Error, MalformedXmlError, LookupError, ValueError) as error:
            raise UnreadableTokenError("It is no token.") from error

    def write(self) -> bytes:
        sso = etree.Element("sso", version="2.0")
        etree.SubElement(
            sso,
            "id",
            src=WSAA_NAME,
            dst=f"CN={self.service}, O=AFIP, C=AR",
            unique_id=str(secrets.randbits(32)),
            gen_time=str(self.starts),
            exp_time=str(self.ends),
        )
        operation = etree.SubElement(sso, "operation", type="login", value="granted")
        login = etree.SubElement(
            operation,
            "login",
            entity=_WSAA_CUIT,
            service=self.service,
            uid=self.holder,
            authmethod="cms",
            regmethod="22",
        )
        login.append(_relations_element(self.relations))
        document = etree.tostring(sso, encoding="UTF-8", xml_declaration=True, standalone=True)
        return base64.b64encode(document)


def _part(element: "etree._Element", path: str) -> "etree._Element":
    part = element.find(path)
    if part is None:
        raise LookupError(f"The token lacks {path}.")
    return part


def _relations_element(relations: Relations) -> "etree._Element":
    element = etree.Element("relations")
    if relations.stands_for_all:
        element.set("all", "true")
        element.set("except", " ".join(map(str, sorted(relations.excluded))))
    for cuit in sorted(relations.listed):
        etree.SubElement(element, "relation", key=str(cuit), reltype="4")
    return element


def _relations_in(element: "etree._Element") -> Relations:
    return Relations(
        listed=frozenset(int(relation.get("key", "")) for relation in element),
        stands_for_all=element.get("all") == "true",
        excluded=frozenset(map(int, element.get("except", "").split())),
    )
