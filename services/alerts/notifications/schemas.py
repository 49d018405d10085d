"""Shapes of channels, notifications and deliveries on the wire."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts import alerts
from libs.common.contracts.alerts import Severity
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Language

_EVENT_TYPES = frozenset(event.event_type for event in alerts.EVENTS)
_POST = r"^[a-z][a-z0-9_]{0,39}$"


def _known_types(event_types: list[str] | None) -> None:
    unknown = sorted(set(event_types or ()) - _EVENT_TYPES)
    if unknown:
        raise ValueError(f"unknown event types: {', '.join(unknown)}")


class QuotaLimit(BaseModel):
    """No more than ``count`` messages in any ``seconds``."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=10_000)
    seconds: float = Field(gt=0, le=86_400)


class PushKeys(BaseModel):
    model_config = ConfigDict(extra="forbid")

    p256dh: str = Field(min_length=80, max_length=100)
    auth: str = Field(min_length=20, max_length=30)


class PushSubscription(BaseModel):
    """What a browser's ``PushManager.subscribe()`` answers."""

    model_config = ConfigDict(extra="ignore")

    endpoint: str = Field(min_length=10, max_length=2000)
    keys: PushKeys


class ChannelCreate(BaseModel):
    """Where somebody is reached.

    With ``person_id`` it is one person's; with ``post`` and ``region_code`` that of whoever holds the post there
    and below, such as a group chat; with neither it is the subscription of a system that wants every change of
    alerts in a region, from a severity on, of some event types.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: ChannelKind
    target: str | None = Field(
        default=None,
        min_length=3,
        max_length=2000,
        description="Webhook and robots: the https:// address as the vendor shows it. Mail: an address."
        " Application messages: the vendor's user id. SMS and voice: a number. apprise: its address."
        " Web Push: absent.",
    )
    subscription: PushSubscription | None = Field(default=None, description="Web Push only.")
    gateway_id: UUID | None = Field(
        default=None, description="Application messages, SMS, voice: absent takes the nearest of the region."
    )
    format: Literal["standard", "cloudevents", "alertmanager"] = Field(
        default="standard",
        description="Webhooks: plain Standard Webhooks, a CloudEvent 1.0 inside, or the Alertmanager's message"
        " (version 4).",
    )
    mention_all_from: Severity | None = Field(
        default=None, description="Robots: from this severity on everybody in the chat is called."
    )
    limits: list[QuotaLimit] | None = Field(
        default=None, max_length=4, description="Absent: what the kind's vendor allows."
    )
    person_id: UUID | None = None
    post: str | None = Field(default=None, pattern=_POST)
    region_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")
    min_severity: Severity | None = None
    event_types: list[str] | None = Field(default=None, max_length=20)
    secret: str | None = Field(
        default=None,
        max_length=500,
        description="Webhook: whsec_…, made and shown once if absent. Robots: the vendor's signing secret.",
    )
    language: Language = Language.ZH_CN

    @model_validator(mode="after")
    def _names_one_recipient(self) -> Self:
        if self.person_id is not None and self.post is not None:
            raise ValueError("a channel is a person's or a post's, not both")
        if self.post is not None and self.region_code is None:
            raise ValueError("a post needs its region_code")
        if (self.kind is ChannelKind.WEB_PUSH) != (self.subscription is not None):
            raise ValueError("Web Push has a subscription, and nothing else has one")
        _known_types(self.event_types)
        return self


class ChannelUpdate(BaseModel):
    """What to change; fields left out stay."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    target: str | None = Field(default=None, min_length=3, max_length=2000)
    subscription: PushSubscription | None = None
    gateway_id: UUID | None = None
    format: Literal["standard", "cloudevents", "alertmanager"] | None = None
    mention_all_from: Severity | None = None
    limits: list[QuotaLimit] | None = Field(default=None, max_length=4)
    secret: str | None = Field(default=None, max_length=500)
    language: Language | None = None
    min_severity: Severity | None = None
    event_types: list[str] | None = Field(default=None, max_length=20)
    enabled: bool | None = None
    paused: bool | None = None

    @model_validator(mode="after")
    def _names_known_types(self) -> Self:
        _known_types(self.event_types)
        return self


class ChannelRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    name: str
    kind: ChannelKind
    target: str = Field(description="Where the address is a secret itself, its host and last characters.")
    gateway_id: UUID | None
    format: Literal["standard", "cloudevents", "alertmanager"]
    options: dict[str, str | None]
    limits: list[QuotaLimit] | None
    recipient: Literal["person", "post", "subscription"]
    person_id: UUID | None
    post: str | None
    region_code: str | None
    min_severity: Severity | None
    event_types: list[str] | None
    language: Language
    enabled: bool
    failures_in_a_row: int
    paused_at: datetime | None
    paused_reason: str | None
    probe_at: datetime | None = Field(
        description="Real time: when a channel that was paused by itself is tried again; null, it is not."
    )
    created_at: datetime
    updated_at: datetime


class ChannelCreated(ChannelRead):
    secret: str | None = Field(default=None, description="The signing secret if it was made here; shown once.")


class DeliveryRead(BaseModel):
    """One message on its way.

    ``id`` is its idempotency key: the receiver's ``webhook-id``, part of a mail's ``Message-ID``, the ``uuid``
    of a Feishu message, ``{id}`` of a gateway's template. ``reason`` says why it was sent.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    notification_id: UUID | None = Field(description="Null for the test of a channel.")
    alert_id: UUID | None = Field(
        description="Null for the test of a channel and for a message about many alerts."
    )
    channel_id: UUID | None
    gateway_id: UUID | None
    person_id: UUID | None
    reason: str
    kind: str
    target: str
    language: Language
    subject: str
    status: Literal["pending", "delivered", "failed", "discarded"]
    attempts: int
    next_attempt_at: datetime | None = Field(description="Real time; meaningful while pending.")
    not_before: datetime | None = Field(description="The end of the reader's quiet hours, in the stack's time.")
    last_error: str | None
    error_code: str | None = Field(description="A stable word for the cause: http.503, wecom.45009, timeout, …")
    provider_id: str | None = Field(description="The provider's own name for the message.")
    created_at: datetime = Field(description="The stack's time.")
    completed_at: datetime | None = Field(description="The stack's time: taken over by the receiver, or given up.")
    received_at: datetime | None = Field(description="A report said that it arrived, or the call was answered.")
    read_at: datetime | None
    acknowledged_at: datetime | None
    discarded_by: str | None
    discard_reason: str | None


class AttemptRead(BaseModel):
    """One attempt, in real time; ``interrupted`` ones may have arrived."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    status_code: int | None
    error: str | None


class DeliveryDetail(DeliveryRead):
    body: str
    attempts_made: list[AttemptRead]


class NotificationRead(BaseModel):
    """Somebody was to be told of a change; without deliveries there was no way to reach them."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    alert_id: UUID | None = Field(description="Null for a message about many alerts.")
    alert_version: int
    reason: str
    step: int | None
    recipient_kind: str
    recipient_name: str
    person_id: UUID | None
    post: str | None
    in_place_of: UUID | None = Field(description="Whom a stand-in stands for.")
    unreachable_at: datetime | None = Field(description="When the person turned out to be out of reach.")
    created_at: datetime
    deliveries: list[DeliveryRead] = Field(default_factory=list)


class NotificationList(BaseModel):
    items: list[NotificationRead]


class Discard(BaseModel):
    """Why what has failed need not arrive any more."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class Handled(BaseModel):
    """The dead letters that the filter chose, oldest first; as many as ``limit`` and no more."""

    count: int
    ids: list[UUID]
