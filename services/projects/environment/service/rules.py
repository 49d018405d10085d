"""Putting rules of the business environment in force."""

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.environment.domain.limits import InspectionLimit
from services.projects.environment.domain.quiet_days import VisitRule, demand_complete
from services.projects.environment.domain.rules import EnvironmentRule, RuleKind, demand_sound, rule_for
from services.projects.environment.errors import VisitRuleCodeTaken
from services.projects.environment.repository import rules as repository
from services.projects.environment.service.recording import demand_known
from services.projects.environment.tables.rules import EnvironmentRuleRow, InspectionLimitRow, VisitRuleRow
from services.projects.parks.repository.parks import holds_park
from services.projects.registry.repository import has_enterprise, has_unit, lock_key
from services.projects.registry.service.placing import demand_reach, place


async def value_of(ctx: Context, kind: RuleKind, region_code: str, category: str | None = None) -> EnvironmentRule:
    """The rule that holds there today. Raises EnvironmentRuleMissing."""
    known = await repository.environment_rules(ctx.session, kind)
    return rule_for(known, kind, region_code, today_of(ctx), category)


async def put_environment_rule(ctx: Context, rule: EnvironmentRule) -> EnvironmentRuleRow:
    """Raises ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion."""
    await demand_reach(ctx, rule.region_code)
    demand_sound(rule)
    await lock_key(ctx.session, "environment_rule", f"{rule.kind}:{rule.category}:{rule.region_code}")
    rows = await repository.environment_rule_rows(ctx.session, rule)
    return place(ctx, EnvironmentRuleRow, rows, rule, value_of=repository.environment_rule_of)


async def put_visit_rule(ctx: Context, rule: VisitRule) -> VisitRuleRow:
    """Put quiet days or the closing of a park in force under the rule's code.

    Raises VisitRuleIncomplete, VisitRuleCodeTaken, UnknownReference, ValidityNotOrdered, ValidityOverlap,
    EverywhereForbidden, UnknownRegion.
    """
    await demand_reach(ctx, rule.region_code)
    demand_complete(rule)
    enterprises = [("/enterprise_ids", key, has_enterprise) for key in sorted(rule.enterprise_ids)]
    await demand_known(ctx, [("/park_code", rule.park_code, holds_park), *enterprises])
    await lock_key(ctx.session, "visit_rule", rule.code)
    rows = await repository.visit_rule_rows(ctx.session, rule.code)
    for row in rows:
        if row.region_code is not None:
            ensure_region(ctx.principal, row.region_code)
        if row.region_code != rule.region_code:
            raise VisitRuleCodeTaken(
                rule_code=rule.code, errors=[FieldError("visit_rule.code_taken", "/region_code")]
            )
    return place(ctx, VisitRuleRow, rows, rule, value_of=repository.visit_rule_of)


async def put_inspection_limit(ctx: Context, limit: InspectionLimit) -> InspectionLimitRow:
    """Raises UnknownReference, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion."""
    await demand_reach(ctx, limit.region_code)
    await demand_known(ctx, [("/unit_id", limit.unit_id, has_unit)])
    key = f"{limit.basis}:{limit.kind}:{limit.unit_id}:{limit.region_code}"
    await lock_key(ctx.session, "inspection_limit", key)
    rows = await repository.limit_rows(ctx.session, limit)
    return place(ctx, InspectionLimitRow, rows, limit, value_of=repository.limit_of)
