"""The ladder of the chase (督办): officer → leader → supervision group (督导组) → leading group (领导小组) (S28).

A policy is data: for each rung who is told and, by severity, how long after the rung before it; for each severity
the clock that counts. An alert keeps the policy as it was when it opened, so that a later change of the policy
changes no running chase.

A rung names a post (岗位), a duty roster (值班表), or both: around the clock it is the roster's people who are
told, in working time the post's.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import Severity
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.escalation.domain.spans import Span

# How a rung is called that has no post.
DUTY_POST = "duty"


class ClockMode(StrEnum):
    """How a span is counted: in the hours of working days, or all of them."""

    WORKING = "working"
    AROUND_THE_CLOCK = "around_the_clock"


class PostToo(StrEnum):
    """When the post's people hear of what goes to the duty roster."""

    NEVER = "never"
    IN_WORKING_TIME = "in_working_time"
    ALWAYS = "always"


# What earlier policies called their spans, when these were minutes only; they may still be written so.
_EARLIER = {"promise_minutes": "promise", "remind_minutes": "remind"}


RosterKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Rung(BaseModel):
    """One step: who is told; a severity without a span never reaches it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,39}$")
    rosters: tuple[RosterKind, ...] = Field(
        default=(),
        max_length=5,
        description="Kinds of duty roster; of the nearest region that has one, the first.",
    )
    post_too: PostToo = Field(
        default=PostToo.IN_WORKING_TIME, description="When the post hears of what goes to the roster."
    )
    after: dict[Severity, Span]
    # Told again within the step, while the next rung is not due; so many times.
    repeat: dict[Severity, Span] = Field(default_factory=dict)
    repeat_times: int = Field(default=3, ge=0, le=50)

    @model_validator(mode="before")
    @classmethod
    def _reads_minutes(cls, value: Any) -> Any:
        return _renamed(value, {"after_minutes": "after"})

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if self.post is None and not self.rosters:
            raise ValueError("a rung names a post, rosters or both")
        if any(span.minutes <= 0 for span in self.repeat.values()):
            raise ValueError("what is repeated is not repeated at once")
        return self

    @property
    def label(self) -> str:
        """How the rung is called in messages and events."""
        return self.post or DUTY_POST


class Policy(BaseModel):
    """An escalation policy; rungs are numbered from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    rungs: tuple[Rung, ...] = Field(min_length=1, max_length=10)
    clocks: dict[Severity, ClockMode]
    # How long an acknowledgement without a date of its own keeps the chase quiet, counted by the same clock.
    promise: dict[Severity, Span]
    longest_promise_days: float = Field(default=30, gt=0, le=366)
    # So long before a promise falls due, who gave it is reminded; by the same clock.
    promise_reminders: dict[Severity, tuple[Span, ...]] = Field(default_factory=dict)
    # At the top nobody is left above: the top rung is told again this often; no entry, no reminder.
    remind: dict[Severity, Span] = Field(default_factory=dict)
    # A timer that fires later than this is a fault that operations hear of; None: the installation's own limit.
    late_after_seconds: float | None = Field(default=None, gt=0, le=86_400)

    @model_validator(mode="before")
    @classmethod
    def _reads_minutes(cls, value: Any) -> Any:
        return _renamed(value, _EARLIER)

    @model_validator(mode="after")
    def _says_something_for_each_severity(self) -> Self:
        missing = [
            severity.value
            for severity in Severity
            if severity not in self.clocks
            or severity not in self.promise
            or self.promise[severity].minutes <= 0
            or (severity in self.remind and self.remind[severity].minutes <= 0)
            or any(span.minutes <= 0 for span in self.promise_reminders.get(severity, ()))
            or all(severity not in rung.after for rung in self.rungs)
        ]
        if missing:
            raise ValueError(f"a clock, positive spans and at least one rung are needed for {', '.join(missing)}")
        return self

    def next_rung(self, severity: Severity, level: int) -> int | None:
        """The rung above `level` (-1 before the first) that this severity reaches, None at the top."""
        above = range(level + 1, len(self.rungs))
        return next((number for number in above if severity in self.rungs[number].after), None)

    def top_rung(self, severity: Severity) -> int:
        """The highest rung that this severity reaches."""
        return max(number for number, rung in enumerate(self.rungs) if severity in rung.after)

    def span_to(self, rung: int, severity: Severity) -> Span:
        return self.rungs[rung].after[severity]

    def clock_for(self, severity: Severity, override: ClockMode | None) -> ClockMode:
        return override or self.clocks[severity]


class Due(BaseModel):
    """When something falls due; `year_unknown` names the calendar year that could not be asked, if any."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    year_unknown: int | None = None


def due_after(calendar: WorkCalendar, mode: ClockMode, start: datetime, span: Span) -> Due:
    """`span` after `start` by the clock; a working day keeps the time of day.

    Where the working days of a year are not known all time is counted: too early is better than never (*choice*),
    and the caller writes it into the trail.
    """
    around_the_clock = start + timedelta(minutes=span.minutes)
    if mode is ClockMode.AROUND_THE_CLOCK:
        return Due(at=around_the_clock)
    try:
        if span.unit == "d":
            return Due(at=calendar.add_working_days_at(start, int(span.amount)))
        return Due(at=calendar.add_working_minutes(start, span.minutes))
    except UnknownCalendarYear as error:
        return Due(at=around_the_clock, year_unknown=int(str(error.params["year"])))


def before(calendar: WorkCalendar, mode: ClockMode, end: datetime, span: Span) -> datetime:
    """`span` before `end` by the clock; days are so many working days of their own hours."""
    around_the_clock = end - timedelta(minutes=span.minutes)
    if mode is ClockMode.AROUND_THE_CLOCK:
        return around_the_clock
    try:
        if span.unit == "d":
            local = end.astimezone(calendar.hours.zone)
            day = calendar.add_working_days(local.date(), -int(span.amount))
            return datetime.combine(day, local.time(), calendar.hours.zone).astimezone(end.tzinfo)
        return calendar.take_working_minutes(end, span.minutes)
    except UnknownCalendarYear:
        return around_the_clock


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {names.get(name, name): part for name, part in value.items()}
