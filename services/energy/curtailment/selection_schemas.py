"""A selection as the API is asked for it and shows it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.common.workdays import SHANGHAI
from services.energy.curtailment.domain.selection import (
    SLOT_MINUTES,
    SLOTS,
    Chosen,
    Passed,
    Selection,
    Slots,
    Stage,
    Why,
)
from services.energy.curtailment.domain.users import Category, Measure

# Short of 3.5 MW from 18:00 to 21:00.
_EXAMPLE: Final[list[JsonValue]] = [3500.0 if 72 <= slot < 84 else 0.0 for slot in range(SLOTS)]

Gap = Annotated[float, Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]


class SelectionQuestion(BaseModel):
    """A gap by quarter of an hour of a day, kW; null where nobody knows it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"day": "2026-09-16", "level": 3, "gap_kw": [*_EXAMPLE]}]},
    )

    day: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
    gap_kw: Annotated[list[Gap | None], Field(min_length=SLOTS, max_length=SLOTS)] = Field(
        description="96 values; the first is that of 00:00 to 00:15."
    )
    level: Annotated[int, Field(ge=1, le=4)] | None = Field(
        default=None, description="1 blue to 4 red: tiers up to it are called. Null: as few tiers as are enough."
    )

    enterprise_ids: Annotated[list[UUID], Field(max_length=10_000)] | None = Field(
        default=None, description="The only ones that help, such as those of a substation. Null: all of the plan."
    )

    def gap(self) -> Slots:
        return np.array([np.nan if value is None else value for value in self.gap_kw], np.float64)


class SelectedCall(BaseModel):
    """One call of a user, and why it is this one."""

    enterprise_id: UUID
    code: str
    name: str
    meter_nos: list[str]
    category: Category
    tier: int
    measure: Measure
    kw: float
    kwh: float
    starts_at: datetime
    ends_at: datetime
    notice_by: datetime
    reason_zh: str
    reason_en: str


class PassedRow(BaseModel):
    """A row of the plan that is not called, and why."""

    enterprise_id: UUID
    code: str
    name: str
    tier: int
    measure: Measure
    why: Why
    reason_zh: str
    reason_en: str


class SelectionStage(BaseModel):
    """A criterion: what it came to, and what no choice can be better than.

    Energies are kWh; ``fairness`` is kWh weighed by what was given before, ``harm`` yuan.
    """

    criterion: str
    value: float
    bound: float
    gap_percent: float = Field(description="By so much the value may lie above the best possible.")
    is_proved: bool


class SelectionRead(BaseModel):
    """Who would be called. Nothing was ordered."""

    plan_id: UUID
    day: date
    level: int
    covers: bool
    calls: list[SelectedCall]
    gap_kw: list[float | None]
    covered_kw: list[float]
    uncovered_kw: list[float]
    surplus_kw: list[float]
    stages: list[SelectionStage]
    is_exact: bool = Field(description="Every call at any quarter of an hour was weighed, and each stage proved.")
    grid_minutes: int = Field(description="Calls shorter than a stretch of the gap begin on this grid.")
    passed: list[PassedRow]
    summary_zh: str
    summary_en: str


def selection_read(plan_id: UUID, day: date, found: Selection) -> SelectionRead:
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    gap = [None if unknown else float(kw) for kw, unknown in zip(found.gap_kw, found.unknown, strict=True)]
    return SelectionRead(
        plan_id=plan_id,
        day=day,
        level=found.level,
        covers=found.covers,
        calls=[_call(one, start) for one in found.users],
        gap_kw=gap,
        covered_kw=_rounded(found.covered_kw),
        uncovered_kw=_rounded(found.uncovered_kw),
        surplus_kw=_rounded(found.surplus_kw),
        stages=[_stage(one) for one in found.stages],
        is_exact=found.is_exact,
        grid_minutes=found.grid_minutes,
        passed=[_passed(one) for one in found.reasons],
        summary_zh=found.text_zh,
        summary_en=found.text_en,
    )


def _rounded(values: Slots) -> list[float]:
    return [round(float(value), 3) for value in values]


def _call(one: Chosen, start: datetime) -> SelectedCall:
    starts_at = start + timedelta(minutes=one.first * SLOT_MINUTES)
    return SelectedCall(
        enterprise_id=one.enterprise_id,
        code=one.code,
        name=one.name,
        meter_nos=list(one.meter_nos),
        category=one.category,
        tier=one.tier,
        measure=one.measure,
        kw=one.kw,
        kwh=one.kwh,
        starts_at=starts_at,
        ends_at=start + timedelta(minutes=one.end * SLOT_MINUTES),
        notice_by=starts_at - timedelta(minutes=one.notice_minutes),
        reason_zh=one.reason_zh,
        reason_en=one.reason_en,
    )


def _passed(one: Passed) -> PassedRow:
    return PassedRow(
        enterprise_id=one.enterprise_id,
        code=one.code,
        name=one.name,
        tier=one.tier,
        measure=one.measure,
        why=one.why,
        reason_zh=one.text_zh,
        reason_en=one.text_en,
    )


def _stage(one: Stage) -> SelectionStage:
    return SelectionStage(
        criterion=one.criterion,
        value=round(one.value, 3),
        bound=round(one.bound, 3),
        gap_percent=round(one.proof_gap * 100, 4),
        is_proved=one.is_proved,
    )
