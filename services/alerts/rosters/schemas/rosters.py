"""Rosters and rotations on the wire."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.alerts.rosters.domain.rotation import DaysCovered, Period
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
