"""Messages that are not ours: times, days, places, masks and bodies, sound ones and others."""

from collections.abc import Mapping

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import Descriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.latlng_pb2 import LatLng
from hypothesis import strategies as st

from tests.support.fuzzing.plain_values import HOSTILE_TEXTS, Values
from tests.support.fuzzing.vocabulary import Vocabulary

_NOW = 1_790_000_000
_DAY = 86_400
_EDGES = [0, -1, 1, 2**31, 253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801]
_SECONDS = st.sampled_from([*_EDGES, 2**63 - 1, -(2**63)])
_NANOS = st.sampled_from([0, 1, 999, 999_999_999, 1_000_000_000, -1, 2**31 - 1, -(2**31)])
_INT32 = st.sampled_from([0, -1, 1, 12, 13, 31, 32, 2024, 9999, 10_000, 2**31 - 1, -(2**31)])
_ANGLES = st.sampled_from(
    [0.0, -90.0, 90.0001, 180.0, -180.0001, 1e308, float("nan"), float("inf")]
)

_SOUND: Mapping[str, Values] = {
    "google.protobuf.Timestamp": st.builds(
        Timestamp,
        seconds=st.integers(_NOW - 400 * _DAY, _NOW + 400 * _DAY),
        nanos=st.sampled_from([0, 1000, 999_999_000, 999_999_999]),
    ),
    "google.protobuf.Duration": st.builds(Duration, seconds=st.integers(0, 100 * _DAY)),
    "google.type.Date": st.builds(
        Date, year=st.integers(2000, 2030), month=st.integers(1, 12), day=st.integers(1, 28)
    ),
    "google.type.LatLng": st.builds(
        LatLng, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)
    ),
}
_UNSOUND: Mapping[str, Values] = {
    "google.protobuf.Timestamp": st.builds(Timestamp, seconds=_SECONDS, nanos=_NANOS),
    "google.protobuf.Duration": st.builds(Duration, seconds=_SECONDS, nanos=_NANOS),
    "google.type.Date": st.builds(Date, year=_INT32, month=_INT32, day=_INT32),
    "google.type.LatLng": st.builds(LatLng, latitude=_ANGLES, longitude=_ANGLES),
}


def sound(message: Descriptor, within: Descriptor, words: Vocabulary) -> Values | None:
    """Return messages of a kind that is not ours which make sense; None for kinds of ours."""
    if message.full_name == FieldMask.DESCRIPTOR.full_name:
        return st.lists(st.sampled_from(_paths(within)), max_size=4).map(_mask)
    if message.full_name == HttpBody.DESCRIPTOR.full_name:
        return st.sampled_from(words.bodies).map(_body)
    return _SOUND.get(message.full_name)


def unsound(message: Descriptor, within: Descriptor, words: Vocabulary) -> Values | None:
    """Return messages of such a kind that make little sense."""
    if message.full_name == FieldMask.DESCRIPTOR.full_name:
        paths = [*_paths(within), "*", "name", "a.b.c", "description.x", *HOSTILE_TEXTS[:20]]
        return st.lists(st.sampled_from(paths), max_size=60).map(_mask)
    if message.full_name == HttpBody.DESCRIPTOR.full_name:
        return st.one_of(st.binary(max_size=300), _damaged(words)).map(_body)
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


@st.composite
def _damaged(draw: st.DrawFn, words: Vocabulary) -> bytes:
    """Return a body of which a piece is something else."""
    body = draw(st.sampled_from(words.bodies))
    begin = draw(st.integers(0, len(body)))
    end = draw(st.integers(begin, min(len(body), begin + 30)))
    pieces = [b"", b"{}", b"[]", b"null", b'"x"', b"-1", b"1e999", b"\xff", b"[" * 2000, b"\\u0000"]
    return body[:begin] + draw(st.sampled_from(pieces)) + body[end:]


def _mask(paths: list[str]) -> FieldMask:
    return FieldMask(paths=paths)


def _body(content: bytes) -> HttpBody:
    return HttpBody(content_type="application/json", data=content)
