"""Channels of every kind, gateways, quotas, ways by severity, wishes, follow-ups, one-time links, dead letters.

The ways that are shipped (a choice): blue and yellow by everything a person has but SMS and voice, quiet hours hold;
orange also by SMS; red by everything personal and SMS at once, a call after 5 minutes, the stand-in after 10.
"""

import json
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_OLD_KINDS = "kind IN ('webhook', 'mail')"
_KINDS = (
    "kind IN ('webhook', 'mail', 'wecom_robot', 'dingtalk_robot', 'feishu_robot', 'wecom_app', 'dingtalk_app', "
    "'feishu_app', 'sms', 'voice', 'web_push', 'apprise')"
)
_PERSONAL = [
    "webhook",
    "mail",
    "wecom_robot",
    "dingtalk_robot",
    "feishu_robot",
    "wecom_app",
    "dingtalk_app",
    "feishu_app",
    "web_push",
    "apprise",
]
_CALM = {
    "stages": [{"after_minutes": 0, "kinds": _PERSONAL, "stand_in": False}],
    "may_choose": True,
    "may_be_quiet": True,
}
_POLICIES = {
    "blue": _CALM,
    "yellow": _CALM,
    "orange": {
        "stages": [
            {"after_minutes": 0, "kinds": [*_PERSONAL, "sms"], "stand_in": False},
            {"after_minutes": 30, "kinds": [], "stand_in": True},
        ],
        "may_choose": True,
        "may_be_quiet": False,
    },
    "red": {
        "stages": [
            {"after_minutes": 0, "kinds": [*_PERSONAL, "sms"], "stand_in": False},
            {"after_minutes": 5, "kinds": ["voice"], "stand_in": False},
            {"after_minutes": 10, "kinds": [], "stand_in": True},
        ],
        "may_choose": False,
        "may_be_quiet": False,
    },
}


def _instant(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), **options)


def upgrade() -> None:
    op.create_table(
        "gateway",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("secrets_sealed", sa.String(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("updated_at", nullable=False),
        sa.CheckConstraint(
            "kind IN ('dingtalk_app', 'feishu_app', 'sms', 'voice', 'wecom_app')",
            name=op.f("ck_gateway_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway")),
    )
    op.create_index("ix_gateway_kind_region", "gateway", ["kind", "region_code"])
    _channels()
    _deliveries()
    op.add_column("notification", sa.Column("in_place_of", sa.Uuid(), nullable=True))
    op.add_column(
        "notification", sa.Column("on_duty", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.add_column("notification", _instant("unreachable_at", nullable=True))
    op.create_table(
        "send_quota",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "sent",
            postgresql.ARRAY(sa.TIMESTAMP(timezone=True)),
            nullable=False,
            server_default=sa.text("'{}'::timestamptz[]"),
        ),
        _instant("held_until", nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_send_quota")),
    )
    _ways()
    _answers()
    _ship_policies()


def downgrade() -> None:
    op.drop_table("receipt_link")
    op.drop_table("follow_up")
    op.drop_table("notification_preference")
    op.drop_table("way_policy")
    op.drop_table("send_quota")
    for column in ("unreachable_at", "on_duty", "in_place_of"):
        op.drop_column("notification", column)
    # What the older tables know no place for goes: tests of channels, and what new kinds of channels carried.
    op.execute(
        "DELETE FROM delivery_attempt USING delivery"
        " WHERE delivery_id = id AND (alert_id IS NULL OR kind NOT IN ('webhook', 'mail'))"
    )
    op.execute("DELETE FROM delivery WHERE alert_id IS NULL OR kind NOT IN ('webhook', 'mail')")
    op.execute("UPDATE delivery SET status = 'failed' WHERE status = 'discarded'")
    op.execute("UPDATE delivery SET region_code = '' WHERE region_code IS NULL")
    for index in ("ix_delivery_due", "ix_delivery_dead", "ix_delivery_provider"):
        op.drop_index(index, table_name="delivery")
    for name in ("ck_delivery_notification_of_alert", "ck_delivery_status_known"):
        op.drop_constraint(op.f(name), "delivery", type_="check")
    op.create_check_constraint(
        op.f("ck_delivery_status_known"), "delivery", "status IN ('pending', 'delivered', 'failed')"
    )
    op.drop_constraint(op.f("fk_delivery_gateway_id_gateway"), "delivery", type_="foreignkey")
    for column in (
        "gateway_id",
        "person_id",
        "reason",
        "priority",
        "not_before",
        "error_code",
        "provider_id",
        "received_at",
        "read_at",
        "acknowledged_at",
        "discarded_by",
        "discard_reason",
    ):
        op.drop_column("delivery", column)
    for column in ("notification_id", "alert_id", "region_code"):
        op.alter_column("delivery", column, nullable=False)
    op.create_index(
        "ix_delivery_due", "delivery", ["next_attempt_at"], postgresql_where=sa.text("status = 'pending'")
    )
    op.execute("DELETE FROM channel WHERE kind NOT IN ('webhook', 'mail')")
    op.drop_index("ix_channel_probe", table_name="channel")
    op.drop_index(op.f("ix_channel_gateway_id"), table_name="channel")
    op.drop_constraint(op.f("fk_channel_gateway_id_gateway"), "channel", type_="foreignkey")
    op.drop_constraint(op.f("ck_channel_format_known"), "channel", type_="check")
    for column in ("format", "gateway_id", "options", "limits", "probe_at", "probes"):
        op.drop_column("channel", column)
    op.drop_constraint(op.f("ck_channel_kind_known"), "channel", type_="check")
    op.create_check_constraint(op.f("ck_channel_kind_known"), "channel", _OLD_KINDS)
    op.drop_table("gateway")


def _channels() -> None:
    op.drop_constraint(op.f("ck_channel_kind_known"), "channel", type_="check")
    op.create_check_constraint(op.f("ck_channel_kind_known"), "channel", _KINDS)
    op.add_column(
        "channel", sa.Column("format", sa.String(), nullable=False, server_default=sa.text("'standard'"))
    )
    op.create_check_constraint(op.f("ck_channel_format_known"), "channel", "format IN ('standard', 'cloudevents')")
    op.add_column("channel", sa.Column("gateway_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_channel_gateway_id_gateway"), "channel", "gateway", ["gateway_id"], ["id"])
    op.create_index(op.f("ix_channel_gateway_id"), "channel", ["gateway_id"])
    op.add_column(
        "channel",
        sa.Column("options", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
    )
    op.add_column("channel", sa.Column("limits", postgresql.JSONB(), nullable=True))
    op.add_column("channel", _instant("probe_at", nullable=True))
    op.add_column("channel", sa.Column("probes", sa.SmallInteger(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_channel_probe", "channel", ["probe_at"], postgresql_where=sa.text("probe_at IS NOT NULL"))
    # Those that were paused by themselves are tried again from now on.
    op.execute(
        "UPDATE channel SET probe_at = clock_timestamp()"
        " WHERE paused_at IS NOT NULL AND paused_reason NOT IN ('by hand', 'gone')"
    )


def _deliveries() -> None:
    for column in ("notification_id", "alert_id", "region_code"):
        op.alter_column("delivery", column, nullable=True)
    op.add_column("delivery", sa.Column("gateway_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_delivery_gateway_id_gateway"), "delivery", "gateway", ["gateway_id"], ["id"])
    op.add_column("delivery", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.add_column("delivery", sa.Column("reason", sa.String(), nullable=True))
    op.execute(
        "UPDATE delivery SET reason = notification.reason, person_id = notification.person_id"
        " FROM notification WHERE notification.id = delivery.notification_id"
    )
    op.alter_column("delivery", "reason", nullable=False)
    op.add_column(
        "delivery", sa.Column("priority", sa.SmallInteger(), nullable=False, server_default=sa.text("3"))
    )
    op.add_column("delivery", _instant("not_before", nullable=True))
    for name in ("error_code", "provider_id"):
        op.add_column("delivery", sa.Column(name, sa.String(), nullable=True))
    for name in ("received_at", "read_at", "acknowledged_at"):
        op.add_column("delivery", _instant(name, nullable=True))
    for name in ("discarded_by", "discard_reason"):
        op.add_column("delivery", sa.Column(name, sa.String(), nullable=True))
    op.execute("UPDATE delivery SET error_code = 'unknown' WHERE status = 'failed'")
    op.drop_constraint(op.f("ck_delivery_status_known"), "delivery", type_="check")
    op.create_check_constraint(
        op.f("ck_delivery_status_known"),
        "delivery",
        "status IN ('pending', 'delivered', 'failed', 'discarded')",
    )
    op.create_check_constraint(
        op.f("ck_delivery_notification_of_alert"), "delivery", "alert_id IS NULL OR notification_id IS NOT NULL"
    )
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["priority", "next_attempt_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_delivery_dead", "delivery", ["id"], postgresql_where=sa.text("status = 'failed'"))
    op.create_index(
        "ix_delivery_provider",
        "delivery",
        ["gateway_id", "provider_id"],
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )


def _ways() -> None:
    op.create_table(
        "way_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _instant("valid_from", nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        _instant("changed_at", nullable=False),
        sa.CheckConstraint(
            "severity IN ('blue', 'yellow', 'orange', 'red')", name=op.f("ck_way_policy_severity_known")
        ),
        sa.CheckConstraint(
            "severity <> 'red' OR NOT (definition ->> 'may_be_quiet')::boolean",
            name=op.f("ck_way_policy_red_is_never_quiet"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_policy")),
        sa.UniqueConstraint(
            "severity",
            "region_code",
            "revision",
            name=op.f("uq_way_policy_severity_region_code_revision"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "notification_preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        _instant("changed_at", nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_preference")),
    )


def _answers() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        _instant("due_at", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("ended_at", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        _instant("available_at", nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.CheckConstraint("kind IN ('stage', 'unreachable')", name=op.f("ck_follow_up_kind_known")),
        sa.CheckConstraint("state IN ('pending', 'done', 'void')", name=op.f("ck_follow_up_state_known")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_follow_up_notification_id_notification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_alert_id"), "follow_up", ["alert_id"])
    op.create_index("ix_follow_up_due", "follow_up", ["due_at"], postgresql_where=sa.text("state = 'pending'"))
    op.create_index(
        "uq_follow_up_pending",
        "follow_up",
        ["notification_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "receipt_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _instant("expires_at", nullable=False),
        _instant("used_at", nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_receipt_link_alert_id_alert")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_receipt_link_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_receipt_link")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_receipt_link_delivery_id")),
    )
    op.create_index(op.f("ix_receipt_link_alert_id"), "receipt_link", ["alert_id"])


def _ship_policies() -> None:
    table = sa.table(
        "way_policy",
        sa.column("id", sa.Uuid()),
        sa.column("severity"),
        sa.column("revision", sa.Integer()),
        sa.column("valid_from", sa.TIMESTAMP(timezone=True)),
        sa.column("definition", postgresql.JSONB()),
        sa.column("changed_by"),
        sa.column("changed_at", sa.TIMESTAMP(timezone=True)),
    )
    op.bulk_insert(
        table,
        [
            {
                "id": uuid5(NAMESPACE_URL, f"urn:duban:way-policy:{severity}"),
                "severity": severity,
                "revision": 1,
                "valid_from": _BEGINNING,
                # A copy: the driver must not share what two rows hold.
                "definition": json.loads(json.dumps(definition)),
                "changed_by": "system",
                "changed_at": _BEGINNING,
            }
            for severity, definition in _POLICIES.items()
        ],
    )
