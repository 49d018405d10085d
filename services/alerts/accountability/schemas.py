"""Shapes of the ledger on the wire."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.alerts.accountability.domain.misses import MissKind

MissStatus = Literal["counted", "excluded", "reassigned", "lifted"]


class TargetFacts(BaseModel):
    """A missed target as its settlement and those who decided on it left it; amounts are decimals as text."""

    target_id: UUID
    code: str
    name: str
    amount: str
    actual: str
    measure_unit: str
    completion_percent: str | None
    state: str
    consequence: str | None


class MissRead(BaseModel):
    """One miss. Of an alert: ``trail_seq`` is the entry that shows it, ``basis_seq`` what made its person
    responsible. A missed target has ``target`` instead and no alert; once its settlement is corrected it is
    ``lifted``."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    year: int
    kind: MissKind
    status: MissStatus
    person_id: UUID | None
    person_name: str | None
    post: str | None
    unit_id: UUID | None
    unit_name: str | None
    region_code: str
    alert_id: UUID | None
    alert_number: int | None
    severity: str | None
    title_zh: str
    title_en: str
    trail_seq: int | None
    basis_seq: int | None
    target: TargetFacts | None
    at: datetime
    late_minutes: int | None = Field(
        description="How long it was overdue, or how long its person had known; null where that says nothing."
    )
    recorded_at: datetime


class EntryRead(BaseModel):
    """An entry of the trail behind a miss."""

    seq: int
    kind: str
    at: datetime
    actor: str
    facts: dict[str, Any]
    digest: str


class StepRead(BaseModel):
    """What was said of a missed target: recorded, explained, decided, carried_out, corrected or lifted."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    step: str
    text: str
    target: TargetFacts
    at: datetime


class CorrectionRead(BaseModel):
    """A decision about a miss, with how it stood before."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    act: Literal["exclude", "reassign", "restore"]
    person_id: UUID | None
    reason: str
    before: dict[str, Any]
    decided_by: str
    decided_at: datetime


class MissDetail(MissRead):
    entries: list[EntryRead]
    steps: list[StepRead]
    corrections: list[CorrectionRead]


class CorrectionCreate(BaseModel):
    """``exclude``: it counts for nobody; ``reassign``: for ``person_id``; ``restore``: as it was found."""

    model_config = ConfigDict(extra="forbid")

    act: Literal["exclude", "reassign", "restore"]
    person_id: UUID | None = None
    reason: str = Field(min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _names_somebody_to_reassign_to(self) -> Self:
        if (self.act == "reassign") != (self.person_id is not None):
            raise ValueError("person_id goes with reassign, and with nothing else")
        return self


class Counts(BaseModel):
    """Misses by kind."""

    missed_acknowledgement: int
    broken_promise: int
    escalated_beyond: int
    late_closing: int
    vacant_post: int
    missed_target: int
    total: int


class PersonCounts(Counts):
    """A person's year; without an id it is an account that the registry does not know."""

    person_id: UUID | None
    person_name: str | None
    unit_id: UUID | None
    unit_name: str | None


class UnitCounts(Counts):
    unit_id: UUID | None
    unit_name: str | None


class PersonLedger(BaseModel):
    """A year by person, the most first; ``edition`` is null while the year goes on."""

    year: int
    edition: int | None
    items: list[PersonCounts]


class UnitLedger(BaseModel):
    year: int
    edition: int | None
    items: list[UnitCounts]


class EditionCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class EditionRead(BaseModel):
    """A frozen edition; ``seal`` is the last seal of the trails it rests on, ``digest`` covers all its rows."""

    model_config = ConfigDict(from_attributes=True)

    year: int
    edition: int
    frozen_at: datetime
    frozen_by: str
    reason: str
    seal: int
    misses: int
    digest: str


class EditionList(BaseModel):
    items: list[EditionRead]
