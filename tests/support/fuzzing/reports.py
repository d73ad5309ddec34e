"""What came of made-up requests; one that ended badly is printed, to send it again by hand."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.json_format import MessageToJson, ParseError, SerializeToJsonError
from google.protobuf.message import DecodeError

from tests.support.any_method import AnyMethod
from tests.support.fuzzing.shots import Shot

MOST_SHOWN = 8
LONGEST = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of the requests that one method was sent."""

    answered: int
    accepted: int
    """How many were not refused: where nothing is, the method itself was hardly tried."""
    report: str
    """What was wrong; empty if nothing was."""


def report(method: AnyMethod, complaints: Mapping[str, Sequence[Shot]], *, seed: int) -> str:
    """Return each complaint once, with the shortest request that brought it about."""
    shown = [
        f"{len(shots)} x {complaint}\n{_by_hand(method, min(shots, key=_length))}"
        for complaint, shots in list(complaints.items())[:MOST_SHOWN]
    ]
    count = len(complaints)
    return f"{method.full_name} with seed {seed}, {count} complaints:\n\n" + "\n\n".join(shown)


def _by_hand(method: AnyMethod, shot: Shot) -> str:
    return "\n".join(f"  as {shot.sender}: {_sent(method, content)}" for content in shot.contents)


def _sent(method: AnyMethod, content: bytes) -> str:
    try:
        text = MessageToJson(method.parsed(content), preserving_proto_field_name=True, indent=None)
        call = f"grpcurl -plaintext -d '{text}' ADDRESS {method.path[1:]}"
    except (DecodeError, SerializeToJsonError, ParseError, ValueError):
        call = "no message that JSON can hold"
    return (
        f"{call[:LONGEST]}\n  its bytes in base64: {base64.b64encode(content).decode()[:LONGEST]}"
    )


def _length(shot: Shot) -> int:
    return sum(map(len, shot.contents))
