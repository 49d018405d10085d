"""SQL of indicators, clusters and rules."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.rules import PaceRule, ScoreRule
from services.projects.targets.tables import (
    TargetClusterRow,
    TargetIndicatorRow,
    TargetPaceRuleRow,
    TargetRow,
    TargetScoreRuleRow,
)

INDICATORS = Listing(
    fields={
        "code": FilterField(col(TargetIndicatorRow.code)),
        "name_zh": FilterField(col(TargetIndicatorRow.name_zh)),
        "source": FilterField(col(TargetIndicatorRow.source)),
        "nature": FilterField(col(TargetIndicatorRow.nature), Nature),
    },
    sortable=("source",),
    key="code",
)
CLUSTERS = Listing(
    fields={
        "code": FilterField(col(TargetClusterRow.code)),
        "name": FilterField(col(TargetClusterRow.name)),
        "region_code": region_filter(col(TargetClusterRow.region_code)),
    },
    sortable=("name",),
    key="code",
)
PACE_RULES = Listing(
    fields={
        "id": FilterField(col(TargetPaceRuleRow.id), UUID),
        "region_code": FilterField(col(TargetPaceRuleRow.region_code)),
        "valid_from": FilterField(col(TargetPaceRuleRow.valid_from), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)
SCORE_RULES = Listing(
    fields={
        "id": FilterField(col(TargetScoreRuleRow.id), UUID),
        "region_code": FilterField(col(TargetScoreRuleRow.region_code)),
        "valid_from": FilterField(col(TargetScoreRuleRow.valid_from), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)


def indicator_of(row: TargetIndicatorRow) -> Indicator:
    return Indicator(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        unit=row.unit,
        unit_zh=row.unit_zh,
        unit_en=row.unit_en,
        nature=Nature(row.nature),
        source=row.source,
        measure=row.measure,
        size_band=row.size_band,
        key_only=row.key_only,
    )


def pace_rule_of(row: TargetPaceRuleRow) -> PaceRule:
    return PaceRule(
        yellow_from_points=row.yellow_from_points,
        red_above_points=row.red_above_points,
        season_years=row.season_years,
        sign_days=row.sign_days,
        figure_days=row.figure_days,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def score_rule_of(row: TargetScoreRuleRow) -> ScoreRule:
    return ScoreRule(
        full_score=row.full_score,
        zero_below_percent=row.zero_below_percent,
        bonus_per_percent=row.bonus_per_percent,
        max_bonus=row.max_bonus,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@remembered
async def all_indicators(session: AsyncSession) -> dict[str, Indicator]:
    return {row.code: indicator_of(row) for row in await session.scalars(select(TargetIndicatorRow))}


async def find_indicator(session: AsyncSession, code: str, *, lock: bool = False) -> TargetIndicatorRow | None:
    statement = select(TargetIndicatorRow).where(col(TargetIndicatorRow.code) == code)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def indicator_is_used(session: AsyncSession, code: str) -> bool:
    used = select(TargetRow).where(col(TargetRow.indicator_code) == code).exists()
    return bool(await session.scalar(select(used)))


async def list_indicators(session: AsyncSession, query: ListQuery) -> Page[TargetIndicatorRow]:
    return await query.page(session, select(TargetIndicatorRow))


async def find_cluster(session: AsyncSession, code: str, *, lock: bool = False) -> TargetClusterRow | None:
    statement = select(TargetClusterRow).where(col(TargetClusterRow.code) == code)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_clusters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[TargetClusterRow]:
    own = region_scope(col(TargetClusterRow.region_code), principal)
    return await query.page(session, select(TargetClusterRow).where(own))


@remembered
async def all_pace_rules(session: AsyncSession) -> list[PaceRule]:
    return [pace_rule_of(row) for row in await session.scalars(select(TargetPaceRuleRow))]


@remembered
async def all_score_rules(session: AsyncSession) -> list[ScoreRule]:
    return [score_rule_of(row) for row in await session.scalars(select(TargetScoreRuleRow))]


async def pace_rule_rows(session: AsyncSession, region_code: str | None) -> list[TargetPaceRuleRow]:
    """The rules of exactly this region."""
    own = col(TargetPaceRuleRow.region_code).is_not_distinct_from(region_code)
    return list((await session.scalars(select(TargetPaceRuleRow).where(own))).all())


async def score_rule_rows(session: AsyncSession, region_code: str | None) -> list[TargetScoreRuleRow]:
    """The rules of exactly this region."""
    own = col(TargetScoreRuleRow.region_code).is_not_distinct_from(region_code)
    return list((await session.scalars(select(TargetScoreRuleRow).where(own))).all())


async def list_pace_rules(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[TargetPaceRuleRow]:
    scope = dated_scope(col(TargetPaceRuleRow.region_code), principal)
    return await query.page(session, select(TargetPaceRuleRow).where(scope))


async def list_score_rules(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[TargetScoreRuleRow]:
    scope = dated_scope(col(TargetScoreRuleRow.region_code), principal)
    return await query.page(session, select(TargetScoreRuleRow).where(scope))
