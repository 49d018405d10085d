"""What a bulletin says: sections of paragraphs, tables and charts whose numbers are references to figures.

A reference is the figure's key in braces, ``{economy.output_value}``. Texts as generated hold no digit outside of
one, so that whoever edits a text can move a number but not write another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class SectionCode(StrEnum):
    """经济运行 economy, 目标任务 targets, 项目建设 projects, 擂台赛 contest, 红黑榜 red and black lists,
    预警督办 alerts, 扶持政策 support, 荣誉 honours, 能源 energy."""

    ECONOMY = "economy"
    TARGETS = "targets"
    PROJECTS = "projects"
    CONTEST = "contest"
    LISTS = "lists"
    ALERTS = "alerts"
    SUPPORT = "support"
    HONOURS = "honours"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """``edited_by`` and the name beside it are whoever wrote the text last; None as it was generated."""

    id: str
    zh: str
    en: str
    kind: Literal["paragraph"] = "paragraph"
    edited_by: str | None = None
    edited_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``number`` columns are set right, at the decimal point; ``share`` is the column's part of the width."""

    zh: str
    en: str
    number: bool = False
    share: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure by its key, as a number of so many of ``scale`` and with so many places; or a fixed text."""

    ref: str | None = None
    scale: str = "1"
    places: int = 2
    in_words: bool = False
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``notes`` stand below it; its numbers are figures, so nothing of it is edited."""

    id: str
    caption_zh: str
    caption_en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Literal["table"] = "table"
    unit_zh: str = ""
    unit_en: str = ""
    notes_zh: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()


class ChartKind(StrEnum):
    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One value a category, by the figures' keys."""

    zh: str
    en: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    id: str
    caption_zh: str
    caption_en: str
    form: ChartKind
    categories: tuple[Cell, ...]
    series: tuple[Series, ...]
    kind: Literal["chart"] = "chart"
    scale: str = "1"
    places: int = 1
    unit_zh: str = ""
    unit_en: str = ""


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    code: SectionCode
    zh: str
    en: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    sections: tuple[Section, ...]

    def blocks(self) -> Iterator[Block]:
        for section in self.sections:
            yield from section.blocks

    def find(self, block_id: str) -> Block | None:
        return next((block for block in self.blocks() if block.id == block_id), None)
