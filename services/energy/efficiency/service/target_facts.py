"""The months a target is judged by: of its enterprise, or summed over those of its region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from services.energy.efficiency.domain.books import (
    LOOK_BACK_MONTHS,
    OUTPUT_VALUE,
    Book,
    FigureKind,
    Key,
    Reason,
    ReasonCode,
)
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import YUAN_PER_UNIT, product_intensity
from services.energy.efficiency.domain.months import months_between, shifted
from services.energy.efficiency.domain.targets import Measure, MonthFact
from services.energy.efficiency.repository.books import Selection, load_books
from services.energy.efficiency.service.clock import last_month_over
from services.energy.efficiency.service.world import World, load_world
from services.energy.efficiency.tables import TargetRow

_DECEMBER: Final = 12


async def books_of(ctx: Context, rows: Sequence[TargetRow], year: int) -> tuple[dict[UUID, Book], World]:
    """The books of all that the targets are about; a region's once, though another lies in it."""
    codes = {row.region_code for row in rows if row.enterprise_id is None}
    widest = [
        code for code in codes if not any(other != code and regions.contains(other, code) for other in codes)
    ]
    ids = tuple({row.enterprise_id for row in rows if row.enterprise_id is not None})
    books: dict[UUID, Book] = {}
    first, last = shifted(date(year - 1, 1, 1), -LOOK_BACK_MONTHS), date(year, _DECEMBER, 1)
    for wanted in (Selection(ids), *(Selection(region_code=code) for code in sorted(widest))):
        books |= await load_books(ctx.session, wanted, first, last, ctx.now)
    return books, await load_world(ctx, books)


@dataclass(frozen=True, slots=True)
class TargetFacts:
    months: list[MonthFact]
    last_year: list[MonthFact]
    reasons: list[Reason]


def facts_of(ctx: Context, row: TargetRow, books: dict[UUID, Book], world: World) -> TargetFacts:
    members = [
        book
        for book in books.values()
        if (book.enterprise_id == row.enterprise_id)
        or (row.enterprise_id is None and regions.contains(row.region_code, book.region_code))
    ]
    over = last_month_over(ctx)
    ahead = date(row.year, 1, 1) > over
    last = min(over, date(row.year, _DECEMBER, 1))
    reasons: list[Reason] = []
    read = partial(_fact, row, members, world)
    months = [] if ahead else [read(month, reasons) for month in months_between(date(row.year, 1, 1), last)]
    before = [
        read(month, []) for month in months_between(date(row.year - 1, 1, 1), date(row.year - 1, _DECEMBER, 1))
    ]
    return TargetFacts(months, before, reasons)


def _fact(row: TargetRow, members: Iterable[Book], world: World, month: date, reasons: list[Reason]) -> MonthFact:
    """The sum over the members of that month; unknown as long as one is, with whom and why."""
    energy, output = Decimal(0), Decimal(0)
    counted = 0
    is_known = True
    for book in members:
        if not _belongs(book, month, row):
            continue
        counted += 1
        found, why = _of_book(row, book, world, month)
        if found is None:
            is_known = False
            name = book.name if row.enterprise_id is None else None
            reasons += [Reason(one.code, month, name or one.subject) for one in why]
            continue
        energy += found.energy or 0
        output += found.output or 0
    if not counted:
        reasons.append(Reason(ReasonCode.NO_MEMBERS, month))
    return MonthFact(energy, output) if is_known and counted else MonthFact(None)


def _belongs(book: Book, month: date, row: TargetRow) -> bool:
    """From its first figure on; a closed one until its last. A target's own enterprise always does."""
    if row.enterprise_id is not None:
        return True
    first, last = book.first_month(), book.last_month()
    if first is None or last is None or month < first:
        return False
    if row.measure == Measure.INTENSITY_PRODUCT and not any(
        key.kind is FigureKind.OUTPUT and key.code == row.product_code for key in book.figures
    ):
        return False
    return not (book.is_closed and month > last)


def _of_book(row: TargetRow, book: Book, world: World, month: date) -> tuple[MonthFact | None, Sequence[Reason]]:
    measure = Measure(row.measure)
    converter = world.converter(FactorKind(row.factor_kind), book.region_code, month)
    if measure is Measure.INTENSITY_PRODUCT:
        found = product_intensity(book, converter, row.product_code, [month])
        reasons = [one for one in found.reasons if one.code is not ReasonCode.OUTPUT_ZERO]
        return (MonthFact(found.tce, found.output), ()) if not reasons else (None, reasons)
    energy = converter.month(book, None, month)
    if measure is Measure.ELECTRICITY_KWH:
        missing = [one for one in energy.reasons if one.code is not ReasonCode.FACTOR_MISSING]
        reasons = missing or [Reason(ReasonCode.CARRIER_MISSING, month, "electricity")]
        return (None, reasons) if energy.kwh is None else (MonthFact(energy.kwh), ())
    if energy.tce is None:
        return None, energy.reasons
    if measure is Measure.TOTAL_TCE:
        return MonthFact(energy.tce), ()
    value = book.figures.get(Key(FigureKind.VALUE, month, None, OUTPUT_VALUE))
    if value is None:
        return None, [Reason(ReasonCode.OUTPUT_MISSING, month, OUTPUT_VALUE)]
    return MonthFact(energy.tce, value / YUAN_PER_UNIT), ()
