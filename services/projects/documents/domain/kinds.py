"""Kinds of files (文档类型): what they are declared as, how their bytes begin, which extensions they bear."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_OPENXML = "application/vnd.openxmlformats-officedocument"


class Category(StrEnum):
    """What a document is to its owner.

    合同 contract, 批复 approval, 许可证 permit, 申请材料 application, 意见 opinion, 评审材料 review,
    会议纪要 minutes, 证明材料 evidence, 照片 photo, 图纸 drawing, 报告 report, 函件 letter, 其他 other.
    """

    CONTRACT = "contract"
    APPROVAL = "approval"
    PERMIT = "permit"
    APPLICATION = "application"
    OPINION = "opinion"
    REVIEW = "review"
    MINUTES = "minutes"
    EVIDENCE = "evidence"
    PHOTO = "photo"
    DRAWING = "drawing"
    REPORT = "report"
    LETTER = "letter"
    OTHER = "other"


class FileKind(StrEnum):
    """Kinds that can be told from their bytes."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    DWG = "dwg"
    ZIP = "zip"
    TXT = "txt"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Described:
    """``media_type`` is what we answer with, ``aliases`` what programs also call it, extensions best first."""

    media_type: str
    extensions: tuple[str, ...]
    aliases: tuple[str, ...] = ()


KINDS: dict[FileKind, Described] = {
    FileKind.PDF: Described("application/pdf", ("pdf",), ("application/x-pdf",)),
    FileKind.DOCX: Described(f"{_OPENXML}.wordprocessingml.document", ("docx",)),
    FileKind.XLSX: Described(f"{_OPENXML}.spreadsheetml.sheet", ("xlsx",)),
    FileKind.JPG: Described("image/jpeg", ("jpg", "jpeg", "jpe"), ("image/jpg", "image/pjpeg")),
    FileKind.PNG: Described("image/png", ("png",), ("image/x-png",)),
    FileKind.WEBP: Described("image/webp", ("webp",)),
    FileKind.DWG: Described(
        "image/vnd.dwg", ("dwg",), ("application/acad", "application/dwg", "application/x-dwg", "image/x-dwg")
    ),
    FileKind.ZIP: Described("application/zip", ("zip",), ("application/x-zip-compressed", "application/x-zip")),
    FileKind.TXT: Described("text/plain", ("txt", "log", "md")),
    # Browsers beside an installed Excel declare CSV files so.
    FileKind.CSV: Described("text/csv", ("csv",), ("application/csv", "application/vnd.ms-excel")),
}

TEXTUAL = frozenset({FileKind.TXT, FileKind.CSV})
# Office files are archives: only their table of contents tells them apart.
ARCHIVES = frozenset({FileKind.ZIP, FileKind.DOCX, FileKind.XLSX})

_BY_MEDIA_TYPE = {
    name: kind for kind, described in KINDS.items() for name in (described.media_type, *described.aliases)
}
_DWG = re.compile(rb"AC10[0-9]{2}")
_ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06")


def essence_of(content_type: str) -> str:
    """``text/csv`` of ``Text/CSV; charset=gbk``."""
    return content_type.partition(";")[0].strip().lower()


def declared_kind(content_type: str) -> FileKind | None:
    """The kind that a Content-Type declares; None for one we do not know."""
    return _BY_MEDIA_TYPE.get(essence_of(content_type))


def begins_as(head: bytes) -> FileKind | None:
    """The kind of a file by its first kilobyte; an archive is ``zip``, None is none that we know: perhaps text."""
    if head.startswith(_ZIP_HEADS):
        return FileKind.ZIP
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if _DWG.match(head):
        return FileKind.DWG
    # Some programs put a line of their own before the header; readers accept that within the first kilobyte.
    return FileKind.PDF if b"%PDF-" in head[:1024] else None
