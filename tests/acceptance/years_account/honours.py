"""A veto keeps its works from the list and from the award; points are those of the figures."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tests.acceptance.years_account import playing, raw
from tests.acceptance.years_account.recomputed import Rows, read

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

NOMINATED = (1, 2, 5, 7)
LIMIT = 60_000_000
_WEIGHTS = {raw.TAX: Decimal(60), raw.SALES: Decimal(40)}
_DECEMBER = date(raw.YEAR, 12, 1)


async def veto(year: Played) -> None:
    """In the summer one works let its dust out."""
    body = {
        "ground": "environment",
        "enterprise_id": year.ids[raw.VETOED],
        "period_from": f"{raw.YEAR}-05-01",
        "period_to": f"{raw.YEAR}-09-01",
        "explanation_zh": "超标排放（演示）",
        "evidence": "处罚决定5号（演示）",
    }
    await year.post("/v1/vetoes", body, by=playing.ENTERS)


async def check_list(year: Played) -> None:
    """In January the list takes whom the year's sales and no veto speak for."""
    body = {
        "code": "YY",
        "name": "亿元企业培育（演示）",
        "kind": "hundred_million",
        "region_code": raw.CITY,
        "valid_from": f"{raw.YEAR}-01-01",
        "condition": f"sales >= {LIMIT}",
    }
    listed = await year.post("/v1/enterprise-lists", body, by=playing.ENTERS)
    path = f"/v1/enterprise-lists/{listed['id']}/candidates"
    found = (await year.get(path, limit=100))["items"]
    rows = await read(year.office.database)
    for one in found:
        sales = _year(rows, year, one["enterprise_id"], raw.SALES)
        assert one["verdict"] == ("unknown" if sales is None else "met" if sales >= LIMIT else "not_met")


async def check_round(year: Played) -> None:
    """Points are the place between lowest and highest of the eligible; who is vetoed has none."""
    body = {
        "code": "YXQYJ",
        "name": "优秀企业家（演示）",
        "kind": "outstanding_entrepreneur",
        "year": raw.YEAR,
        "region_code": raw.CITY,
        "places": 2,
        "criteria": [{"measure": name, "weight": str(weight)} for name, weight in _WEIGHTS.items()],
        "opens_on": "2026-01-05",
        "nominations_until": "2026-02-10",
    }
    opened = await year.post("/v1/honour-rounds", body, by=playing.ENTERS)
    for number in NOMINATED:
        who = {"enterprise_id": year.ids[number], "nominee_name": f"第{number}厂厂长（演示）"}
        await year.post(f"/v1/honour-rounds/{opened['id']}/nominations", who, by=playing.ENTERS)
    await year.post(f"/v1/honour-rounds/{opened['id']}/review", by=playing.ENTERS)
    asked = {"filter[round_id]": opened["id"], "limit": 100}
    found = {one["enterprise_id"]: one for one in (await year.get("/v1/honour-nominations", **asked))["items"]}
    assert found[year.ids[raw.VETOED]]["status"] == "vetoed"
    ours = _points(await read(year.office.database), year)
    assert set(ours) | {raw.VETOED} == set(NOMINATED)
    ranked = sorted(ours, key=lambda number: -ours[number])
    for place, number in enumerate(ranked, start=1):
        shown = found[year.ids[number]]
        rounded = ours[number].quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        assert (shown["status"], Decimal(shown["points"]), shown["place"]) == ("eligible", rounded, place)


def _points(rows: Rows, year: Played) -> dict[int, Decimal]:
    eligible = [number for number in NOMINATED if number != raw.VETOED]
    points = dict.fromkeys(eligible, Decimal(0))
    for name, weight in _WEIGHTS.items():
        values = {number: _year(rows, year, year.ids[number], name) for number in eligible}
        known = {number: value for number, value in values.items() if value is not None}
        assert known.keys() == values.keys()
        low, high = min(known.values()), max(known.values())
        for number, value in known.items():
            points[number] += (value - low) / (high - low) * weight
    return points


def _year(rows: Rows, year: Played, enterprise_id: str, indicator: str) -> Decimal | None:
    enterprise = next(known for known in rows.register if str(known) == enterprise_id)
    return rows.value(enterprise, indicator, _DECEMBER, cumulative=True)
