"""Editing a bulletin's words without being able to write its numbers.

A number is a reference to a figure. What people must write by hand stands in ``{hand:23.5万元}``; it is shown with
the name of who wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.projects.bulletins.domain.content import Block, Content, Paragraph, Section
from services.projects.bulletins.domain.figures import Figure
from services.projects.bulletins.domain.wording import ZH, words

_REFERENCE: Final = re.compile(r"\{([^{}]*)\}")
_HAND: Final = "hand:"
_MOST_BY_HAND: Final = 60
# Numbers in characters count as such where a unit follows: 三亿元, 两成, 十户; not 一是, 一方面.
_NUMERAL: Final = r"[〇零一二两三四五六七八九十半壹贰叁肆伍陆柒捌玖拾][〇零一二三四五六七八九十百千万亿点]*"
_UNIT: Final = (
    r"(?:亿|万|千|百|余|多)*(?:元|个百分点|倍|成|吨|度|千瓦|亩|平方米|人次|人|户|家|项|个项目|件|起|条|名|位|分)"
)
_IN_CHARACTERS: Final = re.compile(rf"百分之{_NUMERAL}|{_NUMERAL}{_UNIT}")


@dataclass(frozen=True, slots=True)
class TextFault:
    """``code`` is that of a text in the catalogue; ``found`` what is wrong."""

    code: str
    found: str


def faults_of(text: str, known: Collection[str], *, by_hand: bool = True) -> list[TextFault]:
    """What may not stand in an edited text: unknown references, braces that lead nowhere, written numbers."""
    faults = []
    for name in _REFERENCE.findall(text):
        if name.startswith(_HAND):
            said = name.removeprefix(_HAND).strip()
            if not by_hand or not said or len(said) > _MOST_BY_HAND:
                faults.append(TextFault("bulletin.hand_malformed", name))
        elif name not in known:
            faults.append(TextFault("bulletin.reference_unknown", name))
    bare = _REFERENCE.sub(" ", text)
    if "{" in bare or "}" in bare:
        faults.append(TextFault("bulletin.brace_unpaired", text[:_MOST_BY_HAND]))
    faults += [TextFault("bulletin.number_written", found) for found in numbers_in(bare)]
    return faults


def numbers_in(text: str) -> list[str]:
    """Numbers written out: digits of any script, and characters that count something."""
    found = []
    run = ""
    for character in f"{text} ":
        if unicodedata.category(character) in {"Nd", "No"} or (run and character in ".,，．％%"):
            run += character
        elif run:
            found.append(run.rstrip(".,，．"))
            run = ""
    return found + _IN_CHARACTERS.findall(text)


def references_in(text: str) -> list[str]:
    """Keys of figures, in their order; what was written by hand is none."""
    return [name for name in _REFERENCE.findall(text) if not name.startswith(_HAND)]


def written_by_hand(text: str) -> bool:
    return any(name.startswith(_HAND) for name in _REFERENCE.findall(text))


def said(text: str, figures: Mapping[str, Figure], language: str, author: str | None = None) -> str:
    """The text with its figures in words, and with whoever wrote a number by hand beside it."""

    def put(found: re.Match[str]) -> str:
        name = found.group(1)
        if not name.startswith(_HAND):
            return words(figures[name], language)
        number = name.removeprefix(_HAND).strip()
        who = author or "?"
        return f"{number}〔{who}填写〕" if language == ZH else f"{number} [entered by {who}]"

    return _REFERENCE.sub(put, text)


@dataclass(frozen=True, slots=True)
class Carried:
    """Content made anew, with the edited texts put where they were; ``lost`` could not be kept."""

    content: Content
    lost: tuple[str, ...]


def carry_over(old: Content, new: Content, known: Collection[str]) -> Carried:
    """Keep the texts that people wrote; one that refers to a figure that is no more is lost and said to be."""
    edited = {
        block.id: block for block in old.blocks() if isinstance(block, Paragraph) and block.edited_by is not None
    }
    lost = set(edited)
    sections = []
    for section in new.sections:
        blocks: list[Block] = []
        for block in section.blocks:
            before = edited.get(block.id)
            if isinstance(block, Paragraph) and before is not None and _still_stands(before, known):
                lost.discard(block.id)
                blocks.append(before)
            else:
                blocks.append(block)
        sections.append(replace(section, blocks=tuple(blocks)))
    return Carried(Content(sections=tuple(sections)), tuple(sorted(lost)))


def _still_stands(block: Paragraph, known: Collection[str]) -> bool:
    return all(name in known for text in (block.zh, block.en) for name in references_in(text))


def with_paragraph(content: Content, paragraph: Paragraph) -> Content:
    """The content with one paragraph in the place of that of the same id."""

    def in_place(section: Section) -> Section:
        blocks = tuple(paragraph if block.id == paragraph.id else block for block in section.blocks)
        return replace(section, blocks=blocks)

    return Content(sections=tuple(in_place(section) for section in content.sections))
