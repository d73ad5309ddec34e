"""What must never be in an answer, whatever was asked: our inside, or anything of somebody else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import grpc
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
INSIDE = re.compile(
    r"Traceback|\.py\b|site-packages|<class|<function|object at 0x|NoneType|[a-z]Error\b"
    r"|Exception|psycopg|asyncpg|sqlstate|postgres|valkey|redis\b|grpc\.|asyncio"
    r"|\bSELECT\b|\bINSERT\b|\bDELETE FROM\b|\bUPDATE \w+ SET\b|row-level|constraint"
    r"|/(?:usr|home|root|tmp|var)/",
    re.IGNORECASE,
)
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody outside may read."""

    tables: "re.Pattern[str]"
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
            yield from self._about_json(answer)

    def _about_json(self, answer: bytes) -> Iterator[str]:
        try:
            MessageToJson(self._method.answer(answer))
        except (DecodeError, SerializeToJsonError, ParseError, ValueError) as error:
            yield f"an answer that JSON cannot hold: {error}"

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


def leaks(told: bytes, said: bytes, secrets: Secrets, *, is_refused: bool) -> Iterator[str]:
    """Return what an answer gives away that its caller had not said."""
    for found in sorted(secrets.foreign_ids & set(UUID.findall(told))):
        if not _was_said(said, found):
            yield f"an id of another organisation: {found.decode()}"
    if secrets.foreign_mark in told and not _was_said(said, secrets.foreign_mark):
        yield "a text of another organisation"
    if is_refused:
        text = told.decode(errors="replace")
        for match in chain(INSIDE.finditer(text), secrets.tables.finditer(text)):
            if not _was_said(said, match.group().encode()):
                yield f"our inside, {match.group()!r}: {text}"


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
