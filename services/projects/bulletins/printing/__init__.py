"""Bulletins as PDF, as Word documents and as pages, from one document."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from services.projects.bulletins.domain.document import Document
from services.projects.bulletins.printing.html import render_html
from services.projects.bulletins.printing.pdf import render_pdf
from services.projects.bulletins.printing.word import render_word
from services.projects.instructions.printing import DOCX, HTML


class Format(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"


MEDIA_TYPES: Final[Mapping[Format, str]] = {Format.PDF: "application/pdf", Format.DOCX: DOCX, Format.HTML: HTML}
_RENDERERS: Final[Mapping[Format, Callable[[Document], bytes]]] = {
    Format.PDF: render_pdf,
    Format.DOCX: render_word,
    Format.HTML: render_html,
}


def render(document: Document, format: Format) -> bytes:
    """The document in a format; the same bytes for the same document."""
    return _RENDERERS[format](document)
