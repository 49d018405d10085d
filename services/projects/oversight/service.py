"""Use cases of oversight: the scan of all projects, the settling of one, and the rules.

The daily scan opens, amends and clears. A change of a single project only clears or amends at once: what it
makes overdue is opened by the next scan, so that papers entered late, one after the other, raise no alarm
between two of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import ProjectConditionClearedV1, ProjectConditionOpenedV1
from libs.common.outbox.record import record_event
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, due_milestone
from services.projects.ledger.repository import find_project, load_project, projects_in
from services.projects.local_time import today_of
from services.projects.oversight import repository
from services.projects.oversight.domain.conditions import (
    WATCHED,
    Finding,
    ProjectFacts,
    clearing_reason,
    evaluate,
)
from services.projects.oversight.domain.rules import ConditionKind, Rule, succession
from services.projects.oversight.errors import RuleForbidden
from services.projects.oversight.tables import ProjectConditionRow, ProjectRuleRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region

OpenConditions = Mapping[ConditionKind, ProjectConditionRow]


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """How many projects were looked at and how many conditions opened, changed and cleared."""

    projects: int = 0
    opened: int = 0
    amended: int = 0
    cleared: int = 0

    def __add__(self, other: "ScanOutcome") -> "ScanOutcome":
        return ScanOutcome(
            self.projects + other.projects,
            self.opened + other.opened,
            self.amended + other.amended,
            self.cleared + other.cleared,
        )


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


async def scan_projects(ctx: Context) -> ScanOutcome:
    """Compare all projects with the rules; safe to run twice and at once with other scans and writes."""
    rules = await repository.all_rules(ctx.session)
    known = await repository.open_conditions(ctx.session)
    projects = await projects_in(ctx.session, WATCHED, known)
    today = today_of(ctx)
    changing = [
        project.id
        for project in projects
        if _differs(evaluate(facts_of(project), rules, today), known.get(project.id, {}))
    ]
    outcome = ScanOutcome(projects=len(projects))
    # Only projects with news are locked, in one order, and judged again once nobody else can change them.
    for project_id in sorted(changing):
        outcome += await _settle_locked(ctx, project_id, rules)
    return outcome


async def settle_project(ctx: Context, project: Project) -> None:
    """Clear or amend the open conditions of a project that this transaction has locked and changed."""
    open_here = (await repository.open_conditions(ctx.session, [project.id])).get(project.id)
    if open_here:
        rules = await repository.all_rules(ctx.session)
        await _settle(ctx, project, rules, open_here, may_open=False)


async def _settle_locked(ctx: Context, project_id: UUID, rules: tuple[Rule, ...]) -> ScanOutcome:
    row = await find_project(ctx.session, project_id, lock=True)
    assert row is not None, "projects are never deleted"
    project = await load_project(ctx.session, row)
    open_here = (await repository.open_conditions(ctx.session, [project_id])).get(project_id, {})
    return await _settle(ctx, project, rules, open_here, may_open=True)


async def _settle(
    ctx: Context, project: Project, rules: tuple[Rule, ...], open_here: OpenConditions, *, may_open: bool
) -> ScanOutcome:
    facts, today = facts_of(project), today_of(ctx)
    findings = {finding.kind: finding for finding in evaluate(facts, rules, today)}
    opened = amended = cleared = 0
    for kind, row in open_here.items():
        finding = findings.get(kind)
        if finding is None:
            reason = clearing_reason(kind, facts, row.reference_on, today)
            await _clear(ctx, project, row, reason)
            cleared += 1
        elif _says_otherwise(finding, row):
            await _tell(ctx, project, row, finding)
            amended += 1
    if may_open:
        for kind, finding in findings.items():
            if kind not in open_here:
                await _open(ctx, project, finding)
                opened += 1
    return ScanOutcome(0, opened, amended, cleared)


def _differs(findings: tuple[Finding, ...], known: OpenConditions) -> bool:
    if {finding.kind for finding in findings} != set(known):
        return True
    return any(_says_otherwise(finding, known[finding.kind]) for finding in findings)


def _says_otherwise(finding: Finding, row: ProjectConditionRow) -> bool:
    # The days grow every night; that alone is no news.
    told = (row.reference_on, row.threshold_days, row.level)
    return told != (finding.reference_on, finding.threshold_days, finding.level)


async def _open(ctx: Context, project: Project, finding: Finding) -> None:
    row = ProjectConditionRow(
        id=ctx.new_id(),
        kind=finding.kind.value,
        project_id=project.id,
        region_code=project.region_code,
        opened_on=today_of(ctx),
        opened_at=ctx.now,
        reference_on=finding.reference_on,
        days=finding.days,
        threshold_days=finding.threshold_days,
        level=finding.level,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await _tell(ctx, project, row, finding)


async def _tell(ctx: Context, project: Project, row: ProjectConditionRow, finding: Finding) -> None:
    row.reference_on, row.days = finding.reference_on, finding.days
    row.threshold_days, row.level = finding.threshold_days, finding.level
    row.version += 1
    row.updated_at = ctx.now
    payload = ProjectConditionOpenedV1(
        condition_id=row.id,
        kind=finding.kind.value,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        opened_on=row.opened_on,
        reference_on=finding.reference_on,
        days=finding.days,
        threshold_days=finding.threshold_days,
        level=finding.level,
        actual_percent=None if project.percent is None else float(project.percent),
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
    )
    await _record(ctx, project, row, payload)


async def _clear(ctx: Context, project: Project, row: ProjectConditionRow, reason: str) -> None:
    row.cleared_on, row.cleared_at, row.cleared_reason = today_of(ctx), ctx.now, reason
    row.version += 1
    row.updated_at = ctx.now
    payload = ProjectConditionClearedV1(
        condition_id=row.id,
        kind=ConditionKind(row.kind).value,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        cleared_on=today_of(ctx),
        reason=reason,
    )
    await _record(ctx, project, row, payload)


async def _record(
    ctx: Context,
    project: Project,
    row: ProjectConditionRow,
    payload: ProjectConditionOpenedV1 | ProjectConditionClearedV1,
) -> None:
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=project.enterprise_id,
        ordered_by=str(payload.project_id),
    )


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
