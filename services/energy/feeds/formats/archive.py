"""ZIP and gzip around files of the other formats, opened within limits: bombs, nests and locks are refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from services.energy.feeds.domain.body import UnreadableFile

MAX_FILES: Final = 200
MAX_BYTES: Final = 256 * 2**20
# Texts of numbers pack 5 to 20 times; a thousand times is a bomb.
MAX_RATIO: Final = 200
_FREE_BYTES: Final = 1 << 20
_CHUNK: Final = 1 << 18
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"


def is_zip(head: bytes) -> bool:
    return head.startswith(_ZIP)


def is_gzip(head: bytes) -> bool:
    return head.startswith(_GZIP)


def is_workbook(body: bytes) -> bool:
    """Whether an archive is a spreadsheet's."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = {name.casefold().lstrip("/") for name in archive.namelist()[:5_000]}
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "xl/workbook.xml" in names or "[content_types].xml" in names


def members(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in a ZIP, one at a time. Raises UnreadableFile."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile("archive.broken") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
        if not infos:
            raise UnreadableFile("file.empty")
        if len(infos) > MAX_FILES:
            raise UnreadableFile("archive.too_many_files", limit=MAX_FILES)
        if any(info.flag_bits & 0x1 for info in infos):
            raise UnreadableFile("archive.locked")
        _check_ratio(len(body), sum(info.file_size for info in infos))
        left = MAX_BYTES
        for info in infos:
            name = _name(info)
            content = _read(archive, info, left, len(body))
            left -= len(content)
            if is_zip(content[:4]) and not is_workbook(content):
                raise UnreadableFile("archive.nested", pointer=f"/{name}")
            yield name, content


def gunzip(body: bytes) -> bytes:
    """The content of a gzip file. Raises UnreadableFile."""
    engine = zlib.decompressobj(wbits=31)
    pieces: list[bytes] = []
    size = 0
    try:
        rest = body
        while rest and not engine.eof:
            piece = engine.decompress(rest, _CHUNK)
            rest = engine.unconsumed_tail
            size += len(piece)
            _check_ratio(len(body), size)
            pieces.append(piece)
    except zlib.error as error:
        raise UnreadableFile("archive.broken") from error
    if not engine.eof:
        raise UnreadableFile("archive.broken")
    return b"".join(pieces)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, packed: int) -> bytes:
    # The directory's sizes are the sender's word; what comes out is counted.
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > left:
                    raise UnreadableFile("archive.expands_too_far", limit_mb=MAX_BYTES // 2**20)
                _check_ratio(packed, size)
                pieces.append(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile("archive.broken", pointer=f"/{_name(info)}") from error
    return b"".join(pieces)


def _check_ratio(packed: int, unpacked: int) -> None:
    if unpacked > MAX_BYTES or unpacked > max(_FREE_BYTES, packed * MAX_RATIO):
        raise UnreadableFile("archive.expands_too_far", limit_mb=MAX_BYTES // 2**20)


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in {".DS_Store", "Thumbs.db"}


def _name(info: zipfile.ZipInfo) -> str:
    """Chinese archivers write GBK without saying so, which zipfile takes for CP437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return info.filename
