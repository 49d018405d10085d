"""A responsibility letter as PDF, for those who archive it or send it on."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from services.projects.instructions.printing.typesetting import typeset
from services.projects.targets.domain.letters import LetterText

LAYOUT: Final = Path(__file__).with_name("letter.typ")


def render_pdf(letter: LetterText) -> bytes:
    """The same bytes for the same letter."""
    day = letter.drawn_up_on
    said = {
        "drawn_up_on": [day.year, day.month, day.day],
        "dated": letter.dated,
        "broken_title": letter.broken_title,
    }
    data = asdict(letter) | said
    return typeset(LAYOUT, data, day)
