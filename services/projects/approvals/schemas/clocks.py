"""Clocks day by day, on-time rates, scans."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from libs.common.workdays import DayType
from services.projects.approvals.domain.case import CaseStatus
from services.projects.approvals.domain.clock import DayKind
from services.projects.approvals.domain.statistics import OnTime
from services.projects.approvals.schemas.cases import CaseRead
from services.projects.approvals.service.reading import ExplainedDay


class ClockDayRead(BaseModel):
    """One day of the clock and why it counts or not."""

    on: date
    kind: DayKind
    day_type: DayType
    used_days: int = Field(description="Working days counted up to the end of this day.")
    remaining_days: int = Field(description="Of the promise, after this day.")
    pause_ground: str | None
    reason: str = Field(description="In the caller's language.")
    is_forecast: bool = Field(description="A day after today, as the calendar stands.")


class ClockRead(BaseModel):
    """The clock of a case. The day of acceptance is not counted; a pause takes its working days out."""

    status: CaseStatus
    accepted_on: date | None
    promised_days: int | None
    statutory_days: int | None
    due_on: date | None
    statutory_due_on: date | None
    used_days: int | None
    remaining_days: int | None
    days: list[ClockDayRead]

    @classmethod
    def of(cls, read: CaseRead, days: list[ExplainedDay], tell: Callable[[ExplainedDay], str]) -> "ClockRead":
        """``tell`` says in the caller's language why a day counts or not."""
        own: dict[str, Any] = {name: getattr(read, name) for name in cls.model_fields if name != "days"}
        promised = read.promised_days or 0
        return cls(**own, days=[_day(day, promised, tell(day)) for day in days])


def _day(told: ExplainedDay, promised: int, reason: str) -> ClockDayRead:
    day = told.day
    ground = day.pause.ground if day.pause is not None else None
    return ClockDayRead(
        on=day.on,
        kind=day.kind,
        day_type=told.day_type,
        used_days=day.used,
        remaining_days=promised - day.used,
        pause_ground=ground,
        reason=reason,
        is_forecast=told.is_forecast,
    )


def reason_code(told: ExplainedDay) -> str:
    """The catalogue's code of why a day counts or not."""
    if told.day.kind is DayKind.COUNTED and told.day.pause is not None:
        return "clock_day.pause_spent"
    if told.day.kind is DayKind.COUNTED and told.day_type is DayType.ADJUSTED_WORKDAY:
        return "clock_day.adjusted_workday"
    if told.day.kind is DayKind.REST:
        return f"clock_day.{told.day_type.value}"
    return f"clock_day.{told.day.kind.value}"


class OnTimeRead(BaseModel):
    """Cases decided in the period, and cases whose promise ran out undecided; withdrawn ones do not count."""

    unit_id: UUID | None
    matter_code: str | None
    on_time: int
    counted: int
    rate: float | None = Field(description="Null when nothing counted.")
    mean_used_days: float | None
    on_time_ids: list[UUID]
    counted_ids: list[UUID]
    overdue_undecided_ids: list[UUID]

    @classmethod
    def of(cls, figure: OnTime) -> "OnTimeRead":
        return cls(
            unit_id=figure.unit_id,
            matter_code=figure.matter_code,
            on_time=len(figure.on_time_ids),
            counted=len(figure.counted_ids),
            rate=figure.rate,
            mean_used_days=figure.mean_used_days,
            on_time_ids=list(figure.on_time_ids),
            counted_ids=list(figure.counted_ids),
            overdue_undecided_ids=list(figure.overdue_undecided_ids),
        )


class OnTimeRates(BaseModel):
    items: list[OnTimeRead]


class CaseScanRead(BaseModel):
    """How many cases a scan looked at, and what it changed."""

    subjects: int = Field(description="Cases looked at.")
    opened: int
    amended: int
    cleared: int
