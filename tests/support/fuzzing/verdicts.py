"""What must never be in an answer, whatever was asked: our inside, or anything of somebody else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToJson, ParseError, SerializeToJsonError
from google.protobuf.message import DecodeError, Message

from server.errors import ERROR_DOMAIN
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.shots import Shot
from tests.support.fuzzing.volley import Ending
from tests.support.refusals import Refused

OUR_FAULT = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.UNIMPLEMENTED,
        # Everything that the server stands on is up, and few call at a time.
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    }
)
REASON = re.compile(r"[A-Z][A-Z0-9_]{1,61}[A-Z0-9]")
_INSIDE = {
    hint: re.compile(pattern, re.IGNORECASE)
    for hint, pattern in {
        "traceback": "Traceback",
        ".py": r"\.py\b",
        "site-packages": "site-packages",
        "<class": "<class",
        "<function": "<function",
        "object at 0x": "object at 0x",
        "nonetype": "NoneType",
        "error": r"[a-z]Error\b",
        "exception": "Exception",
        "psycopg": "psycopg",
        "asyncpg": "asyncpg",
        "sqlstate": "sqlstate",
        "postgres": "postgres",
        "valkey": "valkey",
        "redis": r"redis\b",
        "grpc.": r"grpc\.",
        "asyncio": "asyncio",
        "select": r"\bSELECT\b",
        "insert": r"\bINSERT\b",
        "delete from": r"\bDELETE FROM\b",
        "update": r"\bUPDATE \w+ SET\b",
        "row-level": "row-level",
        "constraint": "constraint",
        "/": "/(?:usr|home|root|tmp|var)/",
    }.items()
}
"""What tells of our inside, each by a piece that is looked for first: almost no answer has one."""
_WORD = re.compile(r"\w+")
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody outside may read."""

    tables: frozenset[str]
    """Names of tables and of what belongs to them."""
    foreign_ids: frozenset[bytes]
    foreign_mark: bytes
    """A word that stands in every text of the other organisation."""


class Judge:
    """Looks at how calls ended."""

    def __init__(self, method: AnyMethod, secrets: Secrets, *, max_message_bytes: int) -> None:
        self._method = method
        self._secrets = secrets
        self._max_message_bytes = max_message_bytes
        self._written: set[tuple[str, bytes]] = set()

    def complaints(self, ending: Ending) -> list[str]:
        """Return what is wrong with an ending; nothing is what there should be."""
        if ending.trouble:
            return [ending.trouble]
        if not ending.answers and ending.refusal is None:
            return ["a stream that ended without a word"]
        found = list(self._about_answers(ending))
        if ending.refusal is not None:
            found += self._about_refusal(ending.shot, ending.refusal)
        return found

    def _about_answers(self, ending: Ending) -> Iterator[str]:
        for answer in ending.answers:
            yield from leaks(answer, _said(ending.shot), self._secrets, is_refused=False)
            try:
                self._write_json(self._method.answer(answer))
            except (DecodeError, SerializeToJsonError, ParseError, ValueError) as error:
                yield f"an answer that JSON cannot hold: {error}"

    def _write_json(self, answer: Message) -> None:
        """Write what a list holds one by one, as the same things stand in most answers."""
        for field, value in answer.ListFields():
            if field.is_repeated and field.message_type and not _is_map(field):
                for listed in value:
                    self._write_once(listed)
                answer.ClearField(field.name)
        self._write_once(answer)

    def _write_once(self, message: Message) -> None:
        content = message.SerializeToString(deterministic=True)
        if (message.DESCRIPTOR.full_name, content) not in self._written:
            MessageToJson(message)
            self._written.add((message.DESCRIPTOR.full_name, content))

    def _about_refusal(self, shot: Shot, refusal: Refused) -> Iterator[str]:
        told = _text(refusal)
        if refusal.code in OUR_FAULT:
            yield f"{refusal.code.name}: {refusal.message}"
        elif not refusal.details:
            if not self._is_too_large(shot):
                yield f"an error without details, {refusal.code.name}: {refusal.message}"
        else:
            yield from _about_details(refusal)
        yield from leaks(told.encode(), _said(shot), self._secrets, is_refused=True)

    def _is_too_large(self, shot: Shot) -> bool:
        return any(len(content) > self._max_message_bytes for content in shot.contents)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def leaks(told: bytes, said: bytes, secrets: Secrets, *, is_refused: bool) -> Iterator[str]:
    """Return what an answer gives away that its caller had not said."""
    for found in sorted(secrets.foreign_ids & set(UUID.findall(told))):
        if not _was_said(said, found):
            yield f"an id of another organisation: {found.decode()}"
    if secrets.foreign_mark in told and not _was_said(said, secrets.foreign_mark):
        yield "a text of another organisation"
    if is_refused:
        text = told.decode(errors="replace")
        for found_inside in _inside(text, secrets.tables):
            if not _was_said(said, found_inside.encode()):
                yield f"our inside, {found_inside!r}: {text}"


def _inside(text: str, tables: frozenset[str]) -> Iterator[str]:
    small = text.lower()
    for hint, pattern in _INSIDE.items():
        if hint in small:
            yield from (match.group() for match in pattern.finditer(text))
    yield from sorted(tables & set(_WORD.findall(text)))


def _about_details(refusal: Refused) -> Iterator[str]:
    infos = [detail for detail in refusal.details if hasattr(detail, "reason")]
    if len(infos) != 1:
        yield f"{len(infos)} ErrorInfos"
        return
    if infos[0].domain != ERROR_DOMAIN or not REASON.fullmatch(infos[0].reason):
        yield f"an ErrorInfo that is none: {infos[0]}"
    if refusal.code == grpc.StatusCode.INVALID_ARGUMENT and not all(refusal.fields or [""]):
        yield f"no field to blame: {refusal.message}"
    if not (refusal.message and refusal.spanish and refusal.request_id):
        yield f"an error that lacks words: {refusal}"


def _text(refusal: Refused) -> str:
    details: list[Message] = refusal.details
    return "\n".join([refusal.message, *map(str, details)])


def _said(shot: Shot) -> bytes:
    return b"".join(shot.contents)


def _was_said(said: bytes, found: bytes) -> bool:
    return found in said or found.lower() in said.lower()
