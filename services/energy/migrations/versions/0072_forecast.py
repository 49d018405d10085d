"""Forecasts of load: rules, kept loads, issues with their days, how good they were; temperatures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0072"
down_revision = "0070"
branch_labels = None
depends_on = None

# What everything is forecast by until somebody says otherwise: the defaults of the parameters.
_SHIPPED = """
INSERT INTO forecast_rule (id, valid_from, parameters, note, version, changed_at, changed_by)
VALUES ('01994c3e-1000-7a11-8000-000000000720', '2000-01-01', '{}', '', 1, '2026-01-01T00:00:00Z', 'shipped')
"""


def upgrade() -> None:
    op.create_table(
        "forecast_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("node_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("region_code IS NULL OR node_code IS NULL", name=op.f("ck_forecast_rule_one_scope")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_forecast_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_rule")),
    )
    op.create_index(
        "uq_forecast_rule_scope",
        "forecast_rule",
        ["region_code", "node_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "forecast_load",
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("load_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("completeness", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(load_kw) = 96 AND cardinality(completeness) = 96", name=op.f("ck_forecast_load_slots")
        ),
        sa.PrimaryKeyConstraint("node_id", "day", name=op.f("pk_forecast_load")),
    )
    op.create_table(
        "forecast_issue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("node_code", sa.String(), nullable=False),
        sa.Column("node_kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("known_days", sa.Integer(), nullable=False),
        sa.Column("needed_days", sa.Integer(), nullable=False),
        sa.Column("last_known_day", sa.Date(), nullable=True),
        sa.Column("origin_day", sa.Date(), nullable=False),
        sa.Column("origin_slot", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.CheckConstraint("(status = 'issued') = (reason IS NULL)", name=op.f("ck_forecast_issue_reason")),
        sa.CheckConstraint("kind IN ('day_ahead', 'intraday')", name=op.f("ck_forecast_issue_kind")),
        sa.CheckConstraint("status IN ('issued', 'refused')", name=op.f("ck_forecast_issue_status")),
        sa.CheckConstraint("origin_slot BETWEEN 0 AND 96", name=op.f("ck_forecast_issue_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_issue")),
    )
    op.create_index("ix_forecast_issue_issued_at", "forecast_issue", ["issued_at", "id"], unique=False)
    op.create_index("ix_forecast_issue_node", "forecast_issue", ["node_id", "issued_at"], unique=False)
    op.create_index(
        "ix_forecast_issue_region",
        "forecast_issue",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_forecast_issue_due",
        "forecast_issue",
        ["node_id", "kind", "due_at"],
        unique=True,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "forecast_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("node_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lead", sa.SmallInteger(), nullable=False),
        sa.Column("first_slot", sa.SmallInteger(), nullable=False),
        sa.Column("p10_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("p50_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("p90_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("peak_kw", sa.Float(), nullable=False),
        sa.Column("peak_slot", sa.SmallInteger(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("with_temperature", sa.Boolean(), nullable=False),
        sa.Column("held_out_days", sa.Integer(), nullable=False),
        sa.Column("mape", sa.Float(), nullable=True),
        sa.Column("mae_kw", sa.Float(), nullable=True),
        sa.Column("pinball_kw", sa.Float(), nullable=True),
        sa.Column("pinball_percent", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("naive_mape", sa.Float(), nullable=True),
        sa.Column("naive_mae_kw", sa.Float(), nullable=True),
        sa.Column("seasonal_mape", sa.Float(), nullable=True),
        sa.Column("seasonal_mae_kw", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "cardinality(p10_kw) = 96 AND cardinality(p50_kw) = 96 AND cardinality(p90_kw) = 96",
            name=op.f("ck_forecast_day_slots"),
        ),
        sa.CheckConstraint(
            "first_slot BETWEEN 0 AND 96 AND lead BETWEEN 0 AND 8", name=op.f("ck_forecast_day_ahead")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["forecast_issue.id"], name=op.f("fk_forecast_day_issue_id_forecast_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_day")),
    )
    op.create_index("ix_forecast_day_node", "forecast_day", ["node_id", "day", "issued_at"], unique=False)
    op.create_index(
        "ix_forecast_day_region",
        "forecast_day",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("uq_forecast_day_issue", "forecast_day", ["issue_id", "day"], unique=True)
    op.create_table(
        "forecast_accuracy",
        sa.Column("forecast_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("node_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lead", sa.SmallInteger(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("mape", sa.Float(), nullable=True),
        sa.Column("mae_kw", sa.Float(), nullable=True),
        sa.Column("pinball_kw", sa.Float(), nullable=True),
        sa.Column("pinball_percent", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("peak_error_percent", sa.Float(), nullable=True),
        sa.Column("naive_mape", sa.Float(), nullable=True),
        sa.Column("naive_mae_kw", sa.Float(), nullable=True),
        sa.Column("seasonal_mape", sa.Float(), nullable=True),
        sa.Column("seasonal_mae_kw", sa.Float(), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecast_day.id"], name=op.f("fk_forecast_accuracy_forecast_id_forecast_day")
        ),
        sa.PrimaryKeyConstraint("forecast_id", name=op.f("pk_forecast_accuracy")),
    )
    op.create_index("ix_forecast_accuracy_day", "forecast_accuracy", ["day", "forecast_id"], unique=False)
    op.create_index("ix_forecast_accuracy_node", "forecast_accuracy", ["node_id", "day"], unique=False)
    op.create_index(
        "ix_forecast_accuracy_region",
        "forecast_accuracy",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "temperature_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("interval_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("celsius", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('measured', 'forecast')", name=op.f("ck_temperature_day_kind")),
        sa.CheckConstraint(
            "cardinality(celsius) * interval_minutes = 1440", name=op.f("ck_temperature_day_whole_day")
        ),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_at >= recorded_at", name=op.f("ck_temperature_day_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_day")),
    )
    op.create_index(
        "ix_temperature_day_known", "temperature_day", ["region_code", "day", "issued_at"], unique=False
    )
    op.create_index(
        "ix_temperature_day_region",
        "temperature_day",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_temperature_day_current",
        "temperature_day",
        ["region_code", "kind", "day"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.execute(_SHIPPED)


def downgrade() -> None:
    for table in (
        "temperature_day",
        "forecast_accuracy",
        "forecast_day",
        "forecast_issue",
        "forecast_load",
        "forecast_rule",
    ):
        op.drop_table(table)
