"""The tables of the energy service and its shipped rule."""

import json
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

# As shipped; later rules are data of the installation.
SPIKE_PARAMETERS = {
    "open_score": 10.0,
    "clear_score": 4.0,
    "clear_slots": 4,
    "quiet_minutes": 360,
    "warmup_days": 28,
    "level_rate": 0.1,
    "season_rate": 0.135,
    "variance_rate": 0.005,
    "clip_score": 4.0,
    "floor_share": 0.01,
    "strong_score": 20.0,
    "extreme_score": 40.0,
    "announce_within_hours": None,
}


def upgrade() -> None:
    op.create_table(
        "ingest_offset",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_ingest_offset")),
    )
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
        "body_digest",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_body_digest")),
    )
    op.create_index(op.f("ix_body_digest_first_at"), "body_digest", ["first_at"], unique=False)
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
        "condition",
        sa.Column("condition_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("interval_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("offset_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("clear_reason", sa.String(), nullable=True),
        sa.Column("episode_ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("detected_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("value_kw", sa.Float(), nullable=False),
        sa.Column("expected_kw", sa.Float(), nullable=False),
        sa.Column("expected_low_kw", sa.Float(), nullable=False),
        sa.Column("expected_high_kw", sa.Float(), nullable=False),
        sa.Column("day_type", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("condition_id", name=op.f("pk_condition")),
    )
    op.create_index("ix_condition_meter_opened", "condition", ["meter_index", "kind", "opened_at"], unique=False)
    op.create_index("ix_condition_opened_at", "condition", ["opened_at", "condition_id"], unique=False)
    op.create_index(
        "ix_condition_region",
        "condition",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_condition_open",
        "condition",
        ["meter_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "curve_day",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=False),
        sa.Column("present", sa.SmallInteger(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=False),
        sa.Column("peak_kw", sa.REAL(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("load_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("quality", sa.LargeBinary(), nullable=True),
        sa.Column("slot_ranks", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("meter_index", "quantity", "day", name=op.f("pk_curve_day")),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "curve_revision",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=False),
        sa.Column("before_kw", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.PrimaryKeyConstraint("meter_index", "quantity", "day", "revision", name=op.f("pk_curve_revision")),
    )
    op.create_table(
        "detection_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("meter_no", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_rule")),
    )
    op.create_index(
        "uq_detection_rule_scope",
        "detection_rule",
        ["kind", "region_code", "meter_no", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "detector_checkpoint",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_detector_checkpoint")),
    )
    op.create_table(
        "detector_state",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "shard", "slots", name=op.f("pk_detector_state")),
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
        "feed_source",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_source")),
    )
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
        "meter",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("interval_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("offset_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("capacity_kw", sa.Float(), nullable=True),
        sa.Column("low_kw", sa.Float(), nullable=True),
        sa.Column("high_kw", sa.Float(), nullable=True),
        sa.Column("multiplier", sa.Float(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("change_mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_meter")),
        sa.UniqueConstraint("meter_index", name=op.f("uq_meter_meter_index")),
        sa.UniqueConstraint("meter_no", name=op.f("uq_meter_meter_no")),
    )
    op.create_index("ix_meter_change_mark", "meter", ["change_mark"], unique=False)
    op.create_index("ix_meter_enterprise", "meter", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_meter_region",
        "meter",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "meter_counter",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("next_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_meter_counter")),
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
        "quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("meter_nos", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("replayed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("replay_receipt_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_meter_no_status", "quarantine", ["meter_no", "status"], unique=False)
    op.create_index(op.f("ix_quarantine_receipt_id"), "quarantine", ["receipt_id"], unique=False)
    op.create_index("ix_quarantine_received_at", "quarantine", ["received_at"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("merged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("parts_merged", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("rejections", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_received_at", "receipt", ["received_at"], unique=False)
    op.create_table(
        "receipt_part",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("merged_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", "part", name=op.f("pk_receipt_part")),
    )
    op.create_index(op.f("ix_receipt_part_merged_at"), "receipt_part", ["merged_at"], unique=False)
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
    for statement in append_only_ddl(*APPEND_ONLY_TABLES):
        op.execute(statement)
    # States are dense floats: compressing them costs time and gains nothing.
    op.execute("ALTER TABLE detector_state ALTER COLUMN state SET STORAGE EXTERNAL")
    op.execute("INSERT INTO meter_counter (singleton, next_index) VALUES (true, 0)")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO detection_rule (id, kind, valid_from, parameters, note, version, changed_at, changed_by) "
            "VALUES (:id, 'spike', :valid_from, CAST(:parameters AS jsonb), 'shipped', 1, :at, 'system')"
        ),
        {
            "id": UUID("01920000-0000-7000-8000-000000000001"),
            "valid_from": date(1970, 1, 1),
            "parameters": json.dumps(SPIKE_PARAMETERS),
            "at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )


def downgrade() -> None:
    op.drop_table("unit_replica")
    op.drop_table("signing_key_replica")
    op.drop_table("region_replica")
    op.drop_table("receipt_part")
    op.drop_table("receipt")
    op.drop_table("quarantine")
    op.drop_table("person_replica")
    op.drop_table("outbox")
    op.drop_table("meter_counter")
    op.drop_table("meter")
    op.drop_table("job_occurrence")
    op.drop_table("inbox")
    op.drop_table("idempotency_key")
    op.drop_table("feed_source")
    op.drop_table("enterprise_replica")
    op.drop_table("detector_state")
    op.drop_table("detector_checkpoint")
    op.drop_table("detection_rule")
    op.drop_table("curve_revision")
    op.drop_table("curve_day")
    op.drop_table("consumer_position")
    op.drop_table("condition")
    op.drop_table("calendar_day_replica")
    op.drop_table("body_digest")
    op.drop_table("audit_record")
    op.drop_table("audit_pending")
    op.drop_table("audit_link")
    op.drop_table("api_key_replica")
    op.drop_table("account_revocation_replica")
    op.execute("DROP FUNCTION refuse_change()")
