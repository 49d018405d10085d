"""Twenty-four months of reports of 68 enterprises, synthesised so that the texts' figures are sums of their rows.

The third text does not name its city; the demo lets 咸宁市 stand for it. From January to November its output is
58.6亿元 (+15.3 %), its value added 18.79亿元 (+10.3 %); 通山县's value added of the year is +48.6 %, the output of
the works in its metallurgy park 4.7亿元. 新村镇's 7890万元 (+60 %) and 31310万元 (+20 %) are goals: they say what
its works reported the year before, and nothing of this year. Months and single enterprises are made up.

Money in whole yuan, power in kWh. A group's amount is dealt out by largest remainder, so parts sum to it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.facts import (
    CITY_OUTPUT_GROWTH,
    CITY_OUTPUT_YUAN,
    CITY_VALUE_ADDED_GROWTH,
    CITY_VALUE_ADDED_YUAN,
    COUNTY_VALUE_ADDED_GROWTH,
    METALLURGY_OUTPUT_YUAN,
    XINCUN_SALES_GOAL_YUAN,
    XINCUN_SALES_GROWTH,
    XINCUN_VALUE_ADDED_GOAL_YUAN,
    XINCUN_VALUE_ADDED_GROWTH,
)
from deploy.demo.dataset.records import LABEL, Enterprise
from deploy.demo.dataset.registry import CITY, COUNTY, XINCUN

OUTPUT, VALUE_ADDED, SALES, REVENUE = "output_value", "value_added", "sales", "main_revenue"
PROFIT, TAX, POWER, EMPLOYEES = "profit", "tax", "power_kwh", "employees"
FLOWS: Final = (OUTPUT, VALUE_ADDED, SALES, REVENUE, PROFIT, TAX, POWER)
UNITS: Final = {POWER: "kwh", EMPLOYEES: "person"}

# What is reported: from the first month on, whose year began before it; the last one's was due on the tenth.
FIRST, LAST = date(2024, 9, 1), date(2026, 8, 1)
ENROLLED_FROM: Final = date(2024, 1, 1)
CONFIRMATION: Final = f"演示数据，已核实{LABEL}"
# The city's figures are of January to November.
CITY_MONTH: Final = date(2025, 11, 1)

# The month of a year has this share of it, in thousandths.
_SEASON: Final = (76, 74, 81, 83, 84, 86, 83, 85, 86, 86, 87, 89)
_TO_NOVEMBER: Final = sum(_SEASON[:11])


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Per yuan of output: value added, sales, kWh; and how many yuan of output a worker makes in a year."""

    value_added: Decimal
    sales: Decimal
    power: Decimal
    per_head: int


def _ratio(value_added: str, sales: str, power: str, per_head: int) -> _Ratio:
    return _Ratio(Decimal(value_added), Decimal(sales), Decimal(power), per_head)


_E = enterprises
_USUAL = _ratio("0.31", "0.98", "0.12", 900_000)
_RATIOS: Final[Mapping[str, _Ratio]] = {
    _E.FERROALLOY: _ratio("0.26", "0.97", "0.62", 1_500_000),
    _E.STONE_CUTTING: _ratio("0.34", "0.96", "0.24", 300_000),
    _E.HYDROPOWER: _ratio("0.66", "1", "0.02", 600_000),
    _E.WIND_POWER: _ratio("0.7", "1", "0.02", 600_000),
    _E.CEMENT: _ratio("0.33", "0.98", "0.33", 800_000),
    _E.CHEMICAL_FIBRE: _ratio("0.22", "0.98", "0.41", 700_000),
}
# A year's output of one enterprise of the county, yuan; the furnaces share what the text gives for their park.
_OUTPUT_2025: Final[Mapping[str, int]] = {
    _E.STONE_CUTTING: 7_400_000,
    _E.HYDROPOWER: 6_000_000,
    _E.WIND_POWER: 3_600_000,
    _E.CEMENT: 56_000_000,
    _E.TEA: 9_500_000,
    _E.VEGETABLES: 12_000_000,
    _E.SOY: 8_000_000,
}
_XINCUN_SHARES: Final = (16, 18, 21, 13, 10, 9, 5, 8)
_CITY_SHARES: Final = (19, 16, 15, 13, 12, 10, 8, 7)
# Growth in percent, made up where the texts say nothing.
_COUNTY_OUTPUT_BEFORE, _XINCUN_BEFORE = Decimal("31.4"), Decimal("9.2")
_COUNTY_2026, _CITY_2026 = Decimal(12), Decimal(8)
_XINCUN_2026: Final = {VALUE_ADDED: Decimal(24), SALES: Decimal(19)}

# One works' August fell; two have not reported August, and what one reported was given back.
DIPPED: Final = "黄沙水泥粉磨站"
_DIP: Final = {OUTPUT: Decimal("0.66"), VALUE_ADDED: Decimal("0.68"), POWER: Decimal("0.85")}
SILENT: Final = ("大路竹笋食品厂", "慈口枇杷食品厂")
RETURNED: Final = "洪港豆制品厂"

Months = tuple[int, ...]
Year = Mapping[str, Months]


def deal(amount: int, shares: Sequence[int]) -> list[int]:
    """The amount in whole parts by their shares; what rounding leaves goes to the largest remainders."""
    whole = sum(shares)
    parts = [amount * share // whole for share in shares]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(shares)), key=lambda place: (-(amount * shares[place] % whole), place))
    for place in by_remainder[:left]:
        parts[place] += 1
    return parts


def before(amount: int, growth_percent: Decimal) -> int:
    """The base that grew to the amount."""
    return _whole(Decimal(amount) * 100 / (100 + growth_percent))


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _grown(amount: int, percent: Decimal) -> int:
    return _whole(amount * (100 + percent) / 100)


def by_name(name: str) -> Enterprise:
    return next(one for one in enterprises.REPORTING if one.name == name + LABEL)


def _group(region: str) -> tuple[Enterprise, ...]:
    if region == CITY:
        return enterprises.CITY_WORKS
    return tuple(one for one in enterprises.ALL if one.region_code.startswith(region))


@dataclass(frozen=True, slots=True)
class _Totals:
    """A group's year: output, value added and sales of each enterprise."""

    output: list[int]
    value_added: list[int]
    sales: list[int]


def _county_2025() -> _Totals:
    works = _group(COUNTY)
    furnaces = iter(deal(METALLURGY_OUTPUT_YUAN, (36, 33, 31)))
    output = [
        next(furnaces)
        if one.sector_code == _E.FERROALLOY
        # Works of one trade differ, by up to a quarter.
        else _OUTPUT_2025[one.sector_code] * (88 + number * 7 % 25) // 100
        for number, one in enumerate(works)
    ]
    return _Totals(output, _of(works, output, VALUE_ADDED), _of(works, output, SALES))


def _of(works: Sequence[Enterprise], output: Sequence[int], what: str) -> list[int]:
    ratios = [_RATIOS.get(one.sector_code, _USUAL) for one in works]
    return [
        _whole(amount * (ratio.value_added if what == VALUE_ADDED else ratio.sales))
        for amount, ratio in zip(output, ratios, strict=True)
    ]


def _county(year: int) -> _Totals:
    now = _county_2025()
    if year == 2025:
        return now
    if year == 2026:
        return _Totals(*([_grown(one, _COUNTY_2026) for one in each] for each in _parts(now)))
    rates = (_COUNTY_OUTPUT_BEFORE, COUNTY_VALUE_ADDED_GROWTH, _COUNTY_OUTPUT_BEFORE)
    return _Totals(*(deal(before(sum(each), rate), each) for each, rate in zip(_parts(now), rates, strict=True)))


def _parts(totals: _Totals) -> tuple[list[int], list[int], list[int]]:
    return totals.output, totals.value_added, totals.sales


def _xincun(year: int) -> _Totals:
    """What the goals were set from, and around it."""
    value_added = before(XINCUN_VALUE_ADDED_GOAL_YUAN, XINCUN_VALUE_ADDED_GROWTH)
    sales = before(XINCUN_SALES_GOAL_YUAN, XINCUN_SALES_GROWTH)
    if year == 2024:
        value_added, sales = before(value_added, _XINCUN_BEFORE), before(sales, _XINCUN_BEFORE)
    if year == 2026:
        value_added, sales = _grown(value_added, _XINCUN_2026[VALUE_ADDED]), _grown(sales, _XINCUN_2026[SALES])
    output = _whole(Decimal(sales) / Decimal("0.98"))
    return _Totals(*(deal(amount, _XINCUN_SHARES) for amount in (output, value_added, sales)))


def _rest(year: int) -> _Totals:
    """What the city's figures leave for the works that stand outside of county and town."""
    if year == 2026:
        return _Totals(*([_grown(one, _CITY_2026) for one in each] for each in _parts(_rest(2025))))
    totals = []
    for what, amount, rate in (
        (OUTPUT, CITY_OUTPUT_YUAN, CITY_OUTPUT_GROWTH),
        (VALUE_ADDED, CITY_VALUE_ADDED_YUAN, CITY_VALUE_ADDED_GROWTH),
    ):
        whole = amount if year == 2025 else before(amount, rate)
        others = sum(
            sum(_spread(one)[:11])
            for group in (_county(year), _xincun(year))
            for one in (group.output if what == OUTPUT else group.value_added)
        )
        eleven = whole - others
        totals.append(eleven + eleven * _SEASON[11] // _TO_NOVEMBER)
    output, value_added = totals
    sales = _whole(output * Decimal("0.985"))
    return _Totals(*(deal(amount, _CITY_SHARES) for amount in (output, value_added, sales)))


def _spread(amount: int) -> list[int]:
    return deal(amount, _SEASON)


@lru_cache(maxsize=1)
def years() -> Mapping[str, Mapping[int, Year]]:
    """What each enterprise (by credit code) makes in the twelve months of 2024, 2025 and 2026, by indicator."""
    found: dict[str, dict[int, Year]] = {}
    for year in (2024, 2025, 2026):
        for region, totals in ((COUNTY, _county(year)), (XINCUN, _xincun(year)), (CITY, _rest(year))):
            for place, one in enumerate(_group(region)):
                amounts = [each[place] for each in _parts(totals)]
                found.setdefault(one.credit_code, {})[year] = _year(one, *(_spread(each) for each in amounts))
        if year < 2026:
            _meet_the_city(found, year)
    _dip(found[by_name(DIPPED).credit_code])
    return found


def _year(one: Enterprise, output: list[int], value_added: list[int], sales: list[int]) -> dict[str, Months]:
    ratio = _RATIOS.get(one.sector_code, _USUAL)
    heads = max(8, sum(output) // ratio.per_head)
    return {
        OUTPUT: tuple(output),
        VALUE_ADDED: tuple(value_added),
        SALES: tuple(sales),
        REVENUE: tuple(amount * 101 // 100 for amount in sales),
        PROFIT: tuple(amount * 6 // 100 for amount in sales),
        TAX: tuple(amount * 45 // 1000 for amount in sales),
        POWER: tuple(_whole(amount * ratio.power) for amount in output),
        EMPLOYEES: (heads,) * 12,
    }


def _meet_the_city(found: dict[str, dict[int, Year]], year: int) -> None:
    """Dealing out year, enterprises and months rounds thrice; the largest works takes the few yuan between."""
    largest = enterprises.CITY_WORKS[0].credit_code
    for what, amount, rate in (
        (OUTPUT, CITY_OUTPUT_YUAN, CITY_OUTPUT_GROWTH),
        (VALUE_ADDED, CITY_VALUE_ADDED_YUAN, CITY_VALUE_ADDED_GROWTH),
    ):
        whole = amount if year == 2025 else before(amount, rate)
        lacks = whole - sum(sum(own[year][what][:11]) for own in found.values())
        months = found[largest][year][what]
        found[largest][year] = {**found[largest][year], what: (*months[:10], months[10] + lacks, months[11])}


def _dip(own: dict[int, Year]) -> None:
    place = LAST.month - 1
    year = dict(own[LAST.year])
    for what, factor in _DIP.items():
        months = list(year[what])
        months[place] = _whole(months[place] * factor)
        year[what] = tuple(months)
    own[LAST.year] = year
