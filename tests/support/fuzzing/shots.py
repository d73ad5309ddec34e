"""Requests for one method, as many as are wanted: who sends each, and the bytes that are sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import hypothesis
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from domain.commands import Role
from server.roles import METHOD_ROLES, PUBLIC_METHODS
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.messages import Requests
from tests.support.fuzzing.plain_values import Values
from tests.support.fuzzing.vocabulary import Vocabulary
from tests.support.fuzzing.wire import crossed, damaged

NOBODY = "nobody"
STRANGER = "stranger"
EVERYTHING = "everything"
"""A member who is owner, dispatcher and technician in one."""

MOST_IN_A_STREAM = 3
# Hypothesis takes some milliseconds for a request of many fields; to cross two costs a hundredth.
FEWEST_WHOLE = 8
ONE_IN_SO_MANY_IS_WHOLE = 8


@dataclass(frozen=True, slots=True)
class Shot:
    """What is sent in one call: one request, or the requests of a stream."""

    sender: str
    contents: tuple[bytes, ...]
    signed: bytes | None = None
    """The body that the sender signs, where an outside service is played."""


def shots_at(method: AnyMethod, words: Vocabulary, *, count: int, seed: int) -> Sequence[Shot]:
    """Return as many requests: whole ones, crosses of two, damaged ones; a seed brings the same."""
    most = min(count, max(FEWEST_WHOLE, count // ONE_IN_SO_MANY_IS_WHOLE))
    whole = _whole(method, words, count=most, seed=seed)
    chance = Random(seed)  # noqa: S311  # crosses and damages requests, keeps no secret
    return [*whole, *_derived(method, whole, chance, count=count - len(whole))]


def _whole(method: AnyMethod, words: Vocabulary, *, count: int, seed: int) -> list[Shot]:
    collected: list[Shot] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(_shots(method, words))
    def collect(shot: Shot) -> None:
        collected.append(shot)

    collect()
    return collected


def _derived(
    method: AnyMethod, whole: Sequence[Shot], chance: Random, *, count: int
) -> Iterator[Shot]:
    for _ in range(count):
        # Of one sender, as what an admin may name is nobody else's business.
        shot = chance.choice(whole)
        kin = [other for other in whole if other.sender == shot.sender]
        last = crossed(chance, method, shot.contents[-1], chance.choice(kin).contents[-1])
        if chance.random() < 1 / 2:
            last = damaged(chance, last)
        contents = (*shot.contents[:-1], last)
        signed = None if shot.signed is None else _body_in(method, contents[0])
        yield replace(shot, contents=contents, signed=signed)


def _shots(method: AnyMethod, words: Vocabulary) -> Values:
    of_anybody = Requests(words).of(method.input_type)
    # The platform's own staff may reach everybody: only those are tried on others who may not.
    of_admins = Requests(replace(words, theirs={})).of(method.input_type)
    senders = st.sampled_from(likely_senders(method.path))
    most = MOST_IN_A_STREAM if method.reads_stream else 1

    @st.composite
    def shots(draw: st.DrawFn) -> Shot:
        sender = draw(senders)
        messages = of_admins if sender == Role.ADMIN else of_anybody
        requests = [draw(messages) for _ in range(draw(st.integers(1, most)))]
        contents = tuple(request.SerializeToString() for request in requests)
        signed = _body_in(method, contents[0]) if draw(st.booleans()) else None
        return Shot(sender, contents, signed)

    return shots()


def likely_senders(path: str) -> list[str]:
    """Return who may call: mostly somebody who may, sometimes somebody who may not."""
    if path in PUBLIC_METHODS:
        return [NOBODY, NOBODY, NOBODY, Role.TECHNICIAN.value]
    allowed = sorted(METHOD_ROLES[path])
    likely = [*allowed, *([] if allowed == [Role.ADMIN] else [EVERYTHING])] * 6
    return [str(sender) for sender in (*likely, *Role, STRANGER, NOBODY)]


def _body_in(method: AnyMethod, content: bytes) -> bytes | None:
    try:
        body = getattr(method.parsed(content), "body", None)
    except DecodeError:
        return None
    return body.data if isinstance(body, HttpBody) else None
