"""Documents: what bytes are taken for, names that are safe, ranges."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.documents.domain.inspection import inspect
from services.projects.documents.domain.kinds import KINDS, FileKind, declared_kind
from services.projects.documents.domain.names import MAX_NAME, disposition, safe_name, title_of
from services.projects.documents.domain.ranges import ByteRange, Unsatisfiable, range_of
from services.projects.documents.errors import DamagedDocument, TypeMismatch
from tests.support import files

WHOLE: dict[FileKind, bytes] = {
    FileKind.PDF: files.PDF,
    FileKind.DOCX: files.DOCX,
    FileKind.XLSX: files.XLSX,
    FileKind.JPG: files.JPG,
    FileKind.PNG: files.png(),
    FileKind.WEBP: files.WEBP,
    FileKind.DWG: files.DWG,
    FileKind.ZIP: files.ZIP,
    FileKind.TXT: "项目进展说明\r\n".encode(),
    FileKind.CSV: "名称,金额\n风电场,1.4亿\n".encode("gb18030"),
}


def look(data: bytes, kind: FileKind) -> str | None:
    return inspect(io.BytesIO(data), len(data), kind)


@pytest.mark.parametrize("kind", FileKind)
def test_file_is_taken_when_it_is_what_it_says(kind: FileKind) -> None:
    charset = {FileKind.TXT: "utf-8", FileKind.CSV: "gb18030"}.get(kind)
    assert look(WHOLE[kind], kind) == charset


@pytest.mark.parametrize("declared", FileKind)
@pytest.mark.parametrize("found", FileKind)
def test_file_is_refused_when_it_is_something_else(declared: FileKind, found: FileKind) -> None:
    texts, archives = {FileKind.TXT, FileKind.CSV}, {FileKind.DOCX, FileKind.XLSX, FileKind.ZIP}
    # Every text may be called a table, and every office file is an archive.
    if declared is found or {declared, found} <= texts or (declared is FileKind.ZIP and found in archives):
        look(WHOLE[found], declared)
        return
    with pytest.raises(TypeMismatch):
        look(WHOLE[found], declared)


@pytest.mark.parametrize(
    "kind", [FileKind.PDF, FileKind.DOCX, FileKind.XLSX, FileKind.JPG, FileKind.PNG, FileKind.WEBP, FileKind.ZIP]
)
def test_file_is_refused_when_it_is_cut_short(kind: FileKind) -> None:
    with pytest.raises(DamagedDocument):
        look(WHOLE[kind][:-8], kind)


def test_office_file_with_macros_is_not_what_its_type_says() -> None:
    with pytest.raises(TypeMismatch):
        look(files.MACROS, FileKind.DOCX)


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("﻿名称".encode(), "utf-8"),
        ("名称\t金额".encode("utf-16"), "utf-16"),
        (b"plain", "utf-8"),
    ],
)
def test_charset_of_a_text_is_found(data: bytes, charset: str) -> None:
    assert look(data, FileKind.TXT) == charset


@pytest.mark.parametrize("data", [b"a\x00b", b"MZ\x90\x00\x03", b"\x7fELF\x02", b"\xff\xff\xff", b"a\x1bb\x07"])
def test_text_is_refused_when_it_holds_no_characters(data: bytes) -> None:
    with pytest.raises(TypeMismatch):
        look(data, FileKind.CSV)


def test_archive_is_refused_when_its_table_of_contents_lies() -> None:
    at = files.ZIP.rfind(b"PK\x05\x06")
    for place, value in ((10, b"\xff\xff"), (12, b"\xff\xff\xff\x7f"), (16, b"\x01\x00\x00\x00")):
        broken = bytearray(files.ZIP)
        broken[at + place : at + place + len(value)] = value
        with pytest.raises(DamagedDocument):
            look(bytes(broken), FileKind.ZIP)


@given(st.binary(max_size=400), st.sampled_from(FileKind))
def test_no_bytes_lead_to_anything_but_an_answer_or_a_refusal(tail: bytes, kind: FileKind) -> None:
    for data in (tail, WHOLE[kind][:12] + tail):
        with contextlib.suppress(TypeMismatch, DamagedDocument):
            look(data, kind)


@pytest.mark.parametrize(
    ("given_name", "kind", "name"),
    [
        ("合同.pdf", FileKind.PDF, "合同.pdf"),
        ("C:\\Users\\li\\合同.PDF", FileKind.PDF, "合同.PDF"),
        ("../../etc/passwd", FileKind.TXT, "passwd.txt"),
        ("permit.pdf.exe", FileKind.PDF, "permit.pdf.exe.pdf"),
        ("a\u202egnp.exe", FileKind.PNG, "agnp.exe.png"),
        ('x"\r\nSet-Cookie: a.jpg', FileKind.JPG, "x_ Set-Cookie_ a.jpg"),
        ("CON.pdf", FileKind.PDF, "_CON.pdf"),
        ("...", FileKind.ZIP, "document.zip"),
        ("   .csv", FileKind.CSV, "csv.csv"),
        ("photo.jpeg", FileKind.JPG, "photo.jpeg"),
        ("文" * 300 + ".docx", FileKind.DOCX, "文" * 175 + ".docx"),
    ],
)
def test_name_is_made_safe(given_name: str, kind: FileKind, name: str) -> None:
    assert safe_name(given_name, kind) == name


@given(st.text(max_size=300), st.sampled_from(FileKind))
def test_every_name_becomes_a_safe_one_and_stays_so(text: str, kind: FileKind) -> None:
    name = safe_name(text, kind)
    assert 0 < len(name) <= MAX_NAME
    assert not set(name) & set('<>:"|?*\\/\r\n\t\0')
    assert name.rpartition(".")[2].lower() in KINDS[kind].extensions
    assert safe_name(name, kind) == name
    assert title_of(name)
    disposition(name).encode("ascii")


def test_disposition_names_the_file_in_both_forms() -> None:
    shown = disposition("许可证 7.pdf")
    assert shown == ("attachment; filename=\"___ 7.pdf\"; filename*=UTF-8''%E8%AE%B8%E5%8F%AF%E8%AF%81%207.pdf")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-9", (0, 9)),
        ("bytes=90-", (90, 99)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=１-2", None),
    ],
)
def test_range_is_read(header: str | None, expected: tuple[int, int] | None) -> None:
    assert range_of(header, 100) == (None if expected is None else ByteRange(*expected))


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_range_is_unsatisfiable_when_it_lies_outside(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        range_of(header, 100)


def test_declared_types_are_found_by_their_aliases() -> None:
    assert declared_kind("Text/CSV; charset=gbk") is FileKind.CSV
    assert declared_kind("application/octet-stream") is None
