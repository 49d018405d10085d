"""What every source is, and the sheet it writes its section on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from libs.common.context import Context
from services.projects.bulletins.domain.content import Block, Cell, Paragraph, Section, SectionCode
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Figures, Lines, Row, Rows
from services.projects.bulletins.domain.figures import text as text_figure
from services.projects.bulletins.domain.lists import Candidate


class SectionSource(Protocol):
    """Reads a region's period: figures with value, reason and rows, and the blocks that show them."""

    @property
    def code(self) -> SectionCode: ...

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts: ...


class Sheet:
    """A section being written. Keys of its figures begin with its code."""

    def __init__(self, code: SectionCode, zh: str, en: str) -> None:
        self._code, self._zh, self._en = code, zh, en
        self._figures: Figures = {}
        self._offered: Figures = {}
        self._rows: dict[str, Rows] = {}
        self._blocks: list[Block] = []
        self.candidates: list[Candidate] = []

    def key(self, name: str) -> str:
        return f"{self._code.value}.{name}"

    def put(self, name: str, figure: Figure) -> str:
        """Keep a figure; returns the reference that stands for it in a text."""
        self._figures[self.key(name)] = figure
        return f"{{{self.key(name)}}}"

    def offer(self, name: str, figure: Figure) -> str:
        """Keep a figure only if a list names it; returns its key."""
        self._offered[self.key(name)] = figure
        return self.key(name)

    def name(self, name: str, zh: str, en: str | None = None) -> str:
        """Keep a name; names may hold digits, so they too are references."""
        return self.put(name, text_figure(zh, en, source=self._code.value))

    def figure(self, name: str) -> Figure:
        return self._figures[self.key(name)]

    def figure_of(self, key: str) -> Figure:
        """The figure of a key that this sheet gave."""
        return self._figures[key]

    def knows(self, name: str) -> bool:
        """Whether the figure is there and has a value."""
        found = self._figures.get(self.key(name))
        return found is not None and found.value is not None

    def rows(self, name: str, rows: Rows) -> str:
        """Keep rows; returns the key by which figures name them."""
        self._rows[self.key(name)] = rows
        return self.key(name)

    def rows_of(self, name: str) -> Sequence[Row]:
        """Rows that were kept as such."""
        found = self._rows[self.key(name)]
        assert not isinstance(found, Lines), "lines are not looked at"
        return found

    def cell(self, name: str, *, scale: int = 1, places: int = 2, in_words: bool = False) -> Cell:
        """A figure of this section in a table."""
        return Cell(ref=self.key(name), scale=str(scale), places=places, in_words=in_words)

    def say(self, name: str, zh: str, en: str) -> None:
        """A paragraph; its name tells it again when the section is made anew."""
        self._blocks.append(Paragraph(id=self.key(name), zh=zh, en=en))

    def add(self, block: Block) -> None:
        self._blocks.append(block)

    def facts(self) -> SectionFacts:
        section = Section(code=self._code, zh=self._zh, en=self._en, blocks=tuple(self._blocks))
        return SectionFacts(section, self._figures, self._rows, self.candidates, self._offered)


def place_cell(number: int) -> Cell:
    """The number of a row; it counts rows and is no figure."""
    return Cell(zh=str(number), en=str(number))


def fixed(zh: str, en: str) -> Cell:
    return Cell(zh=zh, en=en)
