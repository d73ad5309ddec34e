"""Requests made of others: crosses of two, and bytes that are hardly a request any more."""

from collections.abc import Callable, Sequence
from random import Random

from google.protobuf.message import Message

from tests.support.any_method import AnyMethod

DEEP = 200
SURROGATE = b"\xed\xa0\x80"
"""Half of a pair, which UTF-8 has no bytes for; these are what a careless encoder writes."""

Damage = Callable[[Random, bytes], bytes]


def damaged(chance: Random, request: bytes) -> bytes:
    """Return the bytes of a request after one to three mishaps."""
    content = request
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        content = chance.choice(DAMAGES)(chance, content)
    return content


def crossed(chance: Random, method: AnyMethod, one: bytes, other: bytes) -> bytes:
    """Return a request with some fields of one and some of another."""
    child, parent = method.parsed(one), method.parsed(other)
    _take_over(chance, child, parent)
    return child.SerializeToString()


def _take_over(chance: Random, child: Message, parent: Message) -> None:
    for field, value in parent.ListFields():
        if chance.random() < 1 / 2:
            continue
        is_single_message = field.message_type is not None and not field.is_repeated
        if is_single_message and child.HasField(field.name) and chance.random() < 1 / 2:
            _take_over(chance, getattr(child, field.name), value)
            continue
        child.ClearField(field.name)
        if field.is_repeated:
            getattr(child, field.name).extend(value)
        elif is_single_message:
            getattr(child, field.name).CopyFrom(value)
        else:
            setattr(child, field.name, value)


def _cut_off(chance: Random, content: bytes) -> bytes:
    return content[: _place(chance, content)]


def _flip(chance: Random, content: bytes) -> bytes:
    if not content:
        return b"\x01"
    flipped = bytearray(content)
    flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _drop(chance: Random, content: bytes) -> bytes:
    begin = _place(chance, content)
    return content[:begin] + content[begin + chance.randint(1, 8) :]


def _insert(chance: Random, content: bytes) -> bytes:
    begin = _place(chance, content)
    return content[:begin] + chance.randbytes(chance.randint(1, 12)) + content[begin:]


def _repeat(chance: Random, content: bytes) -> bytes:
    return content + content[_place(chance, content) :]


def _replace(chance: Random, _: bytes) -> bytes:
    return chance.randbytes(chance.randrange(100))


def _no_text(chance: Random, content: bytes) -> bytes:
    begin = _place(chance, content)
    return content[:begin] + SURROGATE + content[begin + len(SURROGATE) :]


def _huge_number(chance: Random, content: bytes) -> bytes:
    number = chance.choice([b"\xff" * 9 + b"\x01", b"\xff" * 10, b"\xff" * 30, b"\x80" * 9])
    return content + _tag(chance, 0) + number


def _lying_length(chance: Random, content: bytes) -> bytes:
    return content + _tag(chance, 2) + b"\xff\xff\xff\xff\x07x"


def _unknown_field(chance: Random, content: bytes) -> bytes:
    return content + chance.choice([b"\xc2\x3e", b"\xfa\xff\xff\xff\x0f"]) + b"\x05hello"


def _wrong_type(chance: Random, content: bytes) -> bytes:
    return content + _tag(chance, chance.randrange(8)) + chance.randbytes(chance.randrange(10))


def _nested(chance: Random, content: bytes) -> bytes:
    tag, inside = _tag(chance, 2), b""
    for _ in range(chance.choice([20, 99, 101, DEEP])):
        inside = tag + _varint(len(inside)) + inside
    return content + inside


def _groups(chance: Random, content: bytes) -> bytes:
    return content + _tag(chance, 3) * DEEP


DAMAGES: Sequence[Damage] = (
    _cut_off,
    _flip,
    _drop,
    _insert,
    _repeat,
    _replace,
    _no_text,
    _huge_number,
    _lying_length,
    _unknown_field,
    _wrong_type,
    _nested,
    _groups,
)


def _place(chance: Random, content: bytes) -> int:
    return chance.randint(0, len(content))


def _tag(chance: Random, kind: int) -> bytes:
    return bytes([chance.randint(1, 15) << 3 | kind])


def _varint(number: int) -> bytes:
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])
