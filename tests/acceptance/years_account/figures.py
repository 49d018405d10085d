"""Every figure of the economy that is answered for a quarter's months, against the rows: sums, growth, shares."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.acceptance.years_account import raw
from tests.acceptance.years_account.recomputed import Rows, Standing, Sum, Value, growth, percent, read
from tests.integration.projects.economy_office import credit_code

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

# What the service works out with forty digits and the check with sixty.
_NEAR = Decimal("1e-25")
Key = Callable[[Standing], bool]


def region(code: str) -> Key:
    return lambda place: place.region == code


def division(code: str) -> Key:
    return lambda place: place.sector.startswith(code)


def everybody(_: Standing) -> bool:
    return True


def same(answered: str | None, ours: Value) -> bool:
    if answered is None or ours is None:
        return answered is None and ours is None
    return abs(Decimal(answered) - ours) <= _NEAR * max(Decimal(1), abs(ours))


def before(month: date, back: int) -> date:
    number = month.year * 12 + month.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


async def check(year: Played, quarter: int) -> None:
    """Month and year so far against both bases: output and profit by town; of December all, by trade too."""
    rows, last = await read(year.office.database), date(raw.YEAR, quarter * 3, 1)
    everything = quarter == 4
    indicators = raw.INDICATORS if everything else (raw.OUTPUT, raw.PROFIT)
    groupings = ("region", "sector") if everything else ("region",)
    asked = product(indicators, (False, True), groupings, ("reported", "matched"))
    for indicator, cumulative, by, comparison in asked:
        await _check(year, rows, last, indicator, cumulative=cumulative, by=by, comparison=comparison)
    for number in (quarter * 3 - 2, quarter * 3 - 1):
        month = date(raw.YEAR, number, 1)
        await _check(year, rows, month, raw.OUTPUT, cumulative=False, by="region", comparison="reported")
    await _check_rows(year, rows, last)
    await _check_flash(year, last)
    await _check_table(year, rows, last)


async def _check(
    year: Played, rows: Rows, month: date, indicator: str, *, cumulative: bool, by: str, comparison: str
) -> None:
    answer = await year.get(
        "/v1/economy-figures",
        indicator=indicator,
        month=f"{month:%Y-%m}",
        cumulative=str(cumulative).lower(),
        region_code=raw.CITY,
        group_by=by,
        region_level="township",
        comparison=comparison,
    )
    key_of = region if by == "region" else division
    groups = {one["key"]: one for one in answer["groups"]}
    where = f"{indicator} {month} {cumulative=} {by} {comparison}"
    assert set(groups) == _groups(rows, month, by, is_matched=comparison == "matched"), where

    def compared(key: Key, back: int) -> tuple[Sum, Sum]:
        then = before(month, back)
        if comparison == "matched":
            return rows.matched(indicator, month, then, key, cumulative=cumulative)
        return (
            rows.sum(indicator, month, key, cumulative=cumulative),
            rows.sum(indicator, then, key, cumulative=cumulative, as_base=True),
        )

    whole = rows.sum(indicator, month, everybody, cumulative=cumulative)
    whole_base = compared(everybody, 12)[1].value
    parts = [(answer["total"], everybody), *((groups[code], key_of(code)) for code in groups)]
    for shown, key in parts:
        now = rows.sum(indicator, month, key, cumulative=cumulative)
        assert (value_of(shown["figure"]), shown["figure"]["complete"], shown["figure"]["expected"]) == (
            now.value,
            now.complete,
            now.expected,
        ), where
        current, base = compared(key, 12)
        _growth(shown["yoy"], current, base, where)
        if cumulative:
            assert shown["mom"] is None
        else:
            _growth(shown["mom"], *compared(key, 1), where)
        gained = None if current.value is None or base.value is None else current.value - base.value
        assert same(shown["contribution"]["value"], percent(gained, whole_base)), where
        assert same(shown["share"]["value"], percent(now.value, whole.value)), where


def value_of(figure: dict[str, Any]) -> Value:
    return None if figure["value"] is None else Decimal(figure["value"])


def _growth(shown: dict[str, Any], current: Sum, base: Sum, where: str) -> None:
    assert (value_of(shown["current"]), value_of(shown["base"])) == (current.value, base.value), where
    assert same(shown["rate"], growth(current.value, base.value)), where
    assert (shown["reason"] is None) == (shown["rate"] is not None), where


def _groups(rows: Rows, month: date, by: str, *, is_matched: bool) -> set[str]:
    """Towns or trades that somebody stood in, then or a year before; of those who are matched then alone."""
    places = [*rows.members(month).values()]
    if not is_matched:
        places += rows.members(before(month, 12)).values()
    return {place.region if by == "region" else place.sector[:2] for place in places}


async def _check_rows(year: Played, rows: Rows, month: date) -> None:
    """A figure opens to its enterprises, and they sum to it."""
    asked = {"indicator": raw.OUTPUT, "month": f"{month:%Y-%m}", "region_code": raw.CITY, "limit": 100}
    found = (await year.get("/v1/economy-figures/rows", **asked))["items"]
    members = rows.members(month)
    assert {one["enterprise_id"] for one in found} == {str(enterprise) for enterprise in members}
    for one in found:
        enterprise = next(known for known in members if str(known) == one["enterprise_id"])
        assert value_of(one) == rows.value(enterprise, raw.OUTPUT, month, cumulative=False)
        assert one["region_code"] == members[enterprise].region


async def _check_flash(year: Played, month: date) -> None:
    flash = await read(year.office.database, edition="flash")
    asked = {"indicator": raw.SALES, "month": f"{month:%Y-%m}", "version": "flash", "region_code": raw.CITY}
    answer = await year.get("/v1/economy-figures", **asked)
    assert value_of(answer["total"]["figure"]) == flash.sum(raw.SALES, month, everybody).value


async def _check_table(year: Played, rows: Rows, month: date) -> None:
    """What is taken away as a table says what the reports said."""
    asked = {"month": f"{month:%Y-%m}", "format": "csv"}
    answer = await year.office.call("GET", "/v1/economy-report-exports", params=asked)
    shown = {
        line["credit_code"]: line["output value month(yuan)"]
        for line in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    }
    numbers = {key: number for number, key in year.ids.items()}
    for enterprise in rows.members(month):
        number = numbers[str(enterprise)]
        value = rows.value(enterprise, raw.OUTPUT, month, cumulative=False)
        cell = shown[credit_code(number)]
        if number == raw.ONLY_CUMULATIVE:
            assert cell == ""
        else:
            assert Decimal(cell) == value, number
