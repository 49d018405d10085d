"""Leads that are let lie: opened by the daily scan, cleared at once by whoever takes them up."""

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Outcome, Subject, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle, told_of
from services.projects.conditions.tables import ConditionRow
from services.projects.promotion.domain.watching import (
    LeadConditionKind,
    LeadRule,
    clearing_reason,
    demand_levels,
    evaluate,
)
from services.projects.promotion.repository import leads as repository
from services.projects.promotion.tables import LeadRow, LeadRuleRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place

JUDGED = frozenset(kind.value for kind in LeadConditionKind)


async def scan_leads(ctx: Context) -> Outcome:
    """Compare all open leads with the rules; safe to run twice and beside other writes."""
    rules = await repository.all_rules(ctx.session)
    known = await open_conditions(ctx.session, JUDGED)
    rows = await repository.open_leads(ctx.session, known)
    today = today_of(ctx)
    changing = [
        row.id
        for row in rows
        if is_news(evaluate(repository.facts_of(row), rules, today), told_of(known.get(row.id, {})), JUDGED)
    ]
    outcome = Outcome(subjects=len(rows) - len(changing))
    for lead_id in sorted(changing):
        row = await repository.find_lead(ctx.session, lead_id, lock=True)
        assert row is not None, "leads are never deleted"
        outcome += await _settle(ctx, row, rules, may_open=True)
    return outcome


async def settle_lead(ctx: Context, row: LeadRow) -> None:
    """Clear or amend the open conditions of a lead that this transaction has locked and changed."""
    if await open_conditions(ctx.session, JUDGED, [row.id]):
        await _settle(ctx, row, await repository.all_rules(ctx.session), may_open=False)


async def _settle(ctx: Context, row: LeadRow, rules: tuple[LeadRule, ...], *, may_open: bool) -> Outcome:
    facts = repository.facts_of(row)

    def reason(condition: ConditionRow) -> str:
        return clearing_reason(facts, condition.reference_on)

    found = evaluate(facts, rules, today_of(ctx))
    return await settle(ctx, _subject_of(row), found, judged=JUDGED, reason=reason, may_open=may_open)


def _subject_of(row: LeadRow) -> Subject:
    return Subject(
        type="lead",
        id=row.id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        project_id=row.project_id,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )


async def put_lead_rule(ctx: Context, rule: LeadRule) -> LeadRuleRow:
    """Put a rule in force from its first day on; the next scan goes by it.

    Raises LeadRuleNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion.
    """
    demand_levels(rule)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "lead_rule", f"{rule.kind}:{rule.region_code}")
    rows = await repository.rules_of(ctx.session, rule.kind, rule.region_code)
    row = place(ctx, LeadRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row
