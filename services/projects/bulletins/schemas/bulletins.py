"""Bulletins: what is taken and answered."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.projects.bulletins.domain.content import Block, ChartKind, Content, Paragraph
from services.projects.bulletins.domain.document import ChartPart, Part, TablePart, TextPart, printed_sections
from services.projects.bulletins.domain.editing import references_in
from services.projects.bulletins.domain.figures import Figures
from services.projects.bulletins.domain.periods import BulletinKind, BulletinPeriod
from services.projects.bulletins.domain.wording import EN, ZH
from services.projects.bulletins.printing import Format
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.schemas.catalogue import Names, Recipients, Title
from services.projects.bulletins.service.publishing import number_of
from services.projects.bulletins.tables import (
    BulletinFileRow,
    BulletinRow,
)
from services.projects.ledger.schemas.types import Reason, Text
from services.projects.registry.schemas import RegionCode, Versioned, example

BlockText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class BulletinCreate(BaseModel):
    """``number`` counts the periods of the kind in the year: the month, the quarter, the half; 1 of a year."""

    model_config = example(region_code="421224", kind="month", year=2026, number=11)

    region_code: RegionCode
    kind: BulletinKind
    year: int = Field(ge=2000, le=2100)
    number: int = Field(default=1, ge=1, le=12)

    def period(self) -> BulletinPeriod:
        return BulletinPeriod(self.kind, self.year, self.number)


class BulletinUpdate(BaseModel):
    """What stands around the text, and who gets it. A title may hold no other number than it has."""

    model_config = example(copies="抄送：县委办公室，县政府办公室。")

    title_zh: Title | None = None
    title_en: Title | None = None
    addressees: Names | None = None
    copies: Names | None = None
    recipients: Recipients | None = None


class BlockUpdate(BaseModel):
    """A paragraph's texts. Numbers are references to figures, ``{economy.output_value.total}``; what has to be
    written by hand stands in ``{hand:…}`` and is printed with your name."""

    model_config = example(
        text_zh="{economy.until}，工业总产值{economy.output_value.total}。",
        text_en="{economy.until}: {economy.output_value.total}.",
    )

    text_zh: BlockText
    text_en: BlockText


class ReviewCreate(BaseModel):
    model_config = example(passed=True, note="")

    passed: bool
    note: Text = ""


class PublicationCreate(BaseModel):
    """``accept_changed``: publish the figures as they were reviewed although they are others by now."""

    model_config = example(accept_changed=False)

    accept_changed: bool = False


class CorrectionCreate(BaseModel):
    model_config = example(reason="恒远包装更正了2026年10月产值。")

    reason: Reason


class Discarding(BaseModel):
    model_config = example(reason="改由县统计局发布。")

    reason: Reason


class FileRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    format: Format
    language: str
    media_type: str
    sha256: str
    size_bytes: int


class BulletinSummary(Versioned):
    """A bulletin in a list."""

    id: UUID
    region_code: str
    region_name: str
    kind: BulletinKind
    year: int
    number: int
    edition: int
    status: Literal["draft", "reviewed", "published", "discarded"]
    title_zh: str
    title_en: str
    document_number: str | None
    reason: str
    corrects_id: UUID | None
    superseded_by_id: UUID | None
    figures_at: datetime
    created_by: str
    created_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    confirm_by: datetime | None
    digest: str | None = Field(description="SHA-256 over the frozen figures.")

    @classmethod
    def facts_of(cls, row: BulletinRow) -> dict[str, Any]:
        own = set(BulletinSummary.model_fields) - {"document_number"}
        return {name: getattr(row, name) for name in own} | {"document_number": number_of(row)}

    @classmethod
    def of(cls, row: BulletinRow) -> "BulletinSummary":
        return cls(**cls.facts_of(row))


class PrintedHead(BaseModel):
    """A column's head; numbers are set right, ``share`` is the column's part of the width."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    number: bool
    share: int


class PrintedTable(BaseModel):
    """A table as it is printed in one language: every cell is text."""

    model_config = ConfigDict(from_attributes=True)

    caption: str
    unit: str
    heads: list[PrintedHead]
    rows: list[list[str]]
    notes: list[str]


class PrintedLine(BaseModel):
    """A series of a chart, one value a category; null where a figure is not there."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    values: list[Decimal | None]


class PrintedChart(BaseModel):
    """A chart as it is printed in one language; values are in ``unit`` and shown with ``places`` decimals."""

    model_config = ConfigDict(from_attributes=True)

    caption: str
    unit: str
    form: ChartKind
    categories: list[str]
    lines: list[PrintedLine]
    places: int


class BlockRead(BaseModel):
    """A block as it is stored and as it is printed: a paragraph, or a table or a chart in both languages."""

    id: str
    kind: Literal["paragraph", "table", "chart"]
    table_zh: PrintedTable | None = None
    table_en: PrintedTable | None = None
    chart_zh: PrintedChart | None = None
    chart_en: PrintedChart | None = None
    text_zh: str | None = None
    text_en: str | None = None
    reads_zh: str | None = None
    reads_en: str | None = None
    figures: list[str] = Field(default_factory=list)
    edited_by: str | None = None
    edited_name: str | None = None


class SectionRead(BaseModel):
    code: str
    title_zh: str
    title_en: str
    blocks: list[BlockRead]


class ChangeRead(BaseModel):
    """What an edition says differently from the one it replaces."""

    zh: str
    en: str


class BulletinRead(BulletinSummary):
    addressees: str
    copies: str
    recipients: list[dict[str, Any]]
    writers: list[str]
    sections: list[SectionRead]
    changes: list[ChangeRead]
    files: list[FileRead]

    @classmethod
    def full(cls, row: BulletinRow, figures: Figures, files: Sequence[BulletinFileRow]) -> "BulletinRead":
        return cls(
            **cls.facts_of(row),
            addressees=row.template["addressees"],
            copies=row.template["copies"],
            recipients=row.recipients,
            writers=row.writers,
            sections=_sections(repository.content_of(row.content), figures),
            changes=[ChangeRead(**one) for one in row.changes],
            files=[FileRead.model_validate(one) for one in files],
        )


class RefreshRead(BaseModel):
    """``lost`` are paragraphs whose edited texts speak of figures that are no more."""

    bulletin: BulletinRead
    lost: list[str]


def _sections(content: Content, figures: Figures) -> list[SectionRead]:
    printed_zh, printed_en = (printed_sections(content, figures, language) for language in (ZH, EN))
    return [
        SectionRead(
            code=section.code.value,
            title_zh=section.zh,
            title_en=section.en,
            blocks=[_block(*parts) for parts in zip(section.blocks, zh.parts, en.parts, strict=True)],
        )
        for section, zh, en in zip(content.sections, printed_zh, printed_en, strict=True)
    ]


def _block(block: Block, zh: Part, en: Part) -> BlockRead:
    match block, zh, en:
        case Paragraph(), TextPart(), TextPart():
            return BlockRead(
                id=block.id,
                kind=block.kind,
                text_zh=block.zh,
                text_en=block.en,
                reads_zh=zh.text,
                reads_en=en.text,
                figures=references_in(block.zh),
                edited_by=block.edited_by,
                edited_name=block.edited_name,
            )
        case _, TablePart(), TablePart():
            table_zh, table_en = PrintedTable.model_validate(zh), PrintedTable.model_validate(en)
            return BlockRead(id=block.id, kind=block.kind, table_zh=table_zh, table_en=table_en)
        case _, ChartPart(), ChartPart():
            chart_zh, chart_en = PrintedChart.model_validate(zh), PrintedChart.model_validate(en)
            return BlockRead(id=block.id, kind=block.kind, chart_zh=chart_zh, chart_en=chart_en)
    raise AssertionError(f"no part for a {block.kind}")


class StepRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    version: int
    at: datetime
    actor: str
    actor_role: str
    action: str
    note: str
    facts: dict[str, Any]
