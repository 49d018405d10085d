"""Targets, quarters, the year's settlement and who answers, against the rows."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from docx import Document
from sqlalchemy import text

from tests.acceptance.years_account import playing, raw
from tests.acceptance.years_account.figures import everybody
from tests.acceptance.years_account.recomputed import Rows, Standing, read
from tests.support.sheets import columns_of

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

_WAN = 10_000


def _within(prefix: str) -> Callable[[Standing], bool]:
    return lambda place: place.region.startswith(prefix)


# Code: indicator, region, the key of its rows, who answers.
SET: dict[str, tuple[str, str, Callable[[Standing], bool], str]] = {
    "TS-CZ": (raw.OUTPUT, raw.COUNTY, _within(raw.COUNTY), "TS"),
    "TS-SS": (raw.TAX, raw.COUNTY, _within(raw.COUNTY), "TS"),
    "XC-ZJZ": (raw.VALUE_ADDED, raw.NEW_TOWN, _within(raw.NEW_TOWN), "XC"),
    "XC-XS": (raw.SALES, raw.NEW_TOWN, _within(raw.NEW_TOWN), "XC"),
    "SJ-CZ": (raw.OUTPUT, raw.CITY, everybody, "SJ"),
}
INVESTED = "TS-TZ"


def _year_of(indicator: str, key: Callable[[Standing], bool]) -> int:
    """What the year will bring before anybody corrects it: what a target is set by."""
    total = 0
    for works in raw.WORKS:
        for number in range(1, 13):
            month = date(raw.YEAR, number, 1)
            town = raw.stands_in(works, month)
            if town is not None and key(Standing(town, works.sector, works.first, None)):
                total += raw.month_of(works, month)[indicator]
    return total


async def set_targets(year: Played) -> None:
    """The county's output and the town's sales are set too high, the tax by less than its correction brings."""
    for code, (indicator, region, key, answers) in SET.items():
        total = _year_of(indicator, key)
        amount = {
            "TS-CZ": total * 104 // 100,
            "TS-SS": total + raw.TAX_CORRECTION // 2,
            "XC-ZJZ": total * 95 // 100,
            "XC-XS": total * 180 // 100,
            "SJ-CZ": total * 90 // 100,
        }[code]
        await _set(year, code, indicator, region, amount, answers)
    await _set(year, INVESTED, "project_investment", raw.COUNTY, 20_000_000, "TS")
    for code, region in (("TS", raw.COUNTY), ("XC", raw.NEW_TOWN)):
        await _sign(year, code, region)


async def _set(year: Played, code: str, indicator: str, region: str, amount: int, answers: str) -> None:
    body = {
        "code": code,
        "indicator_code": indicator,
        "region_code": region,
        "first_year": raw.YEAR,
        "last_year": raw.YEAR,
        "amount": str(amount),
        "responsible_unit_id": year.units[answers],
        "responsible_person_id": year.persons[answers],
    }
    year.targets[code] = Decimal(amount)
    await year.post("/v1/targets", body, by=playing.LEADS)


async def _sign(year: Played, code: str, region: str) -> None:
    """Both sides sign; the paper says the amounts of the targets and nothing else."""
    party = {
        "region_code": region,
        "year": raw.YEAR,
        "issuer_unit_id": year.units["SJ"],
        "unit_id": year.units[code],
        "person_id": year.persons[code],
    }
    letter = await year.post("/v1/target-letters", party, by=playing.LEADS)
    path = f"/v1/target-letters/{letter['id']}"
    year.letters.append(path)
    for side, person in (("issuer", "SJ"), ("responsible", code)):
        signature = {"side": side, "person_id": year.persons[person], "signed_on": "2025-01-06"}
        await year.post(f"{path}/signatures", signature, by=playing.LEADS)
    paper = await year.office.call("GET", f"{path}/document", headers={"Accept": _WORD})
    table = Document(io.BytesIO(paper.content)).tables[0]
    shown = sorted(row.cells[4].text for row in table.rows[1:])
    own = [amount for name, amount in year.targets.items() if name.startswith(f"{code}-")]
    assert shown == sorted(f"不低于{_money(amount)}" for amount in own)


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _money(amount: Decimal) -> str:
    """亿元 from a hundred million on, else 万元; four digits behind the point, none of them an idle nought."""
    unit, name = (Decimal(_WAN * _WAN), "亿元") if amount >= _WAN * _WAN else (Decimal(_WAN), "万元")
    rounded = (amount / unit).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    shown = format(rounded, "f")
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + name


async def actual_of(year: Played, rows: Rows, code: str, months: int) -> Decimal:
    """The sum of the months, each where its works stood then; investment from its entries."""
    if code == INVESTED:
        statement = "SELECT coalesce(sum(amount_yuan), 0) FROM investment_entry WHERE month < :before"
        first = date(raw.YEAR, months, 1)
        before = first.replace(year=first.year + 1, month=1) if months == 12 else first.replace(month=months + 1)
        async with year.office.database.session() as session:
            return Decimal(await session.scalar(text(statement), {"before": before}))
    indicator, _, key, _ = SET[code]
    sums = [rows.sum(indicator, date(raw.YEAR, number, 1), key).value for number in range(1, months + 1)]
    assert None not in sums
    return sum((value for value in sums if value is not None), Decimal(0))


def _score(completion: Decimal) -> Decimal:
    """Nought below 60 %, then as many points; half a point for each percent above a hundred, at most ten."""
    if completion < 60:
        return Decimal(0)
    return completion if completion <= 100 else 100 + min(Decimal(10), (completion - 100) / 2)


def _near(shown: str, ours: Decimal) -> bool:
    """Kept with six digits behind the point."""
    return abs(Decimal(shown) - ours) <= Decimal("0.000001")


async def check(year: Played, quarter: int) -> None:
    """The quarter's entries, parties and workbook; ``quarter`` 0 is the year."""
    rows, months = await read(year.office.database), quarter * 3 or 12
    edition = year.editions[quarter]
    entries = (await year.get(f"/v1/target-editions/{edition}/entries", limit=100))["items"]
    assert {one["code"] for one in entries} == set(year.targets)
    scores: dict[str, list[Decimal]] = {}
    for one in entries:
        amount, actual = year.targets[one["code"]], await actual_of(year, rows, one["code"], months)
        planned = amount * months / 12
        completion = actual / planned * 100
        score = _score(completion)
        assert Decimal(one["amount"]) == amount
        assert _near(one["planned"], planned), one["code"]
        assert _near(one["actual"], actual), one["code"]
        assert _near(one["completion_percent"], completion), one["code"]
        assert _near(one["score"], score), one["code"]
        if months == 12:
            expected = "exceeded" if actual > amount else "reached" if actual == amount else "missed"
            assert one["verdict"] == expected, one["code"]
        scores.setdefault(one["unit_id"], []).append(score)
    parties = (await year.get(f"/v1/target-editions/{edition}/scores"))["parties"]
    assert {one["unit_id"] for one in parties} == set(scores)
    for one in parties:
        own = scores[one["unit_id"]]
        assert abs(Decimal(one["score"]) - sum(own, Decimal(0)) / len(own)) <= Decimal("0.000001")
    await _check_workbook(year, edition, entries)


async def _check_workbook(year: Played, edition: str, entries: list[dict[str, Any]]) -> None:
    workbook = await year.office.call("GET", f"/v1/target-editions/{edition}/export")
    shown = columns_of(workbook.content, "targets")
    for heading, name in (("Code", "code"), ("Amount", "amount"), ("Actual", "actual"), ("Score", "score")):
        expected = [one[name] if name == "code" else float(one[name]) for one in entries]
        assert shown[heading] == expected


async def check_november(year: Played) -> None:
    """The city's target is exceeded in November; of who still stands last year's share foretells the year."""
    await year.post("/v1/target-scans", {})
    (target,) = (await year.get("/v1/targets", **{"filter[code][eq]": "SJ-CZ"}))["items"]
    assert (target["verdict"], target["standing"]["reached_in"]) == ("exceeded", f"{raw.YEAR}-11-01")
    rows, month, amount = await read(year.office.database), date(raw.YEAR, 11, 1), year.targets["SJ-CZ"]
    now = rows.sum(raw.OUTPUT, month, everybody, cumulative=True).value
    then, whole = (
        rows.sum(raw.OUTPUT, date(raw.BEFORE, number, 1), everybody, cumulative=True, as_base=True).value
        for number in (11, 12)
    )
    assert now is not None
    assert then is not None
    assert whole is not None
    asked = {"indicator": raw.OUTPUT, "month": f"{month:%Y-%m}", "region_code": raw.CITY, "target": str(amount)}
    forecast = await year.get("/v1/economy-forecasts", **asked)
    ours = now * whole / then
    for shown, value in (
        (forecast["value"], ours),
        (forecast["attainment"]["value"], ours / amount * 100),
        (forecast["progress"]["value"], now / amount * 100),
    ):
        assert abs(Decimal(shown) - value) <= Decimal("1e-12") * value


async def check_misses(year: Played, missed: set[str]) -> None:
    """Who answers for what, by unit and person, as the last settlement left it."""
    rows = await read(year.office.database)
    found = (await year.get("/v1/target-misses"))["items"]
    assert {one["code"] for one in found if one["state"] != "lifted"} == missed
    for one in found:
        if one["state"] != "lifted":
            actual = await actual_of(year, rows, one["code"], 12)
            assert Decimal(one["actual"]) == actual < year.targets[one["code"]]
    asked = {"region_code": raw.CITY, "year": raw.YEAR}
    accounts = (await year.get("/v1/target-accounts", **asked))["items"]
    by_unit = {one["unit_id"]: {miss["code"] for miss in one["misses"]} for one in accounts}
    for code, unit in year.units.items():
        assert by_unit[unit] == {name for name in missed if name.startswith(f"{code}-")}
