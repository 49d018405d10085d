"""Figures of the economy as a bulletin keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from services.projects.bulletins.domain.content import Cell
from services.projects.bulletins.domain.facts import BulletinScope
from services.projects.bulletins.domain.figures import Against, Figure, Row, Shape
from services.projects.bulletins.service.sources.base import Sheet, fixed
from services.projects.economy.domain import figures as economy
from services.projects.economy.domain.indicators import Indicator, SignRule
from services.projects.economy.domain.question import Question
from services.projects.economy.service.rollups import Answer
from services.projects.rates.domain.grouping import RegionLevel, division_of, region_at

SOURCE: Final = "economy"
# What a column counts in, by unit.
SCALES: Final = {"yuan": (10_000, "万元", "10k yuan"), "kwh": (10_000, "万千瓦时", "10k kWh")}

# Facts that a figure's own rows have.
Part = tuple[tuple[str, str | None], ...]


def row_of(row: economy.FigureRow, level: RegionLevel | None) -> Row:
    return {
        "enterprise_id": str(row.enterprise_id),
        "credit_code": row.credit_code,
        "name": row.name,
        "region_code": row.region_code,
        "part": None if level is None else region_at(row.region_code, level),
        "sector": division_of(row.sector_code),
        "month": row.month.isoformat(),
        "value": None if row.counted is None else str(row.counted),
        "base": None if row.base is None else str(row.base),
        "reason": row.reason,
        "report_id": None if row.report_id is None else str(row.report_id),
        "revision": row.revision,
    }


def amount_of(indicator: Indicator, figure: economy.Figure, rows_key: str | None, part: Part) -> Figure:
    return Figure(
        shape=Shape.AMOUNT,
        value=figure.value,
        reason=figure.reason,
        unit=indicator.unit,
        may_be_negative=indicator.sign is SignRule.ANY,
        # How many of how many enterprises said it.
        basis=f"{figure.complete}/{figure.expected}",
        source=SOURCE,
        rows_key=rows_key,
        rows_part=part,
    )


def rate_of(
    indicator: Indicator,
    against: Against,
    rate: Decimal | None,
    reason: str | None,
    sides: tuple[Decimal | None, Decimal | None],
    rows: tuple[str | None, Part] = (None, ()),
) -> Figure:
    return Figure(
        shape=Shape.GROWTH,
        value=rate,
        reason=reason,
        unit=indicator.unit,
        against=against,
        current=sides[0],
        base=sides[1],
        may_be_negative=indicator.sign is SignRule.ANY and indicator.unit == "yuan" and indicator.code == "profit",
        basis="" if indicator.price_basis is None else indicator.price_basis.value,
        source=SOURCE,
        rows_key=rows[0],
        rows_part=rows[1],
    )


def put_answer(
    sheet: Sheet, name: str, indicator: Indicator, found: Answer, rows_key: str | None, part: Part
) -> None:
    """A value with its growth against the year before, and against the month before where there is one."""
    sheet.put(name, amount_of(indicator, found.figure, rows_key, part))
    for against, one in ((Against.YEAR, found.yoy), (Against.MONTH, found.mom)):
        if one is not None:
            sides = (one.current.value, one.base.value)
            # The rows hold the bases of the year before only.
            rows = (rows_key, part) if against is Against.YEAR else (None, ())
            sheet.put(f"{name}.{_short(against)}", rate_of(indicator, against, one.rate, one.reason, sides, rows))


def _short(against: Against) -> str:
    return "yoy" if against is Against.YEAR else "mom"


def scale_of(indicator: Indicator) -> tuple[int, str, str]:
    if indicator.unit in SCALES:
        return SCALES[indicator.unit]
    return (1, "人", "persons") if indicator.unit == "person" else (1, indicator.unit, indicator.unit)


def has(sheet: Sheet, name: str) -> bool:
    try:
        sheet.figure(name)
    except KeyError:
        return False
    return True


def decimal_of(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def sum_of(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def question_of(scope: BulletinScope, *, cumulative: bool) -> Question:
    return Question(month=scope.period.last_month, region_code=scope.region_code, cumulative=cumulative)


def value_cells(sheet: Sheet, base: str, scale: int, rates: Sequence[str]) -> list[Cell]:
    if not has(sheet, base):
        return [fixed("—", "—") for _ in range(1 + len(rates))]
    places = 2 if scale > 1 else 0
    return [
        sheet.cell(base, scale=scale, places=places),
        *(
            sheet.cell(f"{base}.{one}", places=1) if has(sheet, f"{base}.{one}") else fixed("—", "—")
            for one in rates
        ),
    ]
