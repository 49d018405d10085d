"""Orderly use carried out: activations, notices, tracking, verification; settlements of years."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0076"
down_revision = "0074"
branch_labels = None
depends_on = None

# Holds everywhere until an office says otherwise; the same as the defaults of the rules.
_BASELINE = {
    "method": "last_days",
    "days": 5,
    "min_days": 3,
    "trimmed": 0,
    "lookback_days": 45,
    "min_completeness": 0.95,
    "counts_adjusted_workdays": True,
    "is_adjusted": False,
    "adjust_quarters": 8,
    "adjust_gap": 4,
    "adjust_bound": 0.2,
}
_STANDARD = {"met_share": 0.9, "missing_share": 0.1}
_PATIENCE = {"tolerance": 0.1, "grace_quarters": 1, "short_quarters": 2, "clear_quarters": 1}
_SHIPPED = """
INSERT INTO activation_rule (id, valid_from, baseline, standard, patience, acknowledge_minutes, wait_hours, max_hours,
    note, version, changed_at, changed_by)
VALUES ('0199512a-7c00-7a11-8000-000000007601', '2000-01-01', CAST(:baseline AS jsonb), CAST(:standard AS jsonb), CAST(:patience AS jsonb), 30, 36, 72,
    '近五个正常工作日同时段均值', 1, '2000-01-01T00:00:00Z', 'shipped')
"""


def upgrade() -> None:
    op.create_table(
        "activation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("node_code", sa.String(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("selection", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("acknowledge_minutes", sa.Integer(), nullable=False),
        sa.Column("baseline_method", sa.String(), nullable=True),
        sa.Column("ordered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("notified_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("verified_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'notified', 'running', 'ended', 'verified', 'closed', 'cancelled')",
            name=op.f("ck_activation_state"),
        ),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_activation_period")),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_activation_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation")),
        sa.UniqueConstraint("code", name=op.f("uq_activation_code")),
    )
    op.create_index(
        "ix_activation_region",
        "activation",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_activation_starts_at", "activation", ["starts_at"], unique=False)
    op.create_table(
        "activation_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("baseline", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("standard", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("patience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acknowledge_minutes", sa.Integer(), nullable=False),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.Column("max_hours", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_activation_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_rule")),
    )
    op.create_index(
        "uq_activation_rule_scope",
        "activation_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("ordered_kwh", sa.Float(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=True),
        sa.Column("shortfall_kwh", sa.Float(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("not_met", sa.Integer(), nullable=False),
        sa.Column("cannot_tell", sa.Integer(), nullable=False),
        sa.Column("compensation_yuan", sa.BigInteger(), nullable=True),
        sa.Column("penalty_yuan", sa.BigInteger(), nullable=True),
        sa.Column("open_amounts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("region_code", "year", "edition", name="uq_settlement_edition"),
    )
    op.create_index(
        "ix_settlement_region",
        "settlement",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "settlement_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("yuan_per_kwh", sa.Numeric(precision=10, scale=4), nullable=False),
        sa.Column("cap_share", sa.Float(), nullable=False),
        sa.Column("from_covered", sa.Float(), nullable=False),
        sa.Column("free_covered", sa.Float(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('compensation', 'penalty')", name=op.f("ck_settlement_rate_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_settlement_rate_validity")),
        sa.CheckConstraint("yuan_per_kwh >= 0", name=op.f("ck_settlement_rate_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_rate")),
    )
    op.create_index(
        "uq_settlement_rate_scope",
        "settlement_rate",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "activation_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_name", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=True),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("ordered_kw", sa.Float(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("notified_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledge_by", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_activation_order_period")),
        sa.CheckConstraint("ordered_kw > 0", name=op.f("ck_activation_order_ordered")),
        sa.ForeignKeyConstraint(
            ["activation_id"], ["activation.id"], name=op.f("fk_activation_order_activation_id_activation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_order")),
        sa.UniqueConstraint("activation_id", "enterprise_id", name="uq_activation_order_enterprise"),
    )
    op.create_index(
        "ix_activation_order_enterprise", "activation_order", ["enterprise_id", "ends_at"], unique=False
    )
    op.create_index(
        "ix_activation_order_region",
        "activation_order",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_activation_order_starts_at", "activation_order", ["starts_at"], unique=False)
    op.create_table(
        "settlement_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_name", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("ordered_kwh", sa.Float(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=True),
        sa.Column("shortfall_kwh", sa.Float(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("not_met", sa.Integer(), nullable=False),
        sa.Column("cannot_tell", sa.Integer(), nullable=False),
        sa.Column("compensation_yuan", sa.BigInteger(), nullable=True),
        sa.Column("penalty_yuan", sa.BigInteger(), nullable=True),
        sa.Column("open_amounts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_line_settlement_id_settlement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_line")),
        sa.UniqueConstraint("settlement_id", "enterprise_id", name="uq_settlement_line_enterprise"),
    )
    op.create_index("ix_settlement_line_enterprise", "settlement_line", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_settlement_line_region",
        "settlement_line",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "activation_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kw", sa.Float(), nullable=True),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extend', 'shorten', 'raise', 'lower', 'lift')", name=op.f("ck_activation_amendment_kind")
        ),
        sa.ForeignKeyConstraint(
            ["activation_id"], ["activation.id"], name=op.f("fk_activation_amendment_activation_id_activation")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["activation_order.id"], name=op.f("fk_activation_amendment_order_id_activation_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_amendment")),
        sa.UniqueConstraint("activation_id", "number", name="uq_activation_amendment_number"),
    )
    op.create_table(
        "activation_meter",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["activation_order.id"], name=op.f("fk_activation_meter_order_id_activation_order")
        ),
        sa.PrimaryKeyConstraint("order_id", "meter_index", name=op.f("pk_activation_meter")),
    )
    op.create_index("ix_activation_meter_meter", "activation_meter", ["meter_index"], unique=False)
    op.create_table(
        "activation_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text_zh", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("acknowledge_by", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledgement_note", sa.String(), nullable=True),
        sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('order', 'amendment', 'reminder', 'cancellation')", name=op.f("ck_activation_notice_kind")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["activation_order.id"], name=op.f("fk_activation_notice_order_id_activation_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_notice")),
        sa.UniqueConstraint("order_id", "number", name="uq_activation_notice_number"),
    )
    op.create_table(
        "activation_track",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("baseline_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("baseline_days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("over", sa.Integer(), nullable=False),
        sa.Column("load_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("since_ordered_kw", sa.Float(), nullable=True),
        sa.Column("since_achieved_kw", sa.Float(), nullable=True),
        sa.Column("latest_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("latest_ordered_kw", sa.Float(), nullable=True),
        sa.Column("latest_achieved_kw", sa.Float(), nullable=True),
        sa.Column("tracked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "course IN ('starting', 'in_line', 'short', 'unknown')", name=op.f("ck_activation_track_course")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["activation_order.id"], name=op.f("fk_activation_track_order_id_activation_order")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_activation_track")),
    )
    op.create_table(
        "activation_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("verified_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("verified_by", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("unknown", sa.String(), nullable=True),
        sa.Column("baseline", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("standard", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("baseline_days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skipped_days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adjusted_kw", sa.Float(), nullable=True),
        sa.Column("first_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("baseline_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("load_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("ordered_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("known_quarters", sa.Integer(), nullable=False),
        sa.Column("wanted_quarters", sa.Integer(), nullable=False),
        sa.Column("mean_kw", sa.Float(), nullable=True),
        sa.Column("peak_kw", sa.Float(), nullable=True),
        sa.Column("energy_kwh", sa.Float(), nullable=True),
        sa.Column("ordered_kwh", sa.Float(), nullable=False),
        sa.Column("shortfall_kwh", sa.Float(), nullable=True),
        sa.Column("shortfall_peak_kw", sa.Float(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("covered", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "(verdict = 'cannot_tell') = (unknown IS NOT NULL)", name=op.f("ck_activation_verification_unknown")
        ),
        sa.CheckConstraint(
            "verdict IN ('met', 'not_met', 'cannot_tell')", name=op.f("ck_activation_verification_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["activation_order.id"],
            name=op.f("fk_activation_verification_order_id_activation_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_verification")),
        sa.UniqueConstraint("order_id", "edition", name="uq_activation_verification_edition"),
    )
    op.create_table(
        "activation_amended_order",
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["amendment_id"],
            ["activation_amendment.id"],
            name=op.f("fk_activation_amended_order_amendment_id_activation_amendment"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["activation_order.id"],
            name=op.f("fk_activation_amended_order_order_id_activation_order"),
        ),
        sa.PrimaryKeyConstraint("amendment_id", "order_id", name=op.f("pk_activation_amended_order")),
    )
    op.create_index(
        op.f("ix_activation_amended_order_order_id"), "activation_amended_order", ["order_id"], unique=False
    )
    op.create_table(
        "settlement_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("verification_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("activation_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("ordered_kwh", sa.Float(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=True),
        sa.Column("shortfall_kwh", sa.Float(), nullable=True),
        sa.Column("covered", sa.Float(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("compensation_yuan", sa.BigInteger(), nullable=True),
        sa.Column("penalty_yuan", sa.BigInteger(), nullable=True),
        sa.Column("compensation_rate_id", sa.Uuid(), nullable=True),
        sa.Column("penalty_rate_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["compensation_rate_id"],
            ["settlement_rate.id"],
            name=op.f("fk_settlement_item_compensation_rate_id_settlement_rate"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["settlement_line.id"], name=op.f("fk_settlement_item_line_id_settlement_line")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["activation_order.id"], name=op.f("fk_settlement_item_order_id_activation_order")
        ),
        sa.ForeignKeyConstraint(
            ["penalty_rate_id"],
            ["settlement_rate.id"],
            name=op.f("fk_settlement_item_penalty_rate_id_settlement_rate"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_item_settlement_id_settlement")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["activation_verification.id"],
            name=op.f("fk_settlement_item_verification_id_activation_verification"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_item")),
        sa.UniqueConstraint("line_id", "order_id", name="uq_settlement_item_order"),
    )
    op.create_index("ix_settlement_item_settlement", "settlement_item", ["settlement_id"], unique=False)
    statement = sa.text(_SHIPPED).bindparams(
        baseline=json.dumps(_BASELINE), standard=json.dumps(_STANDARD), patience=json.dumps(_PATIENCE)
    )
    op.execute(statement)


def downgrade() -> None:
    op.drop_table("settlement_item")
    op.drop_table("activation_amended_order")
    op.drop_table("activation_verification")
    op.drop_table("activation_track")
    op.drop_table("activation_notice")
    op.drop_table("activation_meter")
    op.drop_table("activation_amendment")
    op.drop_table("settlement_line")
    op.drop_table("activation_order")
    op.drop_table("settlement_rate")
    op.drop_table("settlement")
    op.drop_table("activation_rule")
    op.drop_table("activation")
