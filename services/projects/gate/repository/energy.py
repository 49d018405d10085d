"""SQL of the energy service's benchmarks, as its events tell them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.energy import EnergyBenchmarkRecordedV1
from services.projects.gate.domain.standards import IntensityBasis, SectorBenchmark
from services.projects.gate.tables import EnergyBenchmarkRow

# A project is measured by what is in the energy it will use, not by what that took to make.
_COUNTED = "equivalent"


async def replace_benchmark(session: AsyncSession, told: EnergyBenchmarkRecordedV1, version: int) -> None:
    """Keep what was told, unless something newer is there."""
    facts: dict[str, Any] = told.model_dump(exclude={"product_name"})
    for name in ("limit_value", "entry_value", "advanced_value"):
        facts[name] = None if facts[name] is None else Decimal(facts[name])
    facts |= {"version": version, "withdrawn": False}
    statement = insert(EnergyBenchmarkRow).values(facts)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["benchmark_id"],
            set_={name: statement.excluded[name] for name in facts if name != "benchmark_id"},
            where=col(EnergyBenchmarkRow.version) < statement.excluded.version,
        )
    )


async def withdraw_benchmark(session: AsyncSession, benchmark_id: UUID, version: int | None) -> None:
    """End a benchmark; without a version in the record the row keeps its own."""
    statement = update(EnergyBenchmarkRow).where(col(EnergyBenchmarkRow.benchmark_id) == benchmark_id)
    values: dict[str, Any] = {"withdrawn": True}
    if version is not None:
        # Not older is enough: the withdrawal itself may come twice.
        statement = statement.where(col(EnergyBenchmarkRow.version) <= version)
        values["version"] = version
    await session.execute(statement.values(values))


async def energy_benchmarks(
    session: AsyncSession, basis: IntensityBasis, product_unit: str
) -> dict[str, list[SectorBenchmark]]:
    """Benchmarks of the basis and unit, by product; of output value the product is empty."""
    statement = select(EnergyBenchmarkRow).where(
        col(EnergyBenchmarkRow.basis) == basis.value,
        col(EnergyBenchmarkRow.product_unit) == product_unit,
        col(EnergyBenchmarkRow.factor_kind) == _COUNTED,
        col(EnergyBenchmarkRow.withdrawn).is_(False),
    )
    found: dict[str, list[SectorBenchmark]] = {}
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        benchmark = SectorBenchmark(
            sector_code=row.sector_code,
            basis=basis,
            limit_value=row.limit_value,
            advanced_value=row.advanced_value,
            entry_value=row.entry_value,
            product_unit=row.product_unit,
            source=row.source,
            region_code=row.region_code,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        found.setdefault(row.product_code, []).append(benchmark)
    return found
