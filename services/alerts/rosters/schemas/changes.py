"""Swaps and stand-ins on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.alerts.rosters.domain.schedule import DutyRole
from services.alerts.rosters.domain.stand_ins import StandInScope, StandInWhen
from services.alerts.rosters.schemas.rosters import Reason


class SpanBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime
    ends_at: AwareDatetime


class SwapCreate(BaseModel):
    """An offer: ``giver_id`` gives a time to ``taker_id``, perhaps for one of theirs."""

    model_config = ConfigDict(extra="forbid")

    role: DutyRole = DutyRole.PRIMARY
    giver_id: UUID
    taker_id: UUID
    gives: SpanBody
    takes: SpanBody | None = None
    reason: Reason


class SwapAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=500)


class SwapRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    roster_code: str
    state: str
    role: DutyRole
    giver_id: UUID
    taker_id: UUID
    gives_from: datetime
    gives_until: datetime
    takes_from: datetime | None
    takes_until: datetime | None
    reason: str
    proposed_by: str
    proposed_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    answer_note: str | None


class StandInCreate(BaseModel):
    """``away``: for a time all goes to the stand-in; ``unreachable``: a partner who is asked when needed."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    stand_in_id: UUID
    when: StandInWhen = StandInWhen.AWAY
    scope: StandInScope = StandInScope.EVERYTHING
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    reason: Reason


class StandInUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ends_at: AwareDatetime


class StandInRead(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: UUID
    version: int
    person_id: UUID
    stand_in_id: UUID
    region_code: str
    when: StandInWhen = Field(validation_alias="when_asked")
    scope: StandInScope
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    named_by: str
    named_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    revoked_reason: str | None


class StandInAnswer(BaseModel):
    """Who answers for a person at an instant; null when nobody stands in."""

    person_id: UUID
    at: datetime
    stand_in_id: UUID | None
    name: str | None
