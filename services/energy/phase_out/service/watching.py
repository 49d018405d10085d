"""What cases ask people for: dates that are near, dates that are past, what runs although it was closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.local_time import today_of
from libs.common.registry.queries import work_calendar
from libs.common.workdays import WorkCalendar
from services.energy import dated
from services.energy.phase_out import repository, standard_repository, wording
from services.energy.phase_out.act_tables import PhaseOutOrderRow, PhaseOutRunningRow
from services.energy.phase_out.domain.case import Status
from services.energy.phase_out.domain.deadlines import DateKind, PendingDate, nearest, oldest_past
from services.energy.phase_out.domain.running import Running
from services.energy.phase_out.tables import PhaseOutCaseRow, PhaseOutMilestoneRow, PhaseOutRuleRow
from services.energy.situations.domain.situation import Finding, Subject
from services.energy.situations.service import settle
from services.energy.situations.tables import SituationRow

SUBJECT: Final = "phase_out_case"
KINDS: Final = frozenset({SituationKind.PHASE_OUT_DUE_SOON, SituationKind.PHASE_OUT_OVERDUE})


async def settle_case(ctx: Context, case: PhaseOutCaseRow) -> None:
    """Bring a locked case's situations in line with what it is now."""
    await settle_cases(ctx, [case])


async def settle_cases(ctx: Context, cases: Sequence[PhaseOutCaseRow]) -> None:
    """The same for many locked cases."""
    if not cases:
        return
    ids = [case.id for case in cases]
    calendar = await work_calendar(ctx.session)
    rules = await standard_repository.all_rules(ctx.session)
    milestones = await repository.milestones_of(ctx.session, ids)
    orders = await repository.standing_orders(ctx.session, ids)
    today = today_of(ctx)
    for case in cases:
        order = orders.get(case.id)
        rule = dated.in_force(rules, case.region_code, today)
        findings: list[Finding] = []
        if rule is not None:
            pending = pending_dates(case, milestones.get(case.id, []), order)
            findings = _dates(case, pending, rule, calendar, today)
            running = await _running(ctx, case, order)
            if running is not None:
                findings = [one for one in findings if one.kind is not running.kind] + [running]
        await settle(ctx, subject_of(case), findings, judged=KINDS, reason=partial(_why, case))


def _why(case: PhaseOutCaseRow, _row: SituationRow) -> str:
    match Status(case.status):
        case Status.PASSED | Status.CLOSED:
            return "met"
        case Status.WITHDRAWN:
            return "withdrawn"
        case _:
            return "ended"


def subject_of(case: PhaseOutCaseRow) -> Subject:
    return Subject(
        type=SUBJECT,
        id=case.id,
        code=case.number,
        name=f"{case.enterprise_name} {case.title}",
        region_code=case.region_code,
        enterprise_id=case.enterprise_id,
        responsible_person_id=case.responsible_person_id,
        responsible_unit_id=case.responsible_unit_id,
    )


def pending_dates(
    case: PhaseOutCaseRow, milestones: Sequence[PhaseOutMilestoneRow], order: PhaseOutOrderRow | None
) -> list[PendingDate]:
    """Dates by which something of the case is to be done: while it may still pass, or until its closure."""
    status = Status(case.status)
    found: list[PendingDate] = []
    if status is Status.LISTED:
        found.append(PendingDate(DateKind.DEADLINE, case.deadline_on))
        found += [
            PendingDate(DateKind.MILESTONE, one.planned_on, one.name)
            for one in milestones
            if one.reached_on is None
        ]
    elif status is Status.CLOSING:
        # Decided and not ordered: the deadline of the case goes on counting.
        found.append(PendingDate(DateKind.DEADLINE, case.deadline_on))
    elif status in {Status.ORDERED, Status.SERVED} and order is not None:
        found.append(PendingDate(DateKind.EXECUTION, order.execute_by))
    return found


def _dates(
    case: PhaseOutCaseRow,
    pending: Sequence[PendingDate],
    rule: PhaseOutRuleRow,
    calendar: WorkCalendar,
    today: date,
) -> list[Finding]:
    found = []
    past = oldest_past(pending, today)
    if past is not None:
        zh, en = wording.overdue(case, past)
        found.append(
            Finding(
                kind=SituationKind.PHASE_OUT_OVERDUE,
                level=2 if past.days >= rule.overdue_level2_days else 1,
                reference_on=past.pending.on,
                days=past.days,
                planned=case.required,
                actual=case.measured,
                explanation_zh=zh,
                explanation_en=en,
            )
        )
    near = nearest(calendar, pending, today, rule.due_soon_working_days)
    if near is not None:
        zh, en = wording.due_soon(case, near)
        found.append(
            Finding(
                kind=SituationKind.PHASE_OUT_DUE_SOON,
                reference_on=near.pending.on,
                days=-near.calendar_days,
                planned=case.required,
                actual=case.measured,
                explanation_zh=zh,
                explanation_en=en,
            )
        )
    return found


async def _running(ctx: Context, case: PhaseOutCaseRow, order: PhaseOutOrderRow | None) -> Finding | None:
    if order is None or order.running != Running.RUNNING or order.executed_on is None:
        return None
    checks = await repository.parts_of(ctx.session, PhaseOutRunningRow, [case.id])
    newest = max(
        (one for one in checks if one.order_id == order.id), key=lambda one: (one.checked_at, one.id), default=None
    )
    if newest is None or newest.highest_kw is None:
        return None
    zh, en = wording.still_running(case, order.number, newest.highest_kw, newest.threshold_kw)
    return Finding(
        kind=SituationKind.PHASE_OUT_OVERDUE,
        level=2,
        reference_on=order.executed_on,
        days=(newest.last_day - order.executed_on).days,
        explanation_zh=zh,
        explanation_en=en,
    )
