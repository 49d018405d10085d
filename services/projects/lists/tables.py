"""Tables of lists. Money in whole yuan; ``region_code`` of a member is where its enterprise was at entry."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable
from services.projects.duties.tables import DutyTable, TrailTable


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


class EnterpriseListRow(VersionedTable, table=True):
    """``condition`` is a typed expression over an enterprise's facts; empty is met by all."""

    __tablename__ = "enterprise_list"
    __table_args__ = (
        _prefix_index("enterprise_list"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("(progress_months IS NULL) = (progress_day IS NULL)", name="progress_whole"),
        CheckConstraint("progress_months IN (1, 2, 3, 4, 6, 12)", name="progress_divides_the_year"),
        CheckConstraint("progress_day BETWEEN 1 AND 28", name="progress_day_of_every_month"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str = Field(index=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    condition: str
    basis: str
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    progress_months: int | None = None
    progress_day: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class ListMemberRow(VersionedTable, table=True):
    """An enterprise on a list from ``joined_on`` until the day before ``left_on``.

    ``entry`` is the judgement by which it entered. ``owed_from`` is the first day of the oldest period without a
    progress entry, ``progress_due_on`` its calendar day. ``pilot_stage`` is that of the latest follow-up.
    """

    __tablename__ = "list_member"
    __table_args__ = (
        _prefix_index("list_member"),
        Index(
            "uq_list_member_standing",
            "list_id",
            "enterprise_id",
            unique=True,
            postgresql_where=text("left_on IS NULL"),
        ),
        CheckConstraint("left_on > joined_on", name="leaves_after_entry"),
        CheckConstraint("(left_on IS NULL) = (left_reason IS NULL)", name="left_with_a_reason"),
        CheckConstraint("(owed_from IS NULL) = (progress_due_on IS NULL)", name="owes_on_a_day"),
    )

    id: UUID = Field(primary_key=True)
    list_id: UUID = Field(foreign_key="enterprise_list.id")
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    region_code: str = Field(sa_type=Text)
    joined_on: date
    left_on: date | None = None
    left_reason: str | None = None
    leader_person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    verdict: str
    entry: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    entry_reason: str
    owed_from: date | None = None
    progress_due_on: date | None = Field(default=None, index=True)
    pilot_stage: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class ListProgressRow(ProjectsTable, table=True):
    """What was reported of a member; ``period_from`` is the owed period it covers, None for one beside these."""

    __tablename__ = "list_progress"
    __table_args__ = (Index("uq_list_progress_period", "member_id", "period_from", unique=True),)

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="list_member.id", index=True)
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    period_from: date | None = None
    content: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ListMeasureRow(DutyTable, table=True):
    """Something agreed for a member: a duty with owner and deadline."""

    __tablename__ = "list_measure"
    __table_args__ = (CheckConstraint("status <> 'closed' OR closed_by <> resolved_by", name="closed_by_another"),)

    member_id: UUID = Field(foreign_key="list_member.id", index=True)
    title: str
    content: str
    agreed_on: date


class ListMeasureStepRow(TrailTable, table=True):
    __tablename__ = "list_measure_step"

    measure_id: UUID = Field(primary_key=True, foreign_key="list_measure.id")


class ReformRow(VersionedTable, table=True):
    """See the domain's Reform; one a member of a list of reforms."""

    __tablename__ = "reform"
    __table_args__ = (
        CheckConstraint(
            "coalesce(staff_rehired, 0) + coalesce(staff_paid_off, 0) <= staff_before", name="staff_settled"
        ),
        CheckConstraint("stage <> 'carried_out' OR carried_out_on IS NOT NULL", name="carried_out_on_a_day"),
    )

    member_id: UUID = Field(primary_key=True, foreign_key="list_member.id")
    form: str
    stage: str = Field(index=True)
    acquirer_name: str | None = None
    acquirer_credit_code: str | None = None
    approved_on: date | None = None
    carried_out_on: date | None = None
    price_yuan: int | None = Field(default=None, sa_type=BigInteger)
    debts_taken_yuan: int | None = Field(default=None, sa_type=BigInteger)
    staff_before: int | None = None
    staff_rehired: int | None = None
    staff_paid_off: int | None = None
    wage_before_yuan: int | None = None
    wage_after_yuan: int | None = None
    evidence: str
    note: str


class ReformChangeRow(TrailTable, table=True):
    __tablename__ = "reform_change"

    member_id: UUID = Field(primary_key=True, foreign_key="reform.member_id")


class PilotFollowUpRow(ProjectsTable, table=True):
    """One look at a pilot; savings are those of a year, None where not measured. Never changed."""

    __tablename__ = "pilot_follow_up"

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="list_member.id", index=True)
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    stage: str
    energy_saved_tce: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    water_saved_m3: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    waste_reduced_t: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    waste_reused_t: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    invested_yuan: int | None = Field(default=None, sa_type=BigInteger)
    evidence: str
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class VetoRow(VersionedTable, table=True):
    """A veto against an enterprise, or a region where that is None, until the day before ``period_to``.

    ``source`` energy: as the energy service's events tell it, whose version keeps an older one from winning. No
    foreign keys: events come in any order.
    """

    __tablename__ = "veto"
    __table_args__ = (
        _prefix_index("veto"),
        CheckConstraint("period_to > period_from", name="ends_after_it_begins"),
        CheckConstraint("source IN ('energy', 'recorded')", name="source_known"),
    )

    id: UUID = Field(primary_key=True)
    source: str
    ground: str
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID | None = Field(default=None, index=True)
    period_from: date
    period_to: date | None = None
    explanation_zh: str
    explanation_en: str
    evidence: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str | None = None
    lifted_reason: str | None = None
