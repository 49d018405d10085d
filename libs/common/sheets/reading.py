"""What kind of file it is, by its bytes and not by its name."""

from __future__ import annotations

from pathlib import Path

from libs.common.sheets.delimited import read_delimited
from libs.common.sheets.model import Book, FileFault, Limits
from libs.common.sheets.workbook import read_workbook

_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# An encrypted workbook is an OLE file with a stream of this name; an old .xls has none.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# No text begins like these: PDF, JPEG, PNG, GIF, RAR, 7-Zip, gzip, ELF.
_OTHERS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x7fELF")


def kind_of(start: bytes, *, whole: bytes = b"") -> str:
    """``xlsx`` or ``csv`` by the first bytes. Raises FileFault for what is neither.

    ``whole`` lets an encrypted workbook be told from an old one; its beginning does as well as a rule.
    """
    if not start.strip():
        raise FileFault("import.file_empty")
    if start.startswith(_ZIP):
        return "xlsx"
    if start.startswith(_OLE):
        raise FileFault("import.password_protected" if _ENCRYPTED in (whole or start) else "import.old_workbook")
    if start.startswith(_OTHERS):
        raise FileFault("import.not_a_spreadsheet")
    return "csv"


def read_book(path: Path, limits: Limits) -> Book:
    """The file's sheets. Raises FileFault."""
    with path.open("rb") as stream:
        start = stream.read(64 * 1024)
        if start.startswith(_OLE):
            start += stream.read(4 * 1024 * 1024)
    if kind_of(start) == "xlsx":
        return read_workbook(path, limits)
    return read_delimited(path, limits)
