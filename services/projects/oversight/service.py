"""Use cases of oversight: the scan of all projects, the settling of one, and the rules.

The daily scan opens, amends and clears. A change of a single project only clears or amends at once: what it
makes overdue is opened by the next scan, so that papers entered late, one after the other, raise no alarm
between two of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Outcome, Subject, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle, told_of
from services.projects.conditions.tables import ConditionRow
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, due_milestone
from services.projects.ledger.repository import find_project, load_project, projects_in
from services.projects.local_time import today_of
from services.projects.oversight import repository
from services.projects.oversight.domain.conditions import WATCHED, ProjectFacts, clearing_reason, evaluate
from services.projects.oversight.domain.rules import ConditionKind, Rule, succession
from services.projects.oversight.errors import RuleForbidden
from services.projects.oversight.tables import ProjectRuleRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region

JUDGED = frozenset(kind.value for kind in ConditionKind)


def facts_of(project: Project) -> ProjectFacts:
    """What the rules need to know of a project."""
    due = project.planned(due_milestone(project.kind))
    start = project.planned(Milestone.START)
    return ProjectFacts(
        project_id=project.id,
        region_code=project.region_code,
        stage=project.stage,
        planned_start_on=start.current_on,
        started_on=start.actual_on,
        resumed_on=project.resumed_on,
        due_on=due.current_on,
        due_reached=due.actual_on is not None,
        last_advance_on=project.last_advance_on,
        last_investment_month=project.last_investment_month,
    )


def subject_of(project: Project) -> Subject:
    """The project as what a condition is about."""
    return Subject(
        type="project",
        id=project.id,
        code=project.code,
        name=project.name,
        region_code=project.region_code,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        enterprise_id=project.enterprise_id,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
    )


async def scan_projects(ctx: Context) -> Outcome:
    """Compare all projects with the rules; safe to run twice and at once with other scans and writes."""
    rules = await repository.all_rules(ctx.session)
    known = await open_conditions(ctx.session, JUDGED)
    projects = await projects_in(ctx.session, WATCHED, known)
    today = today_of(ctx)
    changing = [
        project.id
        for project in projects
        if is_news(evaluate(facts_of(project), rules, today), told_of(known.get(project.id, {})), JUDGED)
    ]
    outcome = Outcome(subjects=len(projects) - len(changing))
    # Only projects with news are locked, in one order, and judged again once nobody else can change them.
    for project_id in sorted(changing):
        row = await find_project(ctx.session, project_id, lock=True)
        assert row is not None, "projects are never deleted"
        outcome += await _settle(ctx, await load_project(ctx.session, row), rules, may_open=True)
    return outcome


async def settle_project(ctx: Context, project: Project) -> None:
    """Clear or amend the open conditions of a project that this transaction has locked and changed."""
    await settle_projects(ctx, [project])


async def settle_projects(ctx: Context, projects: Sequence[Project]) -> None:
    """:func:`settle_project` for many: those without an open condition cost one query together."""
    known = await open_conditions(ctx.session, JUDGED, [project.id for project in projects])
    if not known:
        return
    rules = await repository.all_rules(ctx.session)
    for project in projects:
        if project.id in known:
            await _settle(ctx, project, rules, may_open=False)


async def _settle(ctx: Context, project: Project, rules: tuple[Rule, ...], *, may_open: bool) -> Outcome:
    facts, today = facts_of(project), today_of(ctx)

    def reason(row: ConditionRow) -> str:
        return clearing_reason(ConditionKind(row.kind), facts, row.reference_on, today)

    findings = evaluate(facts, rules, today)
    percent = None if project.percent is None else float(project.percent)
    told = [replace(finding, actual_percent=percent) for finding in findings]
    return await settle(ctx, subject_of(project), told, judged=JUDGED, reason=reason, may_open=may_open)


async def put_rule(ctx: Context, rule: Rule) -> ProjectRuleRow:
    """Put a rule in force from its first day on; the next scan goes by it.

    Raises RuleNotOrdered, RuleOverlap, RuleForbidden (for everywhere, by a caller of one region), UnknownRegion.
    """
    if rule.region_code is not None:
        await demand_region(ctx, rule.region_code)
    elif not ctx.principal.is_unbound:
        raise RuleForbidden(errors=[FieldError("rule.region_required", "/region_code")])
    await lock_key(ctx.session, "project_rule", f"{rule.kind}:{rule.region_code}")
    rows = await repository.rules_of(ctx.session, rule.kind, rule.region_code)
    by_start = {row.valid_from: row for row in rows}
    for placed in succession((repository.rule_of(row) for row in rows), rule):
        row = by_start.get(placed.valid_from)
        if row is None:
            row = ProjectRuleRow(
                id=ctx.new_id(), kind=placed.kind.value, region_code=placed.region_code,
                valid_from=placed.valid_from, threshold_days=0, version=0, updated_at=ctx.now,
            )  # fmt: skip
            ctx.session.add(row)
            by_start[placed.valid_from] = row
        facts = (placed.threshold_days, placed.level2_days, placed.valid_to)
        if row.version == 0 or (row.threshold_days, row.level2_days, row.valid_to) != facts:
            row.threshold_days, row.level2_days, row.valid_to = facts
            row.version += 1
            row.updated_at = ctx.now
    await ctx.session.flush()
    return by_start[rule.valid_from]
