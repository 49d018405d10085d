"""Putting benchmarks in force and telling others of them; what a better level would save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import BENCHMARK, EnergyBenchmarkRecordedV1
from libs.common.outbox.record import record_event, record_tombstone
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.benchmarks import (
    Benchmark,
    Level,
    Position,
    benchmark_for,
    demand_order,
    saving_at,
    value_at,
)
from services.energy.efficiency.domain.books import Book, Reason, ReasonCode
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import (
    Basis,
    Intensity,
    product_intensity,
    value_intensity,
)
from services.energy.efficiency.domain.months import months_between
from services.energy.efficiency.errors import ProductUnknown
from services.energy.efficiency.repository import catalogue as repository
from services.energy.efficiency.repository.books import Selection
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.placing import demand_reach, place
from services.energy.efficiency.service.world import World, read_books
from services.energy.efficiency.tables import BenchmarkRow, ProductRow


async def put_benchmark(ctx: Context, benchmark: Benchmark) -> BenchmarkRow:
    """Put a benchmark in force from its first day on.

    Raises BenchmarkNotOrdered, ProductUnknown, EverywhereForbidden, EntryNotOrdered, EntryOverlaps.
    """
    demand_order(benchmark)
    demand_reach(ctx, benchmark.region_code)
    products = await repository.products(ctx.session)
    if benchmark.basis is Basis.PRODUCT:
        product = products.get(benchmark.product_code)
        if product is None:
            raise ProductUnknown(
                code=benchmark.product_code, errors=[FieldError("efficiency.product_unknown", "/product_code")]
            )
        benchmark = replace(benchmark, product_unit=product.unit)
    parts = (benchmark.sector_code, benchmark.basis, benchmark.product_code, benchmark.factor_kind)
    await lock_key(ctx.session, "energy_benchmark", ":".join((*parts, str(benchmark.region_code))))
    rows = await repository.benchmark_rows(ctx.session, benchmark)
    row, changed = place(ctx, BenchmarkRow, rows, benchmark, value_of=repository.benchmark_of)
    await ctx.session.flush()
    for one in changed:
        await _record(ctx, one, products.get(one.product_code))
    return row


async def withdraw_benchmark(ctx: Context, row: BenchmarkRow) -> None:
    """Take a benchmark back that was entered by mistake; an earlier one does not last longer by it."""
    demand_reach(ctx, row.region_code)
    await record_tombstone(
        ctx, BENCHMARK, subject=str(row.id), aggregate_version=row.version + 1, region_code=row.region_code
    )
    await ctx.session.delete(row)
    await ctx.session.flush()


async def _record(ctx: Context, row: BenchmarkRow, product: ProductRow | None) -> None:
    entry = row.entry_value
    payload = EnergyBenchmarkRecordedV1(
        benchmark_id=row.id,
        sector_code=row.sector_code,
        basis=row.basis,
        product_code=row.product_code,
        product_name="" if product is None else product.name,
        product_unit=row.product_unit,
        factor_kind=row.factor_kind,
        region_code=row.region_code,
        limit_value=_text(row.limit_value),
        entry_value=None if entry is None else _text(entry),
        advanced_value=_text(row.advanced_value),
        source=row.source,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )


def _text(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.000001")).normalize(), "f")


async def benchmark_in_force(
    ctx: Context, sector_code: str, region_code: str, on: date, basis: Basis, product_code: str, kind: FactorKind
) -> Benchmark | None:
    """The one that counts for a sector in a region on a day."""
    known = await repository.all_benchmarks(ctx.session)
    return benchmark_for(
        known, sector_code, region_code, on, basis=basis, product_code=product_code, factor_kind=kind
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """An intensity with where it stands."""

    intensity: Intensity
    benchmark: Benchmark | None
    position: Position | None


def measured_of(book: Book, world: World, first: date, last: date, kind: FactorKind) -> list[Measured]:
    """The book's intensities of the months: each product, then output value."""
    months = months_between(first, last)
    converter = world.converter(kind, book.region_code, last)
    found = [product_intensity(book, converter, code, months) for code in book.product_codes(months)]
    found.append(value_intensity(book, converter, months))
    return [Measured(one, *world.position(book, one, kind)) for one in found]


@dataclass(frozen=True, slots=True)
class Saving:
    """What one enterprise would save at a level with one product or its output value; null with the reasons."""

    book: Book
    measured: Measured
    level_value: Decimal | None
    saved_tce: Decimal | None
    reasons: tuple[Reason, ...]


async def savings(
    ctx: Context, wanted: Selection, level: Level, first: date, last: date, kind: FactorKind
) -> list[Saving]:
    """Each enterprise by its products where a benchmark knows one of them, else by its output value."""
    books, world = await read_books(ctx, wanted, first, last)
    found: list[Saving] = []
    for book in books.values():
        if book.first_month() is None:
            continue
        measured = measured_of(book, world, first, last, kind)
        products = [one for one in measured[:-1] if one.benchmark is not None]
        found += [_saving(book, one, level) for one in products or measured[-1:]]
    return found


def _saving(book: Book, measured: Measured, level: Level) -> Saving:
    if measured.benchmark is None:
        reasons = (*measured.intensity.reasons, Reason(ReasonCode.NO_BENCHMARK))
        return Saving(book, measured, None, None, reasons)
    saved = saving_at(measured.intensity, measured.benchmark, level)
    return Saving(book, measured, value_at(measured.benchmark, level), saved, measured.intensity.reasons)


async def intensities(
    ctx: Context, enterprise_id: UUID, first: date, last: date, kind: FactorKind
) -> list[Measured]:
    books, world = await read_books(ctx, Selection((enterprise_id,)), first, last)
    return measured_of(books[enterprise_id], world, first, last, kind)
