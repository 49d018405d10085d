"""Tables of bulletins."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable
from services.projects.duties.tables import TrailTable


class BulletinTemplateRow(DatedTable, table=True):
    """See the domain's Template. The next one of a kind and region begins where the one before ends."""

    __tablename__ = "bulletin_template"
    __table_args__ = (
        Index(
            "uq_bulletin_template_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("kind IN ('month', 'quarter', 'half_year', 'year')", name="kind"),
        CheckConstraint("confirm_days >= 1", name="confirm_days_positive"),
    )

    kind: str
    organ: str
    signer: str
    number_word: str
    title_zh: str
    title_en: str
    addressees: str
    copies: str
    sections: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    recipients: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    confirm_days: int


class BulletinListRuleRow(DatedTable, table=True):
    """See the domain's ListRule."""

    __tablename__ = "bulletin_list_rule"
    __table_args__ = (
        Index(
            "uq_bulletin_list_rule_code_region_from",
            "code",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("colour IN ('red', 'black')", name="colour"),
        CheckConstraint("(comparison = 'present') = (threshold IS NULL)", name="threshold_unless_present"),
        CheckConstraint("most >= 1", name="most_positive"),
    )

    code: str
    colour: str
    criterion: str
    comparison: str
    subject: str | None = None
    threshold: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    min_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    kinds: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    min_level: int
    most: int
    reason_zh: str
    reason_en: str
    active: bool


class BulletinRow(VersionedTable, table=True):
    """One edition of a bulletin. Once published nothing of it changes but who replaces it.

    ``template`` is a copy of the template's facts; ``changes`` are what a later edition says differently.
    """

    __tablename__ = "bulletin"
    __table_args__ = (
        Index("ix_bulletin_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index(
            "uq_bulletin_edition",
            "region_code",
            "kind",
            "year",
            "number",
            "edition",
            unique=True,
            postgresql_where=text("status <> 'discarded'"),
        ),
        Index(
            "uq_bulletin_draft",
            "region_code",
            "kind",
            "year",
            "number",
            unique=True,
            postgresql_where=text("status IN ('draft', 'reviewed')"),
        ),
        UniqueConstraint("number_word", "number_year", "number_seq", name="uq_bulletin_number"),
        CheckConstraint("kind IN ('month', 'quarter', 'half_year', 'year')", name="kind"),
        CheckConstraint("status IN ('draft', 'reviewed', 'published', 'discarded')", name="status"),
        CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL AND number_seq IS NOT NULL)",
            name="published_numbered",
        ),
        CheckConstraint("status <> 'reviewed' OR reviewed_by IS NOT NULL", name="reviewed_by_somebody"),
        CheckConstraint("edition = 1 OR (corrects_id IS NOT NULL AND reason <> '')", name="later_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    region_name: str
    kind: str
    year: int = Field(sa_type=SmallInteger)
    number: int = Field(sa_type=SmallInteger)
    edition: int
    corrects_id: UUID | None = Field(default=None, foreign_key="bulletin.id", index=True)
    superseded_by_id: UUID | None = Field(default=None, foreign_key="bulletin.id")
    reason: str
    status: str = Field(index=True)
    title_zh: str
    title_en: str
    template_id: UUID = Field(foreign_key="bulletin_template.id")
    template: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recipients: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    figures_at: datetime = Field(sa_type=UtcDateTime)
    writers: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_by: str | None = None
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    number_word: str | None = None
    number_year: int | None = Field(default=None, sa_type=SmallInteger)
    number_seq: int | None = None
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_by: str | None = None
    confirm_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    digest: str | None = None


class BulletinFigureRow(ProjectsTable, table=True):
    """A figure of a bulletin, see the domain's Figure; of a published one never changed."""

    __tablename__ = "bulletin_figure"

    bulletin_id: UUID = Field(sa_column=Column(ForeignKey("bulletin.id"), primary_key=True))
    key: str = Field(primary_key=True)
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class BulletinRowsRow(ProjectsTable, table=True):
    """What figures were made of: JSON lines, packed. ``sha256`` is of the lines before packing."""

    __tablename__ = "bulletin_rows"

    bulletin_id: UUID = Field(sa_column=Column(ForeignKey("bulletin.id"), primary_key=True))
    key: str = Field(primary_key=True)
    count: int
    sha256: str
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class BulletinFileRow(ProjectsTable, table=True):
    """A document of a published bulletin, made once; its bytes lie with the documents' contents."""

    __tablename__ = "bulletin_file"
    __table_args__ = (CheckConstraint("format IN ('docx', 'pdf', 'html')", name="format"),)

    bulletin_id: UUID = Field(sa_column=Column(ForeignKey("bulletin.id"), primary_key=True))
    format: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    media_type: str
    sha256: str = Field(sa_column=Column(Text, ForeignKey("document_content.sha256"), nullable=False, index=True))
    size_bytes: int = Field(sa_type=BigInteger)


class BulletinNumberRow(ProjectsTable, table=True):
    """The last number given under a word (机关代字) in a year; a publication that fails gives none away."""

    __tablename__ = "bulletin_number"

    word: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    last: int


class BulletinStepRow(TrailTable, table=True):
    __tablename__ = "bulletin_step"

    bulletin_id: UUID = Field(primary_key=True, foreign_key="bulletin.id")


class BulletinNoticeRow(ProjectsTable, table=True):
    """The notice by which the alerts service sent a bulletin, as its events tell. No foreign key to the bulletin:
    events come in any order, and from another service."""

    __tablename__ = "bulletin_notice"

    notice_id: UUID = Field(primary_key=True)
    bulletin_id: UUID = Field(index=True)
    event_version: int
    status: str
    recipients: int
    confirm_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    overdue_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BulletinReceiptRow(ProjectsTable, table=True):
    """What became known of one recipient."""

    __tablename__ = "bulletin_receipt"

    receipt_id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(index=True)
    person_id: UUID = Field(index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_by: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_by: str | None = None
