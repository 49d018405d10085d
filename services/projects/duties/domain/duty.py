"""A duty and its steps: 待办 open → 办理中 in handling → 已办结 resolved → 销号 verified closed, or reopened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.rules import DutyRule
from services.projects.duties.errors import (
    DueInPast,
    DutyStepRefused,
    ExtensionNotLater,
    VerifierIsResolver,
)


class DutyStatus(StrEnum):
    OPEN = "open"
    IN_HANDLING = "in_handling"
    RESOLVED = "resolved"
    CLOSED = "closed"


PENDING = frozenset({DutyStatus.OPEN, DutyStatus.IN_HANDLING})
DONE = frozenset({DutyStatus.RESOLVED, DutyStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Duty:
    """State of one duty.

    ``due_on`` is the last day on which it is in time. ``overdue_since`` is a missed deadline that a later one,
    given after going up a level, does not make good. ``resolved_by`` and ``closed_by`` are callers' subjects.
    """

    original_due_on: date
    due_on: date
    status: DutyStatus = DutyStatus.OPEN
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None
    overdue_since: date | None = None
    resolution: str = ""
    resolved_by: str | None = None
    resolved_on: date | None = None
    closing_note: str = ""
    closed_by: str | None = None
    closed_on: date | None = None
    reopenings: int = 0

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    def missed_on(self, today: date) -> date | None:
        """The deadline that was missed first and is not made good yet; None when the duty is in time or done."""
        if not self.is_pending:
            return None
        return self.overdue_since or (self.due_on if self.due_on < today else None)


def assigned(due_on: date, owner_unit_id: UUID | None, owner_person_id: UUID | None) -> Duty:
    """A new duty."""
    return Duty(due_on, due_on, owner_unit_id=owner_unit_id, owner_person_id=owner_person_id)


def _demand(duty: Duty, allowed: frozenset[DutyStatus]) -> None:
    if duty.status not in allowed:
        raise DutyStepRefused(status=duty.status, allowed=sorted(allowed))


def check_pending(duty: Duty) -> None:
    """Raises DutyStepRefused once it is done."""
    _demand(duty, PENDING)


def note(duty: Duty) -> Duty:
    """Work is reported, which takes an open duty up. Raises DutyStepRefused once it is done."""
    _demand(duty, PENDING)
    return replace(duty, status=DutyStatus.IN_HANDLING)


def resolve(duty: Duty, by: str, on: date, resolution: str) -> Duty:
    """It is reported done. Raises DutyStepRefused."""
    _demand(duty, PENDING)
    return replace(
        duty,
        status=DutyStatus.RESOLVED,
        overdue_since=None,
        resolution=resolution,
        resolved_by=by,
        resolved_on=on,
    )


def close(duty: Duty, by: str, on: date, closing_note: str) -> Duty:
    """Verified and closed (销号). Raises DutyStepRefused, VerifierIsResolver."""
    _demand(duty, frozenset({DutyStatus.RESOLVED}))
    if by == duty.resolved_by:
        raise VerifierIsResolver
    return replace(duty, status=DutyStatus.CLOSED, closed_by=by, closed_on=on, closing_note=closing_note)


def reopen(duty: Duty, due_on: date) -> Duty:
    """What was reported done is not; it has a deadline again. Raises DutyStepRefused."""
    _demand(duty, DONE)
    return replace(
        duty,
        status=DutyStatus.IN_HANDLING,
        due_on=due_on,
        resolution="",
        resolved_by=None,
        resolved_on=None,
        closing_note="",
        closed_by=None,
        closed_on=None,
        reopenings=duty.reopenings + 1,
    )


def extend(duty: Duty, until: date, today: date) -> Duty:
    """The deadline is put off by somebody who may, which makes good a missed one.

    Raises DutyStepRefused, ExtensionNotLater.
    """
    _demand(duty, PENDING)
    if until <= duty.due_on or until < today:
        raise ExtensionNotLater(
            until=until, due_on=duty.due_on, errors=[FieldError("extension.not_later", "/until")]
        )
    return replace(duty, due_on=until, overdue_since=None)


def put_off_after_escalation(duty: Duty, due_on: date, today: date) -> Duty:
    """A level above gets days of its own; what was missed stays missed. Raises DutyStepRefused."""
    _demand(duty, PENDING)
    return replace(duty, due_on=due_on, overdue_since=duty.missed_on(today))


def check_due(due_on: date, today: date) -> date:
    """The day itself. Raises DueInPast."""
    if due_on < today:
        raise DueInPast(due_on=due_on, today=today, errors=[FieldError("due.in_past", "/due_on")])
    return due_on


@dataclass(frozen=True, slots=True)
class Wording:
    """What a duty is called in an explanation: 问题 … problem."""

    zh: str
    en: str


def overdue(
    duty: Duty, rule: DutyRule | None, today: date, wording: Wording, *, grave: bool = False
) -> Finding | None:
    """The duty's overdue condition on ``today``; ``grave`` raises it to level 2. None while it does not hold."""
    missed_on = duty.missed_on(today)
    if missed_on is None or rule is None:
        return None
    days = (today - missed_on).days
    level = rule.level_at(days)
    if not level:
        return None
    explanation_zh = f"{wording.zh}应于 {missed_on} 前办结，已逾期 {days} 天"
    explanation_en = f"{wording.en} was due on {missed_on} and is {_days(days)} late"
    if duty.due_on != missed_on:
        explanation_zh += f"，现限期 {duty.due_on}"
        explanation_en += f"; it now has until {duty.due_on}"
    return Finding(
        rule.kind.value,
        missed_on,
        days,
        rule.threshold_days,
        2 if grave else level,
        explanation_zh=explanation_zh,
        explanation_en=explanation_en,
    )


def cleared_because(duty: Duty, today: date) -> str:
    """Why an overdue condition does not hold any more: resolved, extended or rule_changed."""
    if not duty.is_pending:
        return "resolved"
    return "extended" if duty.missed_on(today) is None else "rule_changed"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
