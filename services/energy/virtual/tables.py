"""Formulas of virtual meters, and what is yet to be computed by them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class VirtualFormulaRow(EnergyTable, table=True):
    """A virtual meter's formula; ``missing``: what becomes of a slot without one of its members."""

    __tablename__ = "virtual_formula"
    __table_args__ = (CheckConstraint("missing IN ('missing', 'partial')", name="missing"),)

    meter_id: UUID = Field(primary_key=True, foreign_key="meter.meter_id")
    meter_index: int = Field(unique=True)
    missing: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class VirtualMemberRow(EnergyTable, table=True):
    """A member with its coefficient, from a day on until before another one."""

    __tablename__ = "virtual_member"
    __table_args__ = (
        Index("ix_virtual_member_member_index", "member_index"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="life"),
    )

    virtual_index: int = Field(primary_key=True)
    member_index: int = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    coefficient: float


class VirtualDueRow(EnergyTable, table=True):
    """Days of a virtual meter to compute anew, both included: its formula changed, or somebody asked for it."""

    __tablename__ = "virtual_due"

    id: UUID = Field(primary_key=True)
    virtual_index: int = Field(index=True)
    first_day: date
    last_day: date
    requested_at: datetime = Field(sa_type=UtcDateTime)
    requested_by: str
