"""Tables of contests."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


def _points(*, nullable: bool = True) -> Any:
    return Column(Numeric(14, 6), nullable=nullable)


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


class ContestRow(VersionedTable, table=True):
    """A year's contest in a region; ``basis`` is the document that it goes by."""

    __tablename__ = "contest"
    __table_args__ = (
        _prefix_index("contest"),
        CheckConstraint("kind IN ('township', 'department', 'enterprise', 'project')", name="kind"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    year: int = Field(sa_type=SmallInteger)
    basis: str
    responsible_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class ContestSchemeRow(ProjectsTable, table=True):
    """See the domain's Scheme. Never changed: another opinion is the next revision."""

    __tablename__ = "contest_scheme"
    __table_args__ = (
        UniqueConstraint("contest_id", "revision", name="uq_contest_scheme_revision"),
        CheckConstraint("from_quarter BETWEEN 1 AND 4", name="quarter"),
        CheckConstraint("revision = 1 OR reason <> ''", name="later_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    contest_id: UUID = Field(foreign_key="contest.id")
    revision: int
    from_quarter: int = Field(sa_type=SmallInteger)
    components: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    adjustments: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    max_bonus: Decimal | None = Field(default=None, sa_column=_points())
    max_deduction: Decimal | None = Field(default=None, sa_column=_points())
    reason: str
    adopted_at: datetime = Field(sa_type=UtcDateTime)
    adopted_by: str


class ContestParticipantRow(VersionedTable, table=True):
    """Who takes part from ``from_on`` until before ``to_on``.

    ``region_code`` is the township itself, of others where the registry says they belong.
    """

    __tablename__ = "contest_participant"
    __table_args__ = (
        Index("uq_contest_participant_from", "contest_id", "subject_key", "from_on", unique=True),
        CheckConstraint("to_on > from_on", name="ends_after_it_begins"),
        CheckConstraint("num_nonnulls(unit_id, enterprise_id, project_id) <= 1", name="one_subject"),
    )

    id: UUID = Field(primary_key=True)
    contest_id: UUID = Field(foreign_key="contest.id")
    subject_key: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id")
    responsible_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    from_on: date
    to_on: date | None = None
    end_reason: str | None = None
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by: str


class ContestRuleRow(DatedTable, table=True):
    """See the domain's ContestRule."""

    __tablename__ = "contest_rule"
    __table_args__ = (
        Index(
            "uq_contest_rule_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("move_counts IN ('by_month', 'quarter_start', 'quarter_end')", name="move_counts"),
        CheckConstraint("min_complete_percent BETWEEN 0 AND 100", name="complete_percent"),
        CheckConstraint("equal_score BETWEEN 0 AND 100", name="equal_score"),
        CheckConstraint("appeal_days >= 1 AND decision_days >= 1", name="days_positive"),
        CheckConstraint("bottom_places >= 0", name="places_not_negative"),
        CheckConstraint("kgce_per_kwh > 0", name="factor_positive"),
    )

    move_counts: str
    min_complete_percent: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    equal_score: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    appeal_days: int
    decision_days: int
    bottom_places: int
    kgce_per_kwh: Decimal = Field(sa_column=Column(Numeric(10, 6), nullable=False))


class ContestAdjustmentRow(VersionedTable, table=True):
    """Points that somebody gave or took, or a veto, for a quarter, with the evidence."""

    __tablename__ = "contest_adjustment"
    __table_args__ = (
        Index("ix_contest_adjustment_quarter", "contest_id", "quarter"),
        CheckConstraint("kind IN ('bonus', 'deduction', 'veto')", name="kind"),
        CheckConstraint("(kind = 'veto') = (points IS NULL)", name="points_unless_veto"),
        CheckConstraint("(kind = 'veto') = (ground IS NOT NULL)", name="veto_with_ground"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        CheckConstraint("evidence <> ''", name="with_evidence"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    contest_id: UUID = Field(foreign_key="contest.id")
    participant_id: UUID = Field(foreign_key="contest_participant.id")
    quarter: int = Field(sa_type=SmallInteger)
    kind: str
    points: Decimal | None = Field(default=None, sa_column=_points())
    ground: str | None = None
    reason: str
    evidence: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


class ContestStandingRow(ProjectsTable, table=True):
    """A quarter as it was frozen and published; the highest edition stands. Never changed.

    ``scheme`` and ``rule`` are copies; ``refreshed`` are the participants whose figures a correction took anew,
    null where all were.
    """

    __tablename__ = "contest_standing"
    __table_args__ = (
        UniqueConstraint("contest_id", "quarter", "edition", name="uq_contest_standing_edition"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        CheckConstraint("(edition = 1) = (replaces_id IS NULL)", name="later_replaces"),
        CheckConstraint("edition = 1 OR reason <> ''", name="later_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    contest_id: UUID = Field(foreign_key="contest.id")
    quarter: int = Field(sa_type=SmallInteger)
    edition: int
    replaces_id: UUID | None = Field(default=None, foreign_key="contest_standing.id")
    reason: str
    scheme_id: UUID = Field(foreign_key="contest_scheme.id")
    scheme: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    rule: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    refreshed: list[str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    participants: int
    ranked: int
    incomplete: int
    disqualified: int
    appeal_until: date
    digest: str
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by: str


class ContestEntryRow(ProjectsTable, table=True):
    """A participant in a frozen standing, with the figures, points and vetoes that placed it. Never changed."""

    __tablename__ = "contest_entry"
    __table_args__ = (
        Index("uq_contest_entry_position", "standing_id", "position", unique=True),
        CheckConstraint("(rank IS NULL) = (score IS NULL)", name="rank_with_score"),
        CheckConstraint("NOT (is_disqualified AND rank IS NOT NULL)", name="disqualified_without_rank"),
    )

    standing_id: UUID = Field(primary_key=True, foreign_key="contest_standing.id")
    participant_id: UUID = Field(primary_key=True, foreign_key="contest_participant.id", index=True)
    position: int
    kind: str
    subject_id: UUID | None = None
    enterprise_id: UUID | None = None
    region_code: str = Field(sa_type=Text)
    code: str
    name: str
    rank: int | None = None
    score: Decimal | None = Field(default=None, sa_column=_points())
    base_score: Decimal | None = Field(default=None, sa_column=_points())
    bonus: Decimal = Field(sa_column=_points(nullable=False))
    deduction: Decimal = Field(sa_column=_points(nullable=False))
    is_disqualified: bool
    reasons: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    parts: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    adjustments: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    vetoes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class ContestSourceRow(ProjectsTable, table=True):
    """The facts behind a participant's figure of a component, as they were when it was frozen. Never changed."""

    __tablename__ = "contest_source"

    standing_id: UUID = Field(primary_key=True, foreign_key="contest_standing.id")
    participant_id: UUID = Field(primary_key=True, foreign_key="contest_participant.id")
    component: str = Field(primary_key=True)
    rows: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class ContestAppealRow(VersionedTable, table=True):
    """An appeal against a published standing; decided by ``due_on``."""

    __tablename__ = "contest_appeal"
    __table_args__ = (
        Index(
            "uq_contest_appeal_open",
            "standing_id",
            "participant_id",
            unique=True,
            postgresql_where=text("state = 'filed'"),
        ),
        Index("ix_contest_appeal_due", "due_on", postgresql_where=text("state = 'filed'")),
        CheckConstraint("state IN ('filed', 'upheld', 'rejected', 'withdrawn', 'corrected')", name="state"),
        CheckConstraint("(state IN ('filed', 'withdrawn')) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'corrected') = (corrected_by_id IS NOT NULL)", name="corrected_by_an_edition"),
        CheckConstraint("decided_by <> filed_by", name="decided_by_another"),
    )

    id: UUID = Field(primary_key=True)
    contest_id: UUID = Field(foreign_key="contest.id", index=True)
    standing_id: UUID = Field(foreign_key="contest_standing.id")
    participant_id: UUID = Field(foreign_key="contest_participant.id")
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID | None = None
    component: str | None = None
    grounds: str
    evidence: str
    state: str
    filed_on: date
    due_on: date
    filed_at: datetime = Field(sa_type=UtcDateTime)
    filed_by: str
    filed_person_id: UUID | None = None
    decision: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    corrected_by_id: UUID | None = Field(default=None, foreign_key="contest_standing.id")
