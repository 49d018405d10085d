"""Targets from what a region wants of its size bands (S15), which the ledger keeps beside their counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from libs.common.context import Context
from services.projects.ledger.repository import size_band_targets
from services.projects.ledger.tables import SizeBandTargetRow
from services.projects.registry.service.recording import demand_region
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.errors import NothingToAdopt
from services.projects.targets.repository import catalogue
from services.projects.targets.repository import goals as repository
from services.projects.targets.service.actuals import Sources
from services.projects.targets.service.goals import TargetDraft, set_target
from services.projects.targets.service.ledger_source import LedgerMeasure, LedgerSource
from services.projects.targets.service.pulling import pull_targets
from services.projects.targets.tables import TargetRow


async def adopt_size_bands(ctx: Context, sources: Sources, region_code: str, year: int) -> list[TargetRow]:
    """Set a target for each figure that the region wants of a band in exactly this year; adopted ones stay.

    Raises NothingToAdopt, UnknownRegion, RuleMissing and as set_target.
    """
    await demand_region(ctx, region_code)
    wanted = await size_band_targets(ctx.session, region_code, date(year, 1, 1), date(year, 12, 31))
    indicators = await catalogue.all_indicators(ctx.session)
    drafts = [
        draft
        for band, row in sorted(wanted.items())
        for draft in _drafts(row, year, _of_band(list(indicators.values()), band))
        if await repository.target_by_code(ctx.session, draft.code) is None
    ]
    if not drafts:
        raise NothingToAdopt(region_code=region_code, year=year)
    rows = [await set_target(ctx, draft) for draft in drafts]
    await pull_targets(ctx, sources, rows)
    return rows


def _of_band(indicators: list[Indicator], band: str) -> dict[str, Indicator]:
    """The indicators of a band by what they measure, those that narrow it further left out."""
    return {
        one.measure: one
        for one in indicators
        if one.source == LedgerSource.code and one.size_band == band and not one.key_only
    }


def _drafts(row: SizeBandTargetRow, year: int, indicators: dict[str, Indicator]) -> list[TargetDraft]:
    figures = (
        (LedgerMeasure.SIGNED, row.projects, ""),
        (LedgerMeasure.SIGNED_SIZE, row.investment_yuan, ".investment"),
    )
    return [
        TargetDraft(
            code=f"{row.region_code}-{year}-{row.band_code}{ending}",
            indicator_code=indicators[measure].code,
            scope=Scope(ScopeType.REGION, row.region_code),
            first_year=year,
            last_year=year,
            amount=Decimal(wanted),
            source=row.source,
        )
        for measure, wanted, ending in figures
        if wanted is not None and measure in indicators
    ]
