"""Putting rules of the business environment in force."""

from datetime import date
from typing import Any

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.environment.domain.limits import InspectionLimit
from services.projects.environment.domain.quiet_days import VisitRule, demand_complete
from services.projects.environment.domain.rules import EnvironmentRule, RuleKind, demand_sound, rule_for
from services.projects.environment.errors import VisitRuleCodeTaken
from services.projects.environment.repository import rules as repository
from services.projects.environment.service.recording import demand_known
from services.projects.environment.tables.rules import EnvironmentRuleRow, InspectionLimitRow, VisitRuleRow
from services.projects.local_time import today_of
from services.projects.registry.repository import has_enterprise, has_unit, lock_key
from services.projects.registry.service.rules import demand_rule_region, put_in_force


async def value_of(ctx: Context, kind: RuleKind, region_code: str, category: str | None = None) -> EnvironmentRule:
    """The rule that holds there today. Raises EnvironmentRuleMissing."""
    known = await repository.environment_rules(ctx.session, kind)
    return rule_for(known, kind, region_code, today_of(ctx), category)


async def put_environment_rule(ctx: Context, rule: EnvironmentRule) -> EnvironmentRuleRow:
    """Raises RuleNotOrdered, RuleOverlap, RuleForbidden, UnknownRegion."""
    await demand_rule_region(ctx, rule.region_code)
    demand_sound(rule)
    await lock_key(ctx.session, "environment_rule", f"{rule.kind}:{rule.category}:{rule.region_code}")

    def new_row(valid_from: date) -> EnvironmentRuleRow:
        return EnvironmentRuleRow(
            id=ctx.new_id(), kind=rule.kind.value, category=rule.category, region_code=rule.region_code,
            value=0, valid_from=valid_from, version=0, updated_at=ctx.now,
        )  # fmt: skip

    def columns_of(placed: EnvironmentRule) -> dict[str, Any]:
        return {
            "value": placed.value,
            "level2_value": placed.level2_value,
            "valid_to": placed.valid_to,
        }

    rows = await repository.environment_rule_rows(ctx.session, rule)
    return await put_in_force(
        ctx, rows, rule, rule_of=repository.environment_rule_of, new_row=new_row, columns_of=columns_of
    )


async def put_visit_rule(ctx: Context, rule: VisitRule) -> VisitRuleRow:
    """Put quiet days or the closing of a park in force under the rule's code.

    Raises VisitRuleIncomplete, VisitRuleCodeTaken, UnknownReference, RuleNotOrdered, RuleOverlap, RuleForbidden,
    UnknownRegion.
    """
    await demand_rule_region(ctx, rule.region_code)
    demand_complete(rule)
    await demand_known(ctx, [("/enterprise_ids", key, has_enterprise) for key in sorted(rule.enterprise_ids)])
    await lock_key(ctx.session, "visit_rule", rule.code)
    rows = await repository.visit_rule_rows(ctx.session, rule.code)
    for row in rows:
        if row.region_code is not None:
            ensure_region(ctx.principal, row.region_code)
        if row.region_code != rule.region_code:
            raise VisitRuleCodeTaken(
                rule_code=rule.code, errors=[FieldError("visit_rule.code_taken", "/region_code")]
            )

    def new_row(valid_from: date) -> VisitRuleRow:
        return VisitRuleRow(
            id=ctx.new_id(), code=rule.code, name="", kind="", basis="", region_code=rule.region_code,
            enterprise_ids=[], days_of_month=[], weekdays=[], also_on=[], except_on=[],
            valid_from=valid_from, version=0, updated_at=ctx.now,
        )  # fmt: skip

    def columns_of(placed: VisitRule) -> dict[str, Any]:
        return {
            "name": placed.name,
            "kind": placed.kind.value,
            "basis": placed.basis,
            "park_code": placed.park_code,
            "enterprise_ids": sorted(placed.enterprise_ids),
            "days_of_month": sorted(placed.days_of_month),
            "weekdays": sorted(placed.weekdays),
            "also_on": sorted(placed.also_on),
            "except_on": sorted(placed.except_on),
            "valid_to": placed.valid_to,
        }

    return await put_in_force(
        ctx, rows, rule, rule_of=repository.visit_rule_of, new_row=new_row, columns_of=columns_of
    )


async def put_inspection_limit(ctx: Context, limit: InspectionLimit) -> InspectionLimitRow:
    """Raises UnknownReference, RuleNotOrdered, RuleOverlap, RuleForbidden, UnknownRegion."""
    await demand_rule_region(ctx, limit.region_code)
    await demand_known(ctx, [("/unit_id", limit.unit_id, has_unit)])
    key = f"{limit.basis}:{limit.kind}:{limit.unit_id}:{limit.region_code}"
    await lock_key(ctx.session, "inspection_limit", key)

    def new_row(valid_from: date) -> InspectionLimitRow:
        return InspectionLimitRow(
            id=ctx.new_id(), basis=limit.basis.value, period="", max_count=0,
            kind=None if limit.kind is None else limit.kind.value, unit_id=limit.unit_id,
            region_code=limit.region_code, valid_from=valid_from, version=0, updated_at=ctx.now,
        )  # fmt: skip

    def columns_of(placed: InspectionLimit) -> dict[str, Any]:
        return {"period": placed.period.value, "max_count": placed.max_count, "valid_to": placed.valid_to}

    rows = await repository.limit_rows(ctx.session, limit)
    return await put_in_force(
        ctx, rows, limit, rule_of=repository.limit_of, new_row=new_row, columns_of=columns_of
    )
