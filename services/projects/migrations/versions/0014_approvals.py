"""Approvals and the admission gate: tables, the lawful grounds of a pause, templates, standards of reviews."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ALWAYS = date(2000, 1, 1)
_SHIPPED_AT = datetime(2000, 1, 1, tzinfo=UTC)
_LICENCE_LAW = "行政许可法第四十五条"
_CITY_PROMISE = "市级审批5个工作日内办结"

_GROUNDS = (
    ("hearing", "听证", "hearing", _LICENCE_LAW),
    ("tender", "招标、拍卖", "tender or auction", _LICENCE_LAW),
    ("inspection", "检验、检测、检疫", "inspection or testing", _LICENCE_LAW),
    ("appraisal", "鉴定", "appraisal", _LICENCE_LAW),
    ("expert_review", "专家评审", "expert review", _LICENCE_LAW),
    ("supplement", "申请人补正材料", "documents to be supplied by the applicant", "行政许可法第三十二条"),
)
# code, name, days by law, where the law says so, whether the gate is required, papers.
_CITY_MATTERS = (
    ("project-approval", "企业投资项目核准", 20, "企业投资项目核准和备案管理条例第十二条", True,
     (("report", "项目申请报告"), ("plan-opinion", "规划选址意见"), ("land-opinion", "用地预审意见"))),
    ("project-filing", "企业投资项目备案", 20, "企业投资项目核准和备案管理条例第十三条", True,
     (("form", "项目备案信息表"),)),
    ("land-preview", "建设项目用地预审与选址意见书", 20, "行政许可法第四十二条", False,
     (("form", "用地预审申请表"), ("basis", "项目建设依据"), ("map", "拟用地范围图"))),
    ("land-planning", "建设用地规划许可证", 20, "行政许可法第四十二条", False,
     (("form", "建设用地规划许可申请表"), ("approval", "项目批准、核准或备案文件"))),
    ("works-planning", "建设工程规划许可证", 20, "行政许可法第四十二条", False,
     (("form", "建设工程规划许可申请表"), ("land", "土地使用证明"), ("design", "建设工程设计方案"))),
    ("works-permit", "建筑工程施工许可证", 7, "建筑法第八条", False,
     (("form", "施工许可申请表"), ("contract", "施工合同"), ("safety", "质量安全保证措施"))),
    ("soil-conservation", "生产建设项目水土保持方案审批", 20, "行政许可法第四十二条", False,
     (("plan", "水土保持方案"),)),
)  # fmt: skip
_STANDARDS = (("eia", 60, 3), ("energy", 24, 3))
_ALL_POINTS = ["approval", "start", "commissioning"]
_GATE_RULES: tuple[tuple[str, str, list[str], int | None, str], ...] = (
    ("eia", "eia", [], None, "进入项目要做环境评价报告"),
    (
        "energy",
        "energy",
        ["new_build", "technical_renovation", "later_phase"],
        10_000_000,
        "建立事前专家评审制度，对达不到能耗标准的投资项目不予核准、备案",
    ),
)


def upgrade() -> None:
    op.create_table(
        "approval_number",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_approval_number")),
    )
    op.create_table(
        "approval_pause_ground",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("max_working_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("max_working_days >= 1", name=op.f("ck_approval_pause_ground_limit_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_approval_pause_ground_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_pause_ground")),
    )
    op.create_index(
        "uq_approval_pause_ground_code_region_from",
        "approval_pause_ground",
        ["code", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "gate_change",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "version", name=op.f("pk_gate_change")),
    )
    op.create_table(
        "gate_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("review", sa.String(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(), nullable=False),
        sa.Column("sectors", postgresql.JSONB(), nullable=False),
        sa.Column("min_investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("max_investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.CheckConstraint("max_investment_yuan > min_investment_yuan", name=op.f("ck_gate_rule_bounds_in_order")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_gate_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_rule")),
    )
    op.create_index(
        "uq_gate_rule_code_region_from",
        "gate_rule",
        ["code", "region_code", "valid_from", "template"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "gate_standard",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("review", sa.String(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=False),
        sa.Column("min_experts", sa.Integer(), nullable=False),
        sa.Column("grave_after_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("grave_after_days >= 1", name=op.f("ck_gate_standard_grave_after_positive")),
        sa.CheckConstraint("min_experts >= 0", name=op.f("ck_gate_standard_experts_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_gate_standard_ends_after_it_begins")),
        sa.CheckConstraint("validity_months >= 1", name=op.f("ck_gate_standard_validity_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_standard")),
    )
    op.create_index(
        "uq_gate_standard_review_region_from",
        "gate_standard",
        ["review", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "sector_benchmark",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("product_unit", sa.String(), nullable=False),
        sa.Column("limit_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("entry_value", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("advanced_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(
            "0 < advanced_value AND advanced_value <= coalesce(entry_value, limit_value) AND coalesce(entry_value, limit_value) <= limit_value",
            name=op.f("ck_sector_benchmark_values_in_order"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_sector_benchmark_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sector_benchmark")),
    )
    op.create_index(
        "uq_sector_benchmark_key_from",
        "sector_benchmark",
        ["sector_code", "basis", "product_unit", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "gate_review",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("review", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("documents", postgresql.JSONB(), nullable=False),
        sa.Column("energy", postgresql.JSONB(), nullable=True),
        sa.Column("measured", postgresql.JSONB(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("conclusion", sa.String(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("fulfilment_note", sa.String(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (verdict IS NULL) OR status = 'revoked'",
            name=op.f("ck_gate_review_concluded_with_verdict"),
        ),
        sa.CheckConstraint("valid_until >= issued_on", name=op.f("ck_gate_review_valid_after_issued")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_gate_review_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_review")),
        sa.UniqueConstraint("code", name=op.f("uq_gate_review_code")),
    )
    op.create_index(op.f("ix_gate_review_project_id"), "gate_review", ["project_id"], unique=False)
    op.create_index("ix_gate_review_valid_until", "gate_review", ["valid_until"], unique=False)
    op.create_table(
        "approval_case",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("matter_code", sa.String(), nullable=False),
        sa.Column("matter_name", sa.String(), nullable=False),
        sa.Column("authority_level", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("first_contact_person_id", sa.Uuid(), nullable=True),
        sa.Column("owner_person_id", sa.Uuid(), nullable=True),
        sa.Column("agent_person_id", sa.Uuid(), nullable=True),
        sa.Column("requires_gate", sa.Boolean(), nullable=False),
        sa.Column("green_reason", sa.String(), nullable=True),
        sa.Column("lacking_reason", sa.String(), nullable=True),
        sa.Column("terms", postgresql.JSONB(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("decision_document", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("statutory_due_on", sa.Date(), nullable=True),
        sa.Column("due_soon_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'decided') = (outcome IS NOT NULL)", name=op.f("ck_approval_case_decided_with_outcome")
        ),
        sa.CheckConstraint("accepted_on >= applied_on", name=op.f("ck_approval_case_accepted_after_applied")),
        sa.CheckConstraint(
            "decided_on >= coalesce(accepted_on, applied_on)", name=op.f("ck_approval_case_decided_after_accepted")
        ),
        sa.CheckConstraint(
            "project_id IS NOT NULL OR enterprise_id IS NOT NULL", name=op.f("ck_approval_case_has_applicant")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_approval_case_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_approval_case_project_id_project")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_approval_case_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_case")),
        sa.UniqueConstraint("code", name=op.f("uq_approval_case_code")),
    )
    op.create_index("ix_approval_case_decided_on", "approval_case", ["decided_on"], unique=False)
    op.create_index(op.f("ix_approval_case_enterprise_id"), "approval_case", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_approval_case_matter_code"), "approval_case", ["matter_code"], unique=False)
    op.create_index(
        "ix_approval_case_open",
        "approval_case",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('accepted', 'paused')"),
    )
    op.create_index(op.f("ix_approval_case_owner_person_id"), "approval_case", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_approval_case_project_id"), "approval_case", ["project_id"], unique=False)
    op.create_index(
        "ix_approval_case_region_prefix",
        "approval_case",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_approval_case_unit_id"), "approval_case", ["unit_id"], unique=False)
    op.create_table(
        "approval_matter",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("authority_level", sa.String(), nullable=False),
        sa.Column("statutory_days", sa.Integer(), nullable=False),
        sa.Column("promised_days", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("due_soon_days", sa.Integer(), nullable=False),
        sa.Column("green_days", sa.Integer(), nullable=True),
        sa.Column("green_percent", sa.Integer(), nullable=True),
        sa.Column("requires_gate", sa.Boolean(), nullable=False),
        sa.Column("documents", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.CheckConstraint("due_soon_days >= 0", name=op.f("ck_approval_matter_due_soon_not_negative")),
        sa.CheckConstraint(
            "green_days BETWEEN 1 AND promised_days", name=op.f("ck_approval_matter_green_within_promise")
        ),
        sa.CheckConstraint(
            "green_days IS NULL OR green_percent IS NULL", name=op.f("ck_approval_matter_one_green_channel")
        ),
        sa.CheckConstraint(
            "green_percent BETWEEN 1 AND 99", name=op.f("ck_approval_matter_green_percent_in_range")
        ),
        sa.CheckConstraint(
            "promised_days BETWEEN 1 AND statutory_days", name=op.f("ck_approval_matter_promise_within_law")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_approval_matter_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_approval_matter_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_matter")),
    )
    op.create_index(
        "uq_approval_matter_code_region_from",
        "approval_matter",
        ["code", "region_code", "valid_from", "template"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "gate_expert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("expertise", sa.String(), nullable=False),
        sa.Column("conflict", sa.String(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("opinion_text", sa.String(), nullable=False),
        sa.Column("opined_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "opinion IS NULL OR conflict IS NULL", name=op.f("ck_gate_expert_no_opinion_in_conflict")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["gate_review.id"], name=op.f("fk_gate_expert_review_id_gate_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_expert")),
    )
    op.create_index(op.f("ix_gate_expert_review_id"), "gate_expert", ["review_id"], unique=False)
    op.create_index("uq_gate_expert_person", "gate_expert", ["review_id", "name", "organisation"], unique=True)
    op.create_table(
        "approval_change",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["approval_case.id"], name=op.f("fk_approval_change_case_id_approval_case")
        ),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_approval_change")),
    )
    op.create_table(
        "approval_document",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["approval_case.id"], name=op.f("fk_approval_document_case_id_approval_case")
        ),
        sa.PrimaryKeyConstraint("case_id", "code", name=op.f("pk_approval_document")),
    )
    op.create_table(
        "approval_pause",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("limit_days", sa.Integer(), nullable=True),
        sa.Column("expected_to_on", sa.Date(), nullable=True),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_approval_pause_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["approval_case.id"], name=op.f("fk_approval_pause_case_id_approval_case")
        ),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_approval_pause")),
    )
    op.create_index(
        "uq_approval_pause_running",
        "approval_pause",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("to_on IS NULL"),
    )
    op.create_table(
        "gate_override",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(), nullable=False),
        sa.Column("reviews", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("approver_person_id", sa.Uuid(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("make_good_by", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("used_for", sa.String(), nullable=True),
        sa.Column("made_good_on", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('used', 'made_good') OR (used_on IS NOT NULL AND used_for IS NOT NULL)",
            name=op.f("ck_gate_override_used_for_something"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_person_id"], ["person.person_id"], name=op.f("fk_gate_override_approver_person_id_person")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_gate_override_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_override")),
        sa.UniqueConstraint("code", name=op.f("uq_gate_override_code")),
    )
    op.create_index(op.f("ix_gate_override_project_id"), "gate_override", ["project_id"], unique=False)

    for statement in append_only_ddl("approval_change", "gate_change"):
        op.execute(statement)
    _ship_grounds()
    _ship_matters()
    _ship_gate()


def _ship(table: str, first: int, rows: list[dict[str, Any]]) -> None:
    """Rows that hold everywhere until an office says otherwise, under ids that are the same everywhere."""
    whole = [
        row
        | {
            "id": UUID(f"00000000-0000-7000-8000-{first + number:012x}"),
            "version": 1,
            "updated_at": _SHIPPED_AT,
            "valid_from": _ALWAYS,
        }
        for number, row in enumerate(rows)
    ]
    types: dict[str, Any] = {
        "documents": postgresql.JSONB(),
        "points": postgresql.JSONB(),
        "kinds": postgresql.JSONB(),
        "sectors": postgresql.JSONB(),
    }
    columns = [sa.column(name, types.get(name)) for name in whole[0]]
    op.bulk_insert(sa.table(table, *columns), whole)


def _ship_grounds() -> None:
    rows = [{"code": code, "name_zh": zh, "name_en": en, "legal_basis": basis} for code, zh, en, basis in _GROUNDS]
    _ship("approval_pause_ground", 0x1400, rows)


def _ship_matters() -> None:
    """A template: another city's model (S11), in force nowhere until a region adopts it."""
    rows = [
        {
            "code": code,
            "name": name,
            "authority_level": "city",
            "statutory_days": statutory,
            "promised_days": 5,
            "due_soon_days": 1,
            "green_percent": 50,
            "requires_gate": gate,
            "documents": [{"code": key, "name": title, "required": True} for key, title in papers],
            "source": f"{source}；{_CITY_PROMISE}",
            "template": "city-5-days",
        }
        for code, name, statutory, source, gate, papers in _CITY_MATTERS
    ]
    _ship("approval_matter", 0x1420, rows)


def _ship_gate() -> None:
    """How long reviews hold, and a template of rules (S12), in force nowhere until a region adopts it."""
    standards = [
        {"review": review, "validity_months": months, "min_experts": experts, "grave_after_days": 90}
        for review, months, experts in _STANDARDS
    ]
    _ship("gate_standard", 0x1440, standards)
    rules = [
        {
            "code": code,
            "review": review,
            "points": _ALL_POINTS,
            "kinds": kinds,
            "sectors": [],
            "min_investment_yuan": least,
            "required": True,
            "source": source,
            "template": "admission-basics",
        }
        for code, review, kinds, least, source in _GATE_RULES
    ]
    _ship("gate_rule", 0x1460, rules)


def downgrade() -> None:
    op.execute(
        "DELETE FROM condition WHERE kind IN "
        "('approval_due_soon', 'approval_breached', 'gate_expired', 'gate_override_overdue')"
    )
    op.drop_table("gate_override")
    op.drop_table("approval_pause")
    op.drop_table("approval_document")
    op.drop_table("approval_change")
    op.drop_table("gate_expert")
    op.drop_table("approval_matter")
    op.drop_table("approval_case")
    op.drop_table("gate_review")
    op.drop_table("sector_benchmark")
    op.drop_table("gate_standard")
    op.drop_table("gate_rule")
    op.drop_table("gate_change")
    op.drop_table("approval_pause_ground")
    op.drop_table("approval_number")
