"""The customer's signature: a stroke of ink, as a picture that any browser shows."""

import math
import struct
import zlib

_WIDTH, _HEIGHT = 320, 96
_PAPER, _INK = 0xFF, 0x20
_STEPS = 4000
_PEN = 2


def signature_png() -> bytes:
    """Return a grey PNG in which somebody signed."""
    rows = [bytearray([_PAPER]) * _WIDTH for _ in range(_HEIGHT)]
    for step in range(_STEPS):
        x, y = _point(step / _STEPS)
        for row in rows[y : y + _PEN]:
            row[x : x + _PEN] = bytes([_INK]) * _PEN
    # Each row begins with its filter: none.
    pixels = b"".join(b"\0" + row for row in rows)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(pixels))
        + _chunk(b"IEND", b"")
    )


def _point(way: float) -> tuple[int, int]:
    """Return where the pen is after a part of its way, from 0 to 1."""
    loops = way * math.tau
    x = 20 + 270 * way + 12 * math.sin(9 * loops)
    y = 46 + 26 * math.sin(7 * loops) * (1 - way) + 8 * math.cos(3 * loops)
    return int(x), int(y)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
