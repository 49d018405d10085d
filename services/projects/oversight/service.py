"""Use cases of oversight: the scan of all projects, the settling of one, and the rules.

The daily scan opens, amends and clears. A change of a single project only clears or amends at once: what it
makes overdue is opened by the next scan, so that papers entered late, one after the other, raise no alarm
between two of them.
"""

from collections.abc import Sequence

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Outcome, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle, told_of
from services.projects.conditions.tables import ConditionRow
from services.projects.ledger.domain.acts import Act
from services.projects.ledger.domain.curve import PlanCurve
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, due_milestone
from services.projects.ledger.repository import (
    contract_acts,
    curves_of,
    find_project,
    load_project,
    project_batches,
)
from services.projects.ledger.service.subject import subject_of
from services.projects.oversight import repository
from services.projects.oversight.domain.conditions import WATCHED, clearing_reason, evaluate
from services.projects.oversight.domain.facts import FundsDue, ProjectFacts
from services.projects.oversight.domain.rules import ConditionKind, Rule, succession
from services.projects.oversight.errors import RuleForbidden
from services.projects.oversight.tables import ProjectRuleRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place

JUDGED = frozenset(kind.value for kind in ConditionKind)


_ON_THE_WAY = (Milestone.COMPLETION, Milestone.PRODUCTION, Milestone.OPENING)
# Projects judged with one round of queries; a scan of all need not hold them all.
_BATCH = 2000


def facts_of(project: Project, curve: PlanCurve | None = None, acts: Sequence[Act] = ()) -> ProjectFacts:
    """What the rules need to know of a project, of its planned course and of its contract's terms."""
    last = due_milestone(project.kind)
    due = project.planned(last)
    start = project.planned(Milestone.START)
    planned = {
        milestone: on
        for milestone in _ON_THE_WAY
        # The last milestone has a condition of its own.
        if milestone is not last and (on := project.planned(milestone).current_on) is not None
    }
    return ProjectFacts(
        project_id=project.id,
        region_code=project.region_code,
        stage=project.stage,
        signed_on=project.signed_on,
        planned_start_on=start.current_on,
        started_on=start.actual_on,
        resumed_on=project.resumed_on,
        due_on=due.current_on,
        due_reached=due.actual_on is not None,
        planned=planned,
        last_advance_on=project.last_advance_on,
        last_investment_month=project.last_investment_month,
        percent=project.percent,
        curve=curve,
        contract_yuan=project.contract_amount_yuan,
        verified_yuan=project.verified_funds_yuan,
        funds_due=tuple(FundsDue(act.due_on, act.amount_yuan) for act in acts if act.amount_yuan is not None),
    )


async def load_facts(ctx: Context, projects: Sequence[Project]) -> list[ProjectFacts]:
    """The facts of several projects, in their order."""
    ids = [project.id for project in projects]
    curves, acts = await curves_of(ctx.session, ids), await contract_acts(ctx.session, ids)
    return [facts_of(project, curves.get(project.id), acts.get(project.id, ())) for project in projects]


async def scan_projects(ctx: Context) -> Outcome:
    """Compare all projects with the rules; safe to run twice and at once with other scans and writes."""
    rules = await repository.all_rules(ctx.session)
    known = await open_conditions(ctx.session, JUDGED)
    today = today_of(ctx)
    outcome, changing = Outcome(), []
    async for projects in project_batches(ctx.session, WATCHED, known, size=_BATCH):
        for facts in await load_facts(ctx, projects):
            if is_news(evaluate(facts, rules, today), told_of(known.get(facts.project_id, {})), JUDGED):
                changing.append(facts.project_id)
            else:
                outcome += Outcome(subjects=1)
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
    (facts,), today = await load_facts(ctx, [project]), today_of(ctx)

    def reason(row: ConditionRow) -> str:
        return clearing_reason(ConditionKind(row.kind), facts, rules, row.reference_on, today)

    findings = evaluate(facts, rules, today)
    return await settle(ctx, subject_of(project), findings, judged=JUDGED, reason=reason, may_open=may_open)


async def put_rule(ctx: Context, rule: Rule) -> ProjectRuleRow:
    """Put a rule in force from its first day on; the next scan goes by it.

    Raises RuleNotOrdered, RuleOverlap, RuleForbidden (for everywhere, by a caller of one region), UnknownRegion.
    """
    await demand_reach(ctx, rule.region_code, RuleForbidden)
    await lock_key(ctx.session, "project_rule", f"{rule.kind}:{rule.region_code}")
    rows = await repository.rules_of(ctx.session, rule.kind, rule.region_code)
    row = place(ctx, ProjectRuleRow, rows, rule, value_of=repository.rule_of, succeed=succession)
    await ctx.session.flush()
    return row
