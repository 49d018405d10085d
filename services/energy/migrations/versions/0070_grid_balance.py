"""Situations of the grid and beyond; the grid by what holds when; balances and their levels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0070"
down_revision = "0031"
branch_labels = None
depends_on = None

_GRID_RULE = """
INSERT INTO grid_rule (id, region_code, valid_from, valid_to, power_factor, overload_factor, least_completeness,
    reason, version, changed_at, changed_by)
VALUES ('019a0000-0000-7000-8000-000000000701', NULL, '1990-01-01', NULL, 0.95, 1.3, 0.8,
    'shipped', 1, '2000-01-01T00:00:00Z', 'system')
"""
_BALANCE_RULE = """
INSERT INTO balance_rule (id, region_code, valid_from, valid_to, denominator, recent_days, blue_above, yellow_above,
    orange_from, red_from, up_slots, down_slots, restate_points, kinds, reason, version, changed_at, changed_by)
VALUES ('019a0000-0000-7000-8000-000000000702', NULL, '1990-01-01', NULL, 'forecast_maximum', 14, 0, 5, 10, 20,
    1, 2, 2, ARRAY['area', 'substation'], 'shipped', 1, '2000-01-01T00:00:00Z', 'system')
"""


def upgrade() -> None:
    op.create_table(
        "balance_due",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_balance_due")),
    )
    op.create_index("ix_balance_due_day", "balance_due", ["day"], unique=False)
    op.create_table(
        "balance_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("denominator", sa.String(), nullable=False),
        sa.Column("recent_days", sa.SmallInteger(), nullable=False),
        sa.Column("blue_above", sa.Float(), nullable=False),
        sa.Column("yellow_above", sa.Float(), nullable=False),
        sa.Column("orange_from", sa.Float(), nullable=False),
        sa.Column("red_from", sa.Float(), nullable=False),
        sa.Column("up_slots", sa.SmallInteger(), nullable=False),
        sa.Column("down_slots", sa.SmallInteger(), nullable=False),
        sa.Column("restate_points", sa.Float(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.String(), dimensions=1), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "denominator IN ('forecast_maximum', 'recent_maximum')", name=op.f("ck_balance_rule_denominator")
        ),
        sa.CheckConstraint(
            "blue_above >= 0 AND blue_above < yellow_above AND yellow_above < orange_from AND orange_from < red_from",
            name=op.f("ck_balance_rule_edges"),
        ),
        sa.CheckConstraint("recent_days BETWEEN 1 AND 366", name=op.f("ck_balance_rule_recent_days")),
        sa.CheckConstraint("restate_points > 0", name=op.f("ck_balance_rule_restate_points")),
        sa.CheckConstraint(
            "up_slots BETWEEN 1 AND 96 AND down_slots BETWEEN 1 AND 96", name=op.f("ck_balance_rule_slots")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_balance_rule_life")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_rule")),
    )
    op.create_index("ix_balance_rule_region", "balance_rule", ["region_code", "valid_from"], unique=False)
    op.create_table(
        "grid_node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("voltage_kv", sa.Float(), nullable=True),
        sa.Column("quota_code", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('area', 'substation', 'transformer', 'feeder')", name=op.f("ck_grid_node_kind")
        ),
        sa.CheckConstraint("origin IN ('registered', 'project')", name=op.f("ck_grid_node_origin")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_node_life")),
        sa.CheckConstraint("voltage_kv > 0", name=op.f("ck_grid_node_voltage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_node")),
        sa.UniqueConstraint("code", name="uq_grid_node_code"),
        sa.UniqueConstraint("project_id", name="uq_grid_node_project"),
    )
    op.create_index(
        "ix_grid_node_region",
        "grid_node",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "grid_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("power_factor", sa.Float(), nullable=False),
        sa.Column("overload_factor", sa.Float(), nullable=False),
        sa.Column("least_completeness", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "least_completeness > 0 AND least_completeness <= 1", name=op.f("ck_grid_rule_completeness")
        ),
        sa.CheckConstraint("overload_factor BETWEEN 1 AND 3", name=op.f("ck_grid_rule_overload")),
        sa.CheckConstraint("power_factor > 0 AND power_factor <= 1", name=op.f("ck_grid_rule_power_factor")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_rule_life")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_rule")),
    )
    op.create_index("ix_grid_rule_region", "grid_rule", ["region_code", "valid_from"], unique=False)
    op.create_table(
        "grid_touched",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_touched")),
    )
    op.create_table(
        "situation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_code", sa.String(), nullable=False),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("highest_level", sa.SmallInteger(), nullable=False),
        sa.Column("expected_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("gap_percent", sa.Float(), nullable=True),
        sa.Column("gap_kw", sa.Float(), nullable=True),
        sa.Column("reference_on", sa.Date(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Float(), nullable=True),
        sa.Column("actual", sa.Float(), nullable=True),
        sa.Column("explanation_zh", sa.String(), nullable=False),
        sa.Column("explanation_en", sa.String(), nullable=False),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cleared_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(cleared_at IS NULL) = (cleared_reason IS NULL)", name=op.f("ck_situation_cleared")),
        sa.CheckConstraint("cleared_at IS NULL OR cleared_at >= opened_at", name=op.f("ck_situation_order")),
        sa.CheckConstraint(
            "level BETWEEN 1 AND 4 AND highest_level BETWEEN level AND 4", name=op.f("ck_situation_level")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situation")),
    )
    op.create_index("ix_situation_opened_at", "situation", ["opened_at"], unique=False)
    op.create_index(
        "ix_situation_region",
        "situation",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_situation_subject", "situation", ["subject_id", "opened_at"], unique=False)
    op.create_index(
        "uq_situation_open",
        "situation",
        ["subject_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "balance_day",
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("available_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("demand_kw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("gap_percent", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("completeness", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("level", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("limit_source", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("known_slots", sa.SmallInteger(), nullable=False),
        sa.Column("scaled_slots", sa.SmallInteger(), nullable=False),
        sa.Column("short_slots", sa.SmallInteger(), nullable=False),
        sa.Column("quota_over_slots", sa.SmallInteger(), nullable=False),
        sa.Column("peak_kw", sa.Float(), nullable=True),
        sa.Column("peak_slot", sa.SmallInteger(), nullable=True),
        sa.Column("maximum_kw", sa.Float(), nullable=True),
        sa.Column("maximum_source", sa.SmallInteger(), nullable=False),
        sa.Column("capacity_kw", sa.Float(), nullable=True),
        sa.Column("highest_level", sa.SmallInteger(), nullable=False),
        sa.Column("highest_gap_kw", sa.Float(), nullable=True),
        sa.Column("highest_gap_percent", sa.Float(), nullable=True),
        sa.Column("capacity_ids", postgresql.ARRAY(sa.Uuid(), dimensions=1), nullable=False),
        sa.Column("quota_ids", postgresql.ARRAY(sa.Uuid(), dimensions=1), nullable=False),
        sa.Column("import_limit_ids", postgresql.ARRAY(sa.Uuid(), dimensions=1), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("held", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("highest_level BETWEEN 0 AND 4", name=op.f("ck_balance_day_level")),
        sa.ForeignKeyConstraint(
            ["node_id"], ["grid_node.id"], name=op.f("fk_balance_day_node_id_grid_node"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("node_id", "day", name=op.f("pk_balance_day")),
    )
    op.create_index("ix_balance_day_day", "balance_day", ["day", "highest_level"], unique=False)
    op.create_table(
        "balance_import_limit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("limit_mw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("cardinality(limit_mw) IN (1, 24, 48, 96)", name=op.f("ck_balance_import_limit_slots")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_balance_import_limit_life")),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["grid_node.id"],
            name=op.f("fk_balance_import_limit_node_id_grid_node"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_import_limit")),
        sa.UniqueConstraint("node_id", "valid_from", name="uq_balance_import_limit_node"),
    )
    op.create_table(
        "grid_capacity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("rated_mva", sa.Float(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("overload_factor", sa.Float(), nullable=True),
        sa.Column("power_factor", sa.Float(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("project_code", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_grid_capacity_withdrawn")
        ),
        sa.CheckConstraint("overload_factor BETWEEN 1 AND 3", name=op.f("ck_grid_capacity_overload")),
        sa.CheckConstraint("power_factor > 0 AND power_factor <= 1", name=op.f("ck_grid_capacity_power_factor")),
        sa.CheckConstraint("rated_mva <> 0", name=op.f("ck_grid_capacity_rated")),
        sa.CheckConstraint("units BETWEEN 1 AND 100", name=op.f("ck_grid_capacity_units")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_capacity_life")),
        sa.ForeignKeyConstraint(["node_id"], ["grid_node.id"], name=op.f("fk_grid_capacity_node_id_grid_node")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_capacity")),
    )
    op.create_index("ix_grid_capacity_node", "grid_capacity", ["node_id"], unique=False)
    op.create_index(
        "uq_grid_capacity_project",
        "grid_capacity",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND valid_to IS NULL AND project_id IS NOT NULL"),
    )
    op.create_table(
        "grid_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("child_id <> parent_id", name=op.f("ck_grid_link_other")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_link_life")),
        sa.ForeignKeyConstraint(["child_id"], ["grid_node.id"], name=op.f("fk_grid_link_child_id_grid_node")),
        sa.ForeignKeyConstraint(["parent_id"], ["grid_node.id"], name=op.f("fk_grid_link_parent_id_grid_node")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_link")),
        sa.UniqueConstraint("child_id", "valid_from", name="uq_grid_link_child"),
    )
    op.create_index("ix_grid_link_parent", "grid_link", ["parent_id"], unique=False)
    op.create_table(
        "grid_placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("role IN ('load', 'gateway')", name=op.f("ck_grid_placement_role")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_placement_life")),
        sa.ForeignKeyConstraint(["node_id"], ["grid_node.id"], name=op.f("fk_grid_placement_node_id_grid_node")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_placement")),
        sa.UniqueConstraint("meter_index", "role", "valid_from", name="uq_grid_placement_meter"),
    )
    op.create_index("ix_grid_placement_no", "grid_placement", ["meter_no"], unique=False)
    op.create_index("ix_grid_placement_node", "grid_placement", ["node_id"], unique=False)
    op.create_table(
        "grid_unmetered",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("share > 0 AND share < 1", name=op.f("ck_grid_unmetered_share")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_unmetered_life")),
        sa.ForeignKeyConstraint(["node_id"], ["grid_node.id"], name=op.f("fk_grid_unmetered_node_id_grid_node")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_unmetered")),
        sa.UniqueConstraint("node_id", "valid_from", name="uq_grid_unmetered_node"),
    )
    op.create_table(
        "grid_works",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("work", sa.String(), nullable=True),
        sa.Column("voltage_kv", sa.Float(), nullable=True),
        sa.Column("capacity_mva", sa.Float(), nullable=True),
        sa.Column("line_length_km", sa.Float(), nullable=True),
        sa.Column("financing_form", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column("commissioned_on", sa.Date(), nullable=True),
        sa.Column("node_id", sa.Uuid(), nullable=True),
        sa.Column("capacity_id", sa.Uuid(), nullable=True),
        sa.Column("event_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["capacity_id"], ["grid_capacity.id"], name=op.f("fk_grid_works_capacity_id_grid_capacity")
        ),
        sa.ForeignKeyConstraint(["node_id"], ["grid_node.id"], name=op.f("fk_grid_works_node_id_grid_node")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_grid_works")),
    )
    op.create_index(
        "ix_grid_works_region",
        "grid_works",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    # As shipped: what the electric load management practice goes by. Ids are fixed, so that sites agree on them.
    op.execute(_GRID_RULE)
    op.execute(_BALANCE_RULE)


def downgrade() -> None:
    for name in (
        "grid_works",
        "grid_unmetered",
        "grid_placement",
        "grid_link",
        "grid_capacity",
        "balance_import_limit",
        "balance_day",
        "situation",
        "grid_touched",
        "grid_rule",
        "grid_node",
        "balance_rule",
        "balance_due",
    ):
        op.drop_table(name)
