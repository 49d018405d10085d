"""Who a question is about: enterprises in the register in a month, where they stand or who shares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, distinct_on
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.validity import holds_on, narrowness
from services.projects.economy.domain import months
from services.projects.economy.domain.indicators import EMPLOYEES, REVENUE, Indicator
from services.projects.economy.domain.question import FigureGrouping, Question, Scale
from services.projects.economy.domain.rules import EconomyRule
from services.projects.economy.domain.sizes import SizeBand
from services.projects.economy.tables.reports import FigureRow
from services.projects.economy.tables.rules import StandingRow
from services.projects.parks.domain.shares import WHOLE
from services.projects.parks.tables import AttributionRow, ParkRow, TenantRow
from services.projects.rates.domain.grouping import LEVELS, RegionLevel, sector_prefixes

YEAR = 12


@dataclass(frozen=True, slots=True)
class World:
    """Beside the question: who asks, what is asked for, and the edges of 规上 and of sizes."""

    principal: Principal
    indicator: Indicator
    edges: Sequence[EconomyRule] = ()
    sizes: Sequence[SizeBand] = ()


def in_register(month: Any) -> ColumnElement[bool]:
    return and_(
        col(StandingRow.valid_from) <= month,
        or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > month),
    )


def members(question: Question, world: World, month: date) -> Subquery:
    """``enterprise_id``, ``region_code``, ``sector_code``, ``weight`` and ``key`` of whoever counts in the month.

    One row an enterprise; with shares one for each region that counts a part of it.
    """
    source: Any = StandingRow.__table__  # type: ignore[attr-defined]
    region: Any = col(StandingRow.region_code)
    weight: Any = literal_column("1")
    if question.shared and world.indicator.measure is not None:
        source, region, weight = _shared(source, region, world.indicator.measure, month)
    columns = {
        "region": region,
        "sector": col(StandingRow.sector_code),
        "park": null(),
        "scale": null(),
        "size": null(),
    }
    if question.by is FigureGrouping.PARK or question.park_code is not None:
        tenancy = _tenancies(month)
        source = source.outerjoin(tenancy, tenancy.c.enterprise_id == col(StandingRow.enterprise_id))
        columns["park"] = tenancy.c.code
    if question.needs_sizes:
        source, columns["scale"], columns["size"] = _sized(source, question, world, month)
    return (
        select(
            col(StandingRow.enterprise_id),
            region.label("region_code"),
            col(StandingRow.sector_code),
            weight.label("weight"),
            _key(question, columns).label("key"),
        )
        .select_from(source)
        .where(in_register(month), *_wanted(question, world, columns))
        .subquery("member")
    )


def _wanted(question: Question, world: World, columns: dict[str, Any]) -> list[ColumnElement[bool]]:
    wanted = [
        region_scope(columns["region"], world.principal),
        enterprise_scope(col(StandingRow.enterprise_id), world.principal),
    ]
    if question.region_code is not None:
        wanted.append(columns["region"].like(f"{regions.prefix(question.region_code)}%"))
    if question.enterprise_ids is not None:
        listed = cast(sorted(question.enterprise_ids), ARRAY(Uuid))
        wanted.append(col(StandingRow.enterprise_id) == func.any(listed))
    if question.sector is not None:
        prefixes = sector_prefixes(question.sector)
        wanted.append(or_(*(columns["sector"].like(f"{prefix}%") for prefix in prefixes)))
    if question.park_code is not None:
        wanted.append(columns["park"] == question.park_code)
    if question.scale is not None:
        wanted.append(columns["scale"] == question.scale.value)
    if question.size is not None:
        wanted.append(columns["size"] == question.size)
    return wanted


def _key(question: Question, columns: dict[str, Any]) -> Any:
    """The group of a member."""
    match question.by:
        case None:
            return literal_column("''")
        case FigureGrouping.REGION:
            return region_above(columns["region"], question.region_level)
        case FigureGrouping.SECTOR:
            return division_within(columns["sector"])
        case _:
            return columns[question.by.value]


def region_above(region: Any, level: RegionLevel) -> Any:
    """See ``region_at``. Widths are written out: a parameter would be another expression in GROUP BY."""
    digits, zeros = LEVELS[level]
    above = func.left(region, literal_column(str(digits)))
    return func.concat(above, literal_column(f"'{zeros}'")) if zeros else above


def division_within(sector: Any) -> Any:
    """See ``division_of``."""
    letters: ColumnElement[str] = literal_column("'ABCDEFGHIJKLMNOPQRST'")
    division = func.left(func.ltrim(sector, letters), literal_column("2"))
    return case((division == literal_column("''"), sector), else_=division)


def _shared(source: Any, region: Any, measure: str, month: date) -> tuple[Any, Any, Any]:
    holds = and_(
        col(AttributionRow.enterprise_id) == col(StandingRow.enterprise_id),
        col(AttributionRow.measure) == measure,
        col(AttributionRow.valid_from) <= month,
        or_(col(AttributionRow.valid_to).is_(None), col(AttributionRow.valid_to) > month),
    )
    share = func.jsonb_array_elements(col(AttributionRow.shares)).table_valued("value").lateral("share")
    source = source.outerjoin(AttributionRow, holds).outerjoin(share, true())
    value = share.c.value.cast(JSONB)
    # Shares are of ten thousand and amounts have an end, so the parts are exact and sum to the whole.
    weight = cast(value["basis_points"].astext, Numeric) / literal_column(str(WHOLE))
    return source, func.coalesce(value["region_code"].astext, region), func.coalesce(weight, literal_column("1"))


def _tenancies(month: date) -> Subquery:
    """The park of each enterprise in the month: of several stays the one that began last, so it counts once."""
    last = months.last_day(month)
    return (
        select(col(TenantRow.enterprise_id), col(ParkRow.code))
        .join(ParkRow, col(ParkRow.id) == col(TenantRow.park_id))
        .where(
            col(TenantRow.enterprise_id).is_not(None),
            col(TenantRow.from_on) <= last,
            or_(col(TenantRow.to_on).is_(None), col(TenantRow.to_on) >= month),
        )
        .ext(distinct_on(col(TenantRow.enterprise_id)))
        .order_by(col(TenantRow.enterprise_id), col(TenantRow.from_on).desc(), col(TenantRow.id).desc())
        .subquery("tenancy")
    )


def trailing_revenue(month: date, name: str = "year") -> Subquery:
    """Main revenue of the twelve months to the month by enterprise, and how many of them are known."""
    return (
        select(
            col(FigureRow.enterprise_id),
            func.sum(col(FigureRow.month_value)).label("revenue"),
            func.count(col(FigureRow.month_value)).label("months"),
        )
        .where(
            col(FigureRow.indicator) == REVENUE,
            col(FigureRow.month).between(months.plus(month, 1 - YEAR), month),
            col(FigureRow.is_latest),
        )
        .group_by(col(FigureRow.enterprise_id))
        .subquery(name)
    )


def scale_of(revenue: Any, known: Any, region: Any, edges: Sequence[EconomyRule], month: date) -> Any:
    """规上 once the known months reach the edge; below only when all twelve are known."""
    in_force = sorted((rule for rule in edges if holds_on(rule, month)), key=narrowness, reverse=True)
    if not in_force:
        return literal(Scale.UNKNOWN.value)
    edge = case(
        *(
            (
                true() if rule.region_code is None else region.like(f"{regions.prefix(rule.region_code)}%"),
                rule.value,
            )
            for rule in in_force
        ),
        else_=null(),
    )
    return case(
        (revenue >= cast(edge, Numeric), literal_column(f"'{Scale.ABOVE}'")),
        (and_(known == literal_column(str(YEAR)), edge.is_not(None)), literal_column(f"'{Scale.BELOW}'")),
        else_=literal_column(f"'{Scale.UNKNOWN}'"),
    )


def _sized(source: Any, question: Question, world: World, month: date) -> tuple[Any, Any, Any]:
    year = trailing_revenue(month)
    heads = (
        select(col(FigureRow.enterprise_id), col(FigureRow.month_value).label("heads"))
        .where(col(FigureRow.indicator) == EMPLOYEES, col(FigureRow.month) == month, col(FigureRow.is_latest))
        .subquery("heads")
    )
    source = source.outerjoin(year, year.c.enterprise_id == col(StandingRow.enterprise_id))
    source = source.outerjoin(heads, heads.c.enterprise_id == col(StandingRow.enterprise_id))
    scale = scale_of(year.c.revenue, year.c.months, col(StandingRow.region_code), world.edges, month)
    if not world.sizes:
        return source, scale, null()
    known = and_(year.c.months == literal_column(str(YEAR)), heads.c.heads.is_not(None))
    bands = sorted(world.sizes, key=lambda band: band.rank, reverse=True)
    size = case(
        *(
            (
                and_(
                    known,
                    year.c.revenue >= _number(band.min_revenue_yuan),
                    heads.c.heads >= _number(band.min_employees),
                ),
                literal_column("'" + band.code + "'"),
            )
            for band in bands
        ),
        else_=null(),
    )
    return source, scale, size


def _number(value: Decimal) -> Any:
    return literal(value, Numeric)
