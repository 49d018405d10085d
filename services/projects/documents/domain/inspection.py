"""Whether bytes are what they are declared to be, and whole: a file cut short is refused at once.

Everything works on a seekable file and reads what it needs of it, never the whole into memory.
"""

from __future__ import annotations

import codecs
import re
import struct
from typing import IO

from services.projects.documents.domain.kinds import ARCHIVES, TEXTUAL, FileKind, begins_as
from services.projects.documents.errors import DamagedDocument, TypeMismatch

_PIECE = 256 * 1024
_TAIL = 4096
_MAX_ENTRIES = 10_000
_MAX_DIRECTORY = 4 * 1024 * 1024
_END_OF_ARCHIVE = b"PK\x05\x06"
# A comment of at most 64 KiB may follow the end record of 22 bytes.
_ARCHIVE_TAIL = 65_535 + 22
# Of the controls, those that stand in texts: tab, line ends, form feed, and the end mark of old editors.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def inspect(file: IO[bytes], size: int, declared: FileKind) -> str | None:
    """Check ``size`` bytes against the declared kind; of a text, its character set is answered.

    Raises TypeMismatch, DamagedDocument.
    """
    head = _at(file, 0, 1024)
    found = begins_as(head)
    if found is FileKind.ZIP and declared in ARCHIVES:
        found = _archive_kind(file, size)
        if declared is FileKind.ZIP:
            found = FileKind.ZIP
    if declared in TEXTUAL and found is None:
        return _charset(file)
    if found is not declared:
        raise TypeMismatch(declared=declared.value, found="–" if found is None else found.value)
    if not _is_whole(file, size, declared):
        raise DamagedDocument(kind=declared.value)
    return None


def _is_whole(file: IO[bytes], size: int, kind: FileKind) -> bool:
    tail = _at(file, max(size - _TAIL, 0), _TAIL)
    match kind:
        case FileKind.PDF:
            return b"%%EOF" in tail
        case FileKind.PNG:
            return b"IEND\xaeB`\x82" in tail
        case FileKind.WEBP:
            (announced,) = struct.unpack("<I", _at(file, 4, 4))
            return int(announced) + 8 <= size
        case FileKind.JPG:
            return _is_whole_jpeg(file, size)
        case FileKind.DWG:
            return size > 1024
        case _:
            return True


def _is_whole_jpeg(file: IO[bytes], size: int) -> bool:
    """Walk the segments to the picture itself (a thumbnail before it has an end of its own), then find its end."""
    place = 2
    while place + 4 <= size:
        marker, code, length = struct.unpack(">BBH", _at(file, place, 4))
        if marker != 0xFF or length < 2:
            return False
        if code == 0xDA:
            return _contains(file, place, b"\xff\xd9")
        place += 2 + length
    return False


def _archive_kind(file: IO[bytes], size: int) -> FileKind:
    """docx, xlsx or zip, by the archive's table of contents; nothing is unpacked. Raises DamagedDocument."""
    tail_at = max(size - _ARCHIVE_TAIL, 0)
    tail = _at(file, tail_at, _ARCHIVE_TAIL)
    at = tail.rfind(_END_OF_ARCHIVE)
    if at < 0 or len(tail) < at + 22:
        raise DamagedDocument(kind=FileKind.ZIP.value)
    entries, length, start = struct.unpack("<HII", tail[at + 10 : at + 20])
    if not 0 < entries <= _MAX_ENTRIES or length > _MAX_DIRECTORY or start + length > tail_at + at:
        raise DamagedDocument(kind=FileKind.ZIP.value)
    directory = _at(file, start, length)
    if not directory.startswith(b"PK\x01\x02"):
        raise DamagedDocument(kind=FileKind.ZIP.value)
    # A file with macros bears another type's name; under this one it would run where nobody expects it.
    if b"[Content_Types].xml" not in directory or b"vbaProject.bin" in directory:
        return FileKind.ZIP
    if b"word/document.xml" in directory:
        return FileKind.DOCX
    return FileKind.XLSX if b"xl/workbook.xml" in directory else FileKind.ZIP


def _charset(file: IO[bytes]) -> str:
    """utf-8, utf-16 (with its mark) or gb18030, which contains GBK. Raises TypeMismatch for what is no text."""
    marked = _UTF16.get(_at(file, 0, 2))
    for charset in (marked,) if marked else ("utf-8", "gb18030"):
        if _reads_as(file, charset):
            return "utf-16" if marked else charset
    raise TypeMismatch(declared=FileKind.TXT.value, found="–")


def _reads_as(file: IO[bytes], charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            if _NO_TEXT.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _at(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


def _contains(file: IO[bytes], place: int, wanted: bytes) -> bool:
    file.seek(place)
    before = b""
    while piece := file.read(_PIECE):
        if wanted in before + piece:
            return True
        before = piece[-len(wanted) + 1 :]
    return False
