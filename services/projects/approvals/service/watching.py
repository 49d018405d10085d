"""Opening and clearing what is due soon or late."""

from libs.common.context import Context
from libs.common.workdays import WorkCalendar
from services.projects.approvals.domain.case import Case
from services.projects.approvals.domain.watching import KINDS, clearing_reason, findings_of
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.ledger.repository import find_project


async def settle_case(ctx: Context, case: Case, calendar: WorkCalendar, *, may_open: bool) -> Outcome:
    """Bring the conditions of a case in line with it; the caller holds its lock.

    A step only clears or amends (``may_open`` False): steps entered late, one after the other, raise no alarm
    between two of them. The scan opens.
    """
    if not may_open and not await open_conditions(ctx.session, KINDS, [case.id]):
        return Outcome(1)
    findings = findings_of(case, calendar, ctx.now)

    def reason(row: ConditionRow) -> str:
        return clearing_reason(case, row.kind, findings)

    subject = await _subject_of(ctx, case)
    return await settle(ctx, subject, findings, judged=KINDS, reason=reason, may_open=may_open)


async def _subject_of(ctx: Context, case: Case) -> Subject:
    project = None if case.project_id is None else await find_project(ctx.session, case.project_id)
    return Subject(
        type="approval_case",
        id=case.id,
        code=case.code,
        name=case.matter_name,
        region_code=case.region_code,
        project_id=case.project_id,
        project_code=None if project is None else project.code,
        project_name=None if project is None else project.name,
        enterprise_id=case.enterprise_id,
        responsible_person_id=case.owner_person_id,
        responsible_unit_id=case.unit_id,
    )
