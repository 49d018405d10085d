"""Efficiency: carriers and factors of GB/T 2589, months, benchmarks, contests, targets, vetoes, rewards."""

from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0078"
down_revision = "0076"
branch_labels = None
depends_on = None

_STANDARD = "GB/T 2589-2020 附录A"
# Code, names, base unit, whether a fuel, kgce in a base unit (当量值). Of natural gas the mean of gas fields; of
# coke oven gas the lower end of the standard's range.
_CARRIERS = (
    ("raw_coal", "原煤", "raw coal", "kg", True, "0.7143"),
    ("washed_coal", "洗精煤", "washed coal", "kg", True, "0.9000"),
    ("coke", "焦炭", "coke", "kg", True, "0.9714"),
    ("coal_tar", "煤焦油", "coal tar", "kg", True, "1.1429"),
    ("crude_oil", "原油", "crude oil", "kg", True, "1.4286"),
    ("fuel_oil", "燃料油", "fuel oil", "kg", True, "1.4286"),
    ("gasoline", "汽油", "gasoline", "kg", True, "1.4714"),
    ("kerosene", "煤油", "kerosene", "kg", True, "1.4714"),
    ("diesel", "柴油", "diesel", "kg", True, "1.4571"),
    ("lpg", "液化石油气", "liquefied petroleum gas", "kg", True, "1.7143"),
    ("lng", "液化天然气", "liquefied natural gas", "kg", True, "1.7572"),
    ("natural_gas", "天然气", "natural gas", "m3", True, "1.2143"),
    ("coke_oven_gas", "焦炉煤气", "coke oven gas", "m3", True, "0.5714"),
    ("blast_furnace_gas", "高炉煤气", "blast furnace gas", "m3", True, "0.1286"),
    ("electricity", "电力", "electricity", "kWh", False, "0.1229"),
    ("heat", "热力", "heat", "MJ", False, "0.03412"),
    ("steam", "蒸汽", "low-pressure steam", "kg", False, "0.1286"),
)
_SINCE = "2000-01-01"


def upgrade() -> None:
    op.create_table(
        "contest_edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contest_code", sa.String(), nullable=False),
        sa.Column("contest_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("quarter", sa.SmallInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("ranked", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_contest_edition_quarter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_edition")),
    )
    op.create_index(
        "uq_contest_edition",
        "contest_edition",
        ["contest_code", "region_code", "year", "quarter", "edition"],
        unique=True,
    )
    op.create_table(
        "contest_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sectors", postgresql.JSONB(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("factor_kind", sa.String(), nullable=False),
        sa.Column("weight_level", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("weight_improvement", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("weight_quality", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("score_at_limit", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("full_improvement_percent", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("min_quality", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("without_last_year", sa.String(), nullable=False),
        sa.Column("excludes_over_limit", sa.Boolean(), nullable=False),
        sa.Column("excludes_vetoed", sa.Boolean(), nullable=False),
        sa.Column("tie_breaks", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_contest_rule_ends_after_it_begins")),
        sa.CheckConstraint(
            "weight_level + weight_improvement + weight_quality = 1", name=op.f("ck_contest_rule_weights_one")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_rule")),
    )
    op.create_index(
        "uq_contest_rule_code_region_from",
        "contest_rule",
        ["code", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "efficiency_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("yellow_above_percent", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("red_from_percent", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("veto_red_months", sa.SmallInteger(), nullable=True),
        sa.Column("min_completeness", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("tolerance_percent", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("report_due_day", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("min_completeness BETWEEN 0 AND 1", name=op.f("ck_efficiency_rule_min_completeness")),
        sa.CheckConstraint(
            "red_from_percent > yellow_above_percent", name=op.f("ck_efficiency_rule_edges_in_order")
        ),
        sa.CheckConstraint("report_due_day BETWEEN 1 AND 28", name=op.f("ck_efficiency_rule_report_due_day")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_efficiency_rule_ends_after_it_begins")),
        sa.CheckConstraint("veto_red_months BETWEEN 1 AND 12", name=op.f("ck_efficiency_rule_veto_red_months")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_efficiency_rule")),
    )
    op.create_index(
        "uq_efficiency_rule_region_from",
        "efficiency_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "energy_benchmark",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("product_unit", sa.String(), nullable=False),
        sa.Column("factor_kind", sa.String(), nullable=False),
        sa.Column("limit_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("entry_value", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("advanced_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(
            "0 < advanced_value AND advanced_value <= coalesce(entry_value, limit_value) AND coalesce(entry_value, limit_value) <= limit_value",
            name=op.f("ck_energy_benchmark_values_in_order"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_energy_benchmark_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_benchmark")),
    )
    op.create_index(
        "uq_energy_benchmark_key_from",
        "energy_benchmark",
        ["sector_code", "basis", "product_code", "factor_kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "energy_carrier",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("is_fuel", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit IN ('kg', 'm3', 'kWh', 'MJ')", name=op.f("ck_energy_carrier_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_energy_carrier")),
    )
    op.create_table(
        "energy_month",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("reported_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "month", name=op.f("pk_energy_month")),
    )
    op.create_index(
        "ix_energy_month_region",
        "energy_month",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "energy_product",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_energy_product")),
    )
    op.create_table(
        "energy_target",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("factor_kind", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(precision=22, scale=6), nullable=False),
        sa.Column("pace", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("light", sa.String(), nullable=True),
        sa.Column("judged_month", sa.Date(), nullable=True),
        sa.Column("progress", postgresql.JSONB(), nullable=True),
        sa.Column("judged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint("pace IN ('linear', 'seasonal')", name=op.f("ck_energy_target_pace")),
        sa.CheckConstraint("value > 0", name=op.f("ck_energy_target_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_target")),
    )
    op.create_index("ix_energy_target_enterprise", "energy_target", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_energy_target_region",
        "energy_target",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_energy_target_key",
        "energy_target",
        ["region_code", "enterprise_id", "year", "measure", "product_code"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "energy_target_due",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_target_due")),
    )
    op.create_table(
        "calorific_value",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("carrier_code", sa.String(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("kj_per_unit", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("kj_per_unit > 0", name=op.f("ck_calorific_value_positive")),
        sa.CheckConstraint("last_month >= first_month", name=op.f("ck_calorific_value_months_in_order")),
        sa.ForeignKeyConstraint(
            ["carrier_code"], ["energy_carrier.code"], name=op.f("fk_calorific_value_carrier_code_energy_carrier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calorific_value")),
    )
    op.create_index(
        "ix_calorific_value_enterprise", "calorific_value", ["enterprise_id", "carrier_code"], unique=False
    )
    op.create_index(
        "ix_calorific_value_region",
        "calorific_value",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "contest_appeal",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("resulting_edition_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_on IS NULL)", name=op.f("ck_contest_appeal_decided_on_a_day")
        ),
        sa.CheckConstraint("status IN ('open', 'upheld', 'dismissed')", name=op.f("ck_contest_appeal_status")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["contest_edition.id"], name=op.f("fk_contest_appeal_edition_id_contest_edition")
        ),
        sa.ForeignKeyConstraint(
            ["resulting_edition_id"],
            ["contest_edition.id"],
            name=op.f("fk_contest_appeal_resulting_edition_id_contest_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_appeal")),
    )
    op.create_index("ix_contest_appeal_edition", "contest_appeal", ["edition_id"], unique=False)
    op.create_table(
        "contest_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("exclusion", sa.String(), nullable=True),
        sa.Column("total", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("level_score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("improvement_score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("quality_score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("intensity", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("intensity_before", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("improvement_percent", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("standing", sa.String(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "(rank IS NULL) = (exclusion IS NOT NULL)", name=op.f("ck_contest_entry_ranked_or_excluded")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["contest_edition.id"], name=op.f("fk_contest_entry_edition_id_contest_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_entry")),
    )
    op.create_index("uq_contest_entry_enterprise", "contest_entry", ["edition_id", "enterprise_id"], unique=True)
    op.create_table(
        "energy_factor",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("carrier_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kgce_per_unit", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('equivalent', 'equal_value')", name=op.f("ck_energy_factor_kind")),
        sa.CheckConstraint("kgce_per_unit > 0", name=op.f("ck_energy_factor_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_energy_factor_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["carrier_code"], ["energy_carrier.code"], name=op.f("fk_energy_factor_carrier_code_energy_carrier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_factor")),
    )
    op.create_index(
        "uq_energy_factor_key_from",
        "energy_factor",
        ["carrier_code", "kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "energy_process",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_code"], ["energy_product.code"], name=op.f("fk_energy_process_product_code_energy_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_process")),
    )
    op.create_index(
        "ix_energy_process_region",
        "energy_process",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("uq_energy_process_code", "energy_process", ["enterprise_id", "code"], unique=True)
    op.create_table(
        "energy_reward",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("saved_tce", sa.Numeric(precision=20, scale=3), nullable=True),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("paid_yuan", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decision_no", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'granted', 'paid', 'refused', 'revoked')", name=op.f("ck_energy_reward_status")
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'refused') OR decision_no IS NOT NULL",
            name=op.f("ck_energy_reward_granted_by_a_decision"),
        ),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_energy_reward_positive")),
        sa.CheckConstraint("paid_yuan BETWEEN 0 AND amount_yuan", name=op.f("ck_energy_reward_not_overpaid")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["contest_edition.id"], name=op.f("fk_energy_reward_edition_id_contest_edition")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["energy_target.id"], name=op.f("fk_energy_reward_target_id_energy_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_reward")),
        sa.UniqueConstraint("code", name=op.f("uq_energy_reward_code")),
    )
    op.create_index(
        "ix_energy_reward_region",
        "energy_reward",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "energy_veto",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("explanation_zh", sa.String(), nullable=False),
        sa.Column("explanation_en", sa.String(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_reason", sa.String(), nullable=True),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "ground IN ('year_missed', 'red_months', 'decision')", name=op.f("ck_energy_veto_ground")
        ),
        sa.CheckConstraint("period_to > period_from", name=op.f("ck_energy_veto_period_in_order")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["energy_target.id"], name=op.f("fk_energy_veto_target_id_energy_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_veto")),
    )
    op.create_index("ix_energy_veto_enterprise", "energy_veto", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_energy_veto_region",
        "energy_veto",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_energy_veto_target",
        "energy_veto",
        ["target_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL AND target_id IS NOT NULL"),
    )
    op.create_table(
        "energy_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("(kind = 'use') = (flow IS NOT NULL)", name=op.f("ck_energy_figure_flow_of_use")),
        sa.CheckConstraint("flow IN ('consumed', 'supplied', 'feedstock')", name=op.f("ck_energy_figure_flow")),
        sa.CheckConstraint("kind IN ('use', 'output', 'value')", name=op.f("ck_energy_figure_kind")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_energy_figure_not_negative")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["energy_process.id"], name=op.f("fk_energy_figure_process_id_energy_process")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_figure")),
    )
    op.create_index("ix_energy_figure_month", "energy_figure", ["month", "id"], unique=False)
    op.create_index(
        "ix_energy_figure_region",
        "energy_figure",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_energy_figure_current",
        "energy_figure",
        ["enterprise_id", "month", "kind", "process_id", "code", "flow"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "energy_meter_share",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("coefficient", sa.Float(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=True),
        sa.CheckConstraint("coefficient <> 0", name=op.f("ck_energy_meter_share_counts")),
        sa.CheckConstraint("last_month >= first_month", name=op.f("ck_energy_meter_share_months_in_order")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["energy_process.id"], name=op.f("fk_energy_meter_share_process_id_energy_process")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_meter_share")),
    )
    op.create_index("ix_energy_meter_share_enterprise", "energy_meter_share", ["enterprise_id"], unique=False)
    op.create_index("ix_energy_meter_share_meter", "energy_meter_share", ["meter_index"], unique=False)
    op.create_index(
        "ix_energy_meter_share_region",
        "energy_meter_share",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "energy_reward_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_energy_reward_payment_positive")),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["energy_reward.id"], name=op.f("fk_energy_reward_payment_reward_id_energy_reward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_reward_payment")),
    )
    op.create_index(
        op.f("ix_energy_reward_payment_reward_id"), "energy_reward_payment", ["reward_id"], unique=False
    )
    _ship()


def _ship() -> None:
    bind = op.get_bind()
    stamps = {"at": "2026-01-01T00:00:00+08:00", "since": _SINCE}
    for code, name, name_en, unit, is_fuel, kgce in _CARRIERS:
        facts = {"code": code, "name": name, "name_en": name_en, "unit": unit, "is_fuel": is_fuel}
        bind.execute(
            sa.text(
                "INSERT INTO energy_carrier (code, name, name_en, unit, is_fuel, version, changed_at, changed_by) "
                "VALUES (:code, :name, :name_en, :unit, :is_fuel, 1, cast(cast(:at AS text) AS timestamptz), "
                "'system')"
            ),
            facts | {"at": stamps["at"]},
        )
        bind.execute(
            sa.text(
                "INSERT INTO energy_factor (id, carrier_code, kind, kgce_per_unit, source, region_code, valid_from, "
                "valid_to, version, changed_at, changed_by) VALUES (:id, :code, 'equivalent', :kgce, :source, NULL, "
                "cast(cast(:since AS text) AS date), NULL, 1, cast(cast(:at AS text) AS timestamptz), 'system')"
            ),
            stamps
            | {
                "id": uuid5(NAMESPACE_URL, f"duban:energy-factor:{code}"),
                "code": code,
                "kgce": Decimal(kgce),
                "source": _STANDARD,
            },
        )
    bind.execute(
        sa.text(
            "INSERT INTO efficiency_rule (id, region_code, valid_from, valid_to, yellow_above_percent, "
            "red_from_percent, veto_red_months, min_completeness, tolerance_percent, report_due_day, version, "
            "changed_at, changed_by) VALUES (:id, NULL, cast(cast(:since AS text) AS date), NULL, 0, 10, 3, 0.95, 5, "
            "10, 1, cast(cast(:at AS text) AS timestamptz), 'system')"
        ),
        stamps | {"id": uuid5(NAMESPACE_URL, "duban:efficiency-rule")},
    )


def downgrade() -> None:
    op.drop_table("energy_reward_payment")
    op.drop_table("energy_meter_share")
    op.drop_table("energy_figure")
    op.drop_table("energy_veto")
    op.drop_table("energy_reward")
    op.drop_table("energy_process")
    op.drop_table("energy_factor")
    op.drop_table("contest_entry")
    op.drop_table("contest_appeal")
    op.drop_table("calorific_value")
    op.drop_table("energy_target_due")
    op.drop_table("energy_target")
    op.drop_table("energy_product")
    op.drop_table("energy_month")
    op.drop_table("energy_carrier")
    op.drop_table("energy_benchmark")
    op.drop_table("efficiency_rule")
    op.drop_table("contest_rule")
    op.drop_table("contest_edition")
