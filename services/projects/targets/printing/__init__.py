"""Responsibility letters as Word documents, as PDF, and as pages to print."""

from collections.abc import Callable, Mapping
from typing import Final

from services.projects.instructions.printing import DOCX, HTML, PDF
from services.projects.targets.domain.letters import LetterText
from services.projects.targets.printing.html import render_html
from services.projects.targets.printing.pdf import render_pdf
from services.projects.targets.printing.word import render_word

_RENDERERS: Final[Mapping[str, Callable[[LetterText], bytes]]] = {
    DOCX: render_word,
    HTML: lambda letter: render_html(letter).encode(),
    PDF: render_pdf,
}
# In the order of who does not care.
MEDIA_TYPES: Final = tuple(_RENDERERS)
ENDINGS: Final = {DOCX: "docx", HTML: "html", PDF: "pdf"}


def render(letter: LetterText, media_type: str) -> bytes:
    """The letter as one of MEDIA_TYPES."""
    return _RENDERERS[media_type](letter)
