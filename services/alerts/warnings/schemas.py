"""Shapes of alerts, their trail and their rules on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.alerts import AlertStatus, Severity
from services.alerts.muting.schemas import MutingRead
from services.alerts.warnings.domain.rules import Rule


class AlertRead(BaseModel):
    """An alert as it stands; instants are the stack's time, texts stand in both languages."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    version: int
    rule_code: str
    rule_revision: int
    severity: Severity
    status: AlertStatus
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
    labels: dict[str, str]
    muted_by: list[MutingRead] = Field(default_factory=list, description="What keeps the alert quiet now.")
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    facts: dict[str, Any]
    source_event_id: UUID
    occurred_at: datetime
    received_at: datetime
    updated_at: datetime
    escalation_level: int = Field(description="Highest rung told so far, from 0; -1 while nobody has been told.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    promised_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


class Acknowledgement(BaseModel):
    """Taking an alert up; without a date the policy's own counts."""

    model_config = ConfigDict(extra="forbid")

    promised_at: AwareDatetime | None = None
    note: str | None = Field(default=None, max_length=2000)


class Resolution(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2000)


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


class RuleWrite(BaseModel):
    """A new revision of a rule and its period; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    definition: Rule
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class RuleRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    revision: int
    valid_from: datetime
    valid_until: datetime | None
    changed_by: str
    changed_at: datetime
    definition: Rule


class RuleList(BaseModel):
    items: list[RuleRead]
