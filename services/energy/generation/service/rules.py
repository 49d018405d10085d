"""Rules of generation: when plants ask for people, by region and time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy import dated
from services.energy.generation import target_repository
from services.energy.generation.day_tables import GenerationRuleRow
from services.energy.generation.errors import (
    GenerationRuleInvalid,
    GenerationRuleMissing,
    GenerationRuleScopeTooWide,
    PlantFactsOverlap,
    PlantRegionInvalid,
)
from services.energy.generation.service.recording import place_fact


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Thresholds as the table says them."""

    region_code: str | None
    valid_from: date
    valid_to: date | None
    behind_points_1: float
    behind_points_2: float
    least_completeness: float
    outage_share_1: float
    outage_share_2: float
    outage_hours: float
    under_ratio: float
    under_days: int
    note: str


async def put_rule(ctx: Context, facts: RuleFacts) -> GenerationRuleRow:
    """Record a rule, or correct the one of the same region and beginning; the one before ends with it.

    Raises GenerationRuleInvalid, GenerationRuleScopeTooWide, PlantRegionInvalid, PlantPeriodInverted.
    """
    _check(ctx, facts)
    known = [row for row in await target_repository.all_rules(ctx.session) if row.region_code == facts.region_code]
    try:
        same, end = place_fact(known, facts.valid_from, facts.valid_to)
    except PlantFactsOverlap as error:
        raise GenerationRuleInvalid(errors=[FieldError("generation.rule_overlaps", "/valid_to")]) from error
    row = same or GenerationRuleRow(id=ctx.new_id(), **asdict(facts), version=0, changed_at=ctx.now, changed_by="")
    for name, value in (asdict(facts) | {"valid_to": end}).items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    ctx.session.add(row)
    await ctx.session.flush()
    return row


def _check(ctx: Context, facts: RuleFacts) -> None:
    if facts.region_code is not None:
        try:
            regions.validate(facts.region_code)
        except regions.InvalidRegionCode as error:
            raise PlantRegionInvalid(region_code=facts.region_code) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, facts.region_code)):
        raise GenerationRuleScopeTooWide
    errors = []
    if facts.behind_points_2 <= facts.behind_points_1:
        errors.append(FieldError("generation.edges_not_rising", "/behind_points_2"))
    if facts.outage_share_2 < facts.outage_share_1:
        errors.append(FieldError("generation.edges_not_rising", "/outage_share_2"))
    if errors:
        raise GenerationRuleInvalid(errors=errors)


async def rule_of(ctx: Context, region_code: str, day: date) -> GenerationRuleRow:
    """The rule that counts in the region on the day. Raises GenerationRuleMissing."""
    found = dated.in_force(await target_repository.all_rules(ctx.session), region_code, day)
    if found is None:
        raise GenerationRuleMissing(region_code=region_code, day=day)
    return found
