"""SQL of rules, standards and benchmarks."""

from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.gate.domain.gate import GateRule
from services.projects.gate.domain.standards import IntensityBasis, ReviewKind, ReviewStandard, SectorBenchmark
from services.projects.gate.tables import GateRuleRow, ReviewStandardRow, SectorBenchmarkRow
from services.projects.registry.repository import region_filter

_RULE, _RULE_FIELDS = TypeAdapter(GateRule), {spec.name for spec in fields(GateRule)}
_STANDARD, _STANDARD_FIELDS = TypeAdapter(ReviewStandard), {spec.name for spec in fields(ReviewStandard)}
_BENCHMARK, _BENCHMARK_FIELDS = TypeAdapter(SectorBenchmark), {spec.name for spec in fields(SectorBenchmark)}

RULES = Listing(
    fields={
        "id": FilterField(col(GateRuleRow.id), UUID),
        "code": FilterField(col(GateRuleRow.code)),
        "review": FilterField(col(GateRuleRow.review), ReviewKind),
        "region_code": region_filter(col(GateRuleRow.region_code)),
        "template": FilterField(col(GateRuleRow.template)),
        "valid_from": FilterField(col(GateRuleRow.valid_from), date),
    },
    sortable=("code", "region_code", "valid_from"),
    default_sort="code,region_code,valid_from",
)
STANDARDS = Listing(
    fields={
        "id": FilterField(col(ReviewStandardRow.id), UUID),
        "review": FilterField(col(ReviewStandardRow.review), ReviewKind),
        "region_code": region_filter(col(ReviewStandardRow.region_code)),
        "valid_from": FilterField(col(ReviewStandardRow.valid_from), date),
    },
    sortable=("review", "region_code", "valid_from"),
    default_sort="review,region_code,valid_from",
)
BENCHMARKS = Listing(
    fields={
        "id": FilterField(col(SectorBenchmarkRow.id), UUID),
        "sector_code": FilterField(col(SectorBenchmarkRow.sector_code)),
        "basis": FilterField(col(SectorBenchmarkRow.basis), IntensityBasis),
        "product_unit": FilterField(col(SectorBenchmarkRow.product_unit)),
        "region_code": region_filter(col(SectorBenchmarkRow.region_code)),
        "valid_from": FilterField(col(SectorBenchmarkRow.valid_from), date),
    },
    sortable=("sector_code", "region_code", "valid_from"),
    default_sort="sector_code,region_code,valid_from",
)


def rule_of(row: GateRuleRow) -> GateRule:
    return _RULE.validate_python(row.model_dump(include=_RULE_FIELDS))


def standard_of(row: ReviewStandardRow) -> ReviewStandard:
    return _STANDARD.validate_python(row.model_dump(include=_STANDARD_FIELDS))


def benchmark_of(row: SectorBenchmarkRow) -> SectorBenchmark:
    return _BENCHMARK.validate_python(row.model_dump(include=_BENCHMARK_FIELDS))


@remembered
async def all_rules(session: AsyncSession) -> tuple[GateRule, ...]:
    """All that are or will be in force somewhere; templates are not."""
    rows = await session.scalars(select(GateRuleRow).where(col(GateRuleRow.template).is_(None)))
    return tuple(rule_of(row) for row in rows)


@remembered
async def all_standards(session: AsyncSession) -> tuple[ReviewStandard, ...]:
    return tuple(standard_of(row) for row in await session.scalars(select(ReviewStandardRow)))


async def all_benchmarks(session: AsyncSession, basis: IntensityBasis) -> tuple[SectorBenchmark, ...]:
    statement = select(SectorBenchmarkRow).where(col(SectorBenchmarkRow.basis) == basis.value)
    return tuple(benchmark_of(row) for row in await session.scalars(statement))


async def template_rules(session: AsyncSession, template: str) -> list[GateRule]:
    statement = select(GateRuleRow).where(col(GateRuleRow.template) == template).order_by(col(GateRuleRow.code))
    return [rule_of(row) for row in await session.scalars(statement)]


async def rule_rows(session: AsyncSession, code: str, region_code: str | None) -> list[GateRuleRow]:
    """The entries of one rule and exactly this region, in order of time."""
    statement = select(GateRuleRow).where(
        col(GateRuleRow.code) == code,
        col(GateRuleRow.region_code).is_not_distinct_from(region_code),
        col(GateRuleRow.template).is_(None),
    )
    return list((await session.scalars(statement.order_by(col(GateRuleRow.valid_from)))).all())


async def standard_rows(
    session: AsyncSession, review: ReviewKind, region_code: str | None
) -> list[ReviewStandardRow]:
    statement = select(ReviewStandardRow).where(
        col(ReviewStandardRow.review) == review.value,
        col(ReviewStandardRow.region_code).is_not_distinct_from(region_code),
    )
    return list((await session.scalars(statement.order_by(col(ReviewStandardRow.valid_from)))).all())


async def benchmark_rows(session: AsyncSession, benchmark: SectorBenchmark) -> list[SectorBenchmarkRow]:
    """The entries of the benchmark's sector, basis, unit and region, in order of time."""
    statement = select(SectorBenchmarkRow).where(
        col(SectorBenchmarkRow.sector_code) == benchmark.sector_code,
        col(SectorBenchmarkRow.basis) == benchmark.basis.value,
        col(SectorBenchmarkRow.product_unit) == benchmark.product_unit,
        col(SectorBenchmarkRow.region_code).is_not_distinct_from(benchmark.region_code),
    )
    return list((await session.scalars(statement.order_by(col(SectorBenchmarkRow.valid_from)))).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(
        session, select(GateRuleRow).where(dated_scope(col(GateRuleRow.region_code), principal))
    )


async def list_standards(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(
        session, select(ReviewStandardRow).where(dated_scope(col(ReviewStandardRow.region_code), principal))
    )


async def list_benchmarks(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(
        session, select(SectorBenchmarkRow).where(dated_scope(col(SectorBenchmarkRow.region_code), principal))
    )
