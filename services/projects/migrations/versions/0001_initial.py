"""The tables of the projects service, its shipped rules and its sign-in policy."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl
from libs.common.security.tables import APPEND_ONLY_TABLES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("not_before", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revocations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "api_key",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("meter_nos", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "project",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=True),
        sa.Column("park_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("total_investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("contract_amount_yuan", sa.BigInteger(), nullable=True),
        sa.Column("investor", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("design_output", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("output_unit", sa.String(), nullable=True),
        sa.Column("first_output", sa.String(), nullable=True),
        sa.Column("actual_output", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("interrupted_stage", sa.String(), nullable=True),
        sa.Column("interrupted_on", sa.Date(), nullable=True),
        sa.Column("interruption_reason", sa.String(), nullable=True),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("last_progress_on", sa.Date(), nullable=True),
        sa.Column("last_advance_on", sa.Date(), nullable=True),
        sa.Column("last_investment_month", sa.Date(), nullable=True),
        sa.Column("invested_yuan", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("invested_yuan >= 0", name=op.f("ck_project_invested_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    op.create_index(op.f("ix_project_created_at"), "project", ["created_at"], unique=False)
    op.create_index(op.f("ix_project_enterprise_id"), "project", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_project_region_prefix",
        "project",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_project_responsible_person", "project", ["responsible_person_id"], unique=False)
    op.create_index("ix_project_stage", "project", ["stage"], unique=False)
    op.create_table(
        "project_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("level2_days", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("level2_days > threshold_days", name=op.f("ck_project_rule_level2_later")),
        sa.CheckConstraint("threshold_days >= 1", name=op.f("ck_project_rule_threshold_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_project_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_rule")),
    )
    op.create_index(
        "uq_project_rule_kind_region_from",
        "project_rule",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "region",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("default_post", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("locked_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(op.f("ix_sign_in_attempts_since"), "sign_in_attempts", ["since"], unique=False)
    op.create_table(
        "sign_in_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("max_failures", sa.Integer(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("lock_seconds", sa.Integer(), nullable=False),
        sa.Column("token_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sign_in_policy_single_row")),
        sa.CheckConstraint(
            "max_failures > 0 AND window_seconds > 0 AND lock_seconds > 0 AND token_seconds > 0",
            name=op.f("ck_sign_in_policy_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_policy")),
    )
    op.create_table(
        "signing_key",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_private_jwk", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("not_after", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "enterprise",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("key_energy_user", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_enterprise_region_code_region")),
        sa.PrimaryKeyConstraint("enterprise_id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_enterprise_credit_code")),
    )
    op.create_index(op.f("ix_enterprise_region_code"), "enterprise", ["region_code"], unique=False)
    op.create_table(
        "investment_entry",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_yuan >= 0", name=op.f("ck_investment_entry_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_investment_entry_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "month", name=op.f("pk_investment_entry")),
    )
    op.create_table(
        "progress_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("percent >= 0 AND percent <= 100", name=op.f("ck_progress_entry_percent_in_range")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_progress_entry_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_entry")),
    )
    op.create_index("ix_progress_entry_project_on", "progress_entry", ["project_id", "on", "id"], unique=False)
    op.create_table(
        "project_change",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_change_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "version", name=op.f("pk_project_change")),
    )
    op.create_table(
        "project_condition",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reference_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cleared_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_condition_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_condition")),
    )
    op.create_index(op.f("ix_project_condition_project_id"), "project_condition", ["project_id"], unique=False)
    op.create_index(
        "ix_project_condition_region_prefix",
        "project_condition",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_project_condition_open",
        "project_condition",
        ["project_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "project_plan",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("original_on", sa.Date(), nullable=True),
        sa.Column("current_on", sa.Date(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_plan_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "milestone", name=op.f("pk_project_plan")),
    )
    op.create_table(
        "unit",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_unit_region_code_region")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    op.create_index(op.f("ix_unit_region_code"), "unit", ["region_code"], unique=False)
    op.create_table(
        "person",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_person_region_code_region")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_person_unit_id_unit")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person_code")),
    )
    op.create_index(op.f("ix_person_region_code"), "person", ["region_code"], unique=False)
    op.create_index(op.f("ix_person_unit_id"), "person", ["unit_id"], unique=False)
    op.create_table(
        "account_revocation_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("not_before", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_revocation_replica")),
    )
    op.create_index(
        op.f("ix_account_revocation_replica_subject"), "account_revocation_replica", ["subject"], unique=False
    )
    op.create_table(
        "api_key_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("meter_nos", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key_replica")),
    )
    op.create_index(op.f("ix_api_key_replica_key_hash"), "api_key_replica", ["key_hash"], unique=False)
    op.create_index(op.f("ix_api_key_replica_subject"), "api_key_replica", ["subject"], unique=False)
    op.create_table(
        "audit_link",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("record_id", name=op.f("uq_audit_link_record_id")),
    )
    op.create_table(
        "audit_pending",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_audit_pending")),
    )
    op.create_table(
        "audit_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_region_code", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
    )
    op.create_index("ix_audit_record_actor", "audit_record", ["actor", "at"], unique=False)
    op.create_index(op.f("ix_audit_record_at"), "audit_record", ["at"], unique=False)
    op.create_index("ix_audit_record_object", "audit_record", ["object_type", "object_id", "at"], unique=False)
    op.create_table(
        "calendar_day_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_calendar_day_replica")),
    )
    op.create_index(op.f("ix_calendar_day_replica_subject"), "calendar_day_replica", ["subject"], unique=False)
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "enterprise_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("key_energy_user", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name=op.f("pk_enterprise_replica")),
    )
    op.create_index(op.f("ix_enterprise_replica_credit_code"), "enterprise_replica", ["credit_code"], unique=False)
    op.create_index(op.f("ix_enterprise_replica_region_code"), "enterprise_replica", ["region_code"], unique=False)
    op.create_index(op.f("ix_enterprise_replica_subject"), "enterprise_replica", ["subject"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_kept_at"), "idempotency_key", ["kept_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"], unique=False)
    op.create_table(
        "job_occurrence",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("available_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("planned_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'done', 'superseded', 'failed')", name=op.f("ck_job_occurrence_status_known")
        ),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_job_occurrence")),
    )
    op.create_index(
        "ix_job_occurrence_pending",
        "job_occurrence",
        ["job", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("traceparent", sa.String(), nullable=True),
        sa.Column("ordered_by", sa.String(), nullable=True),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("position", name=op.f("uq_outbox_position")),
        sa.UniqueConstraint("sequence", name=op.f("uq_outbox_sequence")),
    )
    op.create_index("ix_outbox_subject", "outbox", ["subject", "aggregate_version"], unique=False)
    op.create_index("ix_outbox_topic_position", "outbox", ["topic", "position"], unique=False)
    op.create_index(
        "ix_outbox_unplaced", "outbox", ["sequence"], unique=False, postgresql_where=sa.text("position IS NULL")
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["position"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "person_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_replica")),
    )
    op.create_index("ix_person_replica_post", "person_replica", ["region_code", "post"], unique=False)
    op.create_index(op.f("ix_person_replica_subject"), "person_replica", ["subject"], unique=False)
    op.create_index(op.f("ix_person_replica_unit_id"), "person_replica", ["unit_id"], unique=False)
    op.create_table(
        "region_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("default_post", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region_replica")),
    )
    op.create_index(op.f("ix_region_replica_subject"), "region_replica", ["subject"], unique=False)
    op.create_table(
        "signing_key_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("not_after", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key_replica")),
    )
    op.create_index(op.f("ix_signing_key_replica_subject"), "signing_key_replica", ["subject"], unique=False)
    op.create_table(
        "unit_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_replica")),
    )
    op.create_index(op.f("ix_unit_replica_region_code"), "unit_replica", ["region_code"], unique=False)
    op.create_index(op.f("ix_unit_replica_subject"), "unit_replica", ["subject"], unique=False)

    for statement in append_only_ddl(*APPEND_ONLY_TABLES, "project_change"):
        op.execute(statement)
    _ship_rules()
    op.execute("INSERT INTO sign_in_policy VALUES (1, 5, 900, 900, 3600)")


def _ship_rules() -> None:
    """What holds until an office says otherwise; days late, or without a sign of life."""
    rule = sa.table(
        "project_rule",
        *(
            sa.column(name)
            for name in ("version", "updated_at", "id", "kind", "threshold_days", "level2_days", "valid_from")
        ),
    )
    shipped = (
        ("00000000-0000-7000-8000-000000000001", "start_overdue", 1, 90),
        ("00000000-0000-7000-8000-000000000002", "capacity_overdue", 1, 90),
        ("00000000-0000-7000-8000-000000000003", "stalled", 60, None),
    )
    day = date(2000, 1, 1)
    instant = datetime(2000, 1, 1, tzinfo=UTC)
    op.bulk_insert(
        rule,
        [
            {
                "version": 1,
                "updated_at": instant,
                "id": UUID(key),
                "kind": kind,
                "threshold_days": threshold,
                "level2_days": level2,
                "valid_from": day,
            }
            for key, kind, threshold, level2 in shipped
        ],
    )


def downgrade() -> None:
    op.drop_table("unit_replica")
    op.drop_table("signing_key_replica")
    op.drop_table("region_replica")
    op.drop_table("person_replica")
    op.drop_table("outbox")
    op.drop_table("job_occurrence")
    op.drop_table("inbox")
    op.drop_table("idempotency_key")
    op.drop_table("enterprise_replica")
    op.drop_table("consumer_position")
    op.drop_table("calendar_day_replica")
    op.drop_table("audit_record")
    op.drop_table("audit_pending")
    op.drop_table("audit_link")
    op.drop_table("api_key_replica")
    op.drop_table("account_revocation_replica")
    op.drop_table("person")
    op.drop_table("unit")
    op.drop_table("project_plan")
    op.drop_table("project_condition")
    op.drop_table("project_change")
    op.drop_table("progress_entry")
    op.drop_table("investment_entry")
    op.drop_table("enterprise")
    op.drop_table("signing_key")
    op.drop_table("sign_in_policy")
    op.drop_table("sign_in_attempts")
    op.drop_table("region")
    op.drop_table("project_rule")
    op.drop_table("project")
    op.drop_table("calendar_day")
    op.drop_table("api_key")
    op.drop_table("account")
    op.execute("DROP FUNCTION refuse_change()")
