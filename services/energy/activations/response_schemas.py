"""Courses, verifications and reports in the API; null is what is not known, never zero."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from services.energy.activations.domain.baseline import Method, Skipped
from services.energy.activations.domain.order import ActivationState
from services.energy.activations.domain.quarters import start_of
from services.energy.activations.domain.report import DayReport
from services.energy.activations.domain.tracking import Course
from services.energy.activations.domain.verification import Unknown, Verdict
from services.energy.activations.rows import profile_of
from services.energy.activations.service.reporting import achieved_so_far
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationTrackRow,
    ActivationVerificationRow,
)

Values = list[float | None]


class SkippedDay(BaseModel):
    day: date
    why: Skipped


class VerificationRead(BaseModel):
    """An edition with all it rests on; columns hold one value a quarter of an hour from ``first_at`` on, kW."""

    id: UUID
    order_id: UUID
    edition: int
    cause: str = Field(description="ended, corrected (curves became others) or asked.")
    verified_at: datetime
    verified_by: str
    verdict: Verdict
    unknown: Unknown | None = Field(description="Why nothing can be told.")
    baseline: dict[str, Any] = Field(description="The definition that was used.")
    standard: dict[str, Any]
    baseline_days: list[date]
    skipped_days: list[SkippedDay]
    adjusted_kw: float | None = Field(description="By how much the baseline was moved; null: wanted, not known.")
    first_at: datetime
    baseline_kw: Values
    load_kw: Values
    ordered_kw: list[float]
    achieved_kw: Values
    known_quarters: int
    wanted_quarters: int
    completeness: float
    mean_kw: float | None
    peak_kw: float | None
    energy_kwh: float | None
    ordered_kwh: float
    shortfall_kwh: float | None
    shortfall_peak_kw: float | None
    rate: float | None = Field(description="Achieved energy against ordered.")
    covered: float | None = Field(description="Without shortfalls: more in one quarter makes up for none.")


class VerificationList(BaseModel):
    items: list[VerificationRead] = Field(description="The newest edition first; it is the one that holds.")


class VerificationAsk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: Method | None = Field(default=None, description="Another baseline than the rule's.")
    adjusted: bool | None = Field(
        default=None,
        description="Moved by the event day's own level before the start; as the method says if null.",
    )


class VerifiedRead(BaseModel):
    editions: int = Field(description="How many orders got a new edition; the others' figures are the same.")


class CourseRead(BaseModel):
    """How one order goes."""

    order_id: UUID
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    course: Course
    since: datetime | None
    latest_at: datetime | None = Field(description="The end of the last quarter with a value.")
    latest_ordered_kw: float | None
    latest_achieved_kw: float | None
    first_at: datetime
    ordered_kw: list[float]
    baseline_kw: Values
    load_kw: Values
    achieved_kw: Values
    baseline_days: list[date]


class TrackingRead(BaseModel):
    """All orders of an activation so far; sums are of quarters in which every order's value is known."""

    activation_id: UUID
    code: str
    state: ActivationState
    tracked_at: datetime | None
    first_at: datetime | None
    ordered_kw: list[float]
    achieved_kw: Values = Field(description="Null where an order's value is missing.")
    known_orders: list[int] = Field(description="Of how many orders the quarter is known.")
    partial_achieved_kw: Values = Field(description="The sum of those known.")
    in_line: int
    short: int
    unknown: int
    orders: list[CourseRead]


class ReportLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    order_id: UUID
    activation_code: str
    state: ActivationState
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    tier: int | None
    measure: str | None
    starts_at: datetime
    ends_at: datetime
    ordered_kw: float
    ordered_kwh: float
    notices: int
    acknowledged_at: datetime | None
    is_acknowledged_late: bool
    course: Course | None
    verdict: Verdict | None = Field(description="Null until it is verified.")
    unknown: Unknown | None
    mean_kw: float | None
    peak_kw: float | None
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None
    covered: float | None


class ReportTotals(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    activations: int
    orders: int
    acknowledged: int
    unacknowledged: int
    met: int
    not_met: int
    cannot_tell: int
    unverified: int
    ordered_kw: float
    ordered_kwh: float
    achieved_kw: float | None
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None


class DayReportRead(BaseModel):
    """What was ordered for a day and became of it; orders belong to the day they begin on."""

    model_config = ConfigDict(from_attributes=True)

    region_code: str
    region_name: str | None
    day: date
    made_at: datetime
    totals: ReportTotals
    lines: list[ReportLine]
    silent: list[UUID] = Field(description="Orders nobody acknowledged.")
    short: list[UUID] = Field(description="Orders that were not met.")


def verification_read(row: ActivationVerificationRow) -> VerificationRead:
    facts: dict[str, Any] = row.model_dump(exclude={"baseline_kw", "load_kw"})
    achieved = np.array(row.baseline_kw, float) - np.array(row.load_kw, float)
    return VerificationRead(
        **facts,
        baseline_kw=known(row.baseline_kw),
        load_kw=known(row.load_kw),
        achieved_kw=known(achieved.round(3).tolist()),
        completeness=row.known_quarters / row.wanted_quarters if row.wanted_quarters else 0.0,
    )


def known(values: Sequence[float]) -> Values:
    """NaN is null in JSON."""
    return [None if math.isnan(value) else value for value in values]


def report_read(report: DayReport) -> DayReportRead:
    return DayReportRead(
        region_code=report.region_code,
        region_name=report.region_name,
        day=report.day,
        made_at=report.made_at,
        totals=ReportTotals.model_validate(report.totals),
        lines=[ReportLine.model_validate(line) for line in report.lines],
        silent=[line.order_id for line in report.silent],
        short=[line.order_id for line in report.short],
    )


def course_read(order: ActivationOrderRow, track: ActivationTrackRow) -> CourseRead:
    profile = profile_of(order)
    over = track.over
    achieved = achieved_so_far(order, track)
    load = np.array(track.load_kw, float)
    return CourseRead(
        order_id=order.id,
        enterprise_id=order.enterprise_id,
        enterprise_name=order.enterprise_name,
        credit_code=order.credit_code,
        course=Course(track.course),
        since=track.since,
        latest_at=track.latest_at,
        latest_ordered_kw=track.latest_ordered_kw,
        latest_achieved_kw=track.latest_achieved_kw,
        first_at=order.starts_at,
        ordered_kw=profile.over(profile.first, profile.first + over).tolist(),
        baseline_kw=known((achieved + load).round(3).tolist()),
        load_kw=known(track.load_kw),
        achieved_kw=known(achieved.round(3).tolist()),
        baseline_days=[date.fromisoformat(day) for day in track.baseline_days],
    )


def tracking_read(
    activation: ActivationRow, found: Sequence[tuple[ActivationOrderRow, ActivationTrackRow]]
) -> TrackingRead:
    profiles = [profile_of(order) for order, _ in found]
    first = min((profile.first for profile in profiles), default=0)
    end = max((profile.first + track.over for profile, (_, track) in zip(profiles, found, strict=True)), default=0)
    width = max(0, end - first)
    ordered, achieved = np.zeros((len(found), width)), np.full((len(found), width), np.nan)
    for place, (profile, (order, track)) in enumerate(zip(profiles, found, strict=True)):
        ordered[place] = profile.over(first, end)
        achieved[place, profile.first - first : profile.first - first + track.over] = achieved_so_far(order, track)
    asked = ordered > 0
    there = asked & np.isfinite(achieved)
    partial = np.where(there, achieved, 0.0).sum(axis=0)
    counts = [track.course for _, track in found]
    return TrackingRead(
        activation_id=activation.id,
        code=activation.code,
        state=ActivationState(activation.state),
        tracked_at=max((track.tracked_at for _, track in found), default=None),
        first_at=start_of(first) if found else None,
        ordered_kw=ordered.sum(axis=0).tolist(),
        achieved_kw=known(np.where((asked == there).all(axis=0), partial, np.nan).round(3).tolist()),
        known_orders=there.sum(axis=0).tolist(),
        partial_achieved_kw=known(np.where(there.any(axis=0), partial, np.nan).round(3).tolist()),
        in_line=counts.count(Course.IN_LINE),
        short=counts.count(Course.SHORT),
        unknown=counts.count(Course.UNKNOWN),
        orders=[course_read(order, track) for order, track in found],
    )
