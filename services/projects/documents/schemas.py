"""What documents take and answer."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.documents.domain.kinds import Category, FileKind
from services.projects.registry.schemas import example

FileName = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class DocumentUpdate(BaseModel):
    """Fields that are left out stay as they are; the content never changes."""

    model_config = example(title="施工许可证（正本）", category="permit")

    title: Title = Field(default_factory=str)
    category: Category = Field(default_factory=lambda: Category.OTHER)
    notes: Notes = Field(default_factory=str)


class DocumentRead(BaseModel):
    """A file of an owner; ``version`` is the ETag's number, ``sha256`` the ETag of the content."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    owner_type: str
    owner_id: UUID
    name: str = Field(description="Without any path, and with an extension that fits the content.")
    title: str
    category: Category
    notes: str
    kind: FileKind
    media_type: str
    charset: str | None = Field(description="Of a text: utf-8, utf-16 or gb18030.")
    sha256: str = Field(description="SHA-256 of the content in hex.")
    size_bytes: int
    uploaded_at: AwareDatetime
    uploaded_by: str
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
    version: int
    updated_at: AwareDatetime
