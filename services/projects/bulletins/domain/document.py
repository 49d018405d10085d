"""A bulletin as it is printed: everything is text now. One model for Word, PDF and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.projects.bulletins.domain.content import Block, Cell, Chart, ChartKind, Content, Paragraph, Table
from services.projects.bulletins.domain.editing import said
from services.projects.bulletins.domain.figures import Figure
from services.projects.bulletins.domain.wording import NOTHING, ZH, cell, words

_NUMERALS = ("〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What stands around the text. ``number`` is empty before it is published, ``is_draft`` then says so."""

    organ: str
    title: str
    number: str
    addressees: str
    signer: str
    signed: str
    copies: str
    printed: str
    notes: tuple[str, ...]
    is_draft: bool
    language: str
    made_on: date


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head; see content.Column."""

    text: str
    number: bool
    share: int


@dataclass(frozen=True, slots=True)
class TablePart:
    caption: str
    unit: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart; None where a figure is not there."""

    name: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class ChartPart:
    caption: str
    unit: str
    form: ChartKind
    categories: tuple[str, ...]
    lines: tuple[Line, ...]
    places: int = 1


Part = TextPart | TablePart | ChartPart


@dataclass(frozen=True, slots=True)
class PrintedSection:
    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    front: Front
    sections: tuple[PrintedSection, ...]


def document_of(front: Front, content: Content, figures: Mapping[str, Figure]) -> Document:
    """The bulletin in the language of its front."""
    return Document(front, printed_sections(content, figures, front.language))


def printed_sections(content: Content, figures: Mapping[str, Figure], language: str) -> tuple[PrintedSection, ...]:
    """The sections in a language; they, their tables and charts are numbered. A part stands for each block."""
    tables = charts = 0
    sections = []
    for place, section in enumerate(content.sections, start=1):
        parts: list[Part] = []
        for block in section.blocks:
            tables += isinstance(block, Table)
            charts += isinstance(block, Chart)
            parts.append(_part(block, figures, language, tables, charts))
        heading = f"{numeral(place)}、{section.zh}" if language == ZH else f"{place}. {section.en}"
        sections.append(PrintedSection(heading, tuple(parts)))
    return tuple(sections)


def numeral(number: int) -> str:
    """一, 二, … 十, 十一."""
    if number <= 10:
        return _NUMERALS[number]
    tens, ones = divmod(number, 10)
    return f"{'' if tens == 1 else _NUMERALS[tens]}十{_NUMERALS[ones] if ones else ''}"


def _part(block: Block, figures: Mapping[str, Figure], language: str, table: int, chart: int) -> Part:
    is_zh = language == ZH
    match block:
        case Paragraph():
            return TextPart(said(block.zh if is_zh else block.en, figures, language, block.edited_name))
        case Table():
            caption = block.caption_zh if is_zh else block.caption_en
            notes = block.notes_zh if is_zh else block.notes_en
            return TablePart(
                f"表{table}　{caption}" if is_zh else f"Table {table}. {caption}",
                block.unit_zh if is_zh else block.unit_en,
                tuple(Head(one.zh if is_zh else one.en, one.number, one.share) for one in block.columns),
                tuple(tuple(shown_cell(one, figures, language) for one in row) for row in block.rows),
                tuple(said(note, figures, language) for note in notes),
            )
        case Chart():
            caption = block.caption_zh if is_zh else block.caption_en
            scale = Decimal(block.scale)
            return ChartPart(
                f"图{chart}　{caption}" if is_zh else f"Figure {chart}. {caption}",
                block.unit_zh if is_zh else block.unit_en,
                block.form,
                tuple(shown_cell(one, figures, language) for one in block.categories),
                tuple(
                    Line(
                        one.zh if is_zh else one.en,
                        tuple(_scaled(figures[ref].value, scale) for ref in one.refs),
                    )
                    for one in block.series
                ),
                block.places,
            )


def _scaled(value: Decimal | None, scale: Decimal) -> Decimal | None:
    return None if value is None else value / scale


def shown_cell(one: Cell, figures: Mapping[str, Figure], language: str) -> str:
    if one.ref is None:
        return one.zh if language == ZH else one.en
    figure = figures[one.ref]
    if one.in_words or figure.text_zh:
        return words(figure, language)
    return cell(figure, scale=Decimal(one.scale), places=one.places)


def fraction_of(text: str) -> str:
    """The point and what follows it; columns are set at the point by what is missing of the longest."""
    return text[text.index(".") :] if "." in text and text != NOTHING else ""


def pads_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be set invisibly behind each number of a column, so that their points stand in a line."""
    longest = max((fraction_of(text) for text in texts), key=len, default="")
    return tuple(longest[len(fraction_of(text)) :] for text in texts)
