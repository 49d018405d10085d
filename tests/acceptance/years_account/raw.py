"""What happened in the year: who reports what, who slips, what is corrected. Made up from a fixed seed.

2024 is the year before; 2025 is played. Amounts are whole yuan, power is kWh.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Final

CITY, COUNTY = "421200", "421224"
TOWN, OTHER_TOWN = "421224101", "421224102"
# 新村镇 stands in a county that does not exist, as in the demo.
NEW_COUNTY, NEW_TOWN = "421290", "421290100"
YEAR, BEFORE = 2025, 2024

OUTPUT, VALUE_ADDED, SALES, PROFIT, TAX, POWER = INDICATORS = (
    *("output_value", "value_added", "sales", "profit", "tax", "power_kwh"),
)


@dataclass(frozen=True, slots=True)
class Works:
    """``number`` makes its credit code; it is in the register from ``first`` on, and before ``end``."""

    number: int
    town: str
    sector: str
    base: int
    first: date = date(BEFORE, 1, 1)
    end: date | None = None
    moves_to: tuple[str, date] | None = None


WORKS: Final = (
    Works(1, TOWN, "3140", 9_200_000),
    Works(2, TOWN, "3140", 7_700_000),
    Works(3, TOWN, "3032", 2_300_000),
    Works(4, TOWN, "3032", 3_100_000),
    Works(5, TOWN, "3011", 5_400_000, moves_to=(OTHER_TOWN, date(YEAR, 7, 1))),
    Works(6, OTHER_TOWN, "1530", 1_250_000),
    Works(7, OTHER_TOWN, "1371", 1_900_000),
    Works(8, OTHER_TOWN, "3011", 4_800_000, first=date(YEAR, 4, 1)),
    Works(9, NEW_TOWN, "2740", 6_100_000),
    Works(10, NEW_TOWN, "2720", 4_400_000),
    Works(11, NEW_TOWN, "2231", 3_700_000, end=date(YEAR, 10, 1)),
    Works(12, NEW_TOWN, "2511", 2_900_000),
)
# Says the year's value alone, or the month's alone; the other one follows.
ONLY_CUMULATIVE, ONLY_MONTH = 3, 6
# Of power and output that part, and of a works that lost money, nobody is asked again here.
LOSS = 12

# Hands in after the due day, by month; what is given back once; who is corrected after the quarter was frozen.
LATE: Final = {2: 3, 5: 6, 8: 9, 11: 10}
GIVEN_BACK: Final = {4: 2, 10: 7}
CORRECTED, CORRECTED_MONTH, CORRECTION = 1, 9, 500_000
# December's tax of one works is put right in January, after the year was settled.
TAX_CORRECTED, TAX_CORRECTION = 7, 35_000
RESTATED, RESTATED_MONTH, RESTATED_VALUE = 4, date(BEFORE, 6, 1), 2_750_000
VETOED = 2
# From July on two townships count a works' output together (共建共享): parts of a hundred.
SHARED, SHARED_FROM, SHARES = 6, date(YEAR, 7, 1), {OTHER_TOWN: 60, TOWN: 40}

# The last day in time: the tenth of the next month, or the first working day after it.
DUE: Final = {
    1: "2025-02-10", 2: "2025-03-10", 3: "2025-04-10", 4: "2025-05-12", 5: "2025-06-10", 6: "2025-07-10",
    7: "2025-08-11", 8: "2025-09-10", 9: "2025-10-10", 10: "2025-11-10", 11: "2025-12-10", 12: "2026-01-12",
}  # fmt: skip


def stands_in(works: Works, month: date) -> str | None:
    """The town in the month; None while it is not in the register."""
    if month < works.first or (works.end is not None and month >= works.end):
        return None
    if works.moves_to is not None and month >= works.moves_to[1]:
        return works.moves_to[0]
    return works.town


def month_of(works: Works, month: date) -> dict[str, int]:
    """What the works makes in a month, before anybody corrects it."""
    rng = random.Random(f"{works.number}-{month}")
    trend = 1.0 if month.year == BEFORE else 1.06 + works.number % 5 * 0.03
    output = int(works.base * trend * (0.9 + month.month % 4 * 0.04) * rng.uniform(0.95, 1.05))
    loses = works.number == LOSS and month.year == BEFORE
    return {
        OUTPUT: output,
        VALUE_ADDED: int(output * rng.uniform(0.28, 0.32)),
        SALES: int(output * rng.uniform(0.94, 1.0)),
        PROFIT: -int(output * 0.02) if loses else int(output * rng.uniform(0.05, 0.08)),
        TAX: int(output * rng.uniform(0.035, 0.05)),
        POWER: int(output * 0.21),
    }


def corrections(works: Works, month: date) -> dict[str, int]:
    """What is added to a month once it is put right."""
    if (works.number, month) == (CORRECTED, date(YEAR, CORRECTED_MONTH, 1)):
        return {OUTPUT: CORRECTION}
    if (works.number, month) == (TAX_CORRECTED, date(YEAR, 12, 1)):
        return {TAX: TAX_CORRECTION}
    return {}


def cumulative_of(works: Works, month: date, *, corrected: bool) -> dict[str, int]:
    """January to the month. Of a correction the months after it know."""
    sums = dict.fromkeys(INDICATORS, 0)
    for number in range(1, month.month + 1):
        one = month.replace(month=number)
        if stands_in(works, one) is None:
            continue
        for name, value in month_of(works, one).items():
            counts = one < month or corrected
            sums[name] += value + (corrections(works, one).get(name, 0) if counts else 0)
    return sums
