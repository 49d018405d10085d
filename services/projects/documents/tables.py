"""Tables of documents. Content is addressed by its digest and written once; a document points to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class DocumentContentRow(ProjectsTable, table=True):
    """Bytes that were uploaded, once however many documents hold them. Never changed, never deleted."""

    __tablename__ = "document_content"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hex"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
    )

    sha256: str = Field(primary_key=True)
    size_bytes: int = Field(sa_type=BigInteger)
    stored_at: datetime = Field(sa_type=UtcDateTime)


class DocumentChunkRow(ProjectsTable, table=True):
    """A piece of a content; all but the last have ``CHUNK_BYTES`` bytes, so a place tells its piece."""

    __tablename__ = "document_chunk"

    sha256: str = Field(sa_column=Column(ForeignKey("document_content.sha256"), primary_key=True))
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DocumentRow(VersionedTable, table=True):
    """A file of an owner. Who may see it is the owner's to say, at the moment somebody asks.

    ``enterprise_id`` is the enterprise whose account uploaded it; null for an office.
    """

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_owner", "owner_type", "owner_id"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name="withdrawn_with_reason",
        ),
    )

    id: UUID = Field(primary_key=True)
    owner_type: str
    owner_id: UUID
    name: str
    title: str
    category: str
    notes: str
    kind: str
    media_type: str
    charset: str | None = None
    sha256: str = Field(sa_column=Column(Text, ForeignKey("document_content.sha256"), nullable=False, index=True))
    size_bytes: int = Field(sa_type=BigInteger)
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    uploaded_by: str
    enterprise_id: UUID | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None
