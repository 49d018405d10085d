"""The business environment: quiet days and inspections, appeals, agency cases, and their shipped numbers."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymous_intake",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("hour", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sender", "hour", name=op.f("pk_anonymous_intake")),
    )
    op.create_table(
        "environment_number",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_environment_number")),
    )
    op.create_table(
        "environment_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("level2_value", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("level2_value >= 1", name=op.f("ck_environment_rule_level2_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_environment_rule_ends_after_it_begins")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_environment_rule_value_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment_rule")),
    )
    op.create_index(
        "uq_environment_rule_key_from",
        "environment_rule",
        ["kind", "category", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "environment_trail",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "number", name=op.f("pk_environment_trail")),
    )
    op.create_table(
        "visit_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("park_code", sa.String(), nullable=True),
        sa.Column("enterprise_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("days_of_month", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("also_on", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("except_on", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'closed_park' OR park_code IS NOT NULL", name=op.f("ck_visit_rule_closed_names_park")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_visit_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_rule")),
    )
    op.create_index("uq_visit_rule_code_from", "visit_rule", ["code", "valid_from"], unique=True)
    op.create_table(
        "appeal",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("target_unit_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_identity", sa.String(), nullable=True),
        sa.Column("tracking_hash", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("accepted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("filed_by", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("level2_days", sa.Integer(), nullable=True),
        sa.Column("rate_by", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("closed_as", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=False),
        sa.CheckConstraint("(status = 'closed') = (closed_as IS NOT NULL)", name=op.f("ck_appeal_closed_somehow")),
        sa.CheckConstraint(
            "status IN ('accepted', 'closed') OR unit_id IS NOT NULL", name=op.f("ck_appeal_handled_by_unit")
        ),
        sa.CheckConstraint(
            "NOT anonymous OR (enterprise_id IS NULL AND filed_by IS NULL)",
            name=op.f("ck_appeal_anonymous_unnamed"),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_appeal_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["target_unit_id"], ["unit.unit_id"], name=op.f("fk_appeal_target_unit_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_appeal_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("code", name=op.f("uq_appeal_code")),
        sa.UniqueConstraint("tracking_hash", name=op.f("uq_appeal_tracking_hash")),
    )
    op.create_index(op.f("ix_appeal_enterprise_id"), "appeal", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_appeal_region_prefix",
        "appeal",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_appeal_status_due", "appeal", ["status", "due_on"], unique=False)
    op.create_index("ix_appeal_unit", "appeal", ["unit_id"], unique=False)
    op.create_table(
        "inspection",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("planned_from", sa.Date(), nullable=False),
        sa.Column("planned_to", sa.Date(), nullable=False),
        sa.Column("exempt_ground", sa.String(), nullable=True),
        sa.Column("exempt_reason", sa.String(), nullable=False),
        sa.Column("is_exempted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("refusals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=False),
        sa.Column("carried_out_on", sa.Date(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column("reported_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reported_by", sa.String(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "exempt_ground IS NULL OR exempt_reason <> ''", name=op.f("ck_inspection_exemption_has_reason")
        ),
        sa.CheckConstraint(
            "status <> 'carried_out' OR carried_out_on BETWEEN planned_from AND planned_to",
            name=op.f("ck_inspection_carried_out_as_filed"),
        ),
        sa.CheckConstraint("decided_by <> filed_by", name=op.f("ck_inspection_decided_by_another")),
        sa.CheckConstraint("planned_to >= planned_from", name=op.f("ck_inspection_days_in_order")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_inspection_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_inspection_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("code", name=op.f("uq_inspection_code")),
    )
    op.create_index(
        "ix_inspection_enterprise_planned", "inspection", ["enterprise_id", "planned_from"], unique=False
    )
    op.create_index(
        "ix_inspection_region_prefix",
        "inspection",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_inspection_unit_filed", "inspection", ["unit_id", "filed_on"], unique=False)
    op.create_table(
        "inspection_limit",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("max_count", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("max_count >= 0", name=op.f("ck_inspection_limit_count_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_inspection_limit_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_inspection_limit_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_limit")),
    )
    op.create_index(
        "uq_inspection_limit_key_from",
        "inspection_limit",
        ["basis", "kind", "unit_id", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "agency_case",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("applicant", sa.String(), nullable=False),
        sa.Column("agent_person_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("expected_finish_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'finished') = (finished_on IS NOT NULL)", name=op.f("ck_agency_case_finished_with_day")
        ),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_agency_case_percent_in_range")),
        sa.ForeignKeyConstraint(
            ["agent_person_id"], ["person.person_id"], name=op.f("fk_agency_case_agent_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_agency_case_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_agency_case_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_case")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_case_code")),
    )
    op.create_index(op.f("ix_agency_case_enterprise_id"), "agency_case", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_agency_case_project_id"), "agency_case", ["project_id"], unique=False)
    op.create_index(
        "ix_agency_case_region_prefix",
        "agency_case",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_agency_case_status", "agency_case", ["status"], unique=False)
    op.create_table(
        "appeal_round",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("dispatched_on", sa.Date(), nullable=False),
        sa.Column("dispatched_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("transferred", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "NOT (transferred AND answered_on IS NOT NULL)", name=op.f("ck_appeal_round_transferred_unanswered")
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_appeal_round_score_in_range")),
        sa.CheckConstraint(
            "score IS NULL OR answered_on IS NOT NULL", name=op.f("ck_appeal_round_rated_after_answer")
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_round_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_appeal_round_unit_id_unit")),
        sa.PrimaryKeyConstraint("appeal_id", "number", name=op.f("pk_appeal_round")),
    )
    op.create_index("ix_appeal_round_unit_answered", "appeal_round", ["unit_id", "answered_on"], unique=False)
    op.create_table(
        "inspection_unit",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("inspectors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("joined_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_inspection_unit_inspection_id_inspection")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_inspection_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("inspection_id", "unit_id", name=op.f("pk_inspection_unit")),
    )
    op.create_index("ix_inspection_unit_unit", "inspection_unit", ["unit_id"], unique=False)
    op.create_table(
        "unfiled_inspection",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("reported_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'reported') = (resolved_at IS NULL)", name=op.f("ck_unfiled_inspection_resolved_with_time")
        ),
        sa.CheckConstraint(
            "unit_id IS NOT NULL OR unit_name <> ''", name=op.f("ck_unfiled_inspection_unit_named")
        ),
        sa.CheckConstraint("resolved_by <> reported_by", name=op.f("ck_unfiled_inspection_resolved_by_another")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_unfiled_inspection_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_unfiled_inspection_inspection_id_inspection")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_unfiled_inspection_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unfiled_inspection")),
        sa.UniqueConstraint("code", name=op.f("uq_unfiled_inspection_code")),
    )
    op.create_index(
        op.f("ix_unfiled_inspection_enterprise_id"), "unfiled_inspection", ["enterprise_id"], unique=False
    )
    op.create_index(
        "ix_unfiled_inspection_region_prefix",
        "unfiled_inspection",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_unfiled_inspection_unit", "unfiled_inspection", ["unit_id"], unique=False)
    op.create_index(
        "uq_unfiled_inspection_once",
        "unfiled_inspection",
        ["enterprise_id", "unit_id", "came_on"],
        unique=True,
        postgresql_where=sa.text("unit_id IS NOT NULL AND status <> 'dismissed'"),
    )
    op.create_table(
        "agency_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("promised_days", sa.Integer(), nullable=False),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("depends_on", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("agent_person_id", sa.Uuid(), nullable=True),
        sa.Column("approval_case_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint(
            "status <> 'running' OR (started_on IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_agency_item_running_has_clock"),
        ),
        sa.CheckConstraint("finished_on >= started_on", name=op.f("ck_agency_item_days_in_order")),
        sa.CheckConstraint("promised_days >= 1", name=op.f("ck_agency_item_promise_positive")),
        sa.ForeignKeyConstraint(
            ["agent_person_id"], ["person.person_id"], name=op.f("fk_agency_item_agent_person_id_person")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["agency_case.id"], name=op.f("fk_agency_item_case_id_agency_case")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_agency_item_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_item")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_agency_item_case_id_key")),
    )
    op.create_index(op.f("ix_agency_item_approval_case_id"), "agency_item", ["approval_case_id"], unique=False)
    op.create_index("ix_agency_item_status_due", "agency_item", ["status", "due_on"], unique=False)
    op.create_index("ix_agency_item_unit_finished", "agency_item", ["unit_id", "finished_on"], unique=False)
    for statement in append_only_ddl("environment_trail"):
        op.execute(statement)
    _ship_rules()


def _ship_rules() -> None:
    """What holds until an office says otherwise; the last two digits of an id are the row's number here."""
    rule = sa.table(
        "environment_rule",
        *(
            sa.column(name)
            for name in ("version", "updated_at", "id", "kind", "category", "value", "level2_value", "valid_from")
        ),
    )
    shipped = (
        ("inspection_notice", None, 1, None),
        # 行政处罚法: no fewer than two.
        ("inspection_inspectors", None, 2, None),
        ("inspection_days", None, 10, None),
        ("appeal_dispatch", None, 1, 3),
        ("appeal_answer", None, 5, 5),
        ("appeal_answer", "four_bullies", 3, 3),
        ("appeal_rating", None, 10, None),
        ("appeal_returns", None, 2, None),
        ("anonymous_hourly", None, 20, None),
        ("agency_item", None, 1, 5),
    )
    op.bulk_insert(
        rule,
        [
            {
                "version": 1,
                "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
                "id": UUID(f"00000000-0000-7000-8000-0000000016{number:02d}"),
                "kind": kind,
                "category": category,
                "value": value,
                "level2_value": level2,
                "valid_from": date(2000, 1, 1),
            }
            for number, (kind, category, value, level2) in enumerate(shipped, start=1)
        ],
    )


def downgrade() -> None:
    op.drop_table("agency_item")
    op.drop_table("unfiled_inspection")
    op.drop_table("inspection_unit")
    op.drop_table("appeal_round")
    op.drop_table("agency_case")
    op.drop_table("inspection_limit")
    op.drop_table("inspection")
    op.drop_table("appeal")
    op.drop_table("visit_rule")
    op.drop_table("environment_trail")
    op.drop_table("environment_rule")
    op.drop_table("environment_number")
    op.drop_table("anonymous_intake")
    op.execute("DELETE FROM condition WHERE subject_type IN ('inspection', 'appeal', 'agency_item')")
