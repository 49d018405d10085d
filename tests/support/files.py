"""Small real files of each kind, for tests of documents."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DWG = b"AC1032" + bytes(2000)
WEBP = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 " + struct.pack("<I", 0)
# A thumbnail with an end of its own stands before the picture.
_THUMBNAIL = b"\xff\xd8\xff\xd9"
JPG = (
    b"\xff\xd8\xff\xe1"
    + struct.pack(">H", 2 + len(_THUMBNAIL))
    + _THUMBNAIL
    + b"\xff\xda\x00\x04\x00\x00"
    + b"\x12\x34" * 40
    + b"\xff\xd9"
)


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def archive(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, f"<{name}/>")
    return kept.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
ZIP = archive("a.txt")
MACROS = archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
