"""The table of the search."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from services.projects.database import ProjectsTable


class SearchEntryRow(ProjectsTable, table=True):
    """See the domain's Entry. ``version`` is that of the thing when its entry last changed.

    ``*_key`` are the texts as they are compared; ``heading_terms`` are the terms of title and code, ``terms``
    those of the body as well. Hits stand in the order of the key, backwards: ids are UUIDv7, the newest first.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        Index("ix_search_entry_heading_terms", "heading_terms", postgresql_using="gin"),
        Index("ix_search_entry_terms", "terms", postgresql_using="gin"),
        Index("ix_search_entry_title_key", "title_key"),
        Index("ix_search_entry_code_key", "code_key"),
        Index("ix_search_entry_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_search_entry_type", "type"),
        Index("ix_search_entry_enterprise_id", "enterprise_id"),
        Index("ix_search_entry_project_id", "project_id"),
    )

    id: UUID = Field(primary_key=True)
    type: str = Field(primary_key=True)
    version: int
    code: str
    title: str
    body: str
    path: str
    region_code: str | None = Field(default=None, sa_type=Text)
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    offices_only: bool
    also_regions: str
    title_key: str
    code_key: str
    body_key: str
    heading_terms: Any = Field(sa_column=Column(TSVECTOR, nullable=False))
    terms: Any = Field(sa_column=Column(TSVECTOR, nullable=False))
