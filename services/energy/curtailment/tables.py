"""Users, plans with their rows and their history, rules by validity, and what each enterprise has borne."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.curtailment.domain.plan import PlanStatus, QuotaUnit
from services.energy.curtailment.domain.users import Category, Measure
from services.energy.tables import EnergyTable


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class CurtailmentUserRow(EnergyTable, table=True):
    """An enterprise as a user of orderly use. Code, name and region are those of the registry when it was changed.

    ``rest_weekdays``: 1 Monday to 7 Sunday. An inactive user is in no new plan and never chosen.
    """

    __tablename__ = "curtailment_user"
    __table_args__ = (
        CheckConstraint(_one_of("category", *Category), name="category"),
        CheckConstraint("max_load_kw > 0", name="max_load"),
        CheckConstraint("security_load_kw BETWEEN 0 AND max_load_kw", name="security_load"),
        CheckConstraint("output_yuan_per_kwh > 0", name="output"),
        Index("ix_curtailment_user_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_curtailment_user_code", "code"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(unique=True)
    code: str
    name: str
    region_code: str
    category: str
    max_load_kw: float
    security_load_kw: float
    rest_weekdays: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    output_yuan_per_kwh: float | None = None
    note: str
    active: bool
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class CurtailmentUserMeterRow(EnergyTable, table=True):
    """A meter by which a user's response is measured; of one user only."""

    __tablename__ = "curtailment_user_meter"
    __table_args__ = (Index("ix_curtailment_user_meter_user", "user_id"),)

    meter_no: str = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="curtailment_user.id")


class CurtailmentMeasureRow(EnergyTable, table=True):
    """What a user can give by one measure, and on which terms."""

    __tablename__ = "curtailment_measure"
    __table_args__ = (
        CheckConstraint(_one_of("measure", *Measure), name="measure"),
        CheckConstraint("load_kw > 0", name="load"),
        CheckConstraint("notice_minutes BETWEEN 0 AND 10080", name="notice"),
        CheckConstraint("min_minutes > 0 AND min_minutes <= max_minutes AND max_minutes <= 1440", name="duration"),
        CheckConstraint("recovery_minutes BETWEEN 0 AND 10080", name="recovery"),
    )

    user_id: UUID = Field(primary_key=True, foreign_key="curtailment_user.id")
    measure: str = Field(primary_key=True)
    load_kw: float
    notice_minutes: int
    min_minutes: int
    max_minutes: int
    recovery_minutes: int


class CurtailmentExclusionRow(EnergyTable, table=True):
    """A time in which a user is not to be chosen. ``reference`` is the activation it is held by, if it is one."""

    __tablename__ = "curtailment_exclusion"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("cause IN ('maintenance', 'activation', 'other')", name="cause"),
        Index("ix_curtailment_exclusion_user", "user_id", "ends_at"),
        Index(
            "uq_curtailment_exclusion_reference",
            "user_id",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="curtailment_user.id")
    cause: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str
    reference: UUID | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None


class CurtailmentPlanRow(EnergyTable, table=True):
    """An edition of a region's plan for a year. ``findings``: of its last check, ``checked_version`` of what.

    ``rotation``: weekdays by group. One edition of a region and year is in force at a time.
    """

    __tablename__ = "curtailment_plan"
    __table_args__ = (
        CheckConstraint(_one_of("status", *PlanStatus), name="status"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
        CheckConstraint("max_load_kw > 0", name="max_load"),
        CheckConstraint("(status IN ('approved', 'in_force')) <= (approved_at IS NOT NULL)", name="approved"),
        UniqueConstraint("region_code", "year", "edition", name="uq_curtailment_plan_edition"),
        Index(
            "uq_curtailment_plan_in_force",
            "region_code",
            "year",
            unique=True,
            postgresql_where=text("status = 'in_force'"),
        ),
        Index("ix_curtailment_plan_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    year: int
    edition: int
    name: str
    status: str
    max_load_kw: float
    rotation: dict[str, list[int]] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    based_on: UUID | None = None
    findings: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    checked_version: int | None = None
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_by: str | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    in_force_from: date | None = None
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    superseded_by: UUID | None = None
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class CurtailmentPlanStepRow(EnergyTable, table=True):
    """What was done with a plan: who, when, why, and the status that it led to."""

    __tablename__ = "curtailment_plan_step"

    plan_id: UUID = Field(primary_key=True, foreign_key="curtailment_plan.id")
    version: int = Field(primary_key=True)
    act: str
    status: str
    note: str
    done_at: datetime = Field(sa_type=UtcDateTime)
    done_by: str


class CurtailmentEntryRow(EnergyTable, table=True):
    """A row of a plan. Rows of one user in one tier are alternatives; the check refuses a user in two tiers.

    ``tier``: 1 is called from blue (Ⅳ) on, 4 at red (Ⅰ) only. ``quota`` in kW or percent of the maximum load.
    """

    __tablename__ = "curtailment_entry"
    __table_args__ = (
        CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
        CheckConstraint(_one_of("measure", *Measure), name="measure"),
        CheckConstraint(_one_of("quota_unit", *QuotaUnit), name="quota_unit"),
        CheckConstraint("quota > 0 AND (quota_unit = 'kw' OR quota <= 100)", name="quota"),
        UniqueConstraint("plan_id", "user_id", "tier", "measure", name="uq_curtailment_entry_row"),
        Index("ix_curtailment_entry_user", "user_id"),
    )

    id: UUID = Field(primary_key=True)
    plan_id: UUID = Field(foreign_key="curtailment_plan.id")
    user_id: UUID = Field(foreign_key="curtailment_user.id")
    enterprise_id: UUID
    tier: int = Field(sa_type=SmallInteger)
    measure: str
    quota: float
    quota_unit: str
    rotation_group: str | None = None
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class CurtailmentRuleRow(EnergyTable, table=True):
    """Shares of the tiers, or the objective of the selection, in a region (null: everywhere) for a time."""

    __tablename__ = "curtailment_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('tier_shares', 'objective')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        Index(
            "uq_curtailment_rule_scope",
            "kind",
            text("coalesce(region_code, '')"),
            "valid_from",
            unique=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class CurtailmentBurdenRow(EnergyTable, table=True):
    """What an enterprise gave in one activation, as verified last: the year's fairness is the sum of these."""

    __tablename__ = "curtailment_burden"
    __table_args__ = (
        CheckConstraint("kwh >= 0 AND minutes >= 0", name="amounts"),
        Index("ix_curtailment_burden_year", "year", "enterprise_id"),
        Index("ix_curtailment_burden_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    activation_id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(primary_key=True)
    region_code: str
    day: date
    year: int
    kwh: float
    minutes: int
    edition: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
