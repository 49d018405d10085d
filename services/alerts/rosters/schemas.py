"""Shapes of rosters, shifts, swaps and stand-ins on the wire."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.alerts.rosters.domain.rotation import DaysCovered, Period
from services.alerts.rosters.domain.schedule import DutyRole, Layer
from services.alerts.rosters.domain.stand_ins import StandInScope, StandInWhen
from services.alerts.worktime.schemas import LocalTime, Region

RosterCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["tongshan_24h"])]
Kind = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["around_the_clock", "grid", "curtailment"])
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class RosterCreate(BaseModel):
    """A roster of a region for a matter; ``around_the_clock`` answers for all that has no own roster there."""

    model_config = ConfigDict(extra="forbid")

    code: RosterCode
    name_zh: Name
    name_en: Name
    kind: Kind
    region_code: Region
    valid_from: date
    valid_to: date | None = Field(default=None, description="The first day it is not in force.")
    warn_ahead_hours: int = Field(default=72, ge=0, le=2160, description="How far ahead gaps are warned of.")


class RosterUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name_zh: Name | None = None
    name_en: Name | None = None
    valid_to: date | None = None
    warn_ahead_hours: int | None = Field(default=None, ge=0, le=2160)

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set - {"valid_to"}):
            raise ValueError("only the end may be taken away")
        return self


class RosterRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    code: str
    name_zh: str
    name_en: str
    kind: str
    region_code: str
    valid_from: date
    valid_to: date | None
    warn_ahead_hours: int
    changed_by: str
    changed_at: datetime


class MemberBody(BaseModel):
    """One place of a rotation: who is asked first, and who if the first cannot."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    primary: UUID
    backup: UUID | None = None


class RotationCreate(BaseModel):
    """Members take turns from a day on; the rotation of the same days that runs then ends the day before."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date
    valid_to: date | None = None
    period: Period
    days: DaysCovered = DaysCovered.EVERY
    handovers: tuple[LocalTime, ...] = Field(
        min_length=1, max_length=6, examples=[["08:00", "20:00"]], description="Local times, rising."
    )
    handover_weekday: int = Field(default=0, ge=0, le=6, description="0 is Monday; for a weekly rotation.")
    members: tuple[MemberBody, ...] = Field(min_length=1, max_length=100)
    reason: Reason

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if list(self.handovers) != sorted(set(self.handovers)):
            raise ValueError("handovers rise")
        return self


class RotationEnd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ends_on: date = Field(description="The first day it does not cover.")


class RotationRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    valid_from: date
    valid_to: date | None
    period: Period
    days: DaysCovered
    handovers: list[str]
    handover_weekday: int
    members: list[MemberBody]
    reason: str
    made_by: str
    made_at: datetime


class RotationList(BaseModel):
    items: list[RotationRead]


class PlaceBody(BaseModel):
    """A shift as it is entered."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    primary: UUID
    backup: UUID | None = None


class ShiftEnter(PlaceBody):
    reason: Reason


class AssignmentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    layer: Layer
    role: DutyRole
    person_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str
    made_at: datetime


class AssignmentList(BaseModel):
    items: list[AssignmentRead]


class TakeBack(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class HolidayCreate(BaseModel):
    """The list of a holiday; for its whole period the rotation rests, and what is left empty is a gap."""

    model_config = ConfigDict(extra="forbid")

    name_zh: Name
    name_en: Name
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    shifts: tuple[PlaceBody, ...] = Field(default=(), max_length=500)


class HolidayRefill(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shifts: tuple[PlaceBody, ...] = Field(max_length=500)
    reason: Reason


class GapRead(BaseModel):
    """A stretch in which nobody can be asked."""

    starts_at: datetime
    ends_at: datetime


class HolidayRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    name_zh: str
    name_en: str
    starts_at: datetime
    ends_at: datetime
    made_by: str
    made_at: datetime
    shifts: list[AssignmentRead] = Field(default_factory=list)
    gaps: list[GapRead] = Field(default_factory=list, description="What the list leaves empty.")


class HolidayList(BaseModel):
    items: list[HolidayRead]


class SlotRead(BaseModel):
    """Who stands in the roster, by which layer of it; both null where the place is empty."""

    person_id: UUID | None
    name: str | None
    layer: Layer | None
    source_id: UUID | None = Field(description="The rotation, or the shift as it was entered.")


class ShiftRead(BaseModel):
    starts_at: datetime
    ends_at: datetime
    primary: SlotRead
    backup: SlotRead


class ScheduleRead(BaseModel):
    """The roster from ``starts_at`` to ``ends_at``: neighbouring shifts differ, gaps name what nobody covers."""

    roster_code: str
    starts_at: datetime
    ends_at: datetime
    shifts: list[ShiftRead]
    gaps: list[GapRead]


class OnDutyRead(BaseModel):
    person_id: UUID
    name: str
    role: DutyRole
    instead_of: UUID | None = Field(description="Who stands in the roster, where somebody stands in.")


class DutyRead(BaseModel):
    """Who is on duty at an instant; nobody is a gap, and a null roster means that there is none."""

    region_code: str
    kind: str
    at: datetime
    roster_code: str | None
    people: list[OnDutyRead]
    missing: list[UUID] = Field(description="Who stands in the roster and cannot be asked.")


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
