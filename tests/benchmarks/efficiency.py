"""A quarter of the contest among 2,000 enterprises, by the rules the service runs, from books in memory.

The reference adds up the same products of quantity and factor in floats and does nothing else: no reasons, no
meters, no carriers that are missed.
"""

from __future__ import annotations

import random
import time
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.energy.efficiency.domain.benchmarks import Benchmark, position_of
from services.energy.efficiency.domain.books import Book, FigureKind, Flow, Key, Metered, MeterTrust
from services.energy.efficiency.domain.carriers import Carrier, Factor, FactorBook, FactorKind
from services.energy.efficiency.domain.contest import Candidate, ContestRule, Placed, Quality, standing
from services.energy.efficiency.domain.converting import Converter
from services.energy.efficiency.domain.intensities import Basis, product_intensity
from services.energy.efficiency.domain.months import months_between, quarter_months, shifted
from tests.benchmarks.results import Case, paired

ENTERPRISES: Final = 2000
_KGCE: Final = {"raw_coal": "0.7143", "diesel": "1.4571", "natural_gas": "1.2143", "electricity": "0.1229"}
_FIRST: Final = date(2024, 4, 1)
_LAST: Final = date(2026, 6, 1)
_QUARTER: Final = quarter_months(2026, 2)
_YEAR_BEFORE: Final = tuple(shifted(month, -12) for month in _QUARTER)
_BENCHMARK: Final = Benchmark(
    sector_code="C3011",
    basis=Basis.PRODUCT,
    product_code="clinker",
    product_unit="t",
    limit_value=Decimal("0.13"),
    entry_value=Decimal("0.117"),
    advanced_value=Decimal("0.1"),
)
_RULE: Final = ContestRule(
    code="cement",
    name="水泥",
    sectors=("C3011",),
    basis=Basis.PRODUCT,
    product_code="clinker",
    weight_level=Decimal("0.5"),
    weight_improvement=Decimal("0.3"),
    weight_quality=Decimal("0.2"),
)


def books_of(count: int) -> list[Book]:
    """Books of 27 months with four carriers, an output and a meter; the same at every call."""
    chance = random.Random(7)
    found = []
    for number in range(count):
        book = Book(UUID(int=number + 1), f"91421224MA{number:08}", f"E{number}", "421224", "C3011")
        size = chance.uniform(0.5, 2)
        for month in months_between(_FIRST, _LAST):
            for code, usual in (("raw_coal", 9e5), ("diesel", 2e4), ("natural_gas", 1e4), ("electricity", 5e5)):
                quantity = Decimal(str(round(usual * size * chance.uniform(0.8, 1.2), 3)))
                book.figures[Key(FigureKind.USE, month, None, code, Flow.CONSUMED)] = quantity
            output = Decimal(str(round(7000 * size, 3)))
            book.figures[Key(FigureKind.OUTPUT, month, None, "clinker")] = output
            metered = book.figures[Key(FigureKind.USE, month, None, "electricity", Flow.CONSUMED)]
            book.metered[month, None] = Metered(metered, 2900, 2976)
        found.append(book)
    return found


def contest_of(books: list[Book]) -> list[Placed]:
    """The quarter's standing."""
    carriers = {code: Carrier(code, code, code, "kg", is_fuel=code != "electricity") for code in _KGCE}
    factors = [
        Factor(carrier_code=code, kind=FactorKind.EQUIVALENT, kgce_per_unit=Decimal(kgce))
        for code, kgce in _KGCE.items()
    ]
    converter = Converter(FactorBook(carriers, factors), FactorKind.EQUIVALENT, MeterTrust())
    candidates = []
    for book in books:
        now = product_intensity(book, converter, "clinker", _QUARTER)
        before = product_intensity(book, converter, "clinker", _YEAR_BEFORE)
        facts = (book.enterprise_id, book.credit_code, book.name, book.region_code, book.sector_code)
        quality = Quality(Decimal(1), Decimal(1), Decimal("0.98"))
        position = position_of(now, _BENCHMARK)
        candidates.append(Candidate(*facts, now, before, _BENCHMARK, position, quality))
    return standing(_RULE, candidates)


def _plain_sums(books: list[Book]) -> float:
    kgce = {code: float(factor) for code, factor in _KGCE.items()}
    months = {*_QUARTER, *_YEAR_BEFORE}
    return sum(
        float(quantity) * kgce[key.code]
        for book in books
        for key, quantity in book.figures.items()
        if key.kind is FigureKind.USE and key.month in months
    )


def run(rounds: int) -> list[Case]:
    """Seconds of a contest beside those of the plain sums."""
    books = books_of(ENTERPRISES)
    pairs = []
    for _ in range(rounds):
        # A book keeps its uses by month once it was read.
        fresh = [
            Book(book.enterprise_id, book.credit_code, book.name, book.region_code, book.sector_code)
            for book in books
        ]
        for copy, book in zip(fresh, books, strict=True):
            copy.figures, copy.metered = book.figures, book.metered
        started = time.perf_counter()
        placed = contest_of(fresh)
        whole = time.perf_counter() - started
        started = time.perf_counter()
        _plain_sums(books)
        pairs.append((whole, time.perf_counter() - started))
        if len(placed) != ENTERPRISES:
            raise RuntimeError("somebody is neither ranked nor excluded")
    return [paired("efficiency.contest", "s", "plain float sums of the same figures, s", pairs)]
