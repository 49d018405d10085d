"""Seals over the trails, the exchange with other systems, the ledger of accountability, and notices.

What waits for a seal is noted by a trigger, so whoever writes an entry cannot forget it; what the trails hold already
is noted as well and goes into the first seal.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0050"
down_revision = "0040"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_EVENT_KINDS = (
    ("", "工业经济运行预警", "Industrial economy warning", "Other", "Observed"),
    ("spike", "用电异常预警", "Consumption anomaly", "Infra", "Observed"),
    ("drop", "用电异常预警", "Consumption anomaly", "Infra", "Observed"),
    ("shift", "用电异常预警", "Consumption anomaly", "Infra", "Observed"),
    ("overload", "用电超容预警", "Contracted capacity exceeded", "Infra", "Observed"),
    ("supply_shortage", "电力供应预警", "Power supply shortage", "Infra", "Observed"),
    ("shortage_forecast", "电力供应预警", "Power supply shortage", "Infra", "Likely"),
)
_APPEND_ONLY = (
    "trail_key",
    "trail_seal",
    "trail_seal_leaf",
    "accountability_correction",
    "accountability_edition",
    "accountability_edition_miss",
)


def upgrade() -> None:
    _seals()
    _exchange()
    _accountability()
    _notices()
    for statement in append_only_ddl(*_APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    for table in ("notice_delivery", "notice_receipt", "notice"):
        op.drop_table(table)
    for table in ("place", "edition_miss", "edition", "correction", "miss"):
        op.drop_table(f"accountability_{table}")
    for table in ("exchange_national_message", "exchange_event_kind", "exchange_profile"):
        op.drop_table(table)
    op.execute("DROP TRIGGER alert_trail_unsealed ON alert_trail")
    op.execute("DROP FUNCTION note_unsealed()")
    for table in ("trail_unsealed", "trail_seal_leaf", "trail_seal", "trail_key", "trail_seal_policy"):
        op.drop_table(table)


def _seals() -> None:
    op.create_table(
        "trail_seal_policy",
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("algorithm IN ('sha256', 'sm3')", name=op.f("ck_trail_seal_policy_algorithm_known")),
        sa.CheckConstraint(
            "interval_minutes BETWEEN 1 AND 1440", name=op.f("ck_trail_seal_policy_interval_sensible")
        ),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_trail_seal_policy")),
    )
    op.create_table(
        "trail_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("first_used_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_trail_key")),
    )
    op.create_table(
        "trail_seal",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("entries_total", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["trail_key.key_id"], name=op.f("fk_trail_seal_key_id_trail_key")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_trail_seal")),
    )
    op.create_index(op.f("ix_trail_seal_sealed_at"), "trail_seal", ["sealed_at"], unique=False)
    op.create_table(
        "trail_seal_leaf",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["trail_seal.sequence"], name=op.f("fk_trail_seal_leaf_sequence_trail_seal")
        ),
        sa.PrimaryKeyConstraint("sequence", "alert_id", name=op.f("pk_trail_seal_leaf")),
    )
    op.create_index("ix_trail_seal_leaf_alert_length", "trail_seal_leaf", ["alert_id", "length"], unique=False)
    op.create_table(
        "trail_unsealed",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "seq", name=op.f("pk_trail_unsealed")),
    )
    op.execute("INSERT INTO trail_unsealed SELECT alert_id, seq FROM alert_trail")
    op.execute(
        """
        CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO trail_unsealed SELECT alert_id, seq FROM added;
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER alert_trail_unsealed AFTER INSERT ON alert_trail REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed()"
    )
    op.execute("ALTER TABLE alert_trail ENABLE ALWAYS TRIGGER alert_trail_unsealed")
    policy = sa.table(
        "trail_seal_policy",
        sa.column("algorithm", sa.String),
        sa.column("interval_minutes", sa.Integer),
        sa.column("changed_by", sa.String),
        *(sa.column(name, sa.TIMESTAMP(timezone=True)) for name in ("valid_from", "changed_at")),
    )
    shipped = {"valid_from": _BEGINNING, "changed_at": _BEGINNING, "changed_by": "shipped"}
    op.bulk_insert(policy, [{"algorithm": "sha256", "interval_minutes": 5, **shipped}])


def _exchange() -> None:
    profile = op.create_table(
        "exchange_profile",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cap_sender", sa.String(), nullable=False),
        sa.Column("sender_name_zh", sa.String(), nullable=False),
        sa.Column("sender_name_en", sa.String(), nullable=False),
        sa.Column("sender_code", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("restriction_zh", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("web", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('Actual', 'Exercise', 'Test')", name=op.f("ck_exchange_profile_status_known")
        ),
        sa.CheckConstraint("scope IN ('Public', 'Restricted')", name=op.f("ck_exchange_profile_scope_known")),
        sa.CheckConstraint("sender_code ~ '^[0-9]{14}$'", name=op.f("ck_exchange_profile_sender_code_shape")),
        sa.PrimaryKeyConstraint("region_code", name=op.f("pk_exchange_profile")),
    )
    kind = op.create_table(
        "exchange_event_kind",
        sa.Column("condition_kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("cap_category", sa.String(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("condition_kind", name=op.f("pk_exchange_event_kind")),
    )
    op.create_table(
        "exchange_national_message",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_exchange_national_message_alert_id_alert")
        ),
        sa.PrimaryKeyConstraint("alert_id", "version", name=op.f("pk_exchange_national_message")),
        sa.UniqueConstraint("identifier", name=op.f("uq_exchange_national_message_identifier")),
    )
    shipped = {"version": 1, "changed_by": "shipped", "changed_at": _BEGINNING}
    op.bulk_insert(
        profile,
        [
            {
                "region_code": "",
                # Nobody is to take what an installation has not been told to send for the real thing.
                "cap_sender": "duban@localhost.localdomain",
                "sender_name_zh": "工业经济运行管理部门",
                "sender_name_en": "Industrial economy office",
                "sender_code": None,
                "status": "Test",
                "scope": "Restricted",
                "restriction_zh": "仅供工业经济运行管理工作使用",
                "contact": None,
                "web": None,
                **shipped,
            }
        ],
    )
    # The codes of GB/T 35561 are the release centre's to assign: until it has, all kinds bear the placeholder.
    op.bulk_insert(
        kind,
        [
            {
                "condition_kind": name,
                "event_code": "99Z99",
                "name_zh": name_zh,
                "name_en": name_en,
                "cap_category": category,
                "certainty": certainty,
                **shipped,
            }
            for name, name_zh, name_en, category, certainty in _EVENT_KINDS
        ],
    )


def _miss_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=True),
        sa.Column("post", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("alert_number", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("trail_seq", sa.Integer(), nullable=False),
        sa.Column("basis_seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
    ]


def _accountability() -> None:
    op.create_table(
        "accountability_miss",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("found_key", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        *_miss_columns(),
        sa.CheckConstraint(
            "status IN ('counted', 'excluded', 'reassigned')", name=op.f("ck_accountability_miss_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accountability_miss")),
    )
    op.create_index(
        "uq_accountability_miss_entry",
        "accountability_miss",
        ["alert_id", "trail_seq", "kind", "found_key"],
        unique=True,
    )
    op.create_index(
        "ix_accountability_miss_year_person", "accountability_miss", ["year", "person_id"], unique=False
    )
    op.create_index("ix_accountability_miss_year_unit", "accountability_miss", ["year", "unit_id"], unique=False)
    op.create_index(
        "ix_accountability_miss_region",
        "accountability_miss",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "accountability_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("miss_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('exclude', 'reassign', 'restore')", name=op.f("ck_accountability_correction_act_known")
        ),
        sa.ForeignKeyConstraint(
            ["miss_id"],
            ["accountability_miss.id"],
            name=op.f("fk_accountability_correction_miss_id_accountability_miss"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accountability_correction")),
    )
    op.create_index(
        op.f("ix_accountability_correction_miss_id"), "accountability_correction", ["miss_id"], unique=False
    )
    op.create_table(
        "accountability_edition",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("year", "edition", name=op.f("pk_accountability_edition")),
    )
    op.create_table(
        "accountability_edition_miss",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_miss_columns(),
        sa.ForeignKeyConstraint(
            ["year", "edition"],
            ["accountability_edition.year", "accountability_edition.edition"],
            name=op.f("fk_accountability_edition_miss_year_edition_accountability_edition"),
        ),
        sa.PrimaryKeyConstraint("year", "edition", "id", name=op.f("pk_accountability_edition_miss")),
    )
    op.create_table(
        "accountability_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_accountability_place_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accountability_place")),
    )


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("source_type", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.Column("confirm_by", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("remind_working_minutes", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("overdue_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'completed', 'withdrawn')", name=op.f("ck_notice_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_region",
        "notice",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_notice_source", "notice", ["source_type", "source_id"], unique=False)
    op.create_table(
        "notice_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("ways", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("next_reminder_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_receipt_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipt")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_notice_receipt_notice_id_person_id")),
    )
    op.create_index(op.f("ix_notice_receipt_notice_id"), "notice_receipt", ["notice_id"], unique=False)
    op.create_index(op.f("ix_notice_receipt_person_id"), "notice_receipt", ["person_id"], unique=False)
    op.create_index(
        "ix_notice_receipt_reminder",
        "notice_receipt",
        ["next_reminder_at"],
        unique=False,
        postgresql_where=sa.text("next_reminder_at IS NOT NULL"),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "next_attempt_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'failed')", name=op.f("ck_notice_delivery_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_notice_delivery_channel_id_channel")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["notice_receipt.id"], name=op.f("fk_notice_delivery_receipt_id_notice_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
    )
    for column in ("channel_id", "notice_id", "receipt_id"):
        op.create_index(op.f(f"ix_notice_delivery_{column}"), "notice_delivery", [column], unique=False)
    op.create_index(
        "ix_notice_delivery_due",
        "notice_delivery",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
