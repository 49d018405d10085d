"""Generation and phase-out: plants with their units, series and days, targets; standards, cases and their course.

The thresholds of the first release are rows: points behind pace as in S26 (10 and 30), working days before a
deadline, the load that means running.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080"
down_revision = "0078"
branch_labels = None
depends_on = None

_RULES = """
INSERT INTO generation_rule (
    id, region_code, valid_from, valid_to, behind_points_1, behind_points_2, least_completeness, outage_share_1,
    outage_share_2, outage_hours, under_ratio, under_days, note, version, changed_at, changed_by
) VALUES (
    '00000000-0000-7000-8000-000000000800', NULL, '2000-01-01', NULL, 10, 30, 0.8, 0.25, 0.6, 4, 0.85, 5,
    'shipped', 1, '2026-01-01T00:00:00Z', 'shipped'
);
INSERT INTO phase_out_rule (
    id, region_code, valid_from, valid_to, due_soon_working_days, overdue_level2_days, most_extensions,
    running_share, running_floor_kw, running_slots, least_completeness, baseline_days, check_days, note, version,
    changed_at, changed_by
) VALUES (
    '00000000-0000-7000-8000-000000000801', NULL, '2000-01-01', NULL, 30, 30, 2, 0.1, 5, 4, 0.9, 30, 7,
    'shipped', 1, '2026-01-01T00:00:00Z', 'shipped'
)
"""


def upgrade() -> None:
    op.create_table(
        "generation_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("behind_points_1", sa.Float(), nullable=False),
        sa.Column("behind_points_2", sa.Float(), nullable=False),
        sa.Column("least_completeness", sa.Float(), nullable=False),
        sa.Column("outage_share_1", sa.Float(), nullable=False),
        sa.Column("outage_share_2", sa.Float(), nullable=False),
        sa.Column("outage_hours", sa.Float(), nullable=False),
        sa.Column("under_ratio", sa.Float(), nullable=False),
        sa.Column("under_days", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "behind_points_2 > behind_points_1 AND behind_points_1 > 0", name=op.f("ck_generation_rule_behind")
        ),
        sa.CheckConstraint(
            "outage_share_2 >= outage_share_1 AND outage_share_1 > 0", name=op.f("ck_generation_rule_outage")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_generation_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation_rule")),
    )
    op.create_index(
        "uq_generation_rule_scope",
        "generation_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "phase_out_content",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_phase_out_content_sha256_hex")),
        sa.CheckConstraint("octet_length(data) > 0", name=op.f("ck_phase_out_content_not_empty")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_phase_out_content")),
    )
    op.create_table(
        "phase_out_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("due_soon_working_days", sa.SmallInteger(), nullable=False),
        sa.Column("overdue_level2_days", sa.SmallInteger(), nullable=False),
        sa.Column("most_extensions", sa.SmallInteger(), nullable=False),
        sa.Column("running_share", sa.Float(), nullable=False),
        sa.Column("running_floor_kw", sa.Float(), nullable=False),
        sa.Column("running_slots", sa.SmallInteger(), nullable=False),
        sa.Column("least_completeness", sa.Float(), nullable=False),
        sa.Column("baseline_days", sa.SmallInteger(), nullable=False),
        sa.Column("check_days", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_phase_out_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_rule")),
    )
    op.create_index(
        "uq_phase_out_rule_scope",
        "phase_out_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "phase_out_standard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("basis_document", sa.String(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(comparator = 'banned') = (threshold IS NULL)", name=op.f("ck_phase_out_standard_threshold")
        ),
        sa.CheckConstraint(
            "category IN ('product', 'process', 'equipment', 'scale')", name=op.f("ck_phase_out_standard_category")
        ),
        sa.CheckConstraint(
            "comparator IN ('at_least', 'at_most', 'banned')", name=op.f("ck_phase_out_standard_comparator")
        ),
        sa.CheckConstraint("threshold IS NULL OR unit IS NOT NULL", name=op.f("ck_phase_out_standard_unit")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_phase_out_standard_validity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_standard")),
    )
    op.create_index(
        "uq_phase_out_standard_code",
        "phase_out_standard",
        ["code", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "plant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("river_or_site", sa.String(), nullable=True),
        sa.Column("grid_voltage_kv", sa.Float(), nullable=True),
        sa.Column("commissioned_on", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('hydro', 'wind', 'solar', 'thermal', 'storage')", name=op.f("ck_plant_kind")),
        sa.CheckConstraint("retired_on IS NULL OR retired_on > commissioned_on", name=op.f("ck_plant_life")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant")),
        sa.UniqueConstraint("code", name=op.f("uq_plant_code")),
    )
    op.create_index("ix_plant_enterprise_id", "plant", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_plant_region_code",
        "plant",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "generation_target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=False),
        sa.Column("monthly_kwh", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("energy_kwh > 0", name=op.f("ck_generation_target_energy")),
        sa.CheckConstraint(
            "monthly_kwh IS NULL OR cardinality(monthly_kwh) = 12", name=op.f("ck_generation_target_months")
        ),
        sa.CheckConstraint("plant_id IS NULL OR kind IS NULL", name=op.f("ck_generation_target_plant_or_kind")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_generation_target_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation_target")),
    )
    op.create_index("ix_generation_target_line", "generation_target", ["line_id", "version"], unique=False)
    op.create_index(
        "uq_generation_target_current",
        "generation_target",
        ["region_code", "plant_id", "kind", "year"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "phase_out_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("enterprise_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("standard_code", sa.String(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("required", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("original_deadline_on", sa.Date(), nullable=False),
        sa.Column("extensions", sa.SmallInteger(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(comparator = 'banned') = (required IS NULL)", name=op.f("ck_phase_out_case_required")
        ),
        sa.CheckConstraint(
            "(ended_on IS NOT NULL) = (status IN ('passed', 'closed', 'withdrawn'))",
            name=op.f("ck_phase_out_case_ended"),
        ),
        sa.CheckConstraint(
            "comparator IN ('at_least', 'at_most', 'banned')", name=op.f("ck_phase_out_case_comparator")
        ),
        sa.CheckConstraint(
            "status IN ('listed', 'passed', 'closing', 'ordered', 'served', 'executed', 'closed', 'withdrawn')",
            name=op.f("ck_phase_out_case_status"),
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"],
            ["phase_out_standard.id"],
            name=op.f("fk_phase_out_case_standard_id_phase_out_standard"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_case")),
        sa.UniqueConstraint("number", name=op.f("uq_phase_out_case_number")),
    )
    op.create_index("ix_phase_out_case_enterprise_id", "phase_out_case", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_phase_out_case_region_code",
        "phase_out_case",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_phase_out_case_standard_id", "phase_out_case", ["standard_id"], unique=False)
    op.create_index(
        "uq_phase_out_case_open",
        "phase_out_case",
        ["enterprise_id", "standard_code", "title"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "plant_connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("node_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_plant_connection_validity")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_connection_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_connection")),
    )
    op.create_index("ix_plant_connection_node_id", "plant_connection", ["node_id"], unique=False)
    op.create_index("ix_plant_connection_plant_id", "plant_connection", ["plant_id", "valid_from"], unique=False)
    op.create_table(
        "plant_day",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=False),
        sa.Column("present", sa.Float(), nullable=False),
        sa.Column("whole", sa.SmallInteger(), nullable=False),
        sa.Column("compared", sa.SmallInteger(), nullable=False),
        sa.Column("actual_kwh", sa.Float(), nullable=False),
        sa.Column("slots_kwh", sa.Float(), nullable=False),
        sa.Column("peak_kw", sa.Float(), nullable=True),
        sa.Column("capacity_kwh", sa.Float(), nullable=False),
        sa.Column("potential_kwh", sa.Float(), nullable=False),
        sa.Column("expected_kwh", sa.Float(), nullable=False),
        sa.Column("compared_kwh", sa.Float(), nullable=False),
        sa.Column("resource_kwh", sa.Float(), nullable=False),
        sa.Column("planned_kwh", sa.Float(), nullable=False),
        sa.Column("forced_kwh", sa.Float(), nullable=False),
        sa.Column("curtailed_kwh", sa.Float(), nullable=False),
        sa.Column("unexplained_kwh", sa.Float(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_day_plant_id_plant")),
        sa.PrimaryKeyConstraint("plant_id", "day", name=op.f("pk_plant_day")),
    )
    op.create_index(op.f("ix_plant_day_day"), "plant_day", ["day"], unique=False)
    op.create_table(
        "plant_due",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_plant_due_span")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_due_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_due")),
    )
    op.create_table(
        "plant_limit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_kw", sa.Float(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("order_no", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_plant_limit_period")),
        sa.CheckConstraint("limit_kw >= 0", name=op.f("ck_plant_limit_limit")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_limit_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_limit")),
    )
    op.create_index("ix_plant_limit_plant_id", "plant_limit", ["plant_id", "starts_at"], unique=False)
    op.create_index(
        "uq_plant_limit_order_no",
        "plant_limit",
        ["plant_id", "order_no"],
        unique=True,
        postgresql_where=sa.text("order_no IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "plant_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slot_values", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cardinality(slot_values) = 96", name=op.f("ck_plant_series_whole_day")),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_at >= recorded_at", name=op.f("ck_plant_series_known")
        ),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_series_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_series")),
    )
    op.create_index(
        "uq_plant_series_current",
        "plant_series",
        ["plant_id", "quantity", "day"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "plant_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_unit_plant_id_plant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_unit")),
    )
    op.create_index("uq_plant_unit_code", "plant_unit", ["plant_id", "code"], unique=True)
    op.create_table(
        "phase_out_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("paid_yuan", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reward', 'compensation', 'resettlement')", name=op.f("ck_phase_out_grant_kind")
        ),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_phase_out_grant_withdrawn_with_reason"),
        ),
        sa.CheckConstraint(
            "amount_yuan > 0 AND paid_yuan >= 0 AND paid_yuan <= amount_yuan", name=op.f("ck_phase_out_grant_paid")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_grant_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_grant")),
    )
    op.create_index("ix_phase_out_grant_case_id", "phase_out_grant", ["case_id"], unique=False)
    op.create_table(
        "phase_out_inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("inspectors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("is_running", sa.Boolean(), nullable=True),
        sa.Column("conclusion", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "conclusion IN ('met', 'not_met', 'cannot_tell')", name=op.f("ck_phase_out_inspection_conclusion")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_inspection_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_inspection")),
    )
    op.create_index(
        "ix_phase_out_inspection_case_id", "phase_out_inspection", ["case_id", "inspected_on"], unique=False
    )
    op.create_table(
        "phase_out_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("serial_no", sa.String(), nullable=True),
        sa.Column("maker", sa.String(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("rated", sa.Float(), nullable=True),
        sa.Column("rated_unit", sa.String(), nullable=True),
        sa.Column("nameplate", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("removal_note", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_item_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_item")),
    )
    op.create_index("ix_phase_out_item_case_id", "phase_out_item", ["case_id"], unique=False)
    op.create_table(
        "phase_out_milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("original_on", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_milestone_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_milestone")),
    )
    op.create_index("uq_phase_out_milestone_name", "phase_out_milestone", ["case_id", "name"], unique=True)
    op.create_table(
        "phase_out_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("meter_nos", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("execute_by", sa.Date(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("served_note", sa.String(), nullable=True),
        sa.Column("executed_on", sa.Date(), nullable=True),
        sa.Column("executed_note", sa.String(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_note", sa.String(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("running", sa.String(), nullable=True),
        sa.Column("running_checked_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("execute_by >= issued_on", name=op.f("ck_phase_out_order_execute_by")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_order_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_order")),
        sa.UniqueConstraint("number", name=op.f("uq_phase_out_order_number")),
    )
    op.create_index(
        "uq_phase_out_order_standing",
        "phase_out_order",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_on IS NULL"),
    )
    op.create_table(
        "phase_out_verdict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("new_deadline_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'extended') = (new_deadline_on IS NOT NULL)", name=op.f("ck_phase_out_verdict_extended_to")
        ),
        sa.CheckConstraint(
            "verdict IN ('passed', 'extended', 'close')", name=op.f("ck_phase_out_verdict_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_verdict_case_id_phase_out_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_verdict")),
    )
    op.create_index("ix_phase_out_verdict_case_id", "phase_out_verdict", ["case_id", "recorded_at"], unique=False)
    op.create_table(
        "plant_meter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("(role = 'unit') = (unit_id IS NOT NULL)", name=op.f("ck_plant_meter_unit_named")),
        sa.CheckConstraint("role IN ('export', 'own_use', 'unit')", name=op.f("ck_plant_meter_role")),
        sa.CheckConstraint("sign IN (-1, 1)", name=op.f("ck_plant_meter_sign")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_plant_meter_validity")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_meter_plant_id_plant")),
        sa.ForeignKeyConstraint(["unit_id"], ["plant_unit.id"], name=op.f("fk_plant_meter_unit_id_plant_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_meter")),
    )
    op.create_index("ix_plant_meter_meter_index", "plant_meter", ["meter_index"], unique=False)
    op.create_index("ix_plant_meter_plant_id", "plant_meter", ["plant_id", "valid_from"], unique=False)
    op.create_table(
        "plant_unit_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('hydro', 'wind', 'solar', 'firing')", name=op.f("ck_plant_unit_model_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_plant_unit_model_validity")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["plant_unit.id"], name=op.f("fk_plant_unit_model_unit_id_plant_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_unit_model")),
    )
    op.create_index("ix_plant_unit_model_unit_id", "plant_unit_model", ["unit_id", "valid_from"], unique=False)
    op.create_table(
        "plant_unit_rating",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("capacity_kw", sa.Float(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("capacity_kw > 0", name=op.f("ck_plant_unit_rating_capacity")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_plant_unit_rating_validity")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["plant_unit.id"], name=op.f("fk_plant_unit_rating_unit_id_plant_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_unit_rating")),
    )
    op.create_index("ix_plant_unit_rating_unit_id", "plant_unit_rating", ["unit_id", "valid_from"], unique=False)
    op.create_table(
        "plant_unit_state",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_kw", sa.Float(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'reduced') = (available_kw IS NOT NULL)", name=op.f("ck_plant_unit_state_reduced_to")
        ),
        sa.CheckConstraint(
            "state IN ('available', 'reduced', 'outage_planned', 'outage_forced')",
            name=op.f("ck_plant_unit_state_state"),
        ),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_plant_unit_state_period")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_unit_state_plant_id_plant")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["plant_unit.id"], name=op.f("fk_plant_unit_state_unit_id_plant_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_unit_state")),
    )
    op.create_index("ix_plant_unit_state_plant_id", "plant_unit_state", ["plant_id", "starts_at"], unique=False)
    op.create_index("ix_plant_unit_state_unit_id", "plant_unit_state", ["unit_id", "starts_at"], unique=False)
    op.create_index(
        "uq_plant_unit_state_open",
        "plant_unit_state",
        ["unit_id"],
        unique=True,
        postgresql_where=sa.text("ends_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "phase_out_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reference_sha256", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(content_sha256 IS NULL) <> (reference IS NULL)",
            name=op.f("ck_phase_out_evidence_bytes_or_reference"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_phase_out_evidence_withdrawn_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_evidence_case_id_phase_out_case")
        ),
        sa.ForeignKeyConstraint(
            ["content_sha256"],
            ["phase_out_content.sha256"],
            name=op.f("fk_phase_out_evidence_content_sha256_phase_out_content"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["phase_out_item.id"], name=op.f("fk_phase_out_evidence_item_id_phase_out_item")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["phase_out_milestone.id"],
            name=op.f("fk_phase_out_evidence_milestone_id_phase_out_milestone"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_evidence")),
    )
    op.create_index(
        "ix_phase_out_evidence_case_id", "phase_out_evidence", ["case_id", "recorded_at"], unique=False
    )
    op.create_table(
        "phase_out_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("yuan", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("yuan > 0", name=op.f("ck_phase_out_payment_yuan")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["phase_out_grant.id"], name=op.f("fk_phase_out_payment_grant_id_phase_out_grant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_payment")),
    )
    op.create_index("ix_phase_out_payment_grant_id", "phase_out_payment", ["grant_id", "paid_on"], unique=False)
    op.create_table(
        "phase_out_replan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=True),
        sa.Column("before_on", sa.Date(), nullable=False),
        sa.Column("after_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_replan_case_id_phase_out_case")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["phase_out_milestone.id"],
            name=op.f("fk_phase_out_replan_milestone_id_phase_out_milestone"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_replan")),
    )
    op.create_index("ix_phase_out_replan_case_id", "phase_out_replan", ["case_id", "recorded_at"], unique=False)
    op.create_table(
        "phase_out_running",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("meters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("usual_kw", sa.Float(), nullable=True),
        sa.Column("threshold_kw", sa.Float(), nullable=False),
        sa.Column("highest_kw", sa.Float(), nullable=True),
        sa.Column("mean_kw", sa.Float(), nullable=True),
        sa.Column("completeness", sa.Float(), nullable=False),
        sa.Column("slots_above", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "result IN ('running', 'stopped', 'cannot_tell')", name=op.f("ck_phase_out_running_result")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["phase_out_case.id"], name=op.f("fk_phase_out_running_case_id_phase_out_case")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["phase_out_order.id"], name=op.f("fk_phase_out_running_order_id_phase_out_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_out_running")),
    )
    op.create_index("ix_phase_out_running_order_id", "phase_out_running", ["order_id", "checked_at"], unique=False)
    for statement in _RULES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM situation WHERE kind LIKE 'generation_%' OR kind LIKE 'phase_out_%'")
    for name in (
        "phase_out_running",
        "phase_out_replan",
        "phase_out_payment",
        "phase_out_evidence",
        "plant_unit_state",
        "plant_unit_rating",
        "plant_unit_model",
        "plant_meter",
        "phase_out_verdict",
        "phase_out_order",
        "phase_out_milestone",
        "phase_out_item",
        "phase_out_inspection",
        "phase_out_grant",
        "plant_unit",
        "plant_series",
        "plant_limit",
        "plant_due",
        "plant_day",
        "plant_connection",
        "phase_out_case",
        "generation_target",
        "plant",
        "phase_out_standard",
        "phase_out_rule",
        "phase_out_content",
        "generation_rule",
    ):
        op.drop_table(name)
