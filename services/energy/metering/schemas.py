"""Meters and curves as the API takes and shows them."""

import math
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import Profile, Quantity
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, instant_of
from services.energy.metering.service import MeterFacts
from services.energy.metering.tables import CurveDayRow, MeterRow

Power = Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)]


class MeterWrite(BaseModel):
    """Interval, quantity and zone stay as first registered."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    region_code: Annotated[str, Field(min_length=6, max_length=9)]
    enterprise_id: UUID | None = None
    quantity: Quantity = Quantity.ACTIVE_IMPORT_KW
    profile: Profile = Profile.CONSUMPTION
    interval_minutes: Literal[5, 15, 30, 60] = 15
    offset_minutes: int = Field(
        default=480, ge=-840, le=840, multiple_of=15, description="Standard time east of UTC, no summer time."
    )
    capacity_kw: Annotated[float, Field(gt=0, le=1e8, allow_inf_nan=False)] | None = None
    low_kw: Power | None = Field(default=None, description="Lowest value the meter can register.")
    high_kw: Power | None = Field(default=None, description="Highest value the meter can register.")
    multiplier: float = Field(
        default=1.0, gt=0, le=1e6, allow_inf_nan=False, description="Every value received is multiplied by it."
    )
    valid_from: date = Field(description="First day, in the meter's standard time, of which readings are taken.")

    def facts(self) -> MeterFacts:
        return MeterFacts(**self.model_dump())


class MeterRead(MeterWrite):
    model_config = ConfigDict(extra="ignore", from_attributes=True)

    interval_minutes: int  # type: ignore[assignment]
    meter_id: UUID
    meter_no: str
    meter_index: int = Field(description="Dense and never given again.")
    version: int
    created_at: datetime
    changed_at: datetime


def meter_read(row: MeterRow) -> MeterRead:
    return MeterRead.model_validate(row, from_attributes=True)


class LatestRead(BaseModel):
    """The newest value of a meter; all null while there is none."""

    meter_no: str
    at: datetime | None = Field(description="Start of the slot.")
    until: datetime | None
    value_kw: float | None
    quality: str | None


def latest_read(meter_no: str, offset_minutes: int, row: CurveDayRow | None) -> LatestRead:
    if row is None:
        return LatestRead(meter_no=meter_no, at=None, until=None, value_kw=None, quality=None)
    slot = max(place for place, value in enumerate(row.load_kw) if not math.isnan(value))
    interval = MINUTES_A_DAY // row.slots
    at = instant_of(day_number(row.day) * MINUTES_A_DAY + slot * interval, offset_minutes)
    quality = Quality.MEASURED if row.quality is None else Quality(row.quality[slot])
    return LatestRead(
        meter_no=meter_no,
        at=at,
        until=at + timedelta(minutes=interval),
        value_kw=row.load_kw[slot],
        quality=quality.label,
    )
