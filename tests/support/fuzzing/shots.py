"""Requests for one method, as many as are wanted: who sends each, and the bytes that are sent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import DecodeError

from domain.commands import Role
from server.roles import METHOD_ROLES, PUBLIC_METHODS
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.messages import Requests
from tests.support.fuzzing.vocabulary import Vocabulary
from tests.support.fuzzing.wire import crossed, damaged

NOBODY = "nobody"
STRANGER = "stranger"
EVERYTHING = "everything"
"""A member who is owner, dispatcher and technician in one."""

MOST_IN_A_STREAM = 3
DERIVED_OF_TEN = 4
"""How many requests of ten are made of two others; half of those are damaged then."""
LIKELY = 24
"""How many of those who call may call, beside one of every kind."""
COSTLY = frozenset({"/campotech.directory.v1.ConnectionService/RequestArcaCertificate"})
"""What keeps a core busy for a tenth of a second, to make a key: few who call may call."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What is sent in one call: one request, or the requests of a stream."""

    sender: str
    contents: tuple[bytes, ...]
    signed: bytes | None = None
    """The body that the sender signs, where an outside service is played."""


def shots_at(method: AnyMethod, words: Vocabulary, *, count: int, seed: int) -> Sequence[Shot]:
    """Return as many requests: whole ones, crosses of two, damaged ones; a seed brings the same."""
    # Of its own for each method: else all that take a name alone would be sent the same.
    chance = Random(f"{method.path} {seed}")  # noqa: S311  # makes up requests, keeps no secret
    derived = count * DERIVED_OF_TEN // 10
    whole = list(_whole(method, words, chance, count=count - derived, seed=seed))
    return [*whole, *_derived(method, whole, chance, count=derived)]


def _whole(
    method: AnyMethod, words: Vocabulary, chance: Random, *, count: int, seed: int
) -> Iterator[Shot]:
    of_anybody = Requests(words, chance, seed=seed)
    # The platform's own staff may reach everybody: only those are tried on others who may not.
    of_admins = Requests(replace(words, theirs={}), chance, seed=seed)
    senders = likely_senders(method.path)
    most = MOST_IN_A_STREAM if method.reads_stream else 1
    for _ in range(count):
        sender = chance.choice(senders)
        requests = of_admins if sender == Role.ADMIN else of_anybody
        made = [requests.of(method.input_type) for _ in range(chance.randint(1, most))]
        contents = tuple(request.SerializeToString() for request in made)
        is_signed = chance.random() < 1 / 2
        yield Shot(sender, contents, _body_in(method, contents[0]) if is_signed else None)


def _derived(
    method: AnyMethod, whole: Sequence[Shot], chance: Random, *, count: int
) -> Iterator[Shot]:
    kin: defaultdict[str, list[Shot]] = defaultdict(list)
    for shot in whole:
        kin[shot.sender].append(shot)
    for _ in range(count):
        # Of one sender, as what an admin may name is nobody else's business.
        shot = chance.choice(whole)
        other = chance.choice(kin[shot.sender])
        last = crossed(chance, method, shot.contents[-1], other.contents[-1])
        if chance.random() < 1 / 2:
            last = damaged(chance, last)
        contents = (*shot.contents[:-1], last)
        signed = None if shot.signed is None else _body_in(method, contents[0])
        yield replace(shot, contents=contents, signed=signed)


def likely_senders(path: str) -> list[str]:
    """Return who may call: mostly somebody who may, sometimes somebody who may not."""
    if path in PUBLIC_METHODS:
        return [NOBODY, NOBODY, NOBODY, Role.TECHNICIAN.value]
    allowed = sorted(METHOD_ROLES[path])
    likely = [*allowed, *([] if allowed == [Role.ADMIN] else [EVERYTHING])]
    times = 0 if path in COSTLY else LIKELY // len(likely)
    return [str(sender) for sender in (*likely * times, *Role, STRANGER, NOBODY)]


def _body_in(method: AnyMethod, content: bytes) -> bytes | None:
    try:
        body = getattr(method.parsed(content), "body", None)
    except DecodeError:
        return None
    return body.data if isinstance(body, HttpBody) else None
