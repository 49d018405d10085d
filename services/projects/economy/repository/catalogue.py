"""SQL of the catalogue, the rules, the sizes and the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, cast, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.domain.indicators import Indicator, IndicatorKind, PriceBasis, SignRule
from services.projects.economy.domain.register import Standing
from services.projects.economy.domain.rules import EconomyRule, EconomyRuleKind
from services.projects.economy.domain.sizes import SizeBand
from services.projects.economy.tables.reports import FigureRow, ReportRow
from services.projects.economy.tables.rules import (
    EconomyRuleRow,
    IndicatorRow,
    SizeBandRow,
    StandingRow,
)
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

RULES = Listing(
    fields={
        "id": FilterField(col(EconomyRuleRow.id), UUID),
        "kind": FilterField(col(EconomyRuleRow.kind), EconomyRuleKind),
        "indicator": FilterField(col(EconomyRuleRow.indicator)),
        "region_code": FilterField(col(EconomyRuleRow.region_code)),
        "valid_from": FilterField(col(EconomyRuleRow.valid_from), date),
    },
    sortable=("kind", "indicator", "region_code", "valid_from"),
    default_sort="kind,indicator,region_code,valid_from",
)
SIZES = Listing(
    fields={
        "id": FilterField(col(SizeBandRow.id), UUID),
        "code": FilterField(col(SizeBandRow.code)),
        "rank": FilterField(col(SizeBandRow.rank), int),
        "region_code": FilterField(col(SizeBandRow.region_code)),
        "valid_from": FilterField(col(SizeBandRow.valid_from), date),
    },
    sortable=("rank", "valid_from"),
    default_sort="rank,valid_from",
)
STANDINGS = Listing(
    fields={
        "id": FilterField(col(StandingRow.id), UUID),
        "enterprise_id": FilterField(col(StandingRow.enterprise_id), UUID),
        "credit_code": FilterField(col(EnterpriseRow.credit_code)),
        "name": FilterField(col(EnterpriseRow.name)),
        "region_code": region_filter(col(StandingRow.region_code)),
        "sector_code": FilterField(col(StandingRow.sector_code)),
        "valid_from": FilterField(col(StandingRow.valid_from), date),
        "valid_to": FilterField(col(StandingRow.valid_to), date),
        # The registry is of now: a standing of now that differs may have been forgotten.
        "moved": FilterField(
            and_(
                col(StandingRow.valid_to).is_(None),
                or_(
                    col(StandingRow.region_code) != col(EnterpriseRow.region_code),
                    col(StandingRow.sector_code) != col(EnterpriseRow.sector_code),
                ),
            ),
            bool,
            frozenset({"eq"}),
        ),
    },
    sortable=("name", "region_code", "valid_from"),
    default_sort="valid_from",
)


def indicator_of(row: IndicatorRow) -> Indicator:
    return Indicator(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        unit=row.unit,
        kind=IndicatorKind(row.kind),
        price_basis=None if row.price_basis is None else PriceBasis(row.price_basis),
        sign=SignRule(row.sign),
        measure=row.measure,
        required=row.required,
        required_flash=row.required_flash,
        position=row.position,
        active=row.active,
    )


def rule_of(row: EconomyRuleRow) -> EconomyRule:
    return EconomyRule(
        kind=EconomyRuleKind(row.kind),
        value=row.value,
        level2_value=row.level2_value,
        indicator=row.indicator,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def size_of(row: SizeBandRow) -> SizeBand:
    return SizeBand(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        rank=row.rank,
        min_revenue_yuan=row.min_revenue_yuan,
        min_employees=row.min_employees,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def standing_of(row: StandingRow) -> Standing:
    return Standing(
        region_code=row.region_code,
        sector_code=row.sector_code,
        reason=row.reason,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@remembered
async def indicator_rows(session: AsyncSession) -> tuple[IndicatorRow, ...]:
    """The whole catalogue in its order."""
    statement = select(IndicatorRow).order_by(col(IndicatorRow.position), col(IndicatorRow.code))
    return tuple(await session.scalars(statement))


async def all_indicators(session: AsyncSession) -> dict[str, Indicator]:
    """By code, in the catalogue's order."""
    return {row.code: indicator_of(row) for row in await indicator_rows(session)}


async def indicator_is_used(session: AsyncSession, code: str) -> bool:
    statement = select(FigureRow).where(col(FigureRow.indicator) == code)
    return bool(await session.scalar(select(statement.exists())))


async def rules_of_kinds(
    session: AsyncSession, kinds: Iterable[EconomyRuleKind] | None = None
) -> tuple[EconomyRule, ...]:
    statement = select(EconomyRuleRow)
    if kinds is not None:
        statement = statement.where(col(EconomyRuleRow.kind).in_([kind.value for kind in kinds]))
    return tuple(rule_of(row) for row in await session.scalars(statement))


async def same_rules(session: AsyncSession, rule: EconomyRule) -> list[EconomyRuleRow]:
    """The rules of one kind, indicator and exactly this region."""
    statement = select(EconomyRuleRow).where(
        col(EconomyRuleRow.kind) == rule.kind.value,
        col(EconomyRuleRow.indicator).is_not_distinct_from(rule.indicator),
        col(EconomyRuleRow.region_code).is_not_distinct_from(rule.region_code),
    )
    return list((await session.scalars(statement)).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[EconomyRuleRow]:
    return await query.page(
        session, select(EconomyRuleRow).where(dated_scope(col(EconomyRuleRow.region_code), principal))
    )


async def all_sizes(session: AsyncSession) -> tuple[SizeBand, ...]:
    return tuple(size_of(row) for row in await session.scalars(select(SizeBandRow)))


async def same_sizes(session: AsyncSession, band: SizeBand) -> list[SizeBandRow]:
    statement = select(SizeBandRow).where(
        col(SizeBandRow.code) == band.code, col(SizeBandRow.region_code).is_not_distinct_from(band.region_code)
    )
    return list((await session.scalars(statement)).all())


async def list_sizes(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SizeBandRow]:
    return await query.page(
        session, select(SizeBandRow).where(dated_scope(col(SizeBandRow.region_code), principal))
    )


async def standings_of(session: AsyncSession, enterprise_ids: Collection[UUID]) -> dict[UUID, list[StandingRow]]:
    """In order of time."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = (
        select(StandingRow)
        .where(col(StandingRow.enterprise_id) == func.any(wanted))
        .order_by(col(StandingRow.enterprise_id), col(StandingRow.valid_from))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[StandingRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.enterprise_id, []).append(row)
    return found


async def find_standing(session: AsyncSession, enterprise_id: UUID, month: date) -> StandingRow | None:
    """Where the enterprise stands in the month."""
    statement = select(StandingRow).where(
        col(StandingRow.enterprise_id) == enterprise_id,
        col(StandingRow.valid_from) <= month,
        or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > month),
    )
    return (await session.scalars(statement)).first()


async def list_standings(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (standing, enterprise)."""
    statement: Any = (
        select(StandingRow, EnterpriseRow)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(StandingRow.enterprise_id))
        .where(
            region_scope(col(StandingRow.region_code), principal),
            enterprise_scope(col(StandingRow.enterprise_id), principal),
        )
    )
    return await query.page(session, statement)


async def place_reports(session: AsyncSession, enterprise_id: UUID) -> None:
    """Bring region and sector of the enterprise's reports in line with where it stood in their months."""
    await session.execute(
        update(ReportRow)
        .where(
            col(ReportRow.enterprise_id) == enterprise_id,
            col(StandingRow.enterprise_id) == enterprise_id,
            col(StandingRow.valid_from) <= col(ReportRow.month),
            or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > col(ReportRow.month)),
        )
        .values(region_code=col(StandingRow.region_code), sector_code=col(StandingRow.sector_code))
        .execution_options(synchronize_session=False)
    )


async def not_in_register(session: AsyncSession, prefix: str) -> list[EnterpriseRow]:
    """Living enterprises of a subtree that were never in the register."""
    known = exists(select(1).where(col(StandingRow.enterprise_id) == col(EnterpriseRow.enterprise_id)))
    statement = (
        select(EnterpriseRow)
        .where(col(EnterpriseRow.region_code).startswith(prefix), col(EnterpriseRow.deleted_at).is_(None), ~known)
        .order_by(col(EnterpriseRow.enterprise_id))
    )
    return list((await session.scalars(statement)).all())


async def places_in(
    session: AsyncSession, enterprise_ids: Collection[UUID], month: date
) -> dict[UUID, tuple[str, str]]:
    """Region and sector of each enterprise in the month."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = select(
        col(StandingRow.enterprise_id), col(StandingRow.region_code), col(StandingRow.sector_code)
    ).where(
        col(StandingRow.enterprise_id) == func.any(wanted),
        col(StandingRow.valid_from) <= month,
        or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > month),
    )
    return {who: (region_code, sector_code) for who, region_code, sector_code in await session.execute(statement)}
