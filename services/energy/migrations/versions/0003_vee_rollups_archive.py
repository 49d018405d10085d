"""Touched days, month totals, archived months; validation, estimation and editing with its shipped rules."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As shipped; later rules are data of the installation.
RULES: dict[str, dict[str, Any]] = {
    "range": {"capacity_share": 1.2},
    "negative": {"floor_kw": 0.0},
    "spike": {"times": 8.0, "floor_share": 0.25, "floor_kw": 1.0},
    "flat": {"minutes": 360, "least_kw": 0.001},
    "interval_size": {"least_values": 4},
    "duplicate": {"lookback_days": 7},
    "unit_scale": {"factor": 1000.0, "within": 2.0, "lookback_days": 28, "least_days": 3},
    "register_order": {},
    "catch_up": {"action": "spread", "times": 2.0, "tolerance": 0.5, "longest_gap_days": 3},
    "estimation": {
        "wait_hours": 36,
        "linear_minutes": 60,
        "lookback_days": 42,
        "reference_days": 4,
        "least_days": 2,
        "recency": 0.7,
        "longest_gap_days": 7,
    },
}


def upgrade() -> None:
    op.create_table(
        "touched_batch",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("meter_index", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_touched_batch")),
    )
    op.create_table(
        "curve_archive",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("archived_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("restored_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("restored_because", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('archived', 'restored')", name=op.f("ck_curve_archive_state_known")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_curve_archive")),
    )
    op.create_table(
        "curve_month",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=False),
        sa.Column("peak_kw", sa.REAL(), nullable=False),
        sa.Column("peak_on", sa.Date(), nullable=False),
        sa.Column("recomputed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("meter_index", "quantity", "month", name=op.f("pk_curve_month")),
    )
    op.create_table(
        "vee_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("meter_no", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_vee_rule_validity_forward")),
        sa.CheckConstraint("region_code IS NULL OR meter_no IS NULL", name=op.f("ck_vee_rule_one_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vee_rule")),
    )
    op.create_index(
        "uq_vee_rule_scope",
        "vee_rule",
        ["kind", "region_code", "meter_no", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "vee_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(), nullable=True),
        sa.Column("accepted_because", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'accepted', 'cleared')", name=op.f("ck_vee_finding_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vee_finding")),
    )
    op.create_index(
        "uq_vee_finding_current",
        "vee_finding",
        ["meter_index", "quantity", "day", "kind"],
        unique=True,
        postgresql_where=sa.text("status <> 'cleared'"),
    )
    op.create_index("ix_vee_finding_opened_at", "vee_finding", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_vee_finding_region",
        "vee_finding",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "curve_estimate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("values_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curve_estimate")),
    )
    op.create_index("ix_curve_estimate_day", "curve_estimate", ["meter_index", "quantity", "day"], unique=False)
    op.create_index(
        "ix_curve_estimate_standing",
        "curve_estimate",
        ["meter_index", "day"],
        unique=False,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "curve_edit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("before_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("before_quality", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("after_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("edited_by", sa.String(), nullable=False),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curve_edit")),
    )
    op.create_index("ix_curve_edit_day", "curve_edit", ["meter_index", "quantity", "day"], unique=False)
    for statement in append_only_ddl("curve_edit"):
        op.execute(statement)
    for number, (kind, parameters) in enumerate(RULES.items(), start=1):
        op.get_bind().execute(
            sa.text(
                "INSERT INTO vee_rule (id, kind, valid_from, parameters, note, version, changed_at, changed_by) "
                "VALUES (:id, :kind, :valid_from, CAST(:parameters AS jsonb), 'shipped', 1, :at, 'system')"
            ),
            {
                "id": UUID(f"01920000-0000-7000-8000-0000000001{number:02d}"),
                "kind": kind,
                "valid_from": date(1970, 1, 1),
                "parameters": json.dumps(parameters),
                "at": datetime(2026, 1, 1, tzinfo=UTC),
            },
        )


def downgrade() -> None:
    op.drop_table("curve_edit")
    op.drop_table("curve_estimate")
    op.drop_table("vee_finding")
    op.drop_table("vee_rule")
    op.drop_table("curve_month")
    op.drop_table("curve_archive")
    op.drop_table("touched_batch")
