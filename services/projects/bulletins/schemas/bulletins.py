"""Bulletins: what is taken and answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.projects.bulletins.domain.content import Content, Paragraph
from services.projects.bulletins.domain.editing import references_in, said
from services.projects.bulletins.domain.figures import Figure, Figures
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


class BlockRead(BaseModel):
    """A paragraph as it is stored and as it reads; tables and charts are seen in the preview."""

    id: str
    kind: Literal["paragraph", "table", "chart"]
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
    return [
        SectionRead(
            code=section.code.value,
            title_zh=section.zh,
            title_en=section.en,
            blocks=[_block(block, figures) for block in section.blocks],
        )
        for section in content.sections
    ]


def _block(block: Any, figures: Mapping[str, Figure]) -> BlockRead:
    if not isinstance(block, Paragraph):
        return BlockRead(id=block.id, kind=block.kind)
    return BlockRead(
        id=block.id,
        kind=block.kind,
        text_zh=block.zh,
        text_en=block.en,
        reads_zh=said(block.zh, figures, ZH, block.edited_name),
        reads_en=said(block.en, figures, EN, block.edited_name),
        figures=references_in(block.zh),
        edited_by=block.edited_by,
        edited_name=block.edited_name,
    )


class StepRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    version: int
    at: datetime
    actor: str
    actor_role: str
    action: str
    note: str
    facts: dict[str, Any]
