"""Lists and pilots (S14, S24), vetoes (S23), support (S16), innovation and honours (S31).

What another place promised (14 fees waived, 18 halved, 4 at cost; taxes returned over years) comes as templates:
nobody applies under one before a region has taken it over, named what it leaves open, and adopted it.
"""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
APPEND_ONLY = (
    "list_progress",
    "list_measure_step",
    "reform_change",
    "pilot_follow_up",
    "support_application_step",
    "support_budget_entry",
    "support_payment",
)
# Kind, threshold and grave from: see services.projects.duties.domain.rules.DutyKind for what the days are.
DUTY_RULES = (
    ("list_measure_term", 30, None),
    ("list_measure_overdue", 1, 30),
    ("list_progress_overdue", 1, 30),
    ("financing_overdue", 1, 30),
)
_STEPS = [
    {"name": "初审", "roles": ["officer"]},
    {"name": "复审", "roles": ["supervisor"]},
    {"name": "审定", "roles": ["leader"]},
]
_INTEREST = {"rate_percent": "3", "share_percent": "50", "day_basis": 360, "max_days": 365}
# Code, name, condition, terms, papers, once, budgeted, source.
TEMPLATES = (
    (
        "TPL-FEES",
        "规费减免（14项免收、18项减半、4项按成本收取）",
        "",
        {"kind": "fee_waiver", "items": [], "expected": {"waived": 14, "halved": 18, "at_cost": 4}},
        [{"code": "fees", "name": "收费单位核定的应缴费用清单", "required": True}],
        "always",
        False,
        "他地做法：14项规费免收、18项减半、4项按成本收取。采用前须逐项列明收费项目",
    ),
    (
        "TPL-TAX",
        "税收返还（分年度按比例）",
        "",
        {"kind": "tax_return", "percents": ["100", "100", "50", "50", "50"]},
        [
            {"code": "tax", "name": "税务部门出具的完税证明", "required": True},
            {"code": "start", "name": "投产证明", "required": True},
        ],
        "year",
        True,
        "常见做法：投产后前两年全额、后三年减半返还地方留成部分。采用前须按当地文件核定年限和比例",
    ),
    (
        "TPL-INTEREST",
        "技术改造贷款贴息",
        'project_kind == "technical_renovation"',
        {"kind": "interest_subsidy", **_INTEREST},
        [{"code": "loan", "name": "借款合同及付息凭证", "required": True}],
        "year",
        True,
        "常见做法：按实际利率的50%且不超过年3%贴息，最长一年。采用前须按当地文件核定",
    ),
)


def upgrade() -> None:
    op.create_table(
        "support_number",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_support_number")),
    )
    op.create_table(
        "veto",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("explanation_zh", sa.String(), nullable=False),
        sa.Column("explanation_en", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("lifted_at", _INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_reason", sa.String(), nullable=True),
        sa.CheckConstraint("source IN ('energy', 'recorded')", name=op.f("ck_veto_source_known")),
        sa.CheckConstraint("period_to > period_from", name=op.f("ck_veto_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_veto")),
    )
    op.create_index(op.f("ix_veto_enterprise_id"), "veto", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_veto_region_prefix",
        "veto",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "honour_round",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("figures_month", sa.Date(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("nominations_until", sa.Date(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("reviewed_at", _INSTANT, nullable=True),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("cancelled_reason", sa.String(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status = 'decided') = (result IS NOT NULL)", name=op.f("ck_honour_round_decided_with_a_result")
        ),
        sa.CheckConstraint("nominations_until >= opens_on", name=op.f("ck_honour_round_closes_after_it_opens")),
        sa.CheckConstraint("notice_days >= 1", name=op.f("ck_honour_round_notice_days_positive")),
        sa.CheckConstraint("places >= 1", name=op.f("ck_honour_round_places_positive")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_honour_round_region_code_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honour_round")),
        sa.UniqueConstraint("code", name=op.f("uq_honour_round_code")),
    )
    op.create_index(op.f("ix_honour_round_kind"), "honour_round", ["kind"], unique=False)
    op.create_index(
        "ix_honour_round_region_prefix",
        "honour_round",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "support_policy",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("papers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cap_yuan", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("budgeted", sa.Boolean(), nullable=False),
        sa.Column("vetoable", sa.Boolean(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("template_code", sa.String(), nullable=True),
        sa.Column("adopted_at", _INSTANT, nullable=True),
        sa.Column("adopted_by", sa.String(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status = 'template' OR region_code IS NOT NULL", name=op.f("ck_support_policy_in_a_region")
        ),
        sa.CheckConstraint("appeal_days >= 1", name=op.f("ck_support_policy_appeal_days_positive")),
        sa.CheckConstraint("cap_yuan > 0", name=op.f("ck_support_policy_cap_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_support_policy_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_support_policy_region_code_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_policy")),
        sa.UniqueConstraint("code", name=op.f("uq_support_policy_code")),
    )
    op.create_index(op.f("ix_support_policy_kind"), "support_policy", ["kind"], unique=False)
    op.create_index(
        "ix_support_policy_region_prefix",
        "support_policy",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "enterprise_list",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("progress_months", sa.Integer(), nullable=True),
        sa.Column("progress_day", sa.Integer(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(progress_months IS NULL) = (progress_day IS NULL)", name=op.f("ck_enterprise_list_progress_whole")
        ),
        sa.CheckConstraint(
            "progress_day BETWEEN 1 AND 28", name=op.f("ck_enterprise_list_progress_day_of_every_month")
        ),
        sa.CheckConstraint(
            "progress_months IN (1, 2, 3, 4, 6, 12)", name=op.f("ck_enterprise_list_progress_divides_the_year")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_enterprise_list_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_enterprise_list_region_code_region")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_enterprise_list_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_list")),
        sa.UniqueConstraint("code", name=op.f("uq_enterprise_list_code")),
    )
    op.create_index(op.f("ix_enterprise_list_kind"), "enterprise_list", ["kind"], unique=False)
    op.create_index(
        "ix_enterprise_list_region_prefix",
        "enterprise_list",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "honour_nomination",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("nominee_name", sa.String(), nullable=False),
        sa.Column("nominee_post", sa.String(), nullable=False),
        sa.Column("merits", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("judgement", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("points", sa.Numeric(precision=40, scale=20), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("vetoes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("admission_reason", sa.String(), nullable=True),
        sa.Column("admitted_by", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("nominated_at", _INSTANT, nullable=False),
        sa.Column("nominated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_honour_nomination_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["honour_round.id"], name=op.f("fk_honour_nomination_round_id_honour_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honour_nomination")),
    )
    op.create_index(
        op.f("ix_honour_nomination_enterprise_id"), "honour_nomination", ["enterprise_id"], unique=False
    )
    op.create_index(
        "uq_honour_nomination_nominee",
        "honour_nomination",
        ["round_id", "enterprise_id", "nominee_name"],
        unique=True,
    )
    op.create_table(
        "innovation_record",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_person_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", _INSTANT, nullable=True),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.CheckConstraint("amount_yuan >= 0", name=op.f("ck_innovation_record_amount_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_innovation_record_ends_after_it_begins")),
        sa.CheckConstraint("verified_by <> recorded_by", name=op.f("ck_innovation_record_verified_by_another")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_innovation_record_enterprise_id_enterprise"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_innovation_record")),
    )
    op.create_index(
        op.f("ix_innovation_record_enterprise_id"), "innovation_record", ["enterprise_id"], unique=False
    )
    op.create_index(op.f("ix_innovation_record_kind"), "innovation_record", ["kind"], unique=False)
    op.create_index(
        "ix_innovation_record_region_prefix",
        "innovation_record",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_innovation_record_claim",
        "innovation_record",
        ["claim"],
        unique=True,
        postgresql_where=sa.text("status IN ('recorded', 'verified')"),
    )
    op.create_table(
        "support_application",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("requested_yuan", sa.BigInteger(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("papers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("computed_yuan", sa.BigInteger(), nullable=True),
        sa.Column("computation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reviewers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("approved_yuan", sa.BigInteger(), nullable=True),
        sa.Column("paid_yuan", sa.BigInteger(), nullable=False),
        sa.Column("clawed_back_yuan", sa.BigInteger(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("appeal_reason", sa.String(), nullable=True),
        sa.Column("appealed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'closed') OR approved_yuan IS NOT NULL",
            name=op.f("ck_support_application_approved_amount"),
        ),
        sa.CheckConstraint(
            "approved_yuan <= computed_yuan", name=op.f("ck_support_application_not_above_the_rule")
        ),
        sa.CheckConstraint("clawed_back_yuan <= paid_yuan", name=op.f("ck_support_application_not_overclaimed")),
        sa.CheckConstraint("paid_yuan <= approved_yuan", name=op.f("ck_support_application_not_overpaid")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_support_application_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["support_policy.id"], name=op.f("fk_support_application_policy_id_support_policy")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_support_application_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_application")),
        sa.UniqueConstraint("code", name=op.f("uq_support_application_code")),
    )
    op.create_index(op.f("ix_support_application_created_at"), "support_application", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_support_application_enterprise_id"), "support_application", ["enterprise_id"], unique=False
    )
    op.create_index(op.f("ix_support_application_project_id"), "support_application", ["project_id"], unique=False)
    op.create_index(
        "ix_support_application_region_prefix",
        "support_application",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_support_application_status"), "support_application", ["status"], unique=False)
    op.create_index(
        "uq_support_application_claim",
        "support_application",
        ["policy_id", "claim"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('draft', 'refused', 'withdrawn')"),
    )
    op.create_table(
        "support_budget",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("reserved_yuan", sa.BigInteger(), nullable=False),
        sa.Column("paid_yuan", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "reserved_yuan + paid_yuan <= amount_yuan", name=op.f("ck_support_budget_not_overspent")
        ),
        sa.CheckConstraint(
            "reserved_yuan >= 0 AND paid_yuan >= 0", name=op.f("ck_support_budget_nothing_negative")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["support_policy.id"], name=op.f("fk_support_budget_policy_id_support_policy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_budget")),
        sa.UniqueConstraint("policy_id", "year", name="uq_support_budget_year"),
    )
    op.create_table(
        "financing_need",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("granted_yuan", sa.BigInteger(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("collateral", sa.String(), nullable=False),
        sa.Column("owner_person_id", sa.Uuid(), nullable=True),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_financing_need_is_something")),
        sa.CheckConstraint("granted_yuan >= 0", name=op.f("ck_financing_need_granted_not_negative")),
        sa.CheckConstraint(
            "num_nonnulls(enterprise_id, project_id) >= 1", name=op.f("ck_financing_need_of_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_financing_need_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_person_id"], ["person.person_id"], name=op.f("fk_financing_need_owner_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["owner_unit_id"], ["unit.unit_id"], name=op.f("fk_financing_need_owner_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_financing_need_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_need")),
        sa.UniqueConstraint("code", name=op.f("uq_financing_need_code")),
    )
    op.create_index(op.f("ix_financing_need_enterprise_id"), "financing_need", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_financing_need_needed_by"), "financing_need", ["needed_by"], unique=False)
    op.create_index(op.f("ix_financing_need_owner_person_id"), "financing_need", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_financing_need_project_id"), "financing_need", ["project_id"], unique=False)
    op.create_index(
        "ix_financing_need_region_prefix",
        "financing_need",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_financing_need_status"), "financing_need", ["status"], unique=False)
    op.create_table(
        "honour_objection",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_id", sa.Uuid(), nullable=False),
        sa.Column("objector", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_by IS NULL)", name=op.f("ck_honour_objection_decided_by_somebody")
        ),
        sa.CheckConstraint("decided_by <> recorded_by", name=op.f("ck_honour_objection_decided_by_another")),
        sa.ForeignKeyConstraint(
            ["nomination_id"],
            ["honour_nomination.id"],
            name=op.f("fk_honour_objection_nomination_id_honour_nomination"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honour_objection")),
    )
    op.create_index(op.f("ix_honour_objection_nomination_id"), "honour_objection", ["nomination_id"], unique=False)
    op.create_table(
        "list_member",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sa.String(), nullable=True),
        sa.Column("leader_person_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entry_reason", sa.String(), nullable=False),
        sa.Column("owed_from", sa.Date(), nullable=True),
        sa.Column("progress_due_on", sa.Date(), nullable=True),
        sa.Column("pilot_stage", sa.String(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(left_on IS NULL) = (left_reason IS NULL)", name=op.f("ck_list_member_left_with_a_reason")
        ),
        sa.CheckConstraint(
            "(owed_from IS NULL) = (progress_due_on IS NULL)", name=op.f("ck_list_member_owes_on_a_day")
        ),
        sa.CheckConstraint("left_on > joined_on", name=op.f("ck_list_member_leaves_after_entry")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_list_member_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(
            ["leader_person_id"], ["person.person_id"], name=op.f("fk_list_member_leader_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["enterprise_list.id"], name=op.f("fk_list_member_list_id_enterprise_list")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_list_member_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_member")),
    )
    op.create_index(op.f("ix_list_member_enterprise_id"), "list_member", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_list_member_leader_person_id"), "list_member", ["leader_person_id"], unique=False)
    op.create_index(op.f("ix_list_member_progress_due_on"), "list_member", ["progress_due_on"], unique=False)
    op.create_index(
        "ix_list_member_region_prefix",
        "list_member",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_list_member_standing",
        "list_member",
        ["list_id", "enterprise_id"],
        unique=True,
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_table(
        "support_application_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["support_application.id"],
            name=op.f("fk_support_application_step_application_id_support_application"),
        ),
        sa.PrimaryKeyConstraint("version", "application_id", name=op.f("pk_support_application_step")),
    )
    op.create_table(
        "support_budget_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('set', 'reserved', 'released', 'paid', 'repaid')",
            name=op.f("ck_support_budget_entry_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["support_application.id"],
            name=op.f("fk_support_budget_entry_application_id_support_application"),
        ),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["support_budget.id"], name=op.f("fk_support_budget_entry_budget_id_support_budget")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_budget_entry")),
    )
    op.create_index(
        op.f("ix_support_budget_entry_application_id"), "support_budget_entry", ["application_id"], unique=False
    )
    op.create_index(op.f("ix_support_budget_entry_budget_id"), "support_budget_entry", ["budget_id"], unique=False)
    op.create_table(
        "support_clawback",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("repaid_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'repaid') = (repaid_on IS NOT NULL)", name=op.f("ck_support_clawback_repaid_on_a_day")
        ),
        sa.CheckConstraint(
            "status IN ('claimed', 'repaid', 'dropped')", name=op.f("ck_support_clawback_status_known")
        ),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_support_clawback_is_something")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["support_application.id"],
            name=op.f("fk_support_clawback_application_id_support_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_clawback")),
    )
    op.create_index(
        op.f("ix_support_clawback_application_id"), "support_clawback", ["application_id"], unique=False
    )
    op.create_table(
        "support_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_support_payment_is_something")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["support_application.id"],
            name=op.f("fk_support_payment_application_id_support_application"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_support_payment_document_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_payment")),
        sa.UniqueConstraint("application_id", "number", name="uq_support_payment_number"),
    )
    op.create_index(op.f("ix_support_payment_paid_on"), "support_payment", ["paid_on"], unique=False)
    op.create_table(
        "financing_outcome",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("granted_yuan", sa.BigInteger(), nullable=True),
        sa.Column("annual_rate_percent", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("guarantor", sa.String(), nullable=True),
        sa.Column("guaranteed_yuan", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(answer = 'granted') = (granted_yuan IS NOT NULL)",
            name=op.f("ck_financing_outcome_granted_an_amount"),
        ),
        sa.CheckConstraint(
            "guaranteed_yuan <= granted_yuan", name=op.f("ck_financing_outcome_guaranteed_of_the_grant")
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["financing_need.id"], name=op.f("fk_financing_outcome_need_id_financing_need")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_outcome")),
    )
    op.create_index(op.f("ix_financing_outcome_need_id"), "financing_outcome", ["need_id"], unique=False)
    op.create_table(
        "list_measure",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("owner_person_id", sa.Uuid(), nullable=True),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("closing_note", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "status <> 'closed' OR closed_by <> resolved_by", name=op.f("ck_list_measure_closed_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["list_member.id"], name=op.f("fk_list_measure_member_id_list_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_measure")),
    )
    op.create_index(op.f("ix_list_measure_due_on"), "list_measure", ["due_on"], unique=False)
    op.create_index(op.f("ix_list_measure_member_id"), "list_measure", ["member_id"], unique=False)
    op.create_index(op.f("ix_list_measure_owner_person_id"), "list_measure", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_list_measure_owner_unit_id"), "list_measure", ["owner_unit_id"], unique=False)
    op.create_index(op.f("ix_list_measure_status"), "list_measure", ["status"], unique=False)
    op.create_table(
        "list_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["list_member.id"], name=op.f("fk_list_progress_member_id_list_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_progress")),
    )
    op.create_index(op.f("ix_list_progress_member_id"), "list_progress", ["member_id"], unique=False)
    op.create_index("uq_list_progress_period", "list_progress", ["member_id", "period_from"], unique=True)
    op.create_table(
        "pilot_follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("energy_saved_tce", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("water_saved_m3", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("waste_reduced_t", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("waste_reused_t", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("invested_yuan", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["list_member.id"], name=op.f("fk_pilot_follow_up_member_id_list_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilot_follow_up")),
    )
    op.create_index(op.f("ix_pilot_follow_up_member_id"), "pilot_follow_up", ["member_id"], unique=False)
    op.create_table(
        "reform",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("acquirer_name", sa.String(), nullable=True),
        sa.Column("acquirer_credit_code", sa.String(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("carried_out_on", sa.Date(), nullable=True),
        sa.Column("price_yuan", sa.BigInteger(), nullable=True),
        sa.Column("debts_taken_yuan", sa.BigInteger(), nullable=True),
        sa.Column("staff_before", sa.Integer(), nullable=True),
        sa.Column("staff_rehired", sa.Integer(), nullable=True),
        sa.Column("staff_paid_off", sa.Integer(), nullable=True),
        sa.Column("wage_before_yuan", sa.Integer(), nullable=True),
        sa.Column("wage_after_yuan", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "stage <> 'carried_out' OR carried_out_on IS NOT NULL", name=op.f("ck_reform_carried_out_on_a_day")
        ),
        sa.CheckConstraint(
            "coalesce(staff_rehired, 0) + coalesce(staff_paid_off, 0) <= staff_before",
            name=op.f("ck_reform_staff_settled"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["list_member.id"], name=op.f("fk_reform_member_id_list_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_reform")),
    )
    op.create_index(op.f("ix_reform_stage"), "reform", ["stage"], unique=False)
    op.create_table(
        "list_measure_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["list_measure.id"], name=op.f("fk_list_measure_step_measure_id_list_measure")
        ),
        sa.PrimaryKeyConstraint("version", "measure_id", name=op.f("pk_list_measure_step")),
    )
    op.create_table(
        "reform_change",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["reform.member_id"], name=op.f("fk_reform_change_member_id_reform")
        ),
        sa.PrimaryKeyConstraint("version", "member_id", name=op.f("pk_reform_change")),
    )
    for statement in append_only_ddl(*APPEND_ONLY):
        op.execute(statement)
    _ship_duty_rules()
    _ship_templates()


def _id(number: int) -> UUID:
    return UUID(int=(0x7000 << 64) | (0x8000 << 48) | (0x3600 + number))


def _ship_duty_rules() -> None:
    names = ("version", "updated_at", "id", "kind", "threshold_days", "level2_days", "valid_from")
    rows = [
        {
            "version": 1,
            "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
            "id": _id(number),
            "kind": kind,
            "threshold_days": threshold,
            "level2_days": level2,
            "valid_from": date(2000, 1, 1),
        }
        for number, (kind, threshold, level2) in enumerate(DUTY_RULES, start=1)
    ]
    op.bulk_insert(sa.table("duty_rule", *(sa.column(name) for name in names)), rows)


def _ship_templates() -> None:
    json = {"terms", "papers", "steps"}
    rows = [
        {
            "version": 1,
            "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
            "created_at": datetime(2000, 1, 1, tzinfo=UTC),
            "created_by": "system",
            "id": _id(0x80 + number),
            "code": code,
            "name": name,
            "kind": terms["kind"],
            "status": "template",
            "valid_from": date(2000, 1, 1),
            "condition": condition,
            "terms": terms,
            "papers": papers,
            "steps": _STEPS,
            "once": once,
            "budgeted": budgeted,
            "vetoable": True,
            "appeal_days": 10,
            "source": source,
        }
        for number, (code, name, condition, terms, papers, once, budgeted, source) in enumerate(TEMPLATES)
    ]
    columns = (sa.column(name, postgresql.JSONB() if name in json else None) for name in rows[0])
    op.bulk_insert(sa.table("support_policy", *columns), rows)


def downgrade() -> None:
    rule = sa.table("duty_rule", sa.column("kind"))
    op.execute(rule.delete().where(rule.c.kind.in_([kind for kind, _, _ in DUTY_RULES])))
    op.drop_table("reform_change")
    op.drop_table("list_measure_step")
    op.drop_table("reform")
    op.drop_table("pilot_follow_up")
    op.drop_table("list_progress")
    op.drop_table("list_measure")
    op.drop_table("financing_outcome")
    op.drop_table("support_payment")
    op.drop_table("support_clawback")
    op.drop_table("support_budget_entry")
    op.drop_table("support_application_step")
    op.drop_table("list_member")
    op.drop_table("honour_objection")
    op.drop_table("financing_need")
    op.drop_table("support_budget")
    op.drop_table("support_application")
    op.drop_table("innovation_record")
    op.drop_table("honour_nomination")
    op.drop_table("enterprise_list")
    op.drop_table("support_policy")
    op.drop_table("honour_round")
    op.drop_table("veto")
    op.drop_table("support_number")
