"""SQL of carriers, factors, products, benchmarks and the rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.efficiency.domain.benchmarks import Benchmark
from services.energy.efficiency.domain.carriers import CalorificValue, Carrier, Factor, FactorBook, FactorKind
from services.energy.efficiency.domain.intensities import Basis
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.errors import EfficiencyNotFound
from services.energy.efficiency.repository.scopes import owned_scope, region_filter
from services.energy.efficiency.tables import (
    BenchmarkRow,
    CalorificRow,
    CarrierRow,
    EfficiencyRuleRow,
    FactorRow,
    ProductRow,
)

_FACTOR, _FACTOR_FIELDS = TypeAdapter(Factor), {spec.name for spec in fields(Factor)}
_BENCHMARK, _BENCHMARK_FIELDS = TypeAdapter(Benchmark), {spec.name for spec in fields(Benchmark)}
_RULE, _RULE_FIELDS = TypeAdapter(EfficiencyRule), {spec.name for spec in fields(EfficiencyRule)}

CARRIERS: Final = Listing(
    fields={
        "code": FilterField(col(CarrierRow.code)),
        "name": FilterField(col(CarrierRow.name)),
        "unit": FilterField(col(CarrierRow.unit)),
    },
    sortable=("name",),
    key="code",
)
PRODUCTS: Final = Listing(
    fields={
        "code": FilterField(col(ProductRow.code)),
        "name": FilterField(col(ProductRow.name)),
        "sector_code": FilterField(col(ProductRow.sector_code)),
    },
    sortable=("name",),
    key="code",
)
FACTORS: Final = Listing(
    fields={
        "id": FilterField(col(FactorRow.id), UUID),
        "carrier_code": FilterField(col(FactorRow.carrier_code)),
        "kind": FilterField(col(FactorRow.kind), FactorKind),
        "region_code": region_filter(col(FactorRow.region_code)),
        "valid_from": FilterField(col(FactorRow.valid_from), date),
    },
    sortable=("carrier_code", "kind", "valid_from"),
    default_sort="carrier_code,kind,valid_from",
)
CALORIFIC: Final = Listing(
    fields={
        "id": FilterField(col(CalorificRow.id), UUID),
        "enterprise_id": FilterField(col(CalorificRow.enterprise_id), UUID),
        "carrier_code": FilterField(col(CalorificRow.carrier_code)),
        "region_code": region_filter(col(CalorificRow.region_code)),
        "first_month": FilterField(col(CalorificRow.first_month), date),
    },
    sortable=("first_month",),
    default_sort="-first_month",
)
BENCHMARKS: Final = Listing(
    fields={
        "id": FilterField(col(BenchmarkRow.id), UUID),
        "sector_code": FilterField(col(BenchmarkRow.sector_code)),
        "basis": FilterField(col(BenchmarkRow.basis), Basis),
        "product_code": FilterField(col(BenchmarkRow.product_code)),
        "product_unit": FilterField(col(BenchmarkRow.product_unit)),
        "factor_kind": FilterField(col(BenchmarkRow.factor_kind), FactorKind),
        "region_code": region_filter(col(BenchmarkRow.region_code)),
        "valid_from": FilterField(col(BenchmarkRow.valid_from), date),
    },
    sortable=("sector_code", "product_code", "valid_from"),
    default_sort="sector_code,product_code,valid_from",
)
RULES: Final = Listing(
    fields={
        "id": FilterField(col(EfficiencyRuleRow.id), UUID),
        "region_code": region_filter(col(EfficiencyRuleRow.region_code)),
        "valid_from": FilterField(col(EfficiencyRuleRow.valid_from), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)


def carrier_of(row: CarrierRow) -> Carrier:
    return Carrier(row.code, row.name, row.name_en, row.unit, row.is_fuel)


def factor_of(row: FactorRow) -> Factor:
    return _FACTOR.validate_python(row.model_dump(include=_FACTOR_FIELDS))


def benchmark_of(row: BenchmarkRow) -> Benchmark:
    return _BENCHMARK.validate_python(row.model_dump(include=_BENCHMARK_FIELDS))


def rule_of(row: EfficiencyRuleRow) -> EfficiencyRule:
    return _RULE.validate_python(row.model_dump(include=_RULE_FIELDS))


async def carriers(session: AsyncSession) -> dict[str, Carrier]:
    return {row.code: carrier_of(row) for row in await session.scalars(select(CarrierRow))}


async def products(session: AsyncSession) -> dict[str, ProductRow]:
    return {row.code: row for row in await session.scalars(select(ProductRow))}


async def find_carrier(session: AsyncSession, code: str) -> CarrierRow | None:
    return await session.get(CarrierRow, code, with_for_update=True)


async def find_product(session: AsyncSession, code: str) -> ProductRow | None:
    return await session.get(ProductRow, code, with_for_update=True)


async def factor_book(session: AsyncSession, enterprise_ids: Collection[UUID]) -> FactorBook:
    """All factors, and what these enterprises measured."""
    measured = select(CalorificRow).where(
        col(CalorificRow.enterprise_id) == func.any(cast(list(enterprise_ids), ARRAY(Uuid)))
    )
    return FactorBook(
        await carriers(session),
        [factor_of(row) for row in await session.scalars(select(FactorRow))],
        [
            CalorificValue(
                row.enterprise_id, row.carrier_code, row.first_month, row.last_month, row.kj_per_unit, row.source
            )
            for row in await session.scalars(measured)
        ],
    )


async def all_benchmarks(session: AsyncSession) -> tuple[Benchmark, ...]:
    return tuple(benchmark_of(row) for row in await session.scalars(select(BenchmarkRow)))


async def all_rules(session: AsyncSession) -> tuple[EfficiencyRule, ...]:
    return tuple(rule_of(row) for row in await session.scalars(select(EfficiencyRuleRow)))


async def factor_rows(session: AsyncSession, factor: Factor) -> list[FactorRow]:
    """The entries of the carrier, kind and exactly this region, in order of time."""
    statement = select(FactorRow).where(
        col(FactorRow.carrier_code) == factor.carrier_code,
        col(FactorRow.kind) == factor.kind.value,
        col(FactorRow.region_code).is_not_distinct_from(factor.region_code),
    )
    return list(await session.scalars(statement.order_by(col(FactorRow.valid_from))))


async def benchmark_rows(session: AsyncSession, benchmark: Benchmark) -> list[BenchmarkRow]:
    """The entries of the benchmark's key and exactly this region, in order of time."""
    statement = select(BenchmarkRow).where(
        col(BenchmarkRow.sector_code) == benchmark.sector_code,
        col(BenchmarkRow.basis) == benchmark.basis.value,
        col(BenchmarkRow.product_code) == benchmark.product_code,
        col(BenchmarkRow.factor_kind) == benchmark.factor_kind.value,
        col(BenchmarkRow.region_code).is_not_distinct_from(benchmark.region_code),
    )
    return list(await session.scalars(statement.order_by(col(BenchmarkRow.valid_from))))


async def rule_rows(session: AsyncSession, region_code: str | None) -> list[EfficiencyRuleRow]:
    statement = select(EfficiencyRuleRow).where(
        col(EfficiencyRuleRow.region_code).is_not_distinct_from(region_code)
    )
    return list(await session.scalars(statement.order_by(col(EfficiencyRuleRow.valid_from))))


async def get_benchmark(session: AsyncSession, principal: Principal, benchmark_id: UUID) -> BenchmarkRow:
    """Locked. Raises EfficiencyNotFound."""
    statement = select(BenchmarkRow).where(
        col(BenchmarkRow.id) == benchmark_id, dated_scope(col(BenchmarkRow.region_code), principal)
    )
    row = (await session.scalars(statement.with_for_update())).first()
    if row is None:
        raise EfficiencyNotFound(id=benchmark_id)
    return row


async def calorific_rows(session: AsyncSession, enterprise_id: UUID, carrier_code: str) -> list[CalorificRow]:
    statement = select(CalorificRow).where(
        col(CalorificRow.enterprise_id) == enterprise_id, col(CalorificRow.carrier_code) == carrier_code
    )
    return list(await session.scalars(statement.order_by(col(CalorificRow.first_month))))


async def list_dated(session: AsyncSession, principal: Principal, query: ListQuery, table: Any) -> Page[Any]:
    """Entries that hold everywhere, in the caller's regions or above them."""
    return await query.page(session, select(table).where(dated_scope(col(table.region_code), principal)))


async def list_all(session: AsyncSession, query: ListQuery, table: Any) -> Page[Any]:
    return await query.page(session, select(table))


async def list_calorific(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    scope = owned_scope(col(CalorificRow.region_code), col(CalorificRow.enterprise_id), principal)
    return await query.page(session, select(CalorificRow).where(*scope))
