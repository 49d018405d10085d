"""Silences, inhibition and maintenance; route trees and groups; storms; the Alertmanager's interface.

Alerts that exist get the labels they would have had beside those they have. The limits of storms are a choice: twenty messages a minute are
as many as somebody reads.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0050"
branch_labels = None
depends_on = None

_LABELS = """
    UPDATE alert SET labels = jsonb_strip_nulls(jsonb_build_object(
        'alertname', rule_code, 'enterprise_id', enterprise_id::text
    )) || labels
"""
_NO_LABELS = "UPDATE alert SET labels = labels - 'alertname' - 'enterprise_id'"


def upgrade() -> None:
    op.create_table(
        "alert_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tree_region", sa.String(), nullable=False),
        sa.Column("tree_revision", sa.Integer(), nullable=False),
        sa.Column("route_key", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("labels_digest", sa.String(), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("flushed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("next_flush_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_group")),
        sa.UniqueConstraint("tree_region", "route_key", "receiver", "labels_digest", name="uq_alert_group_place"),
    )
    op.create_index("ix_alert_group_next_flush_at", "alert_group", ["next_flush_at"], unique=False)
    op.create_table(
        "alertmanager_member",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alertmanager_member")),
    )
    op.create_table(
        "inhibition_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("remind_minutes", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source_matchers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("target_matchers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("equal", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_inhibition_rule_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inhibition_rule")),
    )
    op.create_index(op.f("ix_inhibition_rule_region_code"), "inhibition_rule", ["region_code"], unique=False)
    op.create_table(
        "maintenance_window",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("remind_minutes", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("matchers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("object_type", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("windows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_maintenance_window_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_window")),
    )
    op.create_index(op.f("ix_maintenance_window_region_code"), "maintenance_window", ["region_code"], unique=False)
    op.create_table(
        "read_token",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.CheckConstraint("name IN ('mutes', 'routes')", name=op.f("ck_read_token_name_known")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_read_token")),
    )
    op.create_table(
        "route_tree",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region_code", "revision", name=op.f("pk_route_tree")),
    )
    op.create_table(
        "silence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("remind_minutes", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("matchers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("ends_at IS NOT NULL AND ends_at >= starts_at", name=op.f("ck_silence_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"], unique=False)
    op.create_index(op.f("ix_silence_region_code"), "silence", ["region_code"], unique=False)
    op.create_table(
        "storm_limit",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("singly", sa.Integer(), nullable=False),
        sa.Column("red_singly", sa.Integer(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("digest_seconds", sa.Integer(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "singly > 0 AND red_singly >= singly AND window_seconds > 0 AND digest_seconds > 0 AND named > 0",
            name=op.f("ck_storm_limit_positive"),
        ),
        sa.PrimaryKeyConstraint("region_code", "valid_from", name=op.f("pk_storm_limit")),
    )
    op.create_table(
        "alert_group_member",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_group_member_alert_id_alert")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alert_group.id"],
            name=op.f("fk_alert_group_member_group_id_alert_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "fingerprint", name=op.f("pk_alert_group_member")),
    )
    op.create_index(op.f("ix_alert_group_member_alert_id"), "alert_group_member", ["alert_id"], unique=False)
    op.create_table(
        "alert_group_notice",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("firing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("resolved", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alert_group.id"],
            name=op.f("fk_alert_group_notice_group_id_alert_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "target", name=op.f("pk_alert_group_notice")),
    )
    op.create_table(
        "alert_mute",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('silence', 'inhibition', 'maintenance')", name=op.f("ck_alert_mute_kind_known")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_mute_alert_id_alert")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_mute")),
    )
    op.create_index(
        "ix_alert_mute_until", "alert_mute", ["until"], unique=False, postgresql_where=sa.text("until IS NOT NULL")
    )
    op.create_table(
        "external_alert",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("annotations", sa.Text(), nullable=False),
        sa.Column("generator_url", sa.String(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_timeout", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("taken_revision", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_external_alert_alert_id_alert")),
        sa.PrimaryKeyConstraint("region_code", "fingerprint", name=op.f("pk_external_alert")),
    )
    op.create_index("ix_external_alert_alert_id", "external_alert", ["alert_id"], unique=False)
    op.create_index(
        "ix_external_alert_live_ends_at",
        "external_alert",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "ix_external_alert_untaken",
        "external_alert",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("revision <> taken_revision"),
    )
    op.create_table(
        "routing_queue",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_routing_queue_alert_id_alert")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_routing_queue")),
    )
    op.create_index(op.f("ix_routing_queue_queued_at"), "routing_queue", ["queued_at"], unique=False)
    op.create_table(
        "digest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("recipient_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_digest_notification_id_notification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
    )
    op.create_index(op.f("ix_digest_notification_id"), "digest", ["notification_id"], unique=False)
    op.create_index(op.f("ix_digest_recipient_key"), "digest", ["recipient_key"], unique=False)
    op.create_table(
        "storm_notice",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_storm_notice_alert_id_alert")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_storm_notice_notification_id_notification")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_storm_notice")),
    )
    op.create_index(op.f("ix_storm_notice_alert_id"), "storm_notice", ["alert_id"], unique=False)
    op.create_index(
        "ix_storm_notice_digest_id",
        "storm_notice",
        ["digest_id"],
        unique=False,
        postgresql_where=sa.text("digest_id IS NOT NULL"),
    )
    op.create_index(
        "ix_storm_notice_singly",
        "storm_notice",
        ["recipient_key", "created_at"],
        unique=False,
        postgresql_where=sa.text("NOT held"),
    )
    op.create_index(
        "ix_storm_notice_waiting",
        "storm_notice",
        ["recipient_key", "created_at"],
        unique=False,
        postgresql_where=sa.text("held AND digest_id IS NULL"),
    )
    op.add_column("alert", sa.Column("source", sa.String(), nullable=False, server_default="rules"))
    op.alter_column("alert", "source", server_default=None)
    op.create_check_constraint(op.f("ck_alert_source_known"), "alert", "source IN ('rules', 'alertmanager')")
    op.execute(_LABELS)
    op.add_column("alert", sa.Column("is_true_alarm", sa.Boolean(), nullable=True))
    op.drop_constraint(op.f("ck_channel_format_known"), "channel", type_="check")
    op.create_check_constraint(
        op.f("ck_channel_format_known"), "channel", "format IN ('standard', 'cloudevents', 'alertmanager')"
    )
    op.add_column("notice_delivery", sa.Column("gateway_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_notice_delivery_gateway_id_gateway"), "notice_delivery", "gateway", ["gateway_id"], ["id"]
    )
    op.alter_column("notification", "alert_id", existing_type=sa.Uuid(), nullable=True)
    op.execute(
        """
        INSERT INTO read_token (name, token) VALUES ('mutes', gen_random_uuid()), ('routes', gen_random_uuid())
        """
    )
    op.bulk_insert(
        sa.table(
            "storm_limit",
            sa.column("region_code"),
            sa.column("valid_from", sa.TIMESTAMP(timezone=True)),
            sa.column("singly"),
            sa.column("red_singly"),
            sa.column("window_seconds"),
            sa.column("digest_seconds"),
            sa.column("named"),
            sa.column("changed_by"),
        ),
        [
            {
                "region_code": "",
                "valid_from": datetime(2000, 1, 1, tzinfo=UTC),
                "singly": 20,
                "red_singly": 60,
                "window_seconds": 60,
                "digest_seconds": 60,
                "named": 10,
                "changed_by": "shipped",
            }
        ],
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM storm_notice WHERE notification_id IN (SELECT id FROM notification WHERE alert_id IS NULL)"
    )
    op.execute("DELETE FROM digest")
    op.execute(
        "DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE notification_id IN (SELECT id FROM notification WHERE alert_id IS NULL))"
    )
    op.execute(
        "DELETE FROM delivery WHERE notification_id IN (SELECT id FROM notification WHERE alert_id IS NULL)"
    )
    op.execute("DELETE FROM notification WHERE alert_id IS NULL")
    op.alter_column("notification", "alert_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_constraint(op.f("fk_notice_delivery_gateway_id_gateway"), "notice_delivery", type_="foreignkey")
    op.drop_column("notice_delivery", "gateway_id")
    op.drop_constraint(op.f("ck_channel_format_known"), "channel", type_="check")
    op.execute("UPDATE channel SET format = 'standard' WHERE format = 'alertmanager'")
    op.create_check_constraint(op.f("ck_channel_format_known"), "channel", "format IN ('standard', 'cloudevents')")
    op.execute(_NO_LABELS)
    op.drop_column("alert", "is_true_alarm")
    op.drop_constraint(op.f("ck_alert_source_known"), "alert")
    op.drop_column("alert", "source")
    op.drop_index(
        "ix_storm_notice_waiting",
        table_name="storm_notice",
        postgresql_where=sa.text("held AND digest_id IS NULL"),
    )
    op.drop_index("ix_storm_notice_singly", table_name="storm_notice", postgresql_where=sa.text("NOT held"))
    op.drop_index(
        "ix_storm_notice_digest_id", table_name="storm_notice", postgresql_where=sa.text("digest_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_storm_notice_alert_id"), table_name="storm_notice")
    op.drop_table("storm_notice")
    op.drop_index(op.f("ix_digest_recipient_key"), table_name="digest")
    op.drop_index(op.f("ix_digest_notification_id"), table_name="digest")
    op.drop_table("digest")
    op.drop_index(op.f("ix_routing_queue_queued_at"), table_name="routing_queue")
    op.drop_table("routing_queue")
    op.drop_index(
        "ix_external_alert_untaken",
        table_name="external_alert",
        postgresql_where=sa.text("revision <> taken_revision"),
    )
    op.drop_index("ix_external_alert_live_ends_at", table_name="external_alert", postgresql_where=sa.text("live"))
    op.drop_index("ix_external_alert_alert_id", table_name="external_alert")
    op.drop_table("external_alert")
    op.drop_index("ix_alert_mute_until", table_name="alert_mute", postgresql_where=sa.text("until IS NOT NULL"))
    op.drop_table("alert_mute")
    op.drop_table("alert_group_notice")
    op.drop_index(op.f("ix_alert_group_member_alert_id"), table_name="alert_group_member")
    op.drop_table("alert_group_member")
    op.drop_table("storm_limit")
    op.drop_index(op.f("ix_silence_region_code"), table_name="silence")
    op.drop_index("ix_silence_ends_at", table_name="silence")
    op.drop_table("silence")
    op.drop_table("route_tree")
    op.drop_table("read_token")
    op.drop_index(op.f("ix_maintenance_window_region_code"), table_name="maintenance_window")
    op.drop_table("maintenance_window")
    op.drop_index(op.f("ix_inhibition_rule_region_code"), table_name="inhibition_rule")
    op.drop_table("inhibition_rule")
    op.drop_table("alertmanager_member")
    op.drop_index("ix_alert_group_next_flush_at", table_name="alert_group")
    op.drop_table("alert_group")
