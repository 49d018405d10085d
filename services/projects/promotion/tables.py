"""Tables of promotion. Money in whole yuan, shares in basis points, rates in parts per million."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


class InvestorRow(VersionedTable, table=True):
    """``region_code`` is the office that keeps the investor; ``origin_*`` where he comes from."""

    __tablename__ = "investor"
    __table_args__ = (_prefix_index("investor"),)

    id: UUID = Field(primary_key=True)
    kind: str
    name: str
    credit_code: str | None = Field(default=None, unique=True)
    # The person of the registry that this investor is, if he is one: who keeps the books may invest too.
    person_id: UUID | None = Field(default=None, foreign_key="person.person_id")
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id")
    origin_country: str
    origin_region_code: str | None = None
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    contact_name: str
    contact_phone: str | None = None
    note: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class InvestorTieRow(ProjectsTable, table=True):
    """Two investors that are one party: a company and who stands behind it. Kept once, the lower id first."""

    __tablename__ = "investor_tie"
    __table_args__ = (CheckConstraint("low_id < high_id", name="kept_once"),)

    low_id: UUID = Field(primary_key=True, foreign_key="investor.id")
    high_id: UUID = Field(primary_key=True, foreign_key="investor.id", index=True)
    kind: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ReferralRow(VersionedTable, table=True):
    """Investor introduces investor. A withdrawn one stays."""

    __tablename__ = "referral"
    __table_args__ = (
        Index(
            "uq_referral_standing",
            "introducer_id",
            "introduced_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("introducer_id <> introduced_id", name="not_oneself"),
    )

    id: UUID = Field(primary_key=True)
    introducer_id: UUID = Field(foreign_key="investor.id")
    introduced_id: UUID = Field(foreign_key="investor.id", index=True)
    registered_on: date
    evidence: str
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawal_reason: str | None = None


class LeadRow(VersionedTable, table=True):
    """``next_*`` are those of its latest follow-up; ``last_on`` is the last day anything happened."""

    __tablename__ = "lead"
    __table_args__ = (
        _prefix_index("lead"),
        Index("ix_lead_stage", "stage"),
        CheckConstraint("(stage = 'converted') = (project_id IS NOT NULL)", name="converted_to_a_project"),
        CheckConstraint("(stage = 'lost') = (lost_reason IS NOT NULL)", name="lost_with_a_reason"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    channel: str
    stage: str
    contacted_on: date
    stage_on: date
    lost_stage: str | None = None
    lost_reason: str | None = None
    summary: str
    investor_id: UUID | None = Field(default=None, foreign_key="investor.id", index=True)
    owner_person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    owner_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    sector_code: str | None = None
    park_code: str | None = None
    intended_investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    last_on: date
    followed_up_on: date | None = None
    next_step: str
    next_on: date | None = None
    project_id: UUID | None = Field(default=None, foreign_key="project.id", unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class LeadChangeRow(ProjectsTable, table=True):
    """One write of a lead: who, when, why, each field before and after. Never changed."""

    __tablename__ = "lead_change"

    lead_id: UUID = Field(primary_key=True, foreign_key="lead.id")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class FollowUpRow(ProjectsTable, table=True):
    __tablename__ = "lead_follow_up"
    __table_args__ = (CheckConstraint('next_on > "on"', name="next_step_ahead"),)

    id: UUID = Field(primary_key=True)
    lead_id: UUID = Field(foreign_key="lead.id", index=True)
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    content: str
    next_step: str
    next_on: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ProjectPromotionRow(VersionedTable, table=True):
    """Where a project came from; who shares the credit stands in introduction."""

    __tablename__ = "project_promotion"

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    investor_id: UUID | None = Field(default=None, foreign_key="investor.id", index=True)
    lead_id: UUID | None = Field(default=None, foreign_key="lead.id", unique=True)


class IntroductionRow(ProjectsTable, table=True):
    """Who introduced a lead, and with its conversion the project; what was changed stays with its end."""

    __tablename__ = "introduction"
    __table_args__ = (
        Index(
            "uq_introduction_current",
            "lead_id",
            "project_id",
            "investor_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(lead_id, project_id) >= 1", name="of_something"),
        CheckConstraint("num_nonnulls(investor_id, person_id) = 1", name="by_somebody"),
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="share_in_range"),
    )

    id: UUID = Field(primary_key=True)
    lead_id: UUID | None = Field(default=None, foreign_key="lead.id")
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    investor_id: UUID | None = Field(default=None, foreign_key="investor.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    basis_points: int
    registered_on: date
    evidence: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    ended_reason: str | None = None


class RewardRuleRow(DatedTable, table=True):
    """See the domain's RewardRule; one row a channel, origin, region and first day of validity."""

    __tablename__ = "reward_rule"
    __table_args__ = (
        Index(
            "uq_reward_rule_key_from",
            "channel",
            "origin",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("cap_yuan > 0", name="cap_positive"),
    )

    channel: str | None = None
    origin: str | None = None
    bands: list[dict[str, int]] = Field(sa_column=Column(JSONB, nullable=False))
    progressive: bool
    cap_yuan: int | None = Field(default=None, sa_type=BigInteger)
    basis: str


class LeadRuleRow(DatedTable, table=True):
    """From how many days on a lead is let lie."""

    __tablename__ = "lead_rule"
    __table_args__ = (
        Index(
            "uq_lead_rule_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("threshold_days >= 1", name="threshold_positive"),
        CheckConstraint("level2_days > threshold_days", name="level2_later"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    kind: str
    threshold_days: int
    level2_days: int | None = None


class AwardRow(VersionedTable, table=True):
    """What one introducer is due beyond what was awarded before; never overwritten, only decided and paid."""

    __tablename__ = "promotion_award"
    __table_args__ = (
        _prefix_index("promotion_award"),
        CheckConstraint("num_nonnulls(investor_id, person_id) = 1", name="to_somebody"),
        CheckConstraint("amount_yuan = entitled_yuan - awarded_before_yuan", name="is_the_difference"),
        CheckConstraint("amount_yuan <> 0", name="is_something"),
        CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name="paid_on_a_day"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    region_code: str = Field(sa_type=Text)
    investor_id: UUID | None = Field(default=None, foreign_key="investor.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    as_of: date
    verified_funds_yuan: int = Field(sa_type=BigInteger)
    # None: no longer among the introducers, what was awarded is to be paid back.
    basis_points: int | None = None
    rule_id: UUID | None = Field(default=None, foreign_key="reward_rule.id")
    project_reward_yuan: int = Field(sa_type=BigInteger)
    entitled_yuan: int = Field(sa_type=BigInteger)
    awarded_before_yuan: int = Field(sa_type=BigInteger)
    amount_yuan: int = Field(sa_type=BigInteger)
    state: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    proposed_by: str
    proposed_person_id: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_on: date | None = None
    decided_by: str | None = None
    decision_note: str | None = None
    paid_on: date | None = None
    payment_reference: str | None = None
    paid_by: str | None = None
