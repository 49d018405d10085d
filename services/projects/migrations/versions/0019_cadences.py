"""Cadences: regimes, rounds, checks, reports; the regimes of the sources as templates (S4)."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

APPEND_ONLY = ("cadence_submission", "cadence_check_step")

_ALWAYS = date(2000, 1, 1)
_STAGES = ["signed", "started", "completed", "in_production"]
_FIGURES = ["progress", "investment"]
_NEXT = {"code": "next_step", "text": "下一步工作安排", "kind": "text", "required": True, "options": []}
_PLAN_KEPT = {"code": "plan_kept", "text": "是否按计划推进", "kind": "yes_no", "required": True, "options": []}
_SUPPORT = {"code": "support", "text": "需协调解决的事项", "kind": "text", "required": False, "options": []}
_SETTLED = {"code": "settled", "text": "年度目标是否完成", "kind": "yes_no", "required": True, "options": []}
_SHORTFALL = {"code": "shortfall", "text": "未完成原因", "kind": "text", "required": False, "options": []}
_GRADE = {
    "code": "grade",
    "text": "考评等次",
    "kind": "choice",
    "required": True,
    "options": ["优秀", "良好", "合格", "不合格"],
}
# The sources name the rhythms; days, owners and questions are a choice of ours, changed as data. Each level: code,
# name, period, working days after its end, owner, post, facts required, questions.
_TEMPLATES: tuple[tuple[str, str, str, tuple[tuple[Any, ...], ...]], ...] = (
    (
        "county",
        "县级项目调度制度",
        "旬过问、月通报、季检查、半年一小结、年终结硬账",
        (
            ("ten-days", "旬过问", "ten_days", 2, "responsible_person", None, ["progress"], [_SUPPORT]),
            ("month", "月通报", "month", 3, "responsible_unit", None, _FIGURES, [_NEXT, _SUPPORT]),
            ("quarter", "季检查", "quarter", 5, "lead_official", None, _FIGURES, [_PLAN_KEPT, _NEXT]),
            (
                "half-year",
                "半年一小结",
                "half_year",
                5,
                "responsible_unit",
                None,
                [*_FIGURES, "narrative"],
                [_NEXT],
            ),
            (
                *("year", "年终结硬账", "year", 10, "lead_official", None),
                [*_FIGURES, "narrative"],
                [_SETTLED, _SHORTFALL],
            ),
        ),
    ),
    (
        "town",
        "乡镇项目调度制度",
        "周监测、月总结、季考评、半年小结、全年综合评定",
        (
            ("week", "周监测", "week", 1, "responsible_person", None, ["progress"], [_SUPPORT]),
            ("month", "月总结", "month", 3, "responsible_person", None, _FIGURES, [_NEXT]),
            ("quarter", "季考评", "quarter", 5, "post_in_region", "leader", _FIGURES, [_GRADE]),
            ("half-year", "半年小结", "half_year", 5, "responsible_unit", None, [*_FIGURES, "narrative"], [_NEXT]),
            ("year", "全年综合评定", "year", 10, "post_in_region", "leader", [*_FIGURES, "narrative"], [_GRADE]),
        ),
    ),
    (
        "contest",
        "擂台赛调度制度",
        "月监测、季考评",
        (
            ("month", "月监测", "month", 3, "responsible_unit", None, _FIGURES, []),
            ("quarter", "季考评", "quarter", 5, "post_in_region", "supervision_group", _FIGURES, [_GRADE]),
        ),
    ),
)


def _level(facts: tuple[Any, ...]) -> dict[str, Any]:
    names = ("code", "name", "period", "due_days", "owner", "post", "requires", "questions")
    return dict(zip(names, facts, strict=True)) | {"grave_days": 5, "rework_days": 2}


def upgrade() -> None:
    _create_regimes()
    _create_checks()
    for statement in append_only_ddl(*APPEND_ONLY):
        op.execute(statement)
    _ship_templates()


def _ship_templates() -> None:
    columns = [
        *("id", "code", "name", "region_code", "valid_from", "valid_to", "levels", "kinds", "size_bands"),
        *("stages", "key_only", "source", "template", "created_on", "version", "updated_at"),
    ]
    typed = {"levels", "kinds", "size_bands", "stages"}
    table = sa.table(
        "cadence_regime",
        *(sa.column(name, postgresql.JSONB() if name in typed else None) for name in columns),
    )
    rows = [
        {
            "id": UUID(f"00000000-0000-7000-8000-0000000019{number:02}"),
            "code": code,
            "name": name,
            "region_code": None,
            "valid_from": _ALWAYS,
            "valid_to": None,
            "levels": [_level(facts) for facts in levels],
            "kinds": [],
            "size_bands": [],
            "stages": _STAGES,
            "key_only": False,
            "source": source,
            "template": code,
            "created_on": _ALWAYS,
            "version": 1,
            "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
        }
        for number, (code, name, source, levels) in enumerate(_TEMPLATES, start=1)
    ]
    op.bulk_insert(table, rows)


def _create_regimes() -> None:
    op.create_table(
        "cadence_regime",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(), nullable=False),
        sa.Column("size_bands", postgresql.JSONB(), nullable=False),
        sa.Column("stages", postgresql.JSONB(), nullable=False),
        sa.Column("key_only", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_cadence_regime_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_regime")),
    )
    op.create_index(
        "uq_cadence_regime_code_region_from",
        "cadence_regime",
        ["code", "region_code", "valid_from", "template"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "cadence_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("regime_id", sa.Uuid(), nullable=False),
        sa.Column("regime_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("level_code", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["regime_id"], ["cadence_regime.id"], name=op.f("fk_cadence_round_regime_id_cadence_regime")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_round")),
    )
    op.create_index(op.f("ix_cadence_round_regime_id"), "cadence_round", ["regime_id"])
    op.create_index(
        "uq_cadence_round_regime_level_period",
        "cadence_round",
        ["regime_code", "region_code", "level_code", "period"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _create_checks() -> None:
    op.create_table(
        "cadence_check",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("regime_code", sa.String(), nullable=False),
        sa.Column("level_code", sa.String(), nullable=False),
        sa.Column("level_name", sa.String(), nullable=False),
        sa.Column("period_kind", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("owner_person_id", sa.Uuid(), nullable=True),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_cadence_check_ends_after_it_begins")),
        sa.CheckConstraint("due_on >= original_due_on", name=op.f("ck_cadence_check_due_again_later")),
        sa.CheckConstraint(
            "(submissions > 0) = (submitted_on IS NOT NULL)", name=op.f("ck_cadence_check_submitted_with_a_day")
        ),
        sa.CheckConstraint(
            "status IN ('due', 'excused') OR submissions > 0",
            name=op.f("ck_cadence_check_submitted_before_returned"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_cadence_check_project_id_project")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["cadence_round.id"], name=op.f("fk_cadence_check_round_id_cadence_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_check")),
        sa.UniqueConstraint("project_id", "regime_code", "level_code", "period", name="uq_cadence_check_once"),
    )
    for column in ("round_id", "owner_person_id", "owner_unit_id", "original_due_on"):
        op.create_index(f"ix_cadence_check_{column}", "cadence_check", [column])
    op.create_index(
        "ix_cadence_check_pending",
        "cadence_check",
        ["due_on"],
        postgresql_where=sa.text("status IN ('due', 'returned')"),
    )
    op.create_table(
        "cadence_submission",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=False),
        sa.Column("progress", postgresql.JSONB(), nullable=True),
        sa.Column("investments", postgresql.JSONB(), nullable=False),
        sa.Column("problem_ids", postgresql.JSONB(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["cadence_check.id"], name=op.f("fk_cadence_submission_check_id_cadence_check")
        ),
        sa.PrimaryKeyConstraint("check_id", "number", name=op.f("pk_cadence_submission")),
    )
    op.create_table(
        "cadence_check_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["cadence_check.id"], name=op.f("fk_cadence_check_step_check_id_cadence_check")
        ),
        sa.PrimaryKeyConstraint("version", "check_id", name=op.f("pk_cadence_check_step")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM condition WHERE kind = 'check_missed'")
    for table in ("cadence_check_step", "cadence_submission", "cadence_check", "cadence_round", "cadence_regime"):
        op.drop_table(table)
