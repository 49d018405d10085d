"""Indicators, clusters and rules as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.ledger.repository import all_size_bands, find_project
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import has_enterprise, lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.rules import PaceRule, ScoreRule
from services.projects.targets.errors import IndicatorInUse, RuleNotOrdered, UnknownSource
from services.projects.targets.repository import catalogue as repository
from services.projects.targets.service.actuals import Sources
from services.projects.targets.tables import (
    TargetClusterRow,
    TargetIndicatorRow,
    TargetPaceRuleRow,
    TargetScoreRuleRow,
)

# What figures that were recorded already rest on.
_MEASURED = ("unit", "nature", "source", "measure", "size_band", "key_only")


async def put_indicator(ctx: Context, sources: Sources, indicator: Indicator) -> TargetIndicatorRow:
    """Add an indicator, or name it otherwise. Raises UnknownSource, IndicatorInUse."""
    await _demand_source(ctx, sources, indicator)
    await lock_key(ctx.session, "target_indicator", indicator.code)
    row = await repository.find_indicator(ctx.session, indicator.code, lock=True)
    facts: dict[str, Any] = {
        "name_zh": indicator.name_zh,
        "name_en": indicator.name_en,
        "unit": indicator.unit,
        "unit_zh": indicator.unit_zh,
        "unit_en": indicator.unit_en,
        "nature": indicator.nature.value,
        "source": indicator.source,
        "measure": indicator.measure,
        "size_band": indicator.size_band,
        "key_only": indicator.key_only,
    }
    if row is None:
        row = TargetIndicatorRow(code=indicator.code, version=1, updated_at=ctx.now, **facts)
        ctx.session.add(row)
    else:
        changed = {name for name, value in facts.items() if getattr(row, name) != value}
        if changed & set(_MEASURED) and await repository.indicator_is_used(ctx.session, indicator.code):
            faults = [
                FieldError("target.indicator_in_use", f"/{name}") for name in sorted(changed & set(_MEASURED))
            ]
            raise IndicatorInUse(code=indicator.code, errors=faults)
        if changed:
            for name in changed:
                setattr(row, name, facts[name])
            row.advance(ctx.now)
    await ctx.session.flush()
    return row


async def _demand_source(ctx: Context, sources: Sources, indicator: Indicator) -> None:
    if not indicator.is_typed:
        source = sources.find(indicator.source)
        if source is None:
            fault = FieldError("target.source_unknown", "/source", {"known": sources.codes})
            raise UnknownSource(source=indicator.source, measure=indicator.measure, errors=[fault])
        if not await source.knows(ctx.session, indicator.measure):
            fault = FieldError("reference.unknown", "/measure")
            raise UnknownSource(source=indicator.source, measure=indicator.measure, errors=[fault])
    if indicator.size_band is not None:
        bands = {band.code for division in await all_size_bands(ctx.session) for band in division.bands}
        if indicator.size_band not in bands:
            fault = FieldError("reference.unknown", "/size_band")
            raise UnknownSource(source=indicator.source, measure=indicator.size_band, errors=[fault])


@dataclass(frozen=True, slots=True)
class ClusterDraft:
    name: str
    region_code: str
    enterprise_ids: Sequence[UUID]
    project_ids: Sequence[UUID]


async def put_cluster(ctx: Context, code: str, draft: ClusterDraft) -> TargetClusterRow:
    """Name the members of a cluster; figures of months to come, and those pulled anew, are theirs.

    Raises UnknownRegion, NotFound, EntryUnknown.
    """
    await demand_region(ctx, draft.region_code)
    for place_, enterprise_id in enumerate(draft.enterprise_ids):
        if not await has_enterprise(ctx.session, enterprise_id):
            raise _unknown("enterprise_ids", place_)
    for place_, project_id in enumerate(draft.project_ids):
        if await find_project(ctx.session, project_id) is None:
            raise _unknown("project_ids", place_)
    await lock_key(ctx.session, "target_cluster", code)
    row = await repository.find_cluster(ctx.session, code, lock=True)
    facts: dict[str, Any] = {
        "name": draft.name,
        "region_code": draft.region_code,
        "enterprise_ids": sorted({str(one) for one in draft.enterprise_ids}),
        "project_ids": sorted({str(one) for one in draft.project_ids}),
    }
    if row is None:
        row = TargetClusterRow(code=code, version=1, updated_at=ctx.now, **facts)
        ctx.session.add(row)
    else:
        # Whose it was is the caller's to see, too.
        await demand_region(ctx, row.region_code)
        if any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            row.advance(ctx.now)
    await ctx.session.flush()
    return row


def _unknown(name: str, place_: int) -> EntryUnknown:
    return EntryUnknown(fields=[name], errors=[FieldError("reference.unknown", f"/{name}/{place_}")])


async def put_pace_rule(ctx: Context, rule: PaceRule) -> TargetPaceRuleRow:
    """Raises RuleNotOrdered, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion."""
    if faults := rule.faults():
        raise RuleNotOrdered(errors=faults)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "target_pace_rule", str(rule.region_code))
    rows = await repository.pace_rule_rows(ctx.session, rule.region_code)
    row = place(ctx, TargetPaceRuleRow, rows, rule, value_of=repository.pace_rule_of)
    await ctx.session.flush()
    return row


async def put_score_rule(ctx: Context, rule: ScoreRule) -> TargetScoreRuleRow:
    """Raises RuleNotOrdered, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion."""
    if faults := rule.faults():
        raise RuleNotOrdered(errors=faults)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "target_score_rule", str(rule.region_code))
    rows = await repository.score_rule_rows(ctx.session, rule.region_code)
    row = place(ctx, TargetScoreRuleRow, rows, rule, value_of=repository.score_rule_of)
    await ctx.session.flush()
    return row
