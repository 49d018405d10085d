"""A shortage from its first slot to its end: quota, load, levels, what people are told, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import numpy as np

from libs.common.context import Context
from services.energy.balance.domain.levels import Floats
from services.energy.balance.following import follow_touched
from services.energy.balance.forecasts import ForecastOf, no_forecast
from services.energy.balance.jobs import settle_balances
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.energy_context import run_job
from tests.support.sheets import xlsx

YESTERDAY = date_of(day_number(TODAY) - 1)
NODES = [
    ["编码", "类型", "名称", "区划代码", "上级编码", "额定容量(MVA)", "台数", "功率因数", "投运日期"],
    [COUNTY, "供区", "通山县", COUNTY, None, None, None, None, "2020-01-01"],
    ["S1", "变电站", "城关110千伏变电站", COUNTY, COUNTY, 100, 2, 1, "2020-01-01"],
    ["F1", "线路", "10千伏东线", COUNTY, "S1", None, None, None, "2020-01-01"],
]


async def hand_in(client: httpx.AsyncClient, day: date, *megawatts: float) -> None:
    hours = ",".join(f"{hour}时" for hour in range(1, 25))
    values = ",".join(str(value) for value in (list(megawatts) * 24)[:24])
    body = f"供电指标,单位：MW\n变电站,区划代码,日期,{hours}\n城关110千伏变电站,{COUNTY},{day},{values}\n"
    answer = await client.post("/v1/supply-quotas/imports", content=body.encode("gb18030"))
    assert answer.json()["rejected"] == 0, answer.text


@dataclass(frozen=True)
class Foreseen:
    """A forecast of a day."""

    p50: Floats


async def foresee(_ctx: Context, _node: UUID, day: int) -> Foreseen | None:
    """A hundred megawatts at noon of today, and nothing of other days."""
    load = np.full(96, 59_000.0)
    load[48] = 100_000.0
    return Foreseen(load) if day == day_number(TODAY) else None


async def settle(site: Site, forecast: ForecastOf = no_forecast) -> None:
    """The two jobs of every minute."""
    await run_job(site, settle_touched(follow_touched))
    await run_job(site, settle_balances(forecast))


async def draw(
    site: Site,
    megawatts: list[float],
    first: int = 0,
    day: date = TODAY,
    forecast: ForecastOf = no_forecast,
) -> None:
    """What the feeder's meter drew from a slot on."""
    values: list[float | None] = [None] * 96
    values[first : first + len(megawatts)] = [1000 * value for value in megawatts]
    receipt = await site.post_curves([{"meter_no": "M", "date": day.isoformat(), "values": values}])
    await site.merged(receipt)
    await settle(site, forecast)


async def situations(site: Site, caller: str = "officer") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await site.get("/v1/situations", caller))["items"]
    return items


async def test_a_shortage_is_opened_raised_lowered_and_cleared_once(site: Site) -> None:
    await site.register("M", feeder_code="F1", capacity_kw=200_000)
    async with site.client() as client, site.worker():
        table = await client.post("/v1/grid-nodes/imports", content=xlsx(NODES))
        assert table.status_code == 200, table.text
        await hand_in(client, YESTERDAY, 80.0)
        # From three o'clock on the quota is more than the transformers carry.
        await hand_in(client, TODAY, *[60.0] * 3, *[120.0] * 21)
        await draw(site, [70.0] * 90 + [64.0] * 6, day=YESTERDAY)
        assert await situations(site) == []
        # Clock: half past eight. Denominator: the highest of the days before, 70 MW.
        await draw(site, [59.0, 62.1])
        (opened,) = await situations(site)
        assert (opened["kind"], opened["subject_code"], opened["level"]) == ("supply_shortage", "S1", 1)
        assert (opened["gap_kw"], opened["gap_percent"]) == (2100.0, 3.0)
        assert opened["explanation_zh"] == (
            "城关110千伏变电站 09-15 00:30 负荷 62.1 兆瓦，可供 60.0 兆瓦（受供电指标限制），"
            "缺口 2.10 兆瓦，占近期最大负荷的 3.0%，为Ⅳ级（蓝色）预警"
        )
        await settle(site)
        await draw(site, [70.5], 2)
        (raised,) = await situations(site)
        assert (raised["level"], raised["gap_percent"], raised["version"]) == (3, 15.0, 2)
        # One slot below is held, the second lowers.
        await draw(site, [63.0], 3)
        (held,) = await situations(site)
        assert (held["level"], held["version"]) == (3, 3)
        assert held["explanation_zh"].endswith("，按保持规则维持Ⅱ级（橙色）预警")
        await draw(site, [62.9], 4)
        (lowered,) = await situations(site)
        assert (lowered["level"], lowered["highest_level"], lowered["version"]) == (1, 3, 4)
        await draw(site, [59.0, 59.0], 5)
        (cleared,) = await situations(site)
        assert (cleared["cleared_reason"], cleared["version"]) == ("ended", 5)
        path = "/v1/grid-nodes/S1/shortages"
        history = (await client.get(path)).json()
        assert [(one["level"], one["slots"]) for one in history["levels"]] == [(1, 1), (3, 2), (1, 2)]
        (whole,) = history["shortages"]
        assert (whole["level"], whole["slots"], whole["highest_gap_kw"]) == (3, 5, 10_500.0)
        assert whole["starts_at"] == "2026-09-14T16:15:00Z"
        # Hand-worked: 2.1 + 10.5 + 3.0 + 2.9 MW, each a quarter of an hour.
        assert round(whole["short_kwh"], 3) == 4625.0
        day = (await client.get(f"/v1/grid-nodes/S1/balances/{TODAY}")).json()
        assert (day["limit"][0], day["limit"][12], day["available_kw"][12]) == ("quota", "capacity", 100_000.0)
        assert (day["quota_over"][11], day["quota_over"][12], day["maximum_source"]) == (False, True, "recent")
        assert (len(day["quota_ids"]), len(day["capacity_ids"]), day["level"][:3]) == (1, 1, [0, 1, 3])
        assert day["gap_kw"][30] is None
        listed = (await client.get("/v1/grid-balances", params={"filter[highest_level][gte]": 1})).json()["items"]
        assert [(one["node_code"], one["level"], one["quota_over_slots"]) for one in listed] == [("S1", 0, 84)]
    told = await site.rows(
        "SELECT type, aggregate_version, region_code FROM outbox WHERE topic = 'energy.situation.v1' "
        "ORDER BY sequence"
    )
    assert [(row[0].split(".")[2], row[1], row[2]) for row in told] == [
        ("opened", 1, COUNTY),
        ("opened", 2, COUNTY),
        ("opened", 3, COUNTY),
        ("opened", 4, COUNTY),
        ("cleared", 5, COUNTY),
    ]
    await site.add_key("neighbour", "officer", NEIGHBOUR)
    assert await situations(site, "neighbour") == []
    async with site.client("neighbour") as client:
        assert (await client.get(f"/v1/situations/{cleared['id']}")).status_code == 404


async def test_corrections_later_quotas_and_rules_move_what_stands(site: Site) -> None:
    await site.register("M", feeder_code="F1", capacity_kw=200_000)
    async with site.client() as client, site.worker():
        await client.post("/v1/grid-nodes/imports", content=xlsx(NODES))
        await hand_in(client, TODAY, 60.0)
        await draw(site, [60.0, 75.0, 75.0])
        (opened,) = await situations(site)
        # No day before: the highest of the day so far is the denominator.
        assert (opened["level"], opened["gap_percent"]) == (4, 20.0)
        # The reading was wrong, and is put right: no second warning, and the end says why.
        site.clock.advance(timedelta(minutes=1))
        await draw(site, [60.0, 55.0, 55.0])
        (corrected,) = await situations(site)
        assert (corrected["cleared_reason"], corrected["version"]) == ("corrected", 2)
        # A later list allots less: computed anew though no reading came.
        site.clock.advance(timedelta(minutes=1))
        await hand_in(client, TODAY, 54.0)
        await settle(site)
        (shorter, _) = await situations(site)
        assert (shorter["level"], shorter["gap_kw"]) == (1, 1000.0)
        # A tie that may import less than the quota: the lower counts.
        body = {"limit_mw": [50.0], "valid_from": str(TODAY), "reason": "联络线检修"}
        assert (await client.post("/v1/grid-nodes/S1/import-limits", json=body)).status_code == 201
        assert (await client.post("/v1/grid-nodes/S1/import-limits", json=body)).status_code == 409
        await settle(site)
        tied = (await situations(site))[0]
        assert (tied["level"], tied["gap_kw"]) == (2, 5000.0)
        day = (await client.get(f"/v1/grid-nodes/S1/balances/{TODAY}")).json()
        assert (day["limit"][0], day["import_limit_ids"] != []) == ("import", True)
        # Other edges for the county, from today on.
        rule = {
            "region_code": COUNTY,
            "valid_from": str(TODAY),
            "red_from": 9.0,
            "orange_from": 7.0,
            "reason": "迎峰度夏",
        }
        async with site.client("admin") as admin:
            refused = await admin.put("/v1/balance-rules", json=rule | {"orange_from": 4.0})
            assert refused.json()["code"] == "balance.rule_unordered"
            assert (await admin.put("/v1/balance-rules", json=rule)).status_code == 200
        await settle(site)
        assert (await situations(site))[0]["level"] == 3
        # Nobody is to be told of substations any more.
        async with site.client("admin") as admin:
            assert (await admin.put("/v1/balance-rules", json=rule | {"kinds": ["area"]})).status_code == 200
        await settle(site)
        assert (await situations(site))[0]["cleared_reason"] == "withdrawn"
        # The past is computed when somebody asks for it.
        asked = await client.post(
            "/v1/grid-nodes/F1/balance-recomputations", json={"from": "2026-09-01", "to": "2026-12-31"}
        )
        assert (asked.status_code, asked.json()["days"]) == (202, 15)
        await settle(site)
        assert await site.rows("SELECT 1 FROM balance_due") == []
        missing = await client.get(f"/v1/grid-nodes/S1/balances/{YESTERDAY}", params={"basis": "forecast"})
        assert missing.json()["code"] == "balance.forecast_missing"


async def test_a_day_that_ends_short_goes_on_into_the_next(site: Site) -> None:
    await site.register("M", feeder_code="F1", capacity_kw=200_000)
    async with site.client() as client, site.worker():
        await client.post("/v1/grid-nodes/imports", content=xlsx(NODES))
        await hand_in(client, YESTERDAY, 60.0)
        await hand_in(client, TODAY, 60.0)
        # Nothing is told of a day that is over, but its level stands until the next is known.
        await draw(site, [50.0] * 90 + [66.0] * 6, day=YESTERDAY)
        assert await situations(site) == []
        await draw(site, [59.0])
        (held,) = await situations(site)
        assert (held["level"], held["gap_kw"]) == (2, 0.0)
        assert held["explanation_zh"].endswith("，缺口已消除，按保持规则维持Ⅲ级（黄色）预警")
        # Yesterday is put right, and so is what began with it.
        site.clock.advance(timedelta(minutes=1))
        await draw(site, [50.0] * 96, day=YESTERDAY)
        (cleared,) = await situations(site)
        assert cleared["cleared_reason"] == "corrected"
        # Where a forecast is known its maximum is the denominator: 7 of 100 MW.
        await draw(site, [67.0], 1, forecast=foresee)
        opened = (await situations(site))[0]
        assert (opened["level"], opened["gap_percent"]) == (2, 7.0)
        assert "占预测最大负荷的 7.0%" in opened["explanation_zh"]
        path = f"/v1/grid-nodes/S1/balances/{TODAY}"
        assert (await client.get(path, params={"basis": "forecast"})).status_code == 404
        site.app.state.load_forecast = foresee
        foreseen = (await client.get(path, params={"basis": "forecast"})).json()
        assert (foreseen["level"][0], foreseen["level"][48], foreseen["gap_kw"][48]) == (0, 4, 40_000.0)
        assert (foreseen["maximum_source"], foreseen["completeness"]) == ("forecast", None)
        missing = await client.get(f"/v1/grid-nodes/S1/balances/{YESTERDAY}", params={"basis": "forecast"})
        assert missing.json()["code"] == "balance.forecast_missing"
