"""Templates and rules of the lists, put in force from a day on."""

from __future__ import annotations

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.web.problems import FieldError
from services.projects.bulletins.domain.lists import Comparison, Criterion, ListRule
from services.projects.bulletins.domain.templates import Template
from services.projects.bulletins.errors import ListRuleMalformed, TemplateMalformed
from services.projects.bulletins.repository import catalogue as repository
from services.projects.bulletins.service.drafting import demand_recipients
from services.projects.bulletins.tables import BulletinListRuleRow, BulletinTemplateRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place


async def put_template(ctx: Context, template: Template) -> BulletinTemplateRow:
    """Bulletins of periods that end on or after its first day are made by it.

    Raises TemplateMalformed, EntryUnknown, EverywhereForbidden, UnknownRegion, ValidityNotOrdered,
    ValidityOverlap.
    """
    if faults := template.faults():
        raise TemplateMalformed(errors=faults)
    await demand_reach(ctx, template.region_code)
    await demand_recipients(ctx, template.recipients)
    await lock_key(ctx.session, "bulletin_template", f"{template.kind.value}:{template.region_code}")
    rows = await repository.same_templates(ctx.session, template.kind, template.region_code)
    row = place(ctx, BulletinTemplateRow, rows, template, value_of=repository.template_of)
    await ctx.session.flush()
    return row


async def put_list_rule(ctx: Context, rule: ListRule) -> BulletinListRuleRow:
    """Raises ListRuleMalformed, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion."""
    if faults := _faults(rule):
        raise ListRuleMalformed(errors=faults)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "bulletin_list_rule", f"{rule.code}:{rule.region_code}")
    rows = await repository.same_rules(ctx.session, rule.code, rule.region_code)
    row = place(ctx, BulletinListRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row


def _faults(rule: ListRule) -> list[FieldError]:
    faults = []
    if (rule.comparison is Comparison.PRESENT) != (rule.threshold is None):
        faults.append(FieldError("bulletin_list_rule.threshold_unfit", "/threshold"))
    known = set(ProjectConditionKind)
    if rule.kinds and rule.criterion is not Criterion.OPEN_CONDITION:
        faults.append(FieldError("bulletin_list_rule.kinds_unfit", "/kinds"))
    faults += [
        FieldError("bulletin_list_rule.kind_unknown", f"/kinds/{place_}", {"kind": kind})
        for place_, kind in enumerate(rule.kinds)
        if kind not in known
    ]
    return faults
