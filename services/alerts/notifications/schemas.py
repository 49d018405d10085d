"""Shapes of channels, notifications and deliveries on the wire."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts import alerts
from libs.common.contracts.alerts import Severity
from services.alerts.notifications.domain.message import Language

_EVENT_TYPES = frozenset(
    event.event_type
    for event in (
        alerts.AlertOpenedV1,
        alerts.AlertAmendedV1,
        alerts.AlertAcknowledgedV1,
        alerts.AlertEscalatedV1,
        alerts.AlertCommentedV1,
        alerts.AlertResolvedV1,
    )
)
_POST = r"^[a-z][a-z0-9_]{0,39}$"


def _known_types(event_types: list[str] | None) -> None:
    unknown = sorted(set(event_types or ()) - _EVENT_TYPES)
    if unknown:
        raise ValueError(f"unknown event types: {', '.join(unknown)}")


class ChannelCreate(BaseModel):
    """Where somebody is reached.

    With ``person_id`` it is one person's; with ``post`` and ``region_code`` that of whoever holds the post there
    and below, such as a group chat; with neither it is the subscription of a system that wants every change of
    alerts in a region, from a severity on, of some event types.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: Literal["webhook", "mail"]
    format: Literal["standard", "alertmanager"] = Field(
        default="standard",
        description="What a webhook says: our event, or the Alertmanager's message (version 4).",
    )
    target: str = Field(min_length=3, max_length=2000, description="https:// address, or a mail address.")
    person_id: UUID | None = None
    post: str | None = Field(default=None, pattern=_POST)
    region_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")
    min_severity: Severity | None = None
    event_types: list[str] | None = Field(default=None, max_length=20)
    secret: str | None = Field(default=None, description="whsec_…; made and shown once if absent.")
    language: Language = Language.ZH_CN

    @model_validator(mode="after")
    def _names_one_recipient(self) -> Self:
        if self.person_id is not None and self.post is not None:
            raise ValueError("a channel is a person's or a post's, not both")
        if self.post is not None and self.region_code is None:
            raise ValueError("a post needs its region_code")
        _known_types(self.event_types)
        return self


class ChannelUpdate(BaseModel):
    """What to change; fields left out stay."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    target: str | None = Field(default=None, min_length=3, max_length=2000)
    secret: str | None = None
    language: Language | None = None
    min_severity: Severity | None = None
    event_types: list[str] | None = Field(default=None, max_length=20)
    format: Literal["standard", "alertmanager"] | None = None
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
    kind: str
    format: Literal["standard", "alertmanager"]
    target: str
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
    created_at: datetime
    updated_at: datetime


class ChannelCreated(ChannelRead):
    secret: str | None = Field(default=None, description="The signing secret if it was made here; shown once.")


class DeliveryRead(BaseModel):
    """One message on its way. ``id`` is the receiver's ``webhook-id`` and part of a mail's ``Message-ID``."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    notification_id: UUID
    alert_id: UUID | None = Field(description="Null for a message about many alerts.")
    channel_id: UUID | None
    kind: str
    target: str
    language: Language
    subject: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: datetime | None = Field(description="Real time; meaningful while pending.")
    last_error: str | None
    created_at: datetime = Field(description="The stack's time.")
    completed_at: datetime | None = Field(description="The stack's time.")


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
    created_at: datetime
    deliveries: list[DeliveryRead] = Field(default_factory=list)


class NotificationList(BaseModel):
    items: list[NotificationRead]
