"""Contests: weights, participants, points beside the components, frozen quarters, appeals; the rule they go by."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
# In the order of their foreign keys.
_TABLES = (
    "contest",
    "contest_scheme",
    "contest_participant",
    "contest_rule",
    "contest_adjustment",
    "contest_standing",
    "contest_entry",
    "contest_source",
    "contest_appeal",
)
_APPEND_ONLY = ("contest_scheme", "contest_standing", "contest_entry", "contest_source")


def upgrade() -> None:
    _contests()
    _terms()
    _standings()
    _appeals()
    for statement in append_only_ddl(*_APPEND_ONLY):
        op.execute(statement)
    _ship()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _ship() -> None:
    """The rule that holds everywhere until a region has its own (choice)."""
    rule = {
        "id": UUID("01926f4e-7f00-7000-8000-000000380001"),
        "region_code": None,
        "valid_from": date(2000, 1, 1),
        "valid_to": None,
        "move_counts": "by_month",
        "min_complete_percent": 90,
        "equal_score": 100,
        "appeal_days": 5,
        "decision_days": 10,
        "bottom_places": 1,
        "kgce_per_kwh": 0.1229,
        "version": 1,
        "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
    }
    typed = {"id": sa.Uuid(), "valid_from": sa.Date(), "valid_to": sa.Date(), "updated_at": _INSTANT}
    op.bulk_insert(sa.table("contest_rule", *(sa.column(name, typed.get(name)) for name in rule)), [rule])


def _contests() -> None:
    op.create_table(
        "contest",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('township', 'department', 'enterprise', 'project')", name=op.f("ck_contest_kind")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_contest_region_code_region")),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["unit.unit_id"], name=op.f("fk_contest_responsible_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        sa.UniqueConstraint("code", name=op.f("uq_contest_code")),
    )
    op.create_index(
        "ix_contest_region_prefix",
        "contest",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "contest_scheme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("from_quarter", sa.SmallInteger(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adjustments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_bonus", sa.Numeric(precision=14, scale=6), nullable=True),
        sa.Column("max_deduction", sa.Numeric(precision=14, scale=6), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("adopted_at", _INSTANT, nullable=False),
        sa.Column("adopted_by", sa.String(), nullable=False),
        sa.CheckConstraint("revision = 1 OR reason <> ''", name=op.f("ck_contest_scheme_later_with_reason")),
        sa.CheckConstraint("from_quarter BETWEEN 1 AND 4", name=op.f("ck_contest_scheme_quarter")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_scheme_contest_id_contest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_scheme")),
        sa.UniqueConstraint("contest_id", "revision", name="uq_contest_scheme_revision"),
    )
    op.create_table(
        "contest_participant",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(unit_id, enterprise_id, project_id) <= 1",
            name=op.f("ck_contest_participant_one_subject"),
        ),
        sa.CheckConstraint("to_on > from_on", name=op.f("ck_contest_participant_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_participant_contest_id_contest")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_contest_participant_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_contest_participant_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_contest_participant_region_code_region")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["unit.unit_id"], name=op.f("fk_contest_participant_responsible_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_contest_participant_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_participant")),
    )
    op.create_index(
        op.f("ix_contest_participant_enterprise_id"), "contest_participant", ["enterprise_id"], unique=False
    )
    op.create_index(
        "uq_contest_participant_from", "contest_participant", ["contest_id", "subject_key", "from_on"], unique=True
    )


def _terms() -> None:
    op.create_table(
        "contest_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("move_counts", sa.String(), nullable=False),
        sa.Column("min_complete_percent", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("equal_score", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("decision_days", sa.Integer(), nullable=False),
        sa.Column("bottom_places", sa.Integer(), nullable=False),
        sa.Column("kgce_per_kwh", sa.Numeric(precision=10, scale=6), nullable=False),
        sa.CheckConstraint(
            "move_counts IN ('by_month', 'quarter_start', 'quarter_end')", name=op.f("ck_contest_rule_move_counts")
        ),
        sa.CheckConstraint("appeal_days >= 1 AND decision_days >= 1", name=op.f("ck_contest_rule_days_positive")),
        sa.CheckConstraint("bottom_places >= 0", name=op.f("ck_contest_rule_places_not_negative")),
        sa.CheckConstraint("equal_score BETWEEN 0 AND 100", name=op.f("ck_contest_rule_equal_score")),
        sa.CheckConstraint("kgce_per_kwh > 0", name=op.f("ck_contest_rule_factor_positive")),
        sa.CheckConstraint(
            "min_complete_percent BETWEEN 0 AND 100", name=op.f("ck_contest_rule_complete_percent")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_contest_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_rule")),
    )
    op.create_index(
        "uq_contest_rule_region_from",
        "contest_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "contest_adjustment",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("points", sa.Numeric(precision=14, scale=6), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'veto') = (ground IS NOT NULL)", name=op.f("ck_contest_adjustment_veto_with_ground")
        ),
        sa.CheckConstraint(
            "(kind = 'veto') = (points IS NULL)", name=op.f("ck_contest_adjustment_points_unless_veto")
        ),
        sa.CheckConstraint("evidence <> ''", name=op.f("ck_contest_adjustment_with_evidence")),
        sa.CheckConstraint("kind IN ('bonus', 'deduction', 'veto')", name=op.f("ck_contest_adjustment_kind")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_contest_adjustment_withdrawn_with_reason"),
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_contest_adjustment_points_positive")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_contest_adjustment_quarter")),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_adjustment_contest_id_contest")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["contest_participant.id"],
            name=op.f("fk_contest_adjustment_participant_id_contest_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_adjustment")),
    )
    op.create_index("ix_contest_adjustment_quarter", "contest_adjustment", ["contest_id", "quarter"], unique=False)


def _standings() -> None:
    op.create_table(
        "contest_standing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.SmallInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refreshed", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("ranked", sa.Integer(), nullable=False),
        sa.Column("incomplete", sa.Integer(), nullable=False),
        sa.Column("disqualified", sa.Integer(), nullable=False),
        sa.Column("appeal_until", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("frozen_at", _INSTANT, nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.CheckConstraint("edition = 1 OR reason <> ''", name=op.f("ck_contest_standing_later_with_reason")),
        sa.CheckConstraint(
            "(edition = 1) = (replaces_id IS NULL)", name=op.f("ck_contest_standing_later_replaces")
        ),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_contest_standing_quarter")),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_standing_contest_id_contest")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["contest_standing.id"], name=op.f("fk_contest_standing_replaces_id_contest_standing")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["contest_scheme.id"], name=op.f("fk_contest_standing_scheme_id_contest_scheme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_standing")),
        sa.UniqueConstraint("contest_id", "quarter", "edition", name="uq_contest_standing_edition"),
    )
    op.create_table(
        "contest_entry",
        sa.Column("standing_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Numeric(precision=14, scale=6), nullable=True),
        sa.Column("base_score", sa.Numeric(precision=14, scale=6), nullable=True),
        sa.Column("bonus", sa.Numeric(precision=14, scale=6), nullable=False),
        sa.Column("deduction", sa.Numeric(precision=14, scale=6), nullable=False),
        sa.Column("is_disqualified", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adjustments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("vetoes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(rank IS NULL) = (score IS NULL)", name=op.f("ck_contest_entry_rank_with_score")),
        sa.CheckConstraint(
            "NOT (is_disqualified AND rank IS NOT NULL)", name=op.f("ck_contest_entry_disqualified_without_rank")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["contest_participant.id"],
            name=op.f("fk_contest_entry_participant_id_contest_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["standing_id"], ["contest_standing.id"], name=op.f("fk_contest_entry_standing_id_contest_standing")
        ),
        sa.PrimaryKeyConstraint("standing_id", "participant_id", name=op.f("pk_contest_entry")),
    )
    op.create_index(op.f("ix_contest_entry_participant_id"), "contest_entry", ["participant_id"], unique=False)
    op.create_index("uq_contest_entry_position", "contest_entry", ["standing_id", "position"], unique=True)
    op.create_table(
        "contest_source",
        sa.Column("standing_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["contest_participant.id"],
            name=op.f("fk_contest_source_participant_id_contest_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["standing_id"], ["contest_standing.id"], name=op.f("fk_contest_source_standing_id_contest_standing")
        ),
        sa.PrimaryKeyConstraint("standing_id", "participant_id", "component", name=op.f("pk_contest_source")),
    )


def _appeals() -> None:
    op.create_table(
        "contest_appeal",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("standing_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("component", sa.String(), nullable=True),
        sa.Column("grounds", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("filed_at", _INSTANT, nullable=False),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("filed_person_id", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("corrected_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'corrected') = (corrected_by_id IS NOT NULL)",
            name=op.f("ck_contest_appeal_corrected_by_an_edition"),
        ),
        sa.CheckConstraint(
            "(state IN ('filed', 'withdrawn')) = (decided_at IS NULL)", name=op.f("ck_contest_appeal_decided")
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'upheld', 'rejected', 'withdrawn', 'corrected')",
            name=op.f("ck_contest_appeal_state"),
        ),
        sa.CheckConstraint("decided_by <> filed_by", name=op.f("ck_contest_appeal_decided_by_another")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_appeal_contest_id_contest")),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"],
            ["contest_standing.id"],
            name=op.f("fk_contest_appeal_corrected_by_id_contest_standing"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["contest_participant.id"],
            name=op.f("fk_contest_appeal_participant_id_contest_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["standing_id"], ["contest_standing.id"], name=op.f("fk_contest_appeal_standing_id_contest_standing")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_appeal")),
    )
    op.create_index(op.f("ix_contest_appeal_contest_id"), "contest_appeal", ["contest_id"], unique=False)
    op.create_index(
        "ix_contest_appeal_due",
        "contest_appeal",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'filed'"),
    )
    op.create_index(
        "uq_contest_appeal_open",
        "contest_appeal",
        ["standing_id", "participant_id"],
        unique=True,
        postgresql_where=sa.text("state = 'filed'"),
    )
