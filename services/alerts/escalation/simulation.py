"""Playing a chase through before it is needed: who would be told when, by the calendar and rosters as they are.

Nothing is written. The steps come from the same rules as those of a real chase (``domain.steps``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.workdays import WorkCalendar
from services.alerts.escalation.domain.ladder import ClockMode, Due, Policy, due_after
from services.alerts.escalation.domain.steps import (
    Planned,
    TimerKind,
    after_step,
    gravest,
    next_promise_reminder,
    next_repeat,
)
from services.alerts.escalation.people import Answer, Place, answering
from services.alerts.worktime import service as worktime

# Reminders at the top go on for ever; two of them show the rhythm.
_REMINDERS_SHOWN = 2
_LONGEST = 300


class StepKind(StrEnum):
    """What happens at a step."""

    TOLD = "told"
    REPEATED = "repeated"
    REMINDED = "reminded"
    NOBODY = "nobody"
    ACKNOWLEDGED = "acknowledged"
    PROMISE_REMINDER = "promise_reminder"
    PROMISE_BROKEN = "promise_broken"


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    at: datetime
    rung: int | None = None
    label: str | None = None
    answer: Answer | None = None
    year_unknown: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The chase to be played: what would open, where, when, and whether somebody takes it up."""

    policy: Policy
    severity: Severity
    starts_at: datetime
    place: Place
    clock: ClockMode | None = None
    acknowledged_at: datetime | None = None
    promised_at: datetime | None = None


async def simulate(ctx: Context, case: Case) -> list[Step]:
    """The steps in order of time, until the ladder ends."""
    player = _Player(ctx, case, await worktime.calendar_of(ctx, case.place.region_code))
    await player.play()
    return player.steps


class _Player:
    def __init__(self, ctx: Context, case: Case, calendar: WorkCalendar) -> None:
        self._ctx = ctx
        self._case = case
        self._calendar = calendar
        self._mode = case.policy.clock_for(case.severity, case.clock)
        self._level = -1
        self._pending: list[Planned] = []
        self._reminders = 0
        self._acknowledged = False
        self.steps: list[Step] = []

    async def play(self) -> None:
        policy, severity, start = self._case.policy, self._case.severity, self._case.starts_at
        first = policy.next_rung(severity, -1)
        if first is not None and policy.span_to(first, severity).minutes > 0:
            self._plan(start)
        else:
            await self._climb(Due(at=start))
        while self._pending and len(self.steps) < _LONGEST and self._reminders < _REMINDERS_SHOWN:
            at = min(each.due.at for each in self._pending)
            if self._is_taken_up_before(at):
                self._acknowledge()
                continue
            due = [each for each in self._pending if each.due.at == at]
            await self._fire(due[gravest([each.kind for each in due])])

    async def _fire(self, planned: Planned) -> None:
        self._pending.remove(planned)
        match planned.kind:
            case TimerKind.REPEAT:
                await self._tell(StepKind.REPEATED, planned.due, self._level, with_backup=True)
                self._add(
                    next_repeat(
                        self._case.policy,
                        self._case.severity,
                        self._mode,
                        self._calendar,
                        self._level,
                        planned.due.at,
                        planned.number + 1,
                    )
                )
            case TimerKind.REMINDER:
                self._reminders += 1
                await self._tell(StepKind.REMINDED, planned.due, planned.rung or 0, with_backup=True)
                self._plan(planned.due.at)
            case TimerKind.PROMISE_REMINDER:
                self._note(StepKind.PROMISE_REMINDER, planned.due)
                self._add(self._promise_reminder(planned.due.at))
            case TimerKind.PROMISE:
                self._note(StepKind.PROMISE_BROKEN, planned.due)
                if self._case.policy.next_rung(self._case.severity, self._level) is None:
                    self._level -= 1
                await self._climb(planned.due)
            case _:
                await self._climb(planned.due)

    async def _climb(self, due: Due) -> None:
        policy, severity = self._case.policy, self._case.severity
        while (rung := policy.next_rung(severity, self._level)) is not None:
            self._level = rung
            if await self._tell(StepKind.TOLD, due, rung):
                break
            # That a year is unknown is said once.
            due = Due(at=due.at)
        self._plan(due.at)

    async def _tell(self, kind: StepKind, due: Due, rung: int, *, with_backup: bool = False) -> bool:
        step = self._case.policy.rungs[rung]
        answer = await answering(self._ctx, step, self._mode, self._case.place, due.at, with_backup=with_backup)
        kind = kind if answer.people else StepKind.NOBODY
        self.steps.append(Step(kind, due.at, rung, step.label, answer, due.year_unknown))
        return bool(answer.people)

    def _plan(self, since: datetime) -> None:
        self._pending = after_step(
            self._case.policy, self._case.severity, self._mode, self._calendar, self._level, since
        )

    def _add(self, planned: Planned | None) -> None:
        ends = [each.due.at for each in self._pending if each.kind in (TimerKind.RUNG, TimerKind.PROMISE)]
        if planned is not None and all(planned.due.at < end for end in ends):
            self._pending.append(planned)

    def _is_taken_up_before(self, at: datetime) -> bool:
        taken = self._case.acknowledged_at
        return taken is not None and not self._acknowledged and taken <= at

    def _acknowledge(self) -> None:
        self._acknowledged = True
        taken = self._case.acknowledged_at
        assert taken is not None
        due = Due(at=self._case.promised_at) if self._case.promised_at is not None else self._own_promise(taken)
        self.steps.append(Step(StepKind.ACKNOWLEDGED, taken))
        self._pending = [Planned(TimerKind.PROMISE, due)]
        self._add(self._promise_reminder(taken, due.at))

    def _own_promise(self, taken: datetime) -> Due:
        return due_after(self._calendar, self._mode, taken, self._case.policy.promise[self._case.severity])

    def _promise_reminder(self, after: datetime, promised_at: datetime | None = None) -> Planned | None:
        promises: Iterable[datetime] = (each.due.at for each in self._pending if each.kind is TimerKind.PROMISE)
        end = promised_at or next(iter(promises), None)
        if end is None:
            return None
        return next_promise_reminder(
            self._case.policy, self._case.severity, self._mode, self._calendar, end, after
        )

    def _note(self, kind: StepKind, due: Due) -> None:
        self.steps.append(Step(kind, due.at, year_unknown=due.year_unknown))
