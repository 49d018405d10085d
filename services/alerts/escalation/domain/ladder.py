"""The ladder of the chase (督办): officer → leader → supervision group (督导组) → leading group (领导小组) (S28).

A policy is data: for each rung the post and, by severity, the minutes after the rung before it; for each severity
the clock that counts them. An alert keeps the policy as it was when it opened, so that a later change of the
policy changes no running chase.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common.contracts.alerts import Severity
from libs.common.workdays import UnknownCalendarYear, WorkCalendar


class ClockMode(StrEnum):
    """How minutes are counted: in the hours of working days, or all of them."""

    WORKING = "working"
    AROUND_THE_CLOCK = "around_the_clock"


class Rung(BaseModel):
    """One post to be told; a severity without minutes never reaches it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    after_minutes: dict[Severity, float]

    @field_validator("after_minutes")
    @classmethod
    def _within_a_year(cls, value: dict[Severity, float]) -> dict[Severity, float]:
        if any(not 0 <= minutes <= 525_600 for minutes in value.values()):
            raise ValueError("minutes lie between 0 and a year")
        return value


class Policy(BaseModel):
    """An escalation policy; rungs are numbered from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    rungs: tuple[Rung, ...] = Field(min_length=1, max_length=10)
    clocks: dict[Severity, ClockMode]
    # How long an acknowledgement without a date of its own keeps the chase quiet, counted by the same clock.
    promise_minutes: dict[Severity, float]
    longest_promise_days: float = Field(default=30, gt=0, le=366)
    # At the top nobody is left above: the top rung is told again this often; no entry, no reminder.
    remind_minutes: dict[Severity, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something_for_each_severity(self) -> Self:
        missing = [
            severity.value
            for severity in Severity
            if severity not in self.clocks
            or self.promise_minutes.get(severity, 0) <= 0
            or self.remind_minutes.get(severity, 1) <= 0
            or all(severity not in rung.after_minutes for rung in self.rungs)
        ]
        if missing:
            raise ValueError(
                f"a clock, positive minutes and at least one rung are needed for {', '.join(missing)}"
            )
        return self

    def next_rung(self, severity: Severity, level: int) -> int | None:
        """The rung above `level` (-1 before the first) that this severity reaches, None at the top."""
        above = range(level + 1, len(self.rungs))
        return next((number for number in above if severity in self.rungs[number].after_minutes), None)

    def top_rung(self, severity: Severity) -> int:
        """The highest rung that this severity reaches."""
        return max(number for number, rung in enumerate(self.rungs) if severity in rung.after_minutes)

    def minutes_to(self, rung: int, severity: Severity) -> float:
        return self.rungs[rung].after_minutes[severity]

    def clock_for(self, severity: Severity, override: ClockMode | None) -> ClockMode:
        return override or self.clocks[severity]


class Due(BaseModel):
    """When something falls due; `year_unknown` names the calendar year that could not be asked, if any."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    year_unknown: int | None = None


def due_after(calendar: WorkCalendar, mode: ClockMode, start: datetime, minutes: float) -> Due:
    """`minutes` after `start` by the clock.

    Where the working days of a year are not known the minutes are counted around the clock: too early is better
    than never (*choice*), and the caller writes it into the trail.
    """
    around_the_clock = start + timedelta(minutes=minutes)
    if mode is ClockMode.AROUND_THE_CLOCK:
        return Due(at=around_the_clock)
    try:
        return Due(at=calendar.add_working_minutes(start, minutes))
    except UnknownCalendarYear as error:
        return Due(at=around_the_clock, year_unknown=int(str(error.params["year"])))
