"""Shapes of alert rules, their revisions, their tests, and the events kept for these."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import Severity
from services.alerts.warnings.domain.rules import Rule

RULE_CODE = r"^[a-z][a-z0-9_.]{0,79}$"
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class RuleWrite(BaseModel):
    """A new revision of a rule, its period and why; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    definition: Rule
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    reason: Reason | None = None


class RuleCreate(RuleWrite):
    code: Annotated[str, Field(pattern=RULE_CODE)]


class RuleSwitch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class RuleRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    revision: int
    valid_from: datetime
    valid_until: datetime | None
    changed_by: str
    changed_at: datetime
    reason: str | None
    definition: Rule


class RuleList(BaseModel):
    items: list[RuleRead]


class DifferenceRead(BaseModel):
    """A field of the definition by its JSON pointer."""

    model_config = ConfigDict(from_attributes=True)

    pointer: str
    before: Any
    after: Any


class RevisionHead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    revision: int
    valid_from: datetime
    valid_until: datetime | None
    changed_by: str
    changed_at: datetime
    reason: str | None


class RuleDifferences(BaseModel):
    """What two revisions say differently; who made the later one, when and why."""

    code: str
    before: RevisionHead
    after: RevisionHead
    items: list[DifferenceRead]


class RuleTestCreate(BaseModel):
    """A saved rule by its code, or a draft; a draft with a code takes that rule's place."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern=RULE_CODE)] | None = None
    definition: Rule | None = None
    days: float = Field(default=30, gt=0, le=366)
    region_code: str | None = Field(default=None, description="Only events of this region's subtree.")
    limit: int = Field(
        default=200, ge=1, le=1000, description="How many alerts are told in full; all are counted."
    )

    @model_validator(mode="after")
    def _names_a_rule(self) -> Self:
        if self.code is None and self.definition is None:
            raise ValueError("a code or a definition")
        return self


class StepRead(BaseModel):
    """What would have happened: opened, amended (people paged), joined, revised, condition_cleared, cleared."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    effect: str
    severity: Severity
    event_id: UUID | None
    reason: str | None
    texts: dict[str, str]


class TriedAlertRead(BaseModel):
    """An alert that would have been; the first step opened it."""

    dedup_key: str
    object_type: str
    object_id: str
    object_label: str | None
    object_name: str | None
    condition_kind: str
    labels: dict[str, str]
    region_code: str
    occurred_at: datetime
    severity: Severity
    ended: bool
    steps: list[StepRead]


class UnansweredRead(BaseModel):
    """An event for which the rule's condition has no answer, such as a comparison with an absent value."""

    event_id: UUID
    at: datetime
    reason: str


class RuleTestRead(BaseModel):
    """What the rule would have done, in the order in which its alerts would have opened."""

    id: UUID
    code: str | None
    run_by: str
    run_at: datetime
    since: datetime
    until: datetime
    events: int
    alert_count: int
    effects: dict[str, int] = Field(
        description="Events by what they would have come to, also too_old, unmatched, passed and waiting."
    )
    decided_by_others: dict[str, int] = Field(
        description="Events that another rule in force decides, by its code."
    )
    alerts: list[TriedAlertRead]
    unanswered_count: int
    unanswered: list[UnansweredRead]


class RuleTestSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str | None
    run_by: str
    run_at: datetime
    since: datetime
    until: datetime
    region_code: str | None
    summary: dict[str, Any]


class RuleTestList(BaseModel):
    items: list[RuleTestSummary]


class RuleEventRead(BaseModel):
    """An event as it came, kept for the tests of rules."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    type: str
    condition_id: str
    version: int
    region_code: str | None
    enterprise_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    payload: dict[str, Any]


class RetentionWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=3660)


class RetentionRead(BaseModel):
    """For how many days events of a type are kept; ``*`` is for all others."""

    model_config = ConfigDict(from_attributes=True)

    event_type: str
    days: int
    changed_by: str
    changed_at: datetime


class RetentionList(BaseModel):
    items: list[RetentionRead]


class FieldOfEvent(BaseModel):
    """A name that expressions and templates may use, with its type."""

    name: str
    type: str
    values: list[str] | None = Field(default=None, description="All values it can have, where these are known.")


class EventTypeRead(BaseModel):
    """An event that a rule may be about."""

    opened_type: str
    cleared_type: str
    description: str
    fields: list[FieldOfEvent]


class EventTypeList(BaseModel):
    items: list[EventTypeRead]
