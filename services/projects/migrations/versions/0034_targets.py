"""Targets: catalogue, trees, monthly figures, letters, frozen periods and misses."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

# In the order of their foreign keys.
_TABLES = (
    "target_indicator",
    "target_cluster",
    "target_pace_rule",
    "target_score_rule",
    "target",
    "target_change",
    "target_actual",
    "target_actual_source",
    "target_letter_counter",
    "target_letter",
    "target_letter_revision",
    "target_signature",
    "target_edition",
    "target_edition_entry",
    "target_miss",
    "target_miss_step",
)
_APPEND_ONLY = (
    "target_change",
    "target_actual",
    "target_actual_source",
    "target_letter_revision",
    "target_signature",
    "target_edition",
    "target_edition_entry",
    "target_miss_step",
)
_ALWAYS = date(2000, 1, 1)
_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)
_YUAN, _COUNT, _PERCENT = ("yuan", "元", "yuan"), ("project", "个", "projects"), ("percent", "%", "%")
_HOUSEHOLD, _PERSON, _KWH = (
    ("enterprise", "户", "enterprises"),
    ("person", "人", "persons"),
    ("kwh", "千瓦时", "kWh"),
)
_BANDS = (("10m_50m", "1000万至5000万元"), ("50m_100m", "5000万至1亿元"), ("from_100m", "亿元以上"))
# Code, names, unit, nature, source and its measure, size band.
_INDICATORS = (
    ("project_investment", "完成投资", "investment completed", _YUAN, "flow", "ledger", "invested", None),
    ("funds_in_place", "到位资金", "funds in place", _YUAN, "flow", "ledger", "funds", None),
    ("contracted", "签约金额", "amount contracted", _YUAN, "flow", "ledger", "contracted", None),
    ("projects_signed", "签约项目", "projects signed", _COUNT, "flow", "ledger", "signed", None),
    *(
        (f"projects_signed_{band}", f"新引进{name}项目", f"projects signed, {band}", _COUNT, "flow", "ledger",
         "signed", band)
        for band, name in _BANDS
    ),
    *(
        (f"signed_size_{band}", f"新引进{name}项目投资额", f"investment of projects signed, {band}", _YUAN, "flow",
         "ledger", "signed_size", band)
        for band, name in _BANDS
    ),
    ("projects_started", "开工项目", "projects started", _COUNT, "flow", "ledger", "started", None),
    ("projects_completed", "竣工项目", "projects completed", _COUNT, "flow", "ledger", "completed", None),
    ("projects_in_production", "投产项目", "projects in production", _COUNT, "flow", "ledger", "in_production", None),
    ("projects_at_capacity", "达产项目", "projects at capacity", _COUNT, "flow", "ledger", "at_capacity", None),
    ("output_value", "工业总产值", "output value", _YUAN, "flow", "economy", "output_value", None),
    ("output_value_growth", "工业总产值增幅", "growth of output value", _PERCENT, "rate", "economy", "output_value",
     None),
    ("value_added", "工业增加值", "value added", _YUAN, "flow", "economy", "value_added", None),
    ("value_added_growth", "工业增加值增幅", "growth of value added", _PERCENT, "rate", "economy", "value_added", None),
    ("sales", "销售收入", "sales", _YUAN, "flow", "economy", "sales", None),
    ("sales_growth", "销售收入增幅", "growth of sales", _PERCENT, "rate", "economy", "sales", None),
    ("profit", "利润总额", "profit", _YUAN, "flow", "economy", "profit", None),
    ("tax", "税金总额", "tax", _YUAN, "flow", "economy", "tax", None),
    ("power_kwh", "工业用电量", "power used", _KWH, "flow", "economy", "power_kwh", None),
    ("employees", "从业人员", "employees", _PERSON, "stock", "economy", "employees", None),
    ("above_scale_new", "新增规上企业", "enterprises new above scale", _HOUSEHOLD, "flow", "typed", "above_scale_new",
     None),
    ("into_parks", "新进园区企业", "enterprises moved into parks", _HOUSEHOLD, "flow", "typed", "into_parks", None),
    ("jobs_created", "新增就业", "jobs created", _PERSON, "flow", "typed", "jobs_created", None),
)  # fmt: skip


def upgrade() -> None:
    _catalogue()
    _goals()
    _letters()
    _editions()
    for statement in append_only_ddl(*_APPEND_ONLY):
        op.execute(statement)
    _ship()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _ship() -> None:
    names = (
        "code",
        "name_zh",
        "name_en",
        "unit",
        "unit_zh",
        "unit_en",
        "nature",
        "source",
        "measure",
        "size_band",
    )
    rows = [
        dict(zip(names, (code, zh, en, *unit, *rest), strict=True))
        | {"key_only": False, "version": 1, "updated_at": _WRITTEN}
        for code, zh, en, unit, *rest in _INDICATORS
    ]
    columns = (sa.column(name) for name in (*names, "key_only", "version"))
    written = sa.column("updated_at", sa.TIMESTAMP(timezone=True))
    op.bulk_insert(sa.table("target_indicator", *columns, written), rows)
    # Ten to thirty points behind is yellow, more is red (practice); the rest is choice.
    always = {"valid_from": _ALWAYS, "version": 1, "updated_at": _WRITTEN}
    pace = {
        "id": UUID("01926f4e-7f00-7000-8000-000000340001"),
        "yellow_from_points": 10,
        "red_above_points": 30,
        "season_years": 2,
        "sign_days": 20,
        "figure_days": 10,
    }
    score = {
        "id": UUID("01926f4e-7f00-7000-8000-000000340002"),
        "full_score": 100,
        "zero_below_percent": 60,
        "bonus_per_percent": 0.5,
        "max_bonus": 10,
    }
    for table, rule in (("target_pace_rule", pace), ("target_score_rule", score)):
        typed = {"id": sa.Uuid(), "valid_from": sa.Date(), "updated_at": sa.TIMESTAMP(timezone=True)}
        facts = rule | always
        op.bulk_insert(sa.table(table, *(sa.column(name, typed.get(name)) for name in facts)), [facts])


def _catalogue() -> None:
    op.create_table(
        "target_indicator",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_zh", sa.String(), nullable=False),
        sa.Column("unit_en", sa.String(), nullable=False),
        sa.Column("nature", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("size_band", sa.String(), nullable=True),
        sa.Column("key_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint("nature IN ('flow', 'stock', 'rate')", name=op.f("ck_target_indicator_nature")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_target_indicator")),
    )
    op.create_table(
        "target_pace_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("yellow_from_points", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("red_above_points", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("season_years", sa.Integer(), nullable=False),
        sa.Column("sign_days", sa.Integer(), nullable=False),
        sa.Column("figure_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "red_above_points >= yellow_from_points", name=op.f("ck_target_pace_rule_red_above_yellow")
        ),
        sa.CheckConstraint("season_years >= 1", name=op.f("ck_target_pace_rule_season_positive")),
        sa.CheckConstraint(
            "sign_days >= 0 AND figure_days >= 0", name=op.f("ck_target_pace_rule_days_not_negative")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_target_pace_rule_ends_after_it_begins")),
        sa.CheckConstraint("yellow_from_points >= 0", name=op.f("ck_target_pace_rule_yellow_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_pace_rule")),
    )
    op.create_index(
        "uq_target_pace_rule_region_from",
        "target_pace_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "target_score_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("full_score", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("zero_below_percent", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("bonus_per_percent", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("max_bonus", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.CheckConstraint(
            "bonus_per_percent >= 0 AND max_bonus >= 0", name=op.f("ck_target_score_rule_bonus_not_negative")
        ),
        sa.CheckConstraint("full_score > 0", name=op.f("ck_target_score_rule_full_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_target_score_rule_ends_after_it_begins")),
        sa.CheckConstraint(
            "zero_below_percent BETWEEN 0 AND 100", name=op.f("ck_target_score_rule_zero_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_score_rule")),
    )
    op.create_index(
        "uq_target_score_rule_region_from",
        "target_score_rule",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "target_cluster",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_ids", postgresql.JSONB(), nullable=False),
        sa.Column("project_ids", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_target_cluster_region_code_region")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_target_cluster")),
    )
    op.create_index(
        "ix_target_cluster_region_prefix",
        "target_cluster",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )


def _goals() -> None:
    op.create_table(
        "target",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_code", sa.String(), nullable=False),
        sa.Column("scope_type", sa.String(), nullable=False),
        sa.Column("scope_key", sa.String(), nullable=False),
        sa.Column("scope_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("park_code", sa.String(), nullable=True),
        sa.Column("sectors", postgresql.JSONB(), nullable=False),
        sa.Column("cluster_code", sa.String(), nullable=True),
        sa.Column("first_year", sa.SmallInteger(), nullable=False),
        sa.Column("last_year", sa.SmallInteger(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("counting", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("milestones", postgresql.JSONB(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("letter_state", sa.String(), nullable=False),
        sa.Column("letter_since", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("light", sa.String(), nullable=True),
        sa.Column("judged_month", sa.Date(), nullable=True),
        sa.Column("behind_points", sa.Numeric(precision=36, scale=4), nullable=True),
        sa.Column("judged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("standing", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "letter_state IN ('none', 'unsigned', 'signed', 'supplement')", name=op.f("ck_target_letter_state")
        ),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_target_withdrawn_with_reason")
        ),
        sa.CheckConstraint("last_year >= first_year", name=op.f("ck_target_ends_after_it_begins")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_target_not_its_own_parent")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_target_weight_positive")),
        sa.ForeignKeyConstraint(
            ["cluster_code"], ["target_cluster.code"], name=op.f("fk_target_cluster_code_target_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_code"], ["target_indicator.code"], name=op.f("fk_target_indicator_code_target_indicator")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["target.id"], name=op.f("fk_target_parent_id_target")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_target_person_id_person")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_target_region_code_region")),
        sa.ForeignKeyConstraint(
            ["responsible_person_id"], ["person.person_id"], name=op.f("fk_target_responsible_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["unit.unit_id"], name=op.f("fk_target_responsible_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_target_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("code", name=op.f("uq_target_code")),
    )
    op.create_index(op.f("ix_target_parent_id"), "target", ["parent_id"], unique=False)
    op.create_index(
        "ix_target_region_prefix",
        "target",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "ix_target_responsible", "target", ["responsible_unit_id", "responsible_person_id"], unique=False
    )
    op.create_index(op.f("ix_target_responsible_person_id"), "target", ["responsible_person_id"], unique=False)
    op.create_index("ix_target_years", "target", ["first_year", "last_year"], unique=False)
    op.create_index(
        "uq_target_standing",
        "target",
        ["indicator_code", "scope_key", "first_year", "last_year", "counting"],
        unique=True,
        postgresql_where=sa.text("withdrawn_on IS NULL"),
    )
    op.create_table(
        "target_actual",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Integer(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "source <> 'typed' OR evidence <> ''", name=op.f("ck_target_actual_typed_with_evidence")
        ),
        sa.CheckConstraint(
            "(value IS NULL) = (reason IS NOT NULL)", name=op.f("ck_target_actual_value_or_reason")
        ),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_target_actual_first_of_month")),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_target_actual_target_id_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_actual")),
    )
    op.create_index("uq_target_actual_edition", "target_actual", ["target_id", "month", "edition"], unique=True)
    op.create_table(
        "target_change",
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_target_change_target_id_target")),
        sa.PrimaryKeyConstraint("target_id", "version", name=op.f("pk_target_change")),
    )
    op.create_table(
        "target_actual_source",
        sa.Column("actual_id", sa.Uuid(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actual_id"], ["target_actual.id"], name=op.f("fk_target_actual_source_actual_id_target_actual")
        ),
        sa.PrimaryKeyConstraint("actual_id", name=op.f("pk_target_actual_source")),
    )


def _letters() -> None:
    op.create_table(
        "target_letter_counter",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region_code", "year", name=op.f("pk_target_letter_counter")),
    )
    op.create_table(
        "target_letter",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("main_id", sa.Uuid(), nullable=True),
        sa.Column("supplement", sa.Integer(), nullable=False),
        sa.Column("issuer_unit_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_unit_name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("duties", postgresql.JSONB(), nullable=False),
        sa.Column("drawn_up_on", sa.Date(), nullable=False),
        sa.Column("drawn_up_by", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_on IS NOT NULL)", name=op.f("ck_target_letter_signed_on_a_day")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)",
            name=op.f("ck_target_letter_withdrawn_with_reason"),
        ),
        sa.CheckConstraint("state IN ('draft', 'signed', 'withdrawn')", name=op.f("ck_target_letter_state")),
        sa.CheckConstraint(
            "(main_id IS NULL) = (supplement = 0)", name=op.f("ck_target_letter_supplement_of_a_letter")
        ),
        sa.ForeignKeyConstraint(
            ["issuer_unit_id"], ["unit.unit_id"], name=op.f("fk_target_letter_issuer_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["main_id"], ["target_letter.id"], name=op.f("fk_target_letter_main_id_target_letter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_target_letter_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_target_letter_region_code_region")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_target_letter_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_target_letter_number")),
    )
    op.create_index(op.f("ix_target_letter_main_id"), "target_letter", ["main_id"], unique=False)
    op.create_index(op.f("ix_target_letter_person_id"), "target_letter", ["person_id"], unique=False)
    op.create_index(
        "ix_target_letter_region_prefix",
        "target_letter",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_target_letter_unit_id"), "target_letter", ["unit_id"], unique=False)
    op.create_index(
        "uq_target_letter_draft",
        "target_letter",
        ["year", "issuer_unit_id", "unit_id", "person_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index("uq_target_letter_sequence", "target_letter", ["region_code", "year", "sequence"], unique=True)
    op.create_table(
        "target_letter_revision",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("duties", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("drawn_up_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("drawn_up_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["target_letter.id"], name=op.f("fk_target_letter_revision_letter_id_target_letter")
        ),
        sa.PrimaryKeyConstraint("letter_id", "revision", name=op.f("pk_target_letter_revision")),
    )
    op.create_table(
        "target_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("side IN ('issuer', 'responsible')", name=op.f("ck_target_signature_side")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_target_signature_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["target_letter.id"], name=op.f("fk_target_signature_letter_id_target_letter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_target_signature_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_signature")),
    )
    op.create_index("uq_target_signature_side", "target_signature", ["letter_id", "revision", "side"], unique=True)


def _editions() -> None:
    op.create_table(
        "target_edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("quarter", sa.SmallInteger(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("targets", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.CheckConstraint("edition = 1 OR reason <> ''", name=op.f("ck_target_edition_later_with_reason")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_target_edition_quarter")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_target_edition_region_code_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_edition")),
    )
    op.create_index(
        "ix_target_edition_region_prefix",
        "target_edition",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_target_edition",
        "target_edition",
        ["region_code", "year", "quarter", "edition"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "target_edition_entry",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("planned", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("actual", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("through", sa.Date(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("completion_percent", sa.Numeric(precision=36, scale=6), nullable=True),
        sa.Column("score", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("weight", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("actual_ids", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["target_edition.id"], name=op.f("fk_target_edition_entry_edition_id_target_edition")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_edition_entry_target_id_target")
        ),
        sa.PrimaryKeyConstraint("edition_id", "target_id", name=op.f("pk_target_edition_entry")),
    )
    op.create_index(op.f("ix_target_edition_entry_target_id"), "target_edition_entry", ["target_id"], unique=False)
    op.create_table(
        "target_miss",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("measure_unit", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("actual", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("completion_percent", sa.Numeric(precision=36, scale=6), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("consequence", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'decided', 'carried_out', 'lifted')", name=op.f("ck_target_miss_state")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["target_edition.id"], name=op.f("fk_target_miss_edition_id_target_edition")
        ),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_target_miss_target_id_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_miss")),
    )
    op.create_index(op.f("ix_target_miss_person_id"), "target_miss", ["person_id"], unique=False)
    op.create_index(
        "ix_target_miss_region_prefix",
        "target_miss",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_target_miss_unit_id"), "target_miss", ["unit_id"], unique=False)
    op.create_index("uq_target_miss_target_year", "target_miss", ["target_id", "year"], unique=True)
    op.create_table(
        "target_miss_step",
        sa.Column("miss_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("consequence", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["miss_id"], ["target_miss.id"], name=op.f("fk_target_miss_step_miss_id_target_miss")
        ),
        sa.PrimaryKeyConstraint("miss_id", "version", name=op.f("pk_target_miss_step")),
    )
