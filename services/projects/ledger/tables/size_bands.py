"""Size bands and their targets."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.projects.database import DatedTable, VersionedTable


class SizeBandsRow(DatedTable, table=True):
    """One division into bands; ``bands`` holds code, name_zh, name_en and from_yuan of each, rising."""

    __tablename__ = "size_bands"
    __table_args__ = (
        Index(
            "uq_size_bands_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    bands: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class SizeBandTargetRow(VersionedTable, table=True):
    """How many projects of a band, and how much investment, a region wants signed in a period, both days in it."""

    __tablename__ = "size_band_target"
    __table_args__ = (
        Index("uq_size_band_target", "region_code", "period_from", "period_to", "band_code", unique=True),
        CheckConstraint("period_to >= period_from", name="ends_after_it_begins"),
        CheckConstraint("projects >= 0", name="projects_not_negative"),
        CheckConstraint("investment_yuan >= 0", name="investment_not_negative"),
        CheckConstraint("num_nonnulls(projects, investment_yuan) > 0", name="something_wanted"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    period_from: date
    period_to: date
    band_code: str
    projects: int | None = None
    investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    source: str
