"""The economy (S13): catalogue, register, monthly reports, the figures that count; the numbers it goes by as data."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

APPEND_ONLY = ("economy_report_revision", "economy_report_step")
TABLES = (
    "economy_indicator",
    "economy_rule",
    "economy_size_band",
    "economy_standing",
    "economy_closed_month",
    "economy_report",
    "economy_report_revision",
    "economy_report_step",
    "economy_figure",
    "economy_restatement",
    "economy_published_figure",
)

_ALWAYS = date(2000, 1, 1)
_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)
# Code, names, unit, kind, price basis, sign, whose shares count it, required of the final and of the flash report.
# Value added is officially stated at comparable prices; the others at those of the month.
_INDICATORS = (
    (
        "output_value",
        "工业总产值",
        "output value",
        "yuan",
        "flow",
        "current",
        "not_negative",
        "output",
        True,
        True,
    ),
    ("value_added", "工业增加值", "value added", "yuan", "flow", "comparable", "any", "value_added", True, False),
    ("sales", "工业销售产值", "sales", "yuan", "flow", "current", "not_negative", None, True, True),
    (
        "main_revenue",
        "主营业务收入",
        "main revenue",
        "yuan",
        "flow",
        "current",
        "not_negative",
        None,
        False,
        False,
    ),
    ("main_cost", "主营业务成本", "main cost", "yuan", "flow", "current", "not_negative", None, False, False),
    ("profit", "利润总额", "profit", "yuan", "flow", "current", "any", None, True, False),
    ("tax", "税金总额", "tax", "yuan", "flow", "current", "any", "tax", True, False),
    ("power_kwh", "用电量", "power used", "kwh", "flow", None, "not_negative", None, True, True),
    ("employees", "从业人员", "employees", "person", "stock", None, "not_negative", None, False, False),
    ("inventory", "产成品存货", "inventory", "yuan", "stock", "current", "not_negative", None, False, False),
    ("orders", "新增订单", "new orders", "yuan", "flow", "current", "any", None, False, False),
    ("export_value", "出口交货值", "exports", "yuan", "flow", "current", "not_negative", None, False, False),
    ("rd_spend", "研发经费支出", "R&D spend", "yuan", "flow", "current", "not_negative", None, False, False),
    (
        *("high_tech_output", "高新技术产品产值", "high-tech output", "yuan", "flow", "current", "not_negative"),
        *(None, False, False),
    ),
    (
        *("new_product_output", "新产品产值", "output of new products", "yuan", "flow", "current", "not_negative"),
        *(None, False, False),
    ),
)
# The edge of 规上 is the statistics' own (2000万元); the others are a choice of ours, changed as data.
_RULES = (
    ("flash_due", None, "3", "3"),
    ("final_due", None, "10", "5"),
    ("due_soon", None, "2", None),
    ("jump", None, "50", None),
    ("power_gap", None, "30", None),
    *(
        (kind, code, value, grave)
        for code in ("output_value", "value_added", "sales")
        for kind, value, grave in (("dip_yoy", "-10", "-30"), ("dip_mom", "-30", "-50"), ("dip_falls", "3", "6"))
    ),
    ("dip_yoy", "tax", "-20", "-40"),
    ("dip_power", None, "5", "20"),
    ("above_scale", None, "20000000", None),
)
# 统计上大中小微型企业划分办法(2017), industry: revenue in yuan and employees, both reached.
_SIZES = (
    ("large", "大型", "large", 4, "400000000", "1000"),
    ("medium", "中型", "medium", 3, "20000000", "300"),
    ("small", "小型", "small", 2, "3000000", "20"),
    ("micro", "微型", "micro", 1, "0", "0"),
)


def upgrade() -> None:
    _create_catalogue()
    _create_register()
    _create_reports()
    _create_figures()
    for statement in append_only_ddl(*APPEND_ONLY):
        op.execute(statement)
    _ship_indicators()
    _ship_numbers()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_catalogue() -> None:
    op.create_table(
        "economy_indicator",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("price_basis", sa.String(), nullable=True),
        sa.Column("sign", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("required_flash", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_economy_indicator")),
    )
    op.create_table(
        "economy_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=True),
        sa.Column("value", sa.Numeric(precision=24, scale=4), nullable=False),
        sa.Column("level2_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_economy_rule_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["indicator"], ["economy_indicator.code"], name=op.f("fk_economy_rule_indicator_economy_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_rule")),
    )
    op.create_index(
        "uq_economy_rule_kind_indicator_region_from",
        "economy_rule",
        ["kind", "indicator", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "economy_size_band",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("min_revenue_yuan", sa.Numeric(precision=24, scale=4), nullable=False),
        sa.Column("min_employees", sa.Numeric(precision=24, scale=4), nullable=False),
        sa.CheckConstraint("min_employees >= 0", name=op.f("ck_economy_size_band_employees_not_negative")),
        sa.CheckConstraint("min_revenue_yuan >= 0", name=op.f("ck_economy_size_band_revenue_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_economy_size_band_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_size_band")),
    )
    op.create_index(
        "uq_economy_size_band_code_region_from",
        "economy_size_band",
        ["code", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _create_register() -> None:
    op.create_table(
        "economy_standing",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "extract(day FROM valid_from) = 1", name=op.f("ck_economy_standing_from_first_of_month")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_economy_standing_ends_after_it_begins")),
        sa.CheckConstraint(
            "valid_to IS NULL OR extract(day FROM valid_to) = 1",
            name=op.f("ck_economy_standing_to_first_of_month"),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_economy_standing_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_economy_standing_region_code_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_standing")),
    )
    op.create_index(
        "ix_economy_standing_region_prefix",
        "economy_standing",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_economy_standing_enterprise_from", "economy_standing", ["enterprise_id", "valid_from"], unique=True
    )
    op.create_table(
        "economy_closed_month",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_economy_closed_month_first_of_month")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_economy_closed_month_region_code_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_closed_month")),
    )
    op.create_index(
        "uq_economy_closed_month_month_region",
        "economy_closed_month",
        ["month", "region_code"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _create_reports() -> None:
    op.create_table(
        "economy_report",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("accepted_revision", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(status = 'due') = (revision = 0)", name=op.f("ck_economy_report_said_once_begun")),
        sa.CheckConstraint(
            "status <> 'accepted' OR accepted_revision IS NOT NULL", name=op.f("ck_economy_report_accepted_counts")
        ),
        sa.CheckConstraint("accepted_revision <= revision", name=op.f("ck_economy_report_accepted_was_said")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_economy_report_first_of_month")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_economy_report_enterprise_id_enterprise"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_report")),
        sa.UniqueConstraint("enterprise_id", "month", "edition", name="uq_economy_report_once"),
    )
    op.create_index("ix_economy_report_month", "economy_report", ["month", "edition", "status"], unique=False)
    op.create_index(
        "ix_economy_report_pending",
        "economy_report",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('due', 'draft', 'returned')"),
    )
    op.create_index(
        "ix_economy_report_region_prefix",
        "economy_report",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "economy_report_revision",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("is_correction", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["economy_report.id"], name=op.f("fk_economy_report_revision_report_id_economy_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_economy_report_revision")),
    )
    op.create_table(
        "economy_report_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["economy_report.id"], name=op.f("fk_economy_report_step_report_id_economy_report")
        ),
        sa.PrimaryKeyConstraint("version", "report_id", name=op.f("pk_economy_report_step")),
    )


def _create_figures() -> None:
    op.create_table(
        "economy_figure",
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("month_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("cumulative_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("month_reason", sa.String(), nullable=True),
        sa.Column("cumulative_reason", sa.String(), nullable=True),
        sa.Column("month_derived", sa.Boolean(), nullable=False),
        sa.Column("cumulative_derived", sa.Boolean(), nullable=False),
        sa.Column("disagreement", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(cumulative_value IS NULL) = (cumulative_reason IS NOT NULL)",
            name=op.f("ck_economy_figure_cumulative_or_reason"),
        ),
        sa.CheckConstraint(
            "(month_value IS NULL) = (month_reason IS NOT NULL)", name=op.f("ck_economy_figure_month_or_reason")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_economy_figure_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator"], ["economy_indicator.code"], name=op.f("fk_economy_figure_indicator_economy_indicator")
        ),
        sa.PrimaryKeyConstraint("indicator", "month", "enterprise_id", "edition", name=op.f("pk_economy_figure")),
    )
    op.create_index(
        "ix_economy_figure_enterprise_month", "economy_figure", ["enterprise_id", "month"], unique=False
    )
    op.create_index(
        "uq_economy_figure_latest",
        "economy_figure",
        ["indicator", "month", "enterprise_id"],
        unique=True,
        postgresql_where=sa.text("is_latest"),
        postgresql_include=["month_value", "cumulative_value"],
    )
    op.create_table(
        "economy_restatement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("month_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("cumulative_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_economy_restatement_first_of_month")),
        sa.CheckConstraint(
            "num_nonnulls(month_value, cumulative_value) >= 1", name=op.f("ck_economy_restatement_says_something")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_economy_restatement_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator"],
            ["economy_indicator.code"],
            name=op.f("fk_economy_restatement_indicator_economy_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_restatement")),
    )
    op.create_index(
        "uq_economy_restatement_current",
        "economy_restatement",
        ["indicator", "month", "enterprise_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "economy_published_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("month_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("cumulative_value", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("month_growth_percent", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("cumulative_growth_percent", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("price_basis", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_economy_published_figure_first_of_month")),
        sa.CheckConstraint(
            "num_nonnulls(month_value, cumulative_value, month_growth_percent, cumulative_growth_percent) >= 1",
            name=op.f("ck_economy_published_figure_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator"],
            ["economy_indicator.code"],
            name=op.f("fk_economy_published_figure_indicator_economy_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_economy_published_figure_region_code_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_economy_published_figure")),
    )
    op.create_index(
        "uq_economy_published_figure_current",
        "economy_published_figure",
        ["region_code", "sector", "indicator", "month"],
        unique=True,
        postgresql_where=sa.text("is_current"),
        postgresql_nulls_not_distinct=True,
    )


def _ship_indicators() -> None:
    names = (
        *("code", "name_zh", "name_en", "unit", "kind", "price_basis", "sign", "measure", "required"),
        "required_flash",
    )
    columns = (*names, "position", "active", "version", "updated_at")
    rows = [
        {
            **dict(zip(names, facts, strict=True)),
            "position": place,
            "active": True,
            "version": 1,
            "updated_at": _WRITTEN,
        }
        for place, facts in enumerate(_INDICATORS, start=1)
    ]
    op.bulk_insert(sa.table("economy_indicator", *(sa.column(name) for name in columns)), rows)


def _ship_numbers() -> None:
    dated = {"region_code": None, "valid_from": _ALWAYS, "valid_to": None, "version": 1, "updated_at": _WRITTEN}
    rules = [
        {
            **dated,
            "id": UUID(f"00000000-0000-7000-8000-0000000032{number:02}"),
            "kind": kind,
            "indicator": indicator,
            "value": Decimal(value),
            "level2_value": None if grave is None else Decimal(grave),
        }
        for number, (kind, indicator, value, grave) in enumerate(_RULES, start=1)
    ]
    op.bulk_insert(sa.table("economy_rule", *(sa.column(name) for name in rules[0])), rules)
    sizes = [
        {
            **dated,
            "id": UUID(f"00000000-0000-7000-8000-0000000033{rank:02}"),
            "code": code,
            "name_zh": name_zh,
            "name_en": name_en,
            "rank": rank,
            "min_revenue_yuan": Decimal(revenue),
            "min_employees": Decimal(employees),
        }
        for code, name_zh, name_en, rank, revenue, employees in _SIZES
    ]
    op.bulk_insert(sa.table("economy_size_band", *(sa.column(name) for name in sizes[0])), sizes)
