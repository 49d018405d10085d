"""Tables of parks. Money in whole yuan, land in 亩, floors in ㎡, shares in basis points."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, PublishedTable, VersionedTable


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


def _size(*, nullable: bool = True) -> Any:
    return Column(Numeric(14, 2), nullable=nullable)


class ParkRow(PublishedTable, table=True):
    __tablename__ = "park"
    __table_args__ = (
        _prefix_index("park"),
        CheckConstraint("area_mu > 0", name="area_positive"),
        CheckConstraint("(planned_capacity IS NULL) = (capacity_unit IS NULL)", name="capacity_with_unit"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    level: str
    area_mu: Decimal | None = Field(default=None, sa_column=_size())
    planned_capacity: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    capacity_unit: str | None = None
    industries: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    closed_managed_since: date | None = None
    summary: str


class InfrastructureRow(VersionedTable, table=True):
    """One item of a park's infrastructure under a key of the park's own."""

    __tablename__ = "park_infrastructure"

    park_id: UUID = Field(primary_key=True, foreign_key="park.id")
    item: str = Field(primary_key=True)
    kind: str
    name: str
    state: str
    capacity: str
    in_service_on: date | None = None
    note: str


class SiteRow(VersionedTable, table=True):
    """A parcel or a plant; a plant may stand outside of parks. Who is on it says park_occupancy."""

    __tablename__ = "park_site"
    __table_args__ = (
        _prefix_index("park_site"),
        Index(
            "uq_park_site_number",
            "park_id",
            "region_code",
            "number",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "CASE kind WHEN 'parcel' THEN park_id IS NOT NULL AND area_mu > 0 AND floor_area_m2 IS NULL"
            " ELSE floor_area_m2 > 0 AND area_mu IS NULL END",
            name="measured_by_kind",
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    number: str
    name: str
    park_id: UUID | None = Field(default=None, foreign_key="park.id", index=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    area_mu: Decimal | None = Field(default=None, sa_column=_size())
    floor_area_m2: Decimal | None = Field(default=None, sa_column=_size())
    land_use: str | None = None
    parcel_id: UUID | None = Field(default=None, foreign_key="park_site.id")
    owner: str
    features: str
    idle_since: date | None = None
    reserved_for: str | None = None
    reserved_until: date | None = None


class TenantRow(VersionedTable, table=True):
    """An enterprise or a project in a park (or in a plant outside of one), from its first day to its last."""

    __tablename__ = "park_tenant"
    __table_args__ = (
        _prefix_index("park_tenant"),
        CheckConstraint("num_nonnulls(enterprise_id, project_id) >= 1", name="is_somebody"),
        CheckConstraint("to_on >= from_on", name="leaves_after_it_comes"),
        CheckConstraint("area_mu > 0", name="area_positive"),
    )

    id: UUID = Field(primary_key=True)
    park_id: UUID | None = Field(default=None, foreign_key="park.id", index=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    # Of a project its enterprise, if it has one; it may see its own.
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    from_on: date
    to_on: date | None = None
    # What is said where no parcel is recorded; the parcels' sum counts before it.
    area_mu: Decimal | None = Field(default=None, sa_column=_size())
    leaving_reason: str | None = None
    note: str


class OccupancyRow(ProjectsTable, table=True):
    """So much of a site, in its own measure (亩 or ㎡), for a tenant."""

    __tablename__ = "park_occupancy"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("to_on >= from_on", name="ends_after_it_begins"),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="park_tenant.id", index=True)
    site_id: UUID = Field(foreign_key="park_site.id", index=True)
    size: Decimal = Field(sa_column=_size(nullable=False))
    from_on: date
    to_on: date | None = None


class TenantFigureRow(ProjectsTable, table=True):
    """A tenant's month as somebody said it; a correction is a new revision, and the highest counts."""

    __tablename__ = "park_tenant_figure"
    __table_args__ = (
        Index(
            "uq_park_tenant_figure_current",
            "tenant_id",
            "month",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("jobs >= 0", name="jobs_not_negative"),
        CheckConstraint("output_yuan >= 0", name="output_not_negative"),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
    )

    tenant_id: UUID = Field(primary_key=True, foreign_key="park_tenant.id")
    month: date = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    is_current: bool
    output_yuan: int | None = Field(default=None, sa_type=BigInteger)
    value_added_yuan: int | None = Field(default=None, sa_type=BigInteger)
    tax_yuan: int | None = Field(default=None, sa_type=BigInteger)
    jobs: int | None = None
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class AttributionRow(DatedTable, table=True):
    """Shares of one subject and measure for a time: ``[{"region_code": …, "basis_points": …}]``.

    ``subject_id`` is an enterprise's or a project's id; ``region_code`` is where it stands. That the shares sum to
    100 % is the domain's to say; here they are one value, so that no part of them is ever written alone.
    """

    __tablename__ = "attribution"
    __table_args__ = (
        Index("uq_attribution_subject_measure_from", "subject_id", "measure", "valid_from", unique=True),
        _prefix_index("attribution"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("num_nonnulls(enterprise_id, project_id) = 1", name="is_somebody"),
        CheckConstraint("jsonb_array_length(shares) >= 1", name="is_shared"),
    )

    subject_id: UUID
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id")
    project_id: UUID | None = Field(default=None, foreign_key="project.id")
    measure: str
    shares: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    decided_by: str
