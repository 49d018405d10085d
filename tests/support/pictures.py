"""Pictures as a camera gives them, made here: nobody's photograph is in the repository."""

from __future__ import annotations

import random
import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR = 2
# Markers of a JPEG that say how large the picture is; C4, C8 and CC among them do not (ITU T.81, B.1.1.3).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def noisy_png(width: int, height: int, seed: int = 7) -> bytes:
    """A PNG whose rows repeat some noise, so that it is not made small by nothing being on it."""
    chance = random.Random(seed)
    rows = [b"\0" + chance.randbytes(3 * width) for _ in range(16)]
    pixels = zlib.compress(b"".join(rows[line // 4 % 16] for line in range(height)), 1)
    head = struct.pack(">IIBBBBB", width, height, 8, _TRUE_COLOUR, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG. Raises ValueError for what is none."""
    if not content.startswith(b"\xff\xd8"):
        raise ValueError("not a JPEG")
    at = 2
    while at + 9 < len(content):
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise ValueError("a JPEG without a frame")
