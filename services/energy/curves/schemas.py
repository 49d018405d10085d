"""Answers about curves as the documents describe them; ``answers`` writes them without these models."""

import datetime as dt
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field


class RevisionRead(BaseModel):
    """What one delivery or edit replaced in a day."""

    revision: int
    recorded_at: datetime
    receipt_id: UUID = Field(description="The receipt, or the id of an edit or estimate.")
    slots: list[int]
    before_kw: list[float | None]


class Counted(BaseModel):
    """How complete a total is; an estimate counts as present, so look at ``measured`` beside it."""

    present: int
    expected: int = Field(description="Slots that were over by now.")
    measured: int
    estimated: int
    edited: int
    completeness: float | None = Field(description="Share present of those expected; null when none is.")


class CurveRead(Counted):
    """One day; the first value belongs to the slot from 00:00 of the meter's standard time, null is missing."""

    date: date
    interval_minutes: int
    values: list[float | None]
    quality: list[str]
    energy_kwh: float | None = Field(description="Of the values present.")
    peak_kw: float | None
    revision: int
    revisions: list[RevisionRead]


class CurvePage(Counted):
    """Curves of a meter; days without any value are left out, the totals say what share is there."""

    meter_no: str
    unit: str = Field(description="Of the values: kW, kvar or kVA; energies are in this unit times hours.")
    items: list[CurveRead]
    energy_kwh: float | None = Field(description="Null when no value is present.")
    next_cursor: None = None


class MeterCurves(BaseModel):
    meter_no: str
    unit: str = Field(description="Of the values: kW, kvar or kVA.")
    items: list[CurveRead]


class CurvesPage(BaseModel):
    """Curves of a page of meters."""

    items: list[MeterCurves]
    next_cursor: str | None


class ComparedDay(BaseModel):
    """A day beside its reference day, slot by slot; energies are of the slots that both have."""

    date: dt.date
    reference_date: dt.date
    values: list[float | None]
    reference_values: list[float | None]
    compared: int = Field(description="Slots present on both sides.")
    energy_kwh: float | None
    reference_energy_kwh: float | None
    change: float | None = Field(description="Relative; null where a side is missing.")


class ComparisonRead(BaseModel):
    meter_no: str
    unit: str = Field(description="Of the values: kW, kvar or kVA; energies are in this unit times hours.")
    interval_minutes: int
    items: list[ComparedDay]
    compared: int
    slots: int
    energy_kwh: float | None
    reference_energy_kwh: float | None
    change: float | None


class RollupTotal(Counted):
    energy_kwh: float | None
    peak_kw: float | None = Field(description="Null for groups: highest values of several meters need not meet.")


class RollupLine(BaseModel):
    """One meter or group; each array has one entry a period, null where nothing is present."""

    meter_no: str | None = None
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meters: int
    energy_kwh: list[float | None]
    peak_kw: list[float | None]
    present: list[int]
    expected: list[int]
    measured: list[int]
    estimated: list[int]
    edited: list[int]
    completeness: list[float | None]
    total: RollupTotal


class RollupPage(BaseModel):
    """Totals by period. Month totals follow a change within a minute."""

    interval: str
    group: str
    quantity: str
    periods: list[str] = Field(description="Starts in standard time: 2026-09, 2026-09-15, 2026-09-15T07:00.")
    items: list[RollupLine]
    next_cursor: str | None


class RankedRead(Counted):
    rank: int
    meter_no: str
    region_code: str
    enterprise_id: UUID | None
    energy_kwh: float | None
    peak_kw: float | None
    change: float | None = Field(description="Of the mean power, relative.")
    reference_energy_kwh: float | None
    reference_completeness: float | None


class RankingRead(BaseModel):
    by: str
    quantity: str
    meters: int = Field(description="How many were looked at.")
    left_out: int = Field(description="Without the measure, or less complete than asked.")
    items: list[RankedRead]


class CompletenessRead(Counted):
    """``meter_no``, ``region_code`` or ``date``, as grouped."""

    meter_no: str | None = None
    region_code: str | None = None
    date: str | None = None
    energy_kwh: float | None


class CompletenessPage(Counted):
    """By meter, region or day, and over what stands on this page."""

    items: list[CompletenessRead]
    next_cursor: str | None
    energy_kwh: float | None
