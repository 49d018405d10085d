"""The figures of orderly use by region and time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.activations import repository, rule_repository
from services.energy.activations.domain.baseline import PRESETS, Definition, Method
from services.energy.activations.domain.quarters import day_of, quarter_of
from services.energy.activations.domain.rule import Rule, faults_of
from services.energy.activations.errors import ActivationRuleOverlaps, ActivationRuleUnfit
from services.energy.activations.rows import kept_definition, rule_for
from services.energy.activations.tables import ActivationRow, ActivationRuleRow


async def add_rule(ctx: Context, rule: Rule, note: str) -> ActivationRuleRow:
    """A rule from a day on; the one of the region before it ends then, the next one bounds it.

    Raises ActivationRuleUnfit, ActivationRuleOverlaps, NotFound.
    """
    # A rule for everywhere is for whoever reaches everywhere.
    if rule.region_code is not None or not ctx.principal.is_unbound:
        ensure_region(ctx.principal, rule.region_code)
    faults = faults_of(rule)
    if faults:
        raise ActivationRuleUnfit(errors=[FieldError("activation.rule_fact", f"/{name}") for name in faults])
    await repository.lock_keys(ctx.session, [f"activation_rule:{rule.region_code}"])
    own = [row for row in await rule_repository.all_rules(ctx.session) if row.region_code == rule.region_code]
    valid_to = rule.valid_to
    for row in own:
        if row.valid_from == rule.valid_from:
            raise ActivationRuleOverlaps(valid_from=rule.valid_from)
        if row.valid_from > rule.valid_from:
            if valid_to is not None and rule.valid_to is not None and valid_to > row.valid_from:
                raise ActivationRuleOverlaps(valid_from=row.valid_from)
            valid_to = row.valid_from if valid_to is None else min(valid_to, row.valid_from)
        elif row.valid_to is None or row.valid_to > rule.valid_from:
            row.valid_to = rule.valid_from
            row.version += 1
            row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    added = ActivationRuleRow(
        id=ctx.new_id(),
        region_code=rule.region_code,
        valid_from=rule.valid_from,
        valid_to=valid_to,
        baseline=kept_definition(rule.baseline),
        standard=asdict(rule.standard),
        patience=asdict(rule.patience),
        acknowledge_minutes=rule.acknowledge_minutes,
        wait_hours=rule.wait_hours,
        max_hours=rule.max_hours,
        note=note,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(added)
    await ctx.session.flush()
    return added


async def rule_on(ctx: Context, region_code: str, day: date) -> Rule:
    """What holds in the region on the day. Raises ActivationRuleMissing."""
    return rule_for(await rule_repository.all_rules(ctx.session), region_code, day)


async def rule_of_activation(ctx: Context, activation: ActivationRow) -> Rule:
    """What holds where and when the activation began. Raises ActivationRuleMissing."""
    return await rule_on(ctx, activation.region_code, day_of(quarter_of(activation.starts_at)))


def definition_for(rule: Rule, method: str | None) -> Definition:
    """The rule's baseline, or that of another method where one was chosen."""
    if method is None or method == rule.baseline.method:
        return rule.baseline
    return PRESETS[Method(method)]


def wait_of(rule: Rule) -> timedelta:
    return timedelta(hours=rule.wait_hours)
