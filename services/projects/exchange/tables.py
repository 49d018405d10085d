"""Tables of imports and bulk edits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class ImportRow(ProjectsTable, table=True):
    """One import. ``principal`` is who asked for it, for whom it is carried out.

    While it is at work its row is locked, so that nobody else takes it; how far it is stands in
    :class:`ImportProgressRow`. ``content_id`` names its file, which a later import of the same file shares.
    """

    __tablename__ = "import"
    __table_args__ = (
        Index("ix_import_queued", "created_at", postgresql_where=text("state = 'queued'")),
        Index("ix_import_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint(
            "state IN ('queued', 'checked', 'applied', 'rejected', 'failed', 'cancelled')", name="state_known"
        ),
        CheckConstraint("mode IN ('dry_run', 'apply')", name="mode_known"),
    )

    id: UUID = Field(primary_key=True)
    entity: str
    mode: str
    on_existing: str
    state: str
    file_name: str
    format: str
    size: int = Field(sa_type=BigInteger)
    sha256: str
    content_id: UUID = Field(index=True)
    region_code: str | None = None
    created_by: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    principal: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: int = 0
    notices: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    failure: str | None = None


class ImportContentRow(ProjectsTable, table=True):
    """A part of a file; parts count from 0. Forgotten after some weeks."""

    __tablename__ = "import_content"

    content_id: UUID = Field(primary_key=True)
    part: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ImportProgressRow(ProjectsTable, table=True):
    """How far an import is; written in transactions of its own, so that it is seen while the import runs."""

    __tablename__ = "import_progress"

    import_id: UUID = Field(sa_column=Column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True))
    attempts: int
    phase: str
    rows: int
    done: int
    errors: int
    at: datetime = Field(sa_type=UtcDateTime)


class ImportFaultRow(ProjectsTable, table=True):
    """One fault: where it is, what stands there, and what is wrong with it, in both languages."""

    __tablename__ = "import_fault"

    import_id: UUID = Field(sa_column=Column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True))
    number: int = Field(primary_key=True)
    sheet: str
    row: int | None = None
    column: str | None = None
    heading: str
    field: str
    code: str
    value: str
    message_zh: str
    message_en: str


class BulkEditRow(ProjectsTable, table=True):
    """A previewed edit: what it would do, and the versions of the projects it was shown for."""

    __tablename__ = "bulk_edit"

    id: UUID = Field(primary_key=True)
    state: str
    reason: str
    changes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    versions: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
