"""Orderly use: users, yearly plans, rules, what each enterprise has borne."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0074"
down_revision = "0072"
branch_labels = None
depends_on = None

# As shipped: the edges of the levels and 30 percent for the gravest; the order the law and fairness ask for.
_RULES = """
INSERT INTO curtailment_rule (id, kind, region_code, valid_from, valid_to, parameters, note, version, changed_at, changed_by)
VALUES
    ('0199512a-0000-7a11-8000-000000000741', 'tier_shares', NULL, '2000-01-01', NULL,
     '{"blue": 5, "yellow": 10, "orange": 20, "red": 30}', '', 1, '2026-01-01T00:00:00Z', 'system'),
    ('0199512a-0000-7a11-8000-000000000742', 'objective', NULL, '2000-01-01', NULL,
     '{"order": ["measures", "restricted", "fairness", "harm", "surplus"], "hours_weight": 1, "times_weight": 1,
       "tolerance_percent": 0.5, "proof_percent": 0.5, "time_limit_seconds": 10}', '', 1, '2026-01-01T00:00:00Z', 'system')
"""


def upgrade() -> None:
    op.create_table(
        "curtailment_burden",
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kwh", sa.Float(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kwh >= 0 AND minutes >= 0", name=op.f("ck_curtailment_burden_amounts")),
        sa.PrimaryKeyConstraint("activation_id", "enterprise_id", name=op.f("pk_curtailment_burden")),
    )
    op.create_index(
        "ix_curtailment_burden_region",
        "curtailment_burden",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_curtailment_burden_year", "curtailment_burden", ["year", "enterprise_id"], unique=False)
    op.create_table(
        "curtailment_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("max_load_kw", sa.Float(), nullable=False),
        sa.Column("rotation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("based_on", sa.Uuid(), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("checked_version", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('approved', 'in_force')) <= (approved_at IS NOT NULL)",
            name=op.f("ck_curtailment_plan_approved"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'checked', 'submitted', 'approved', 'in_force', 'superseded', 'discarded')",
            name=op.f("ck_curtailment_plan_status"),
        ),
        sa.CheckConstraint("max_load_kw > 0", name=op.f("ck_curtailment_plan_max_load")),
        sa.CheckConstraint("year BETWEEN 2000 AND 2100", name=op.f("ck_curtailment_plan_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curtailment_plan")),
        sa.UniqueConstraint("region_code", "year", "edition", name="uq_curtailment_plan_edition"),
    )
    op.create_index(
        "ix_curtailment_plan_region",
        "curtailment_plan",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_curtailment_plan_in_force",
        "curtailment_plan",
        ["region_code", "year"],
        unique=True,
        postgresql_where=sa.text("status = 'in_force'"),
    )
    op.create_table(
        "curtailment_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('tier_shares', 'objective')", name=op.f("ck_curtailment_rule_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_curtailment_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curtailment_rule")),
    )
    op.create_index(
        "uq_curtailment_rule_scope",
        "curtailment_rule",
        ["kind", sa.literal_column("coalesce(region_code, '')"), "valid_from"],
        unique=True,
    )
    op.create_table(
        "curtailment_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("max_load_kw", sa.Float(), nullable=False),
        sa.Column("security_load_kw", sa.Float(), nullable=False),
        sa.Column("rest_weekdays", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("output_yuan_per_kwh", sa.Float(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "category IN ('emergency_command', 'government', 'media', 'telecom', 'transport', 'rail', 'prison', 'public_venue', 'hospital', 'finance', 'school', 'water', 'heating', 'energy_supply', 'residential', 'agriculture', 'national_project', 'military', 'illegal', 'phased_out', 'over_quota', 'landscape_lighting', 'high_consumption', 'ordinary')",
            name=op.f("ck_curtailment_user_category"),
        ),
        sa.CheckConstraint("max_load_kw > 0", name=op.f("ck_curtailment_user_max_load")),
        sa.CheckConstraint("output_yuan_per_kwh > 0", name=op.f("ck_curtailment_user_output")),
        sa.CheckConstraint(
            "security_load_kw BETWEEN 0 AND max_load_kw", name=op.f("ck_curtailment_user_security_load")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curtailment_user")),
        sa.UniqueConstraint("enterprise_id", name=op.f("uq_curtailment_user_enterprise_id")),
    )
    op.create_index("ix_curtailment_user_code", "curtailment_user", ["code"], unique=False)
    op.create_index(
        "ix_curtailment_user_region",
        "curtailment_user",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "curtailment_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("quota", sa.Float(), nullable=False),
        sa.Column("quota_unit", sa.String(), nullable=False),
        sa.Column("rotation_group", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "measure IN ('stagger', 'avoid', 'limit', 'cut')", name=op.f("ck_curtailment_entry_measure")
        ),
        sa.CheckConstraint(
            "quota > 0 AND (quota_unit = 'kw' OR quota <= 100)", name=op.f("ck_curtailment_entry_quota")
        ),
        sa.CheckConstraint("quota_unit IN ('kw', 'percent')", name=op.f("ck_curtailment_entry_quota_unit")),
        sa.CheckConstraint("tier BETWEEN 1 AND 4", name=op.f("ck_curtailment_entry_tier")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["curtailment_plan.id"], name=op.f("fk_curtailment_entry_plan_id_curtailment_plan")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["curtailment_user.id"], name=op.f("fk_curtailment_entry_user_id_curtailment_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curtailment_entry")),
        sa.UniqueConstraint("plan_id", "user_id", "tier", "measure", name="uq_curtailment_entry_row"),
    )
    op.create_index("ix_curtailment_entry_user", "curtailment_entry", ["user_id"], unique=False)
    op.create_table(
        "curtailment_exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('maintenance', 'activation', 'other')", name=op.f("ck_curtailment_exclusion_cause")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_curtailment_exclusion_period")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["curtailment_user.id"], name=op.f("fk_curtailment_exclusion_user_id_curtailment_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curtailment_exclusion")),
    )
    op.create_index("ix_curtailment_exclusion_user", "curtailment_exclusion", ["user_id", "ends_at"], unique=False)
    op.create_index(
        "uq_curtailment_exclusion_reference",
        "curtailment_exclusion",
        ["user_id", "reference"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "curtailment_measure",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("load_kw", sa.Float(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("max_minutes", sa.Integer(), nullable=False),
        sa.Column("recovery_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "measure IN ('stagger', 'avoid', 'limit', 'cut')", name=op.f("ck_curtailment_measure_measure")
        ),
        sa.CheckConstraint("load_kw > 0", name=op.f("ck_curtailment_measure_load")),
        sa.CheckConstraint(
            "min_minutes > 0 AND min_minutes <= max_minutes AND max_minutes <= 1440",
            name=op.f("ck_curtailment_measure_duration"),
        ),
        sa.CheckConstraint("notice_minutes BETWEEN 0 AND 10080", name=op.f("ck_curtailment_measure_notice")),
        sa.CheckConstraint("recovery_minutes BETWEEN 0 AND 10080", name=op.f("ck_curtailment_measure_recovery")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["curtailment_user.id"], name=op.f("fk_curtailment_measure_user_id_curtailment_user")
        ),
        sa.PrimaryKeyConstraint("user_id", "measure", name=op.f("pk_curtailment_measure")),
    )
    op.create_table(
        "curtailment_plan_step",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["curtailment_plan.id"], name=op.f("fk_curtailment_plan_step_plan_id_curtailment_plan")
        ),
        sa.PrimaryKeyConstraint("plan_id", "version", name=op.f("pk_curtailment_plan_step")),
    )
    op.create_table(
        "curtailment_user_meter",
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["curtailment_user.id"], name=op.f("fk_curtailment_user_meter_user_id_curtailment_user")
        ),
        sa.PrimaryKeyConstraint("meter_no", name=op.f("pk_curtailment_user_meter")),
    )
    op.create_index("ix_curtailment_user_meter_user", "curtailment_user_meter", ["user_id"], unique=False)
    op.execute(_RULES)


def downgrade() -> None:
    for name in (
        "curtailment_burden",
        "curtailment_rule",
        "curtailment_entry",
        "curtailment_plan_step",
        "curtailment_plan",
        "curtailment_exclusion",
        "curtailment_measure",
        "curtailment_user_meter",
        "curtailment_user",
    ):
        op.drop_table(name)
