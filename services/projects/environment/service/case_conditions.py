"""Warning of matters of the agency's cases that are past their day."""

from collections.abc import Mapping

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Finding, Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import ClearingReason, settle
from services.projects.environment.domain.cases import AgencyCaseStatus, Item, ItemStatus
from services.projects.environment.domain.rules import Overdue, RuleKind, overdue
from services.projects.environment.repository import cases as repository
from services.projects.environment.service.rules import value_of
from services.projects.environment.tables.cases import AgencyCaseRow, AgencyItemRow
from services.projects.ledger.repository import find_project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.service.work_calendar import load_calendar

CONDITION = "agency_item_overdue"


async def scan_cases(ctx: Context) -> Outcome:
    """Open, amend and clear over all open cases; safe to run twice and beside writes."""
    known = await open_conditions(ctx.session, {CONDITION})
    waiting = await repository.cases_with_overdue_items(ctx.session, today_of(ctx))
    outcome = Outcome()
    for case_id in sorted(waiting | await repository.cases_of_items(ctx.session, known)):
        row = await repository.find_case(ctx.session, case_id, lock=True)
        assert row is not None, "cases are never deleted"
        rows = (await repository.items_of(ctx.session, [case_id])).get(case_id, {})
        items = {key: repository.item_of(item) for key, item in rows.items()}
        outcome += await settle_items(ctx, row, rows, items, may_open=True)
    return outcome


async def settle_items(
    ctx: Context,
    row: AgencyCaseRow,
    rows: Mapping[str, AgencyItemRow],
    items: Mapping[str, Item],
    *,
    may_open: bool,
) -> Outcome:
    """Bring the conditions of a locked case's matters in line with their clocks."""
    known = await open_conditions(ctx.session, {CONDITION}, [item.id for item in rows.values()])
    today = today_of(ctx)
    concerned = [
        key
        for key, item in items.items()
        if rows[key].id in known or (may_open and item.due_on is not None and item.due_on < today)
    ]
    if not concerned:
        return Outcome()
    rule = await value_of(ctx, RuleKind.AGENCY_ITEM, row.region_code)
    calendar = await load_calendar(ctx.session)
    project = None if row.project_id is None else await find_project(ctx.session, row.project_id)
    outcome = Outcome()
    for key in concerned:
        item, findings = items[key], list[Finding]()
        if (
            row.status == AgencyCaseStatus.OPEN.value
            and item.status is ItemStatus.RUNNING
            and item.due_on is not None
        ):
            late = overdue(item.due_on, today, calendar, opens_at=rule.value, level2_at=rule.level2_value)
            findings = [] if late is None else [_finding(item, late, rule.value)]
        outcome += await settle(
            ctx,
            _subject(row, rows[key], item, project),
            findings,
            judged={CONDITION},
            reason=_reasoning(row, item),
            may_open=may_open,
        )
    return outcome


def _finding(item: Item, late: Overdue, threshold: int) -> Finding:
    return Finding(
        kind=CONDITION,
        reference_on=late.due_on,
        days=late.days,
        threshold_days=threshold,
        level=late.level,
        explanation_zh=(
            f"“{item.matter}”承诺 {item.promised_days} 个工作日办结，应于 {late.due_on} 前办结，"
            f"已超期 {late.working_days} 个工作日"
        ),
        explanation_en=(
            f'"{item.matter}" was promised in {item.promised_days} working days, due on {late.due_on}: '
            f"{late.working_days} working days overdue"
        ),
    )


def _reasoning(row: AgencyCaseRow, item: Item) -> ClearingReason:
    """finished, dropped, case_cancelled, or rule_changed."""
    if row.status == AgencyCaseStatus.CANCELLED.value:
        return lambda _: "case_cancelled"
    word = item.status.value if item.status is not ItemStatus.RUNNING else "rule_changed"
    return lambda _: word


def _subject(row: AgencyCaseRow, item_row: AgencyItemRow, item: Item, project: ProjectRow | None) -> Subject:
    return Subject(
        type="agency_item",
        id=item_row.id,
        code=f"{row.code}/{item.key}",
        name=f"{row.title}：{item.matter}",
        region_code=row.region_code,
        project_id=row.project_id,
        project_code=None if project is None else project.code,
        project_name=None if project is None else project.name,
        enterprise_id=row.enterprise_id,
        responsible_person_id=item.agent_person_id or row.agent_person_id,
        responsible_unit_id=item.unit_id,
    )
