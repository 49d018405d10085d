"""Tables of saved filters."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import VersionedTable


class SavedFilterRow(VersionedTable, table=True):
    """See the domain; ``owner`` is the subject of whoever made it."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("owner", "entity", "name", name="uq_saved_filter_owner_entity_name"),
        Index("ix_saved_filter_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("(visibility = 'region') = (region_code IS NOT NULL)", name="shared_with_a_region"),
    )

    id: UUID = Field(primary_key=True)
    owner: str
    name: str
    entity: str
    query: str
    visibility: str
    region_code: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
