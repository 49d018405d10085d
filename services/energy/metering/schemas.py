"""Meters and curves as the API takes and shows them."""

from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import Kind, Profile, Quantity
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, instant_of
from services.energy.metering.packing import read_values
from services.energy.metering.tables import CurveDayRow, MeterRow


class MeterRead(BaseModel):
    """A meter with the facts of today; ``GET /v1/meters/{meter_no}/history`` has those of other times."""

    model_config = ConfigDict(from_attributes=True)

    meter_id: UUID
    meter_no: str
    meter_index: int = Field(description="Dense and never given again.")
    name: str
    kind: Kind
    quantity: Quantity
    unit: str = Field(description="Of the values of its curves: kW, kvar or kVA.")
    profile: Profile
    interval_minutes: int
    offset_minutes: int
    region_code: str
    enterprise_id: UUID | None
    capacity_kw: float | None
    low_kw: float | None
    high_kw: float | None
    multiplier: float
    ct_ratio: float
    pt_ratio: float
    register_digits: int | None
    pulses_per_kwh: float | None
    asset_no: str | None
    feeder_code: str | None
    transformer_code: str | None
    valid_from: date
    valid_to: date | None = Field(description="Last day of a meter that was closed.")
    version: int
    created_at: datetime
    changed_at: datetime


def meter_read(row: MeterRow) -> MeterRead:
    return MeterRead.model_validate(row.model_dump() | {"unit": Quantity(row.quantity).unit})


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
    (values,) = read_values([row.load_kw], row.slots)
    slot = int(np.flatnonzero(~np.isnan(values))[-1])
    interval = MINUTES_A_DAY // row.slots
    at = instant_of(day_number(row.day) * MINUTES_A_DAY + slot * interval, offset_minutes)
    quality = Quality.MEASURED if row.quality is None else Quality(row.quality[slot])
    return LatestRead(
        meter_no=meter_no,
        at=at,
        until=at + timedelta(minutes=interval),
        value_kw=float(values[slot]),
        quality=quality.label,
    )
