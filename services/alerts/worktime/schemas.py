"""Shapes of office hours on the wire."""

from datetime import date, datetime, time
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from libs.common import regions
from services.alerts.worktime.domain.hours import rises


def _minutes(value: time) -> time:
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError("a local time of hours and minutes")
    return value


LocalTime = Annotated[time, AfterValidator(_minutes)]
Segment = tuple[LocalTime, LocalTime]
Region = Annotated[str, AfterValidator(regions.validate)]


def _in_order(value: tuple[Segment, ...]) -> tuple[Segment, ...]:
    if not rises(value):
        raise ValueError("segments follow each other and do not overlap")
    return value


SegmentsField = Annotated[
    tuple[Segment, ...],
    Field(min_length=1, max_length=6, examples=[[["08:30", "12:00"], ["14:30", "17:30"]]]),
    AfterValidator(_in_order),
]


class OfficeHoursCreate(BaseModel):
    """Hours of working days from ``valid_from`` until the day before ``valid_to``; no region is everywhere."""

    model_config = ConfigDict(extra="forbid")

    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = None
    segments: SegmentsField
    reason: str = Field(min_length=1, max_length=500)


class OfficeHoursUpdate(BaseModel):
    """What may be corrected; other hours from another day on are a row of their own."""

    model_config = ConfigDict(extra="forbid")

    valid_to: date | None = None
    segments: SegmentsField | None = None
    reason: str | None = Field(default=None, min_length=1, max_length=500)

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set - {"valid_to"}):
            raise ValueError("segments and reason are changed, not taken away")
        return self


class OfficeHoursRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    region_code: str | None
    valid_from: date
    valid_to: date | None
    segments: list[tuple[str, str]]
    reason: str
    changed_by: str
    changed_at: datetime


class WorkingTimeRead(BaseModel):
    """What the working-time clock makes of a span in a region."""

    region_code: str
    starts_at: datetime
    minutes: float
    due_at: datetime
    is_working_time: bool = Field(description="Whether the clock runs at `starts_at`.")
