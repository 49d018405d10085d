"""How targets stand: progress is kept, situations and vetoes are brought in line; the same figures, the same end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from services.energy.efficiency.domain import wording
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
from services.energy.efficiency.domain.targets import (
    EfficiencyRule,
    Light,
    Measure,
    MonthFact,
    Pace,
    Progress,
    judge,
)
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.repository.books import Selection, load_books
from services.energy.efficiency.repository.figures import enterprise_regions
from services.energy.efficiency.service.clock import last_month_over, today_of
from services.energy.efficiency.service.vetoes import RED_MONTHS, YEAR_MISSED, Ground, settle_veto
from services.energy.efficiency.service.world import World, load_world
from services.energy.efficiency.tables import TargetRow, VetoRow
from services.energy.situations.domain.situation import Finding, Judgement, Subject
from services.energy.situations.service import settle_all
from services.energy.situations.tables import SituationRow

KINDS: Final = (SituationKind.ENERGY_TARGET_MISSED,)
_DECEMBER: Final = 12
_MAX_REASONS: Final = 50


async def judge_after(ctx: Context, enterprise_ids: Collection[UUID], years: Collection[int]) -> None:
    """Judge what hangs on figures of these enterprises and years: their targets and those of the regions above.

    A year's figures shape the next year's seasonal pace.
    """
    affected = sorted({*years, *(year + 1 for year in years)})
    if not enterprise_ids or not affected:
        return
    books, _ = await read_books(
        ctx, Selection(tuple(enterprise_ids)), date(affected[0], 1, 1), date(affected[0], 1, 1)
    )
    above = {code for book in books.values() for code in (book.region_code, *regions.ancestors(book.region_code))}
    rows = await repository.lock_targets(ctx.session, affected, enterprise_ids=enterprise_ids, region_codes=above)
    await judge_targets(ctx, rows)


async def judge_all(ctx: Context) -> None:
    """Judge the targets of this year and of the last: what meters and time changed."""
    year = today_of(ctx).year
    await judge_targets(ctx, await repository.lock_targets(ctx.session, (year - 1, year)))


async def judge_targets(ctx: Context, rows: Sequence[TargetRow]) -> None:
    """Judge locked targets, those of a year together."""
    by_year: dict[int, list[TargetRow]] = defaultdict(list)
    for row in rows:
        by_year[row.year].append(row)
    vetoes = await repository.vetoes_of_targets(ctx.session, [row.id for row in rows])
    judgements: list[Judgement] = []
    for year, own in sorted(by_year.items()):
        books, world = await _books_of(ctx, own, year)
        for row in own:
            judgement = await _judge_one(ctx, row, books, world, vetoes.get(row.id, []))
            if judgement is not None:
                judgements.append(judgement)
    if judgements:
        months = {row.id: row.judged_month for row in rows}

        def why_cleared(found: SituationRow) -> str:
            # The same months say otherwise now, or later ones made up for it.
            return "corrected" if months[found.subject_id] == found.reference_on else "met"

        await settle_all(ctx, judgements, judged=KINDS, reason=why_cleared)


async def withdraw(ctx: Context, row: TargetRow) -> None:
    """End what hangs on a target that was withdrawn."""
    known = (await repository.vetoes_of_targets(ctx.session, [row.id])).get(row.id, [])
    await settle_veto(ctx, row, known, None, "withdrawn")
    await settle_all(ctx, [Judgement(_subject(row))], judged=KINDS, reason=lambda _: "withdrawn")


async def _books_of(ctx: Context, rows: Sequence[TargetRow], year: int) -> tuple[dict[UUID, Book], World]:
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
class _Facts:
    months: list[MonthFact]
    last_year: list[MonthFact]
    reasons: list[Reason]


def _facts(ctx: Context, row: TargetRow, books: dict[UUID, Book], world: World) -> _Facts:
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
    return _Facts(months, before, reasons)


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


async def _judge_one(
    ctx: Context, row: TargetRow, books: dict[UUID, Book], world: World, vetoes: Sequence[VetoRow]
) -> Judgement | None:
    """Keep the progress and settle the veto; None where nothing can be said, which clears nothing."""
    facts = _facts(ctx, row, books, world)
    rule = world.rule(row.region_code, min(today_of(ctx), date(row.year, _DECEMBER, 31)))
    measure = Measure(row.measure)
    progress = judge(measure, row.year, row.value, Pace(row.pace), facts.months, facts.last_year, rule)
    row.progress = _kept(progress, facts)
    row.judged_at = ctx.now
    latest = progress.latest
    row.light = None if latest is None else latest.light.value
    row.judged_month = None if latest is None else latest.month
    if latest is None:
        return None
    product = _product(row, world)
    ground = _ground(row, progress, rule, product)
    lifting = "recovered"
    standing = next((one for one in vetoes if one.lifted_at is None), None)
    if standing is not None and standing.rows and standing.rows[-1]["month"] >= latest.month.isoformat():
        lifting = "corrected"
    await settle_veto(ctx, row, vetoes, ground, lifting)
    return Judgement(_subject(row), _findings(row, progress, product))


def _findings(row: TargetRow, progress: Progress, product: tuple[str, str]) -> tuple[Finding, ...]:
    latest = progress.latest
    if latest is None or (not progress.missed and (latest.light is Light.GREEN or progress.missed is False)):
        return ()
    measure = Measure(row.measure)
    if progress.missed:
        zh, en = wording.missed(measure, product, row.year, row.value, latest.actual)
    else:
        zh, en = wording.behind_pace(measure, product, row.year, latest)
    return (
        Finding(
            kind=SituationKind.ENERGY_TARGET_MISSED,
            level=2 if progress.missed or latest.light is Light.RED else 1,
            reference_on=latest.month,
            planned=float(latest.planned),
            actual=float(latest.actual),
            explanation_zh=zh,
            explanation_en=en,
        ),
    )


def _ground(row: TargetRow, progress: Progress, rule: EfficiencyRule, product: tuple[str, str]) -> Ground | None:
    latest = progress.latest
    if latest is None:
        return None
    points = _points(progress)
    measure = Measure(row.measure)
    if progress.missed:
        zh, en = wording.missed(measure, product, row.year, row.value, latest.actual)
        return Ground(YEAR_MISSED, zh, en, points)
    count = progress.red_months()
    if progress.missed is None and rule.veto_red_months is not None and count >= rule.veto_red_months:
        zh, en = wording.red_in_a_row(measure, product, row.year, count, latest)
        return Ground(RED_MONTHS, zh, en, points)
    return None


def _product(row: TargetRow, world: World) -> tuple[str, str]:
    product = world.products.get(row.product_code)
    return ("", "") if product is None else (product.name, product.unit)


def _subject(row: TargetRow) -> Subject:
    subject = str(row.enterprise_id or row.region_code)
    suffix = f":{row.product_code}" if row.product_code else ""
    name, _ = wording.measure_name(Measure(row.measure))
    return Subject(
        type="energy_target",
        id=row.id,
        code=f"{subject}:{row.year}:{row.measure}{suffix}",
        name=f"{row.subject_name} {row.year} 年{name}",
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        responsible_person_id=row.responsible_person_id,
        responsible_unit_id=row.responsible_unit_id,
    )


def _points(progress: Progress) -> list[dict[str, Any]]:
    return [
        {
            "month": point.month.isoformat(),
            "planned": str(point.planned),
            "actual": str(point.actual),
            "deviation_percent": str(point.deviation_percent),
            "light": point.light.value,
        }
        for point in progress.points
    ]


def _kept(progress: Progress, facts: _Facts) -> dict[str, Any]:
    reasons = [
        {
            "code": one.code.value,
            "month": None if one.month is None else one.month.isoformat(),
            "subject": one.subject,
        }
        for one in facts.reasons[:_MAX_REASONS]
    ]
    return {
        "pace": progress.pace.value,
        "months_over": len(facts.months),
        "points": _points(progress),
        "forecast": None if progress.forecast is None else str(progress.forecast),
        "missed": progress.missed,
        "reasons": reasons,
    }
