"""Leadership, duties, problems, meetings with action items and visits, instructions; their shipped rules."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = ("problem_step", "action_item_step", "instruction_step", "meeting_minutes", "meeting_decision")

# Kind, threshold and grave from: see services.projects.duties.domain.rules.DutyKind for what the days are.
SHIPPED = (
    ("leadership_gap", 15, 45),
    ("problem_term_town", 10, None),
    ("problem_term_county", 10, None),
    ("problem_term_leading_group", 5, None),
    ("problem_overdue", 1, 30),
    ("action_term", 10, None),
    ("action_overdue", 1, 15),
    ("instruction_term", 10, None),
    ("instruction_due_soon", 2, None),
    ("instruction_overdue", 1, 10),
)


def upgrade() -> None:
    op.create_table(
        "duty_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("level2_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("level2_days > threshold_days", name=op.f("ck_duty_rule_level2_later")),
        sa.CheckConstraint("threshold_days >= 1", name=op.f("ck_duty_rule_threshold_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_duty_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rule")),
    )
    op.create_index(
        "uq_duty_rule_kind_region_from",
        "duty_rule",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "instruction_counter",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region_code", "year", name=op.f("pk_instruction_counter")),
    )
    op.create_table(
        "meeting",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("host_unit_id", sa.Uuid(), nullable=True),
        sa.Column("chair_person_id", sa.Uuid(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("(status = 'held') = (held_on IS NOT NULL)", name=op.f("ck_meeting_held_on_a_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_planned_on"), "meeting", ["planned_on"], unique=False)
    op.create_index(
        "ix_meeting_region_prefix",
        "meeting",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "instruction",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
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
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer_region_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("figure_name", sa.String(), nullable=True),
        sa.Column("figure_value", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("figure_unit", sa.String(), nullable=True),
        sa.Column("figure_as_of", sa.Date(), nullable=True),
        sa.Column("figure_link", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("instructed_by_person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(subject_type = 'figure') = (num_nonnulls(figure_name, figure_value, figure_as_of) = 3)",
            name=op.f("ck_instruction_figure_complete"),
        ),
        sa.CheckConstraint(
            "(subject_type = 'figure') = (subject_id IS NULL)", name=op.f("ck_instruction_subject_or_figure")
        ),
        sa.CheckConstraint("owner_unit_id IS NOT NULL", name=op.f("ck_instruction_lead_unit_known")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_instruction_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
        sa.UniqueConstraint("number", name=op.f("uq_instruction_number")),
    )
    op.create_index(op.f("ix_instruction_due_on"), "instruction", ["due_on"], unique=False)
    op.create_index(
        op.f("ix_instruction_instructed_by_person_id"), "instruction", ["instructed_by_person_id"], unique=False
    )
    op.create_index(op.f("ix_instruction_owner_person_id"), "instruction", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_instruction_owner_unit_id"), "instruction", ["owner_unit_id"], unique=False)
    op.create_index(op.f("ix_instruction_project_id"), "instruction", ["project_id"], unique=False)
    op.create_index(
        "ix_instruction_region_prefix",
        "instruction",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_instruction_status"), "instruction", ["status"], unique=False)
    op.create_index("ix_instruction_subject", "instruction", ["subject_type", "subject_id"], unique=False)
    op.create_index(
        "uq_instruction_sequence", "instruction", ["issuer_region_code", "year", "sequence"], unique=True
    )
    op.create_table(
        "key_project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_key_project_ends_not_before_it_begins")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_key_project_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_project")),
    )
    op.create_index(op.f("ix_key_project_project_id"), "key_project", ["project_id"], unique=False)
    op.create_index(
        "uq_key_project_open",
        "key_project",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "meeting_minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_minutes_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_minutes")),
    )
    op.create_index("uq_meeting_minutes_edition", "meeting_minutes", ["meeting_id", "edition"], unique=True)
    op.create_table(
        "problem",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
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
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_by_person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "status <> 'closed' OR closed_by <> resolved_by", name=op.f("ck_problem_closed_by_another")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_problem_level_known")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_problem_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_due_on"), "problem", ["due_on"], unique=False)
    op.create_index(op.f("ix_problem_owner_person_id"), "problem", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_problem_owner_unit_id"), "problem", ["owner_unit_id"], unique=False)
    op.create_index(op.f("ix_problem_status"), "problem", ["status"], unique=False)
    op.create_index("uq_problem_project_number", "problem", ["project_id", "number"], unique=True)
    op.create_table(
        "project_leadership",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("on_site_meetings", sa.Integer(), nullable=False),
        sa.Column("last_on_site_on", sa.Date(), nullable=True),
        sa.Column("governing_minutes_id", sa.Uuid(), nullable=True),
        sa.Column("governing_ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("on_site_meetings >= 0", name=op.f("ck_project_leadership_meetings_not_negative")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_leadership_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_leadership")),
    )
    op.create_table(
        "governing_minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("minutes_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_governing_minutes_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["minutes_id"], ["meeting_minutes.id"], name=op.f("fk_governing_minutes_minutes_id_meeting_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_governing_minutes_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governing_minutes")),
    )
    op.create_index(op.f("ix_governing_minutes_minutes_id"), "governing_minutes", ["minutes_id"], unique=False)
    op.create_index(op.f("ix_governing_minutes_project_id"), "governing_minutes", ["project_id"], unique=False)
    op.create_index(
        "uq_governing_minutes_open",
        "governing_minutes",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "instruction_extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instruction_id"],
            ["instruction.id"],
            name=op.f("fk_instruction_extension_instruction_id_instruction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_extension")),
    )
    op.create_index(
        op.f("ix_instruction_extension_instruction_id"), "instruction_extension", ["instruction_id"], unique=False
    )
    op.create_index(
        "uq_instruction_extension_pending",
        "instruction_extension",
        ["instruction_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "instruction_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_step_instruction_id_instruction")
        ),
        sa.PrimaryKeyConstraint("version", "instruction_id", name=op.f("pk_instruction_step")),
    )
    op.create_table(
        "instruction_unit",
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_unit_instruction_id_instruction")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_instruction_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("instruction_id", "unit_id", name=op.f("pk_instruction_unit")),
    )
    op.create_index(op.f("ix_instruction_unit_unit_id"), "instruction_unit", ["unit_id"], unique=False)
    op.create_table(
        "meeting_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("problem_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_meeting_item_problem_id_problem")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_meeting_item_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_item")),
    )
    op.create_index(op.f("ix_meeting_item_problem_id"), "meeting_item", ["problem_id"], unique=False)
    op.create_index(op.f("ix_meeting_item_project_id"), "meeting_item", ["project_id"], unique=False)
    op.create_index("uq_meeting_item_position", "meeting_item", ["meeting_id", "position"], unique=True)
    op.create_table(
        "problem_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_step_problem_id_problem")),
        sa.PrimaryKeyConstraint("version", "problem_id", name=op.f("pk_problem_step")),
    )
    op.create_table(
        "supervision_visit",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("leader_person_id", sa.Uuid(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("exemption", sa.String(), nullable=True),
        sa.Column("exemption_reason", sa.String(), nullable=True),
        sa.Column("approver_person_id", sa.Uuid(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status = 'made') = (made_on IS NOT NULL)", name=op.f("ck_supervision_visit_made_on_a_day")
        ),
        sa.CheckConstraint(
            "num_nonnulls(exemption, exemption_reason, approver_person_id) IN (0, 3)",
            name=op.f("ck_supervision_visit_exemption_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.enterprise_id"],
            name=op.f("fk_supervision_visit_enterprise_id_enterprise"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_supervision_visit_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_visit")),
    )
    op.create_index(
        op.f("ix_supervision_visit_enterprise_id"), "supervision_visit", ["enterprise_id"], unique=False
    )
    op.create_index(op.f("ix_supervision_visit_planned_on"), "supervision_visit", ["planned_on"], unique=False)
    op.create_index(op.f("ix_supervision_visit_project_id"), "supervision_visit", ["project_id"], unique=False)
    op.create_table(
        "task_force",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_task_force_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_task_force_project_id_project")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_task_force_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_force")),
    )
    op.create_index(op.f("ix_task_force_project_id"), "task_force", ["project_id"], unique=False)
    op.create_index(
        "uq_task_force_open",
        "task_force",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "instruction_deputy",
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("authorised_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("authorised_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_deputy_instruction_id_instruction")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_instruction_deputy_person_id_person")
        ),
        sa.PrimaryKeyConstraint("instruction_id", "person_id", name=op.f("pk_instruction_deputy")),
    )
    op.create_table(
        "lead_official",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_lead_official_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_lead_official_person_id_person")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_lead_official_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_official")),
    )
    op.create_index(op.f("ix_lead_official_person_id"), "lead_official", ["person_id"], unique=False)
    op.create_index("uq_lead_official_from", "lead_official", ["project_id", "valid_from"], unique=True)
    op.create_index(
        "uq_lead_official_open",
        "lead_official",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "meeting_attendance",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_attendance_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_meeting_attendance_person_id_person")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", name=op.f("pk_meeting_attendance")),
    )
    op.create_index(op.f("ix_meeting_attendance_person_id"), "meeting_attendance", ["person_id"], unique=False)
    op.create_table(
        "meeting_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["meeting_item.id"], name=op.f("fk_meeting_decision_item_id_meeting_item")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_decision_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_decision")),
    )
    op.create_index("uq_meeting_decision_number", "meeting_decision", ["meeting_id", "number"], unique=True)
    op.create_table(
        "task_force_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("task_force_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_task_force_member_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_task_force_member_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_task_force_member_task_force_id_task_force")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_force_member")),
    )
    op.create_index(op.f("ix_task_force_member_person_id"), "task_force_member", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_task_force_member_task_force_id"), "task_force_member", ["task_force_id"], unique=False
    )
    op.create_index(
        "uq_task_force_head_open",
        "task_force_member",
        ["task_force_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND role = 'head'"),
    )
    op.create_index(
        "uq_task_force_member_open",
        "task_force_member",
        ["task_force_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "action_item",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
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
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("problem_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "status <> 'closed' OR closed_by <> resolved_by", name=op.f("ck_action_item_closed_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["meeting_decision.id"], name=op.f("fk_action_item_decision_id_meeting_decision")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_action_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_action_item_problem_id_problem")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_action_item_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_item")),
    )
    op.create_index(op.f("ix_action_item_decision_id"), "action_item", ["decision_id"], unique=False)
    op.create_index(op.f("ix_action_item_due_on"), "action_item", ["due_on"], unique=False)
    op.create_index(op.f("ix_action_item_owner_person_id"), "action_item", ["owner_person_id"], unique=False)
    op.create_index(op.f("ix_action_item_owner_unit_id"), "action_item", ["owner_unit_id"], unique=False)
    op.create_index(op.f("ix_action_item_problem_id"), "action_item", ["problem_id"], unique=False)
    op.create_index(op.f("ix_action_item_project_id"), "action_item", ["project_id"], unique=False)
    op.create_index(
        "ix_action_item_region_prefix",
        "action_item",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_action_item_status"), "action_item", ["status"], unique=False)
    op.create_index("uq_action_item_meeting_number", "action_item", ["meeting_id", "number"], unique=True)
    op.create_table(
        "action_item_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("action_item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_item_id"], ["action_item.id"], name=op.f("fk_action_item_step_action_item_id_action_item")
        ),
        sa.PrimaryKeyConstraint("version", "action_item_id", name=op.f("pk_action_item_step")),
    )
    for statement in append_only_ddl(*APPEND_ONLY):
        op.execute(statement)
    _ship_rules()


def _ship_rules() -> None:
    names = ("version", "updated_at", "id", "kind", "threshold_days", "level2_days", "valid_from")
    rule = sa.table("duty_rule", *(sa.column(name) for name in names))
    rows = [
        {
            "version": 1,
            "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
            "id": UUID(int=(0x7000 << 64) | (0x8000 << 48) | (0x1300 + number)),
            "kind": kind,
            "threshold_days": threshold,
            "level2_days": level2,
            "valid_from": date(2000, 1, 1),
        }
        for number, (kind, threshold, level2) in enumerate(SHIPPED, start=1)
    ]
    op.bulk_insert(rule, rows)


def downgrade() -> None:
    op.drop_table("action_item_step")
    op.drop_table("action_item")
    op.drop_table("task_force_member")
    op.drop_table("meeting_decision")
    op.drop_table("meeting_attendance")
    op.drop_table("lead_official")
    op.drop_table("instruction_deputy")
    op.drop_table("task_force")
    op.drop_table("supervision_visit")
    op.drop_table("problem_step")
    op.drop_table("meeting_item")
    op.drop_table("instruction_unit")
    op.drop_table("instruction_step")
    op.drop_table("instruction_extension")
    op.drop_table("governing_minutes")
    op.drop_table("project_leadership")
    op.drop_table("problem")
    op.drop_table("meeting_minutes")
    op.drop_table("key_project")
    op.drop_table("instruction")
    op.drop_table("meeting")
    op.drop_table("instruction_counter")
    op.drop_table("duty_rule")
