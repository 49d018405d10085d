"""Shapes of alerts, their trail and their story on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity
from services.alerts.muting.schemas import MutingRead


class AlertRead(BaseModel):
    """An alert as it stands; instants are the stack's time, texts stand in both languages."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    version: int
    rule_code: str
    rule_revision: int
    severity: Severity = Field(description="What counts: the rule's, or a person's.")
    judged_severity: Severity = Field(description="What the rule makes of the conditions that hold it open.")
    severity_by: str | None = Field(description="Who decided the severity, where a person did.")
    status: AlertStatus
    stage: AlertStage = Field(description="The step of its life, finer than the status.")
    labels: dict[str, str]
    dedup_key: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    object_type: str
    object_id: str
    object_label: str | None
    object_name: str | None
    condition_kind: str
    region_code: str
    enterprise_id: UUID | None
    source: str = Field(description="`rules`, or `alertmanager` for alerts of other systems.")
    muted_by: list[MutingRead] = Field(default_factory=list, description="What keeps the alert quiet now.")
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    facts: dict[str, Any]
    source_event_id: UUID
    occurred_at: datetime = Field(description="When it began, by its own time.")
    received_at: datetime = Field(description="When this service learned of it.")
    updated_at: datetime
    escalation_level: int = Field(description="Highest rung told so far, from 0; -1 while nobody has been told.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    promised_at: datetime | None
    promises_broken: int
    handling_at: datetime | None
    handled_by: str | None
    cleared_at: datetime | None = Field(description="When the condition ended, by its own time.")
    resolved_at: datetime | None = Field(description="When that was known, or a person resolved it.")
    resolved_by: str | None
    resolution: str | None
    is_true_alarm: bool | None = Field(description="What the person who resolved it found; null: nobody has said.")
    verified_at: datetime | None
    verified_by: str | None
    verification: str | None
    reopened: int = Field(description="How often it was opened again.")
    merged_into: UUID | None = Field(description="The alert of which this one is a duplicate.")


class Acknowledgement(BaseModel):
    """Taking an alert up; without a date the policy's own counts."""

    model_config = ConfigDict(extra="forbid")

    promised_at: AwareDatetime | None = None
    note: str | None = Field(default=None, max_length=2000)
    takes_over: bool = Field(default=False, description="Take it from whoever had acknowledged it.")


class Resolution(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2000)
    is_true_alarm: bool | None = Field(
        default=None, description="False: a false alarm, from which the detection learns."
    )


class CommentCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=2000)


class TrailEntryRead(BaseModel):
    """One entry; ``digest`` covers everything in it and ``previous``, the digest before."""

    seq: int
    kind: str
    at: datetime
    actor: str
    facts: dict[str, Any]
    previous: str
    digest: str


class TrailRead(BaseModel):
    """The whole trail; ``first_broken`` names the entry at which tampering shows, null when it is whole."""

    alert_id: UUID
    intact: bool
    first_broken: int | None
    items: list[TrailEntryRead]


class ChapterRead(BaseModel):
    """One thing that happened: ``at`` by its own time, ``known_at`` when it was learned of, where that differs."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    part: str = Field(description="reading, detection, receipt, trail, notification or delivery.")
    kind: str
    known_at: datetime | None
    facts: dict[str, Any]


class StoryRead(BaseModel):
    """The whole story in order of time."""

    alert_id: UUID
    items: list[ChapterRead]
