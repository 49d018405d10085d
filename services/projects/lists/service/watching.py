"""What members owe: progress not reported and measures not carried out in time, told once."""

import structlog

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.repository import duty_of
from services.projects.duties.service import Terms, load_terms
from services.projects.lists.domain.lists import overdue
from services.projects.lists.repository import follow_up
from services.projects.lists.repository import lists as repository
from services.projects.lists.tables import EnterpriseListRow, ListMeasureRow, ListMemberRow
from services.projects.registry.tables import EnterpriseRow

PROGRESS = frozenset({DutyKind.LIST_PROGRESS_OVERDUE.value})
MEASURE = frozenset({DutyKind.LIST_MEASURE_OVERDUE.value})
log = structlog.get_logger(__name__)


async def scan_members(ctx: Context) -> Outcome:
    """Judge all members that are late with their progress; safe to run twice and beside other writes."""
    terms = await load_terms(ctx)
    known = await open_conditions(ctx.session, PROGRESS)
    outcome = Outcome()
    for member_id in await repository.owing_members(ctx.session, today_of(ctx), list(known)):
        found = await repository.find_member(ctx.session, member_id, lock=True)
        assert found is not None, "memberships are never deleted"
        outcome += await settle_member(ctx, *found, terms=terms, may_open=True)
    return outcome


async def settle_member(
    ctx: Context,
    row: ListMemberRow,
    listed: EnterpriseListRow,
    enterprise: EnterpriseRow,
    *,
    terms: Terms | None = None,
    may_open: bool = False,
) -> Outcome:
    """Bring a locked member's condition in line with what it owes."""
    if not may_open and not await open_conditions(ctx.session, PROGRESS, [row.id]):
        return Outcome(1)
    terms = terms or await load_terms(ctx)
    try:
        found = overdue(
            row.progress_due_on,
            terms.rules,
            row.region_code,
            terms.calendar,
            today_of(ctx),
            list_name=listed.name,
            period_from=row.owed_from,
        )
    except UnknownCalendarYear as error:
        log.warning("list_member.not_judged", member=str(row.id), year=error.params.get("year"))
        return Outcome(1)

    def reason(condition: ConditionRow) -> str:
        return "left" if row.left_on is not None else "reported"

    subject = Subject(
        type="list_member",
        id=row.id,
        code=f"{listed.code}/{enterprise.credit_code}",
        name=f"{listed.name}：{enterprise.name}",
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        responsible_person_id=row.leader_person_id,
        responsible_unit_id=row.unit_id,
    )
    return await settle(ctx, subject, found, judged=PROGRESS, reason=reason, may_open=may_open)


async def scan_measures(ctx: Context) -> Outcome:
    """Judge all measures that are late; safe to run twice and beside other writes."""
    terms = await load_terms(ctx)
    known = await open_conditions(ctx.session, MEASURE)
    outcome = Outcome()
    for measure_id in await follow_up.late_measures(ctx.session, today_of(ctx), list(known)):
        row = await follow_up.find_measure(ctx.session, measure_id, lock=True)
        assert row is not None, "measures are never deleted"
        found = await repository.find_member(ctx.session, row.member_id)
        assert found is not None, "memberships are never deleted"
        outcome += await settle_measure(ctx, row, *found, terms=terms, may_open=True)
    return outcome


async def settle_measure(
    ctx: Context,
    row: ListMeasureRow,
    member: ListMemberRow,
    listed: EnterpriseListRow,
    enterprise: EnterpriseRow,
    *,
    terms: Terms | None = None,
    may_open: bool = False,
) -> Outcome:
    """Bring a locked measure's condition in line with its deadline."""
    if not may_open and not await open_conditions(ctx.session, MEASURE, [row.id]):
        return Outcome(1)
    terms = terms or await load_terms(ctx)
    duty, today = duty_of(row), today_of(ctx)
    rule = terms.rule(DutyKind.LIST_MEASURE_OVERDUE, member.region_code, today)
    wording = steps.Wording(f"“{listed.name}”措施“{row.title}”", f"measure “{row.title}” of “{listed.name}”")
    finding = steps.overdue(duty, rule, today, wording)
    subject = Subject(
        type="list_measure",
        id=row.id,
        code=f"{listed.code}/{enterprise.credit_code}",
        name=f"{enterprise.name}：{row.title}",
        region_code=member.region_code,
        enterprise_id=member.enterprise_id,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    found = () if finding is None else (finding,)

    def reason(condition: ConditionRow) -> str:
        return steps.cleared_because(duty, today)

    return await settle(ctx, subject, found, judged=MEASURE, reason=reason, may_open=may_open)
