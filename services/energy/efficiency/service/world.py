"""What figures are read by: factors, rules, benchmarks, products; loaded once a transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.validity import in_force
from services.energy.efficiency.domain.benchmarks import Benchmark, Position, benchmark_for, position_of
from services.energy.efficiency.domain.books import LOOK_BACK_MONTHS, Book, MeterTrust
from services.energy.efficiency.domain.carriers import FactorBook, FactorKind
from services.energy.efficiency.domain.converting import Converter
from services.energy.efficiency.domain.intensities import Intensity
from services.energy.efficiency.domain.months import shifted
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.repository import catalogue
from services.energy.efficiency.repository.books import Selection, load_books
from services.energy.efficiency.tables import ProductRow


@dataclass(slots=True)
class World:
    """Converters are kept by kind and rule: months of a book are computed once."""

    factors: FactorBook
    rules: tuple[EfficiencyRule, ...]
    benchmarks: tuple[Benchmark, ...]
    products: dict[str, ProductRow]
    _converters: dict[tuple[FactorKind, MeterTrust], Converter] = field(default_factory=dict)

    def rule(self, region_code: str, on: date) -> EfficiencyRule:
        """The rule in force; the shipped values where there is none."""
        return in_force(self.rules, region_code, on) or EfficiencyRule()

    def converter(self, kind: FactorKind, region_code: str, on: date) -> Converter:
        rule = self.rule(region_code, on)
        trust = MeterTrust(rule.min_completeness, rule.tolerance_percent)
        if (kind, trust) not in self._converters:
            self._converters[kind, trust] = Converter(self.factors, kind, trust)
        return self._converters[kind, trust]

    def benchmark(self, book: Book, intensity: Intensity, kind: FactorKind) -> Benchmark | None:
        """By the sector of the enterprise on the last month's first day."""
        return benchmark_for(
            self.benchmarks,
            book.sector_code,
            book.region_code,
            intensity.last_month,
            basis=intensity.basis,
            product_code=intensity.product_code,
            factor_kind=kind,
        )

    def position(
        self, book: Book, intensity: Intensity, kind: FactorKind
    ) -> tuple[Benchmark | None, Position | None]:
        benchmark = self.benchmark(book, intensity, kind)
        return benchmark, position_of(intensity, benchmark)


async def load_world(ctx: Context, enterprise_ids: Collection[UUID]) -> World:
    """``enterprise_ids``: whose measured calorific values are wanted."""
    return World(
        await catalogue.factor_book(ctx.session, enterprise_ids),
        await catalogue.all_rules(ctx.session),
        await catalogue.all_benchmarks(ctx.session),
        await catalogue.products(ctx.session),
    )


async def read_books(
    ctx: Context, wanted: Selection, first: date, last: date, *, as_of: datetime | None = None
) -> tuple[dict[UUID, Book], World]:
    """Books of the months, and of those before by which carriers are expected."""
    books = await load_books(ctx.session, wanted, shifted(first, -LOOK_BACK_MONTHS), last, ctx.now, as_of=as_of)
    return books, await load_world(ctx, books)
