"""What comes next in a chase: pure, so that what is simulated is what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.contracts.alerts import Severity
from libs.common.workdays import WorkCalendar
from services.alerts.escalation.domain.ladder import ClockMode, Due, Policy, before, due_after


class TimerKind(StrEnum):
    """What a timer does, the gravest first: of two that are due at once the graver decides."""

    PROMISE = "promise"
    RUNG = "rung"
    HELD = "held"
    REMINDER = "reminder"
    REPEAT = "repeat"
    PROMISE_REMINDER = "promise_reminder"


GRAVITY = {kind.value: place for place, kind in enumerate(TimerKind)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A timer to be set; ``number`` counts repeats."""

    kind: TimerKind
    due: Due
    rung: int | None = None
    number: int = 0


def after_step(
    policy: Policy, severity: Severity, mode: ClockMode, calendar: WorkCalendar, level: int, since: datetime
) -> list[Planned]:
    """What is planned once `level` was told at `since`: the rung above or the reminder at the top, and repeats."""
    planned: list[Planned] = []
    above = policy.next_rung(severity, level)
    if above is not None:
        due = due_after(calendar, mode, since, policy.span_to(above, severity))
        planned.append(Planned(TimerKind.RUNG, due, above))
    elif severity in policy.remind:
        due = due_after(calendar, mode, since, policy.remind[severity])
        planned.append(Planned(TimerKind.REMINDER, due, policy.top_rung(severity)))
    repeat = next_repeat(policy, severity, mode, calendar, level, since, 1)
    if repeat is not None and all(repeat.due.at < other.due.at for other in planned):
        planned.append(repeat)
    return planned


def next_repeat(
    policy: Policy,
    severity: Severity,
    mode: ClockMode,
    calendar: WorkCalendar,
    level: int,
    since: datetime,
    number: int,
) -> Planned | None:
    """The next time that `level` is told again, while it has some left."""
    if level < 0:
        return None
    rung = policy.rungs[level]
    if severity not in rung.repeat or number > rung.repeat_times:
        return None
    due = due_after(calendar, mode, since, rung.repeat[severity])
    return Planned(TimerKind.REPEAT, due, level, number)


def next_promise_reminder(
    policy: Policy,
    severity: Severity,
    mode: ClockMode,
    calendar: WorkCalendar,
    promised_at: datetime,
    after: datetime,
) -> Planned | None:
    """The first reminder of a promise that lies after `after` and before the promise itself."""
    spans = policy.promise_reminders.get(severity, ())
    moments = [before(calendar, mode, promised_at, span) for span in spans]
    ahead = [moment for moment in moments if after < moment < promised_at]
    return Planned(TimerKind.PROMISE_REMINDER, Due(at=min(ahead))) if ahead else None


def gravest(kinds: Sequence[str]) -> int:
    """The place of the gravest of these kinds."""
    return min(range(len(kinds)), key=lambda place: GRAVITY[kinds[place]])
