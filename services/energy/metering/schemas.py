"""Meters and curves as the API takes and shows them."""

import math
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.completeness import share
from services.energy.metering.domain.meter import Kind, Profile, Quantity
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, instant_of
from services.energy.metering.service import Curves, MeterCompleteness
from services.energy.metering.tables import CurveDayRow, CurveRevisionRow, MeterRow


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


class RevisionRead(BaseModel):
    """What one delivery replaced in a day."""

    revision: int
    recorded_at: datetime
    receipt_id: UUID
    slots: list[int]
    before_kw: list[float]


class CurveRead(BaseModel):
    """One day; the first value belongs to the slot from 00:00 of the meter's standard time, null is missing."""

    date: date
    interval_minutes: int
    values: list[float | None]
    quality: list[str]
    energy_kwh: float = Field(description="Of the values present.")
    peak_kw: float
    completeness: float | None = Field(description="Share of the slots over by now; null when none is.")
    revision: int
    revisions: list[RevisionRead]


class CurvePage(BaseModel):
    """Curves of a meter; days without any value are left out, the totals say what share is there."""

    meter_no: str
    unit: str = Field(default="kW", description="kW, kvar or kVA.")
    items: list[CurveRead]
    energy_kwh: float
    present: int
    expected: int
    completeness: float | None
    next_cursor: None = None


def curve_page(curves: Curves) -> CurvePage:
    by_day: dict[date, list[CurveRevisionRow]] = {}
    for revision in curves.revisions:
        by_day.setdefault(revision.day, []).append(revision)
    items = [_curve(row, by_day.get(row.day, []), curves) for row in curves.days]
    present = sum(row.present for row in curves.days)
    expected = curves.span.expected
    return CurvePage(
        meter_no=curves.meter.meter_no,
        unit=curves.meter.quantity.unit,
        items=items,
        energy_kwh=sum(row.energy_kwh for row in curves.days),
        present=present,
        expected=expected,
        completeness=share(present, expected),
    )


def _curve(row: CurveDayRow, revisions: list[CurveRevisionRow], curves: Curves) -> CurveRead:
    values = [None if math.isnan(value) else value for value in row.load_kw]
    return CurveRead(
        date=row.day,
        interval_minutes=MINUTES_A_DAY // row.slots,
        values=values,
        quality=_labels(row, values),
        energy_kwh=row.energy_kwh,
        peak_kw=row.peak_kw,
        completeness=share(row.present, curves.span.expected_on(row.day)),
        revision=row.revision,
        revisions=[
            RevisionRead(
                revision=item.revision,
                recorded_at=item.recorded_at,
                receipt_id=item.receipt_id,
                slots=item.slots,
                before_kw=item.before_kw,
            )
            for item in revisions
        ],
    )


def _labels(row: CurveDayRow, values: list[float | None]) -> list[str]:
    if row.quality is not None:
        return [Quality(code).label for code in np.frombuffer(row.quality, np.uint8).tolist()]
    return [Quality.MISSING.label if value is None else Quality.MEASURED.label for value in values]


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


class CompletenessRead(BaseModel):
    meter_no: str
    expected: int
    present: int
    completeness: float | None
    energy_kwh: float


class CompletenessPage(BaseModel):
    """By meter, and over the meters of this page."""

    items: list[CompletenessRead]
    next_cursor: str | None
    expected: int
    present: int
    completeness: float | None
    energy_kwh: float


def completeness_page(rows: list[MeterCompleteness], next_cursor: str | None) -> CompletenessPage:
    expected, present = sum(row.expected for row in rows), sum(row.present for row in rows)
    return CompletenessPage(
        items=[
            CompletenessRead(
                meter_no=row.meter.meter_no,
                expected=row.expected,
                present=row.present,
                completeness=share(row.present, row.expected),
                energy_kwh=row.energy_kwh,
            )
            for row in rows
        ],
        next_cursor=next_cursor,
        expected=expected,
        present=present,
        completeness=share(present, expected),
        energy_kwh=sum(row.energy_kwh for row in rows),
    )
