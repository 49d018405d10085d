"""Channels, notifications, deliveries and their attempts.

``created_at``, ``completed_at``, ``paused_at`` and ``not_before`` are the stack's time. ``next_attempt_at``,
``probe_at`` and the times of attempts are real time by the database's clock: retries and leases concern the world
outside.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, SmallInteger, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable
from services.alerts.notifications.domain.kinds import GATEWAY_KINDS, ChannelKind

# What a webhook says: our own event, that in a CloudEvent, or the Alertmanager's message.
STANDARD, CLOUDEVENTS, ALERTMANAGER = "standard", "cloudevents", "alertmanager"


def _in(kinds: list[str]) -> str:
    return "(" + ", ".join(f"'{kind}'" for kind in kinds) + ")"


class GatewayRow(AlertsTable, table=True):
    """The installation's account with somebody who carries messages: an application of WeCom, an SMS provider.

    ``settings`` may be read; ``secrets_sealed`` is a sealed JSON object and never leaves.
    """

    __tablename__ = "gateway"
    __table_args__ = (
        CheckConstraint(f"kind IN {_in(sorted(kind.value for kind in GATEWAY_KINDS))}", name="kind_known"),
        Index("ix_gateway_kind_region", "kind", "region_code"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    name: str
    kind: str
    region_code: str | None = None
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    secrets_sealed: str
    # [{"count": 20, "seconds": 60}]; null: what the kind itself allows.
    limits: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    enabled: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ChannelRow(AlertsTable, table=True):
    """Where somebody is reached: one person's, a post's in a region and below it, or a system's subscription.

    A channel that was paused by itself has ``probe_at``: from then on one message is let through to see whether it
    works again. One paused by hand, or whose receiver is gone, has none.
    """

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint(f"kind IN {_in([kind.value for kind in ChannelKind])}", name="kind_known"),
        CheckConstraint(f"format IN {_in([STANDARD, CLOUDEVENTS, ALERTMANAGER])}", name="format_known"),
        CheckConstraint("recipient IN ('person', 'post', 'subscription')", name="recipient_known"),
        CheckConstraint("(recipient = 'person') = (person_id IS NOT NULL)", name="person_named"),
        CheckConstraint("(recipient = 'post') = (post IS NOT NULL)", name="post_named"),
        Index("ix_channel_post_region", "post", "region_code"),
        Index("ix_channel_probe", "probe_at", postgresql_where=text("probe_at IS NOT NULL")),
        # One browser is one person's.
        Index(
            "uq_channel_endpoint_hash",
            "endpoint_hash",
            unique=True,
            postgresql_where=text("endpoint_hash IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    name: str
    kind: str
    recipient: str
    person_id: UUID | None = Field(default=None, index=True)
    post: str | None = None
    region_code: str | None = None
    min_severity: str | None = None
    event_types: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    # An https address, a mail address, a user id, a number; where the address is a secret, what of it may be
    # shown.
    target: str
    format: str = Field(default=STANDARD, sa_column_kwargs={"server_default": text("'standard'")})
    secret_sealed: str | None = None
    # Web Push: by which a browser that subscribes anew is known; the endpoint itself is a secret.
    endpoint_hash: str | None = None
    gateway_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("gateway.id"), nullable=True, index=True)
    )
    options: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))
    )
    limits: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    language: str = "zh-CN"
    enabled: bool = True
    failures_in_a_row: int = 0
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_reason: str | None = None
    probe_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    probes: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class NotificationRow(AlertsTable, table=True):
    """Somebody is to be told of one change of an alert; one row a recipient, written with the change.

    Without an alert it is about many (a group, a digest) or about none (the end of a silence). ``unreachable_at``
    is when the person turned out to be out of reach; ``in_place_of`` whom a stand-in stands for.
    """

    __tablename__ = "notification"

    id: UUID = Field(primary_key=True)
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    alert_version: int
    reason: str
    step: int | None = None
    recipient_kind: str
    person_id: UUID | None = None
    recipient_name: str
    post: str | None = None
    in_place_of: UUID | None = None
    on_duty: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    region_code: str
    enterprise_id: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    unreachable_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DeliveryRow(AlertsTable, table=True):
    """One notification on its way through one channel; its id is the ``webhook-id`` and in the ``Message-ID``.

    What is sent is fixed here, so that every attempt sends the same bytes. ``attempts`` counts claims and fences
    them: a worker that holds an older count has lost the delivery. The test of a channel has no alert.
    ``completed_at`` is when the receiver took it over; ``received_at`` when a report said that it arrived (or
    that a call was answered), ``read_at`` and ``acknowledged_at`` when its reader said so.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_due", "priority", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        Index("ix_delivery_dead", "id", postgresql_where=text("status = 'failed'")),
        Index(
            "ix_delivery_provider",
            "gateway_id",
            "provider_id",
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        CheckConstraint("status IN ('pending', 'delivered', 'failed', 'discarded')", name="status_known"),
        CheckConstraint("alert_id IS NULL OR notification_id IS NOT NULL", name="notification_of_alert"),
    )

    id: UUID = Field(primary_key=True)
    notification_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("notification.id"), nullable=True, index=True)
    )
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    # Null: the addresses of the registry, which need no channel of their own.
    channel_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("channel.id"), nullable=True, index=True)
    )
    gateway_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("gateway.id"), nullable=True))
    person_id: UUID | None = None
    region_code: str | None = None
    enterprise_id: UUID | None = None
    reason: str
    # 0 red … 3 blue: what goes first where not everything may.
    priority: int = Field(default=3, sa_column=Column(SmallInteger, nullable=False, server_default=text("3")))
    kind: str
    target: str
    language: str
    subject: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: str = "pending"
    attempts: int = 0
    # Attempts before a redelivery was asked for, and those that a quota refused, do not count against the
    # schedule.
    attempts_forgiven: int = 0
    next_attempt_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    # The end of the recipient's quiet hours.
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = None
    error_code: str | None = None
    provider_id: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discarded_by: str | None = None
    discard_reason: str | None = None


class AttemptRow(AlertsTable, table=True):
    """One attempt, written before anything is sent; without an end it was interrupted and may have arrived."""

    __tablename__ = "delivery_attempt"

    delivery_id: UUID = Field(sa_column=Column(ForeignKey("delivery.id"), primary_key=True))
    number: int = Field(primary_key=True)
    started_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = "started"
    status_code: int | None = None
    error: str | None = None


class SendQuotaRow(AlertsTable, table=True):
    """When messages lately left through a channel or gateway with limits, so that all workers keep them
    together.
    """

    __tablename__ = "send_quota"

    key: str = Field(primary_key=True)
    sent: list[datetime] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(UtcDateTime), nullable=False, server_default=text("'{}'::timestamptz[]")),
    )
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
