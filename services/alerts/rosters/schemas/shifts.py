"""Shifts, holiday lists and who is on duty, on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.alerts.rosters.domain.schedule import DutyRole, Layer
from services.alerts.rosters.schemas.rosters import Name, Reason


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
