"""Responsibility letters as Word documents and as pages to print."""

from services.projects.instructions.printing import HTML
from services.projects.targets.domain.letters import LetterText
from services.projects.targets.printing.html import render_html
from services.projects.targets.printing.word import render_word


def render(letter: LetterText, media_type: str) -> bytes:
    """The letter as one of ``services.projects.instructions.printing.MEDIA_TYPES``."""
    return render_html(letter).encode() if media_type == HTML else render_word(letter)
