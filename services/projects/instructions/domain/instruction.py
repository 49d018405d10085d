"""An instruction: its subject, its number, who may decide on it, and when it is near its deadline or late."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from libs.common.workdays import WorkCalendar
from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.duty import Duty, Wording, overdue
from services.projects.duties.domain.rules import DutyRule
from services.projects.instructions.errors import NotTheInstructor, SubjectIncomplete


class SubjectType(StrEnum):
    """项目 project, 问题 problem, 会议议定事项 decision, 审批事项 approval, 预警 alert, 指标数据 figure."""

    PROJECT = "project"
    PROBLEM = "problem"
    DECISION = "decision"
    APPROVAL = "approval"
    ALERT = "alert"
    FIGURE = "figure"


class ExtensionStatus(StrEnum):
    """Of a request for more time: 待批 pending, 同意 approved, 不同意 refused, 失效 lapsed (done before)."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a leader instructs on: ``value`` in ``unit`` as of a day, and where it can be seen."""

    name: str
    value: Decimal
    unit: str
    as_of: date
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What the instruction is about as the caller said it: an id, or a figure."""

    type: SubjectType
    id: UUID | None = None
    name: str | None = None
    region_code: str | None = None
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """Who instructed: a person, or only an account; and the persons who may decide in that place."""

    recorded_by: str
    person_id: UUID | None
    deputies: frozenset[UUID]

    def allows(self, subject: str, person_id: UUID | None) -> bool:
        if person_id is not None and (person_id == self.person_id or person_id in self.deputies):
            return True
        return self.person_id is None and subject == self.recorded_by

    def demand(self, subject: str, person_id: UUID | None) -> None:
        """Raises NotTheInstructor."""
        if not self.allows(subject, person_id):
            raise NotTheInstructor


def check_reference(reference: Reference) -> None:
    """A figure is described, everything else has an id. Raises SubjectIncomplete."""
    is_figure = reference.type is SubjectType.FIGURE
    errors = []
    if is_figure and reference.figure is None:
        errors.append(FieldError("fact.required", "/subject/figure"))
    if is_figure and reference.id is not None:
        errors.append(FieldError("subject.not_allowed", "/subject/id"))
    if not is_figure and reference.id is None:
        errors.append(FieldError("fact.required", "/subject/id"))
    if not is_figure and reference.figure is not None:
        errors.append(FieldError("subject.not_allowed", "/subject/figure"))
    if errors:
        raise SubjectIncomplete(type=reference.type, errors=errors)


def number_of(issuer_region_code: str, year: int, sequence: int) -> str:
    """The number in the system, unique everywhere."""
    return f"{issuer_region_code}-{year}-{sequence:03d}"


def printed_number(year: int, sequence: int) -> str:
    """The number on paper (文号): 督〔2026〕3号."""
    return f"督〔{year}〕{sequence}号"


def due_soon(
    duty: Duty, rule: DutyRule | None, today: date, calendar: WorkCalendar, wording: Wording
) -> Finding | None:
    """The condition that the deadline is near, from so many working days before it to the day itself.

    Raises UnknownCalendarYear.
    """
    if rule is None or not duty.is_pending or duty.due_on < today:
        return None
    # Calendar days bound working days: a deadline far off needs no calendar.
    if (duty.due_on - today).days > 2 * rule.threshold_days + 14:
        return None
    left = calendar.working_days_between(today, duty.due_on)
    if left > rule.threshold_days:
        return None
    return Finding(
        rule.kind.value,
        duty.due_on,
        (today - duty.due_on).days,
        rule.threshold_days,
        1,
        explanation_zh=f"{wording.zh}应于 {duty.due_on} 前办结，还剩 {left} 个工作日",
        explanation_en=f"{wording.en} is due on {duty.due_on}, in {left} working {'day' if left == 1 else 'days'}",
    )


def late(duty: Duty, rule: DutyRule | None, today: date, wording: Wording) -> Finding | None:
    """The overdue condition."""
    return overdue(duty, rule, today, wording)


def cleared_because(kind: str, duty: Duty, today: date, found: Collection[str]) -> str:
    """Why a condition of the kind holds no more: resolved, extended, overdue or rule_changed."""
    if not duty.is_pending:
        return "resolved"
    missed = duty.missed_on(today) is not None
    if kind == "instruction_due_soon":
        return "overdue" if missed else "extended"
    return "rule_changed" if missed and kind not in found else "extended"
