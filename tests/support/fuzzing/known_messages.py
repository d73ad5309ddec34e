"""Messages that are not ours: times, days, places, masks and bodies, sound ones and others."""

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import Descriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.latlng_pb2 import LatLng

from tests.support.fuzzing.plain_values import HOSTILE_TEXTS, Values
from tests.support.fuzzing.vocabulary import Vocabulary

_DAY = 86_400
_NOW = 1_790_000_000
_EDGES = [0, -1, 1, 2**31, 253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801]
_SECONDS = [*_EDGES, 2**63 - 1, -(2**63)]
_NANOS = [0, 1, 999, 999_999_999, 1_000_000_000, -1, 2**31 - 1, -(2**31)]
_INT32 = [0, -1, 1, 12, 13, 31, 32, 2024, 9999, 10_000, 2**31 - 1, -(2**31)]
_PIECES = [b"", b"{}", b"[]", b"null", b'"x"', b"-1", b"1e999", b"\xff", b"[" * 2000, b"\\u0000"]
_ANGLES = [0.0, -90.0, 90.0001, 180.0, -180.0001, 1e308, float("nan"), float("inf")]

_SOUND: Mapping[str, Values] = {
    "google.protobuf.Timestamp": lambda chance: Timestamp(
        seconds=_NOW + chance.randint(-400, 400) * _DAY + chance.randrange(_DAY),
        nanos=chance.choice([0, 1000, 999_999_000, 999_999_999]),
    ),
    "google.protobuf.Duration": lambda chance: Duration(seconds=chance.randrange(100 * _DAY)),
    "google.type.Date": lambda chance: Date(
        year=chance.randint(2000, 2030), month=chance.randint(1, 12), day=chance.randint(1, 28)
    ),
    "google.type.LatLng": lambda chance: LatLng(
        latitude=chance.uniform(-90, 90), longitude=chance.uniform(-180, 180)
    ),
}
_UNSOUND: Mapping[str, Values] = {
    "google.protobuf.Timestamp": lambda chance: Timestamp(
        seconds=chance.choice(_SECONDS), nanos=chance.choice(_NANOS)
    ),
    "google.protobuf.Duration": lambda chance: Duration(
        seconds=chance.choice(_SECONDS), nanos=chance.choice(_NANOS)
    ),
    "google.type.Date": lambda chance: Date(
        year=chance.choice(_INT32), month=chance.choice(_INT32), day=chance.choice(_INT32)
    ),
    "google.type.LatLng": lambda chance: LatLng(
        latitude=chance.choice(_ANGLES), longitude=chance.choice(_ANGLES)
    ),
}


def sound(message: Descriptor, within: Descriptor, words: Vocabulary) -> Values | None:
    """Return messages of a kind that is not ours which make sense; None for kinds of ours."""
    if message.full_name == FieldMask.DESCRIPTOR.full_name:
        return partial(_mask, paths=_paths(within), most=4)
    if message.full_name == HttpBody.DESCRIPTOR.full_name:
        return lambda chance: _body(chance.choice(words.bodies))
    return _SOUND.get(message.full_name)


def unsound(message: Descriptor, within: Descriptor, words: Vocabulary) -> Values | None:
    """Return messages of such a kind that make little sense."""
    if message.full_name == FieldMask.DESCRIPTOR.full_name:
        paths = [*_paths(within), "*", "name", "a.b.c", "description.x", *HOSTILE_TEXTS[:20]]
        return partial(_mask, paths=paths, most=60)
    if message.full_name == HttpBody.DESCRIPTOR.full_name:
        return lambda chance: _body(chance.choice([_any_bytes, _damaged])(chance, words))
    return _UNSOUND.get(message.full_name)


def _paths(within: Descriptor) -> list[str]:
    """Return what a mask may name: the fields of what stands beside it."""
    beside = [field.message_type for field in within.fields if field.message_type]
    return [
        field.name
        for message in beside
        if message.file.package.startswith("campotech.")
        for field in message.fields
    ]


def _any_bytes(chance: Random, _: Vocabulary) -> bytes:
    return chance.randbytes(chance.randrange(300))


def _damaged(chance: Random, words: Vocabulary) -> bytes:
    """Return a body of which a piece is something else."""
    body = chance.choice(words.bodies)
    begin = chance.randint(0, len(body))
    end = chance.randint(begin, min(len(body), begin + 30))
    return body[:begin] + chance.choice(_PIECES) + body[end:]


def _mask(chance: Random, *, paths: Sequence[str], most: int) -> FieldMask:
    return FieldMask(paths=chance.choices(paths, k=chance.randint(0, most)))


def _body(content: bytes) -> HttpBody:
    return HttpBody(content_type="application/json", data=content)
