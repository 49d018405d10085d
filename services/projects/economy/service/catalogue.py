"""The catalogue of indicators, the numbers that the economy goes by, and the sizes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.rules import EconomyRule, demand_sound
from services.projects.economy.domain.sizes import SizeBand
from services.projects.economy.errors import IndicatorInUse, SizeBandUnsound
from services.projects.economy.repository import catalogue
from services.projects.economy.service.worlds import demand_indicator
from services.projects.economy.tables.rules import EconomyRuleRow, IndicatorRow, SizeBandRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import columns_of, demand_reach, place

# What figures are made of: once something was reported these stay.
_FIXED = ("unit", "kind", "price_basis")


async def put_indicator(ctx: Context, indicator: Indicator) -> tuple[IndicatorRow, bool]:
    """Record an indicator; answers its row and whether it is new. Raises IndicatorInUse."""
    await lock_key(ctx.session, "economy_indicator", indicator.code)
    row = await ctx.session.get(IndicatorRow, indicator.code, populate_existing=True)
    facts: dict[str, Any] = columns_of(indicator)
    if row is None:
        row = IndicatorRow(version=1, updated_at=ctx.now, **facts)
        ctx.session.add(row)
        await ctx.session.flush()
        return row, True
    changed = [name for name, value in facts.items() if getattr(row, name) != value]
    fixed = [name for name in changed if name in _FIXED]
    if fixed and await catalogue.indicator_is_used(ctx.session, indicator.code):
        faults = [FieldError("economy_indicator.fixed", f"/{name}") for name in fixed]
        raise IndicatorInUse(indicator=indicator.code, errors=faults)
    for name in changed:
        setattr(row, name, facts[name])
    if changed:
        row.advance(ctx.now)
        await ctx.session.flush()
    return row, False


async def put_rule(ctx: Context, rule: EconomyRule) -> EconomyRuleRow:
    """Put a number in force from its first day on; reports that are due keep the day they were given.

    Raises EconomyRuleUnsound, UnknownIndicator, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden,
    UnknownRegion.
    """
    await demand_reach(ctx, rule.region_code)
    demand_sound(rule)
    if rule.indicator is not None:
        await demand_indicator(ctx.session, rule.indicator)
    await lock_key(ctx.session, "economy_rule", f"{rule.kind}:{rule.indicator}:{rule.region_code}")
    row = place(
        ctx, EconomyRuleRow, await catalogue.same_rules(ctx.session, rule), rule, value_of=catalogue.rule_of
    )
    await ctx.session.flush()
    return row


async def put_size(ctx: Context, band: SizeBand) -> SizeBandRow:
    """Put a size in force from its first day on.

    Raises SizeBandUnsound, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion.
    """
    await demand_reach(ctx, band.region_code)
    await lock_key(ctx.session, "economy_size_band", str(band.region_code))
    for other in await catalogue.all_sizes(ctx.session):
        if other.region_code == band.region_code and other.code != band.code and other.holds_on(band.valid_from):
            _demand_ordered(band, other)
    row = place(ctx, SizeBandRow, await catalogue.same_sizes(ctx.session, band), band, value_of=catalogue.size_of)
    await ctx.session.flush()
    return row


def _demand_ordered(band: SizeBand, other: SizeBand) -> None:
    """Raises SizeBandUnsound: a higher rank asks for no less."""
    low, high = sorted((band, other), key=lambda one: one.rank)
    if low.rank == high.rank:
        raise SizeBandUnsound(errors=[FieldError("economy_size.rank_taken", "/rank", {"code": other.code})])
    for name in ("min_revenue_yuan", "min_employees"):
        if asdict(low)[name] > asdict(high)[name]:
            raise SizeBandUnsound(
                errors=[FieldError("economy_size.not_ordered", f"/{name}", {"code": other.code})]
            )
