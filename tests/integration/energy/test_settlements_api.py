"""The settlement of a year: looked at, frozen once, corrected by editions, traceable to the orders."""

from datetime import UTC, datetime
from typing import Any

from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.orderly_use import METERS, MILL, NAMES, SMELTER, County, at, curve
from tests.support.sheets import columns_of

YEAR: dict[str, Any] = {"region_code": COUNTY, "year": 2026}


async def test_year_is_frozen_once_and_corrected_by_editions(site: Site) -> None:
    county = County(site)
    await county.prepare()
    async with site.client() as client, site.worker():
        await county.usual_week()
        await county.order(client)
        await county.post(client, "notices")
        await county.follow(at(10))
        await county.follow(at(12))
        unverified = await site.get("/v1/orderly-use-settlements/preview", **YEAR)
        assert (unverified["unverified"], unverified["times"]) == (["YX-421224-20260915-001"], 0)
        # 200 kW × 2 h each: the smelter gives 240 kW, the mill 150 kW.
        await county.send(
            curve(METERS[SMELTER], TODAY, {(40, 48): 760.0}), curve(METERS[MILL], TODAY, {(40, 48): 850.0})
        )
        await county.verify(at(12, 5))
        for body in (
            {"kind": "compensation", "valid_from": "2026-01-01", "yuan_per_kwh": "0.35", "cap_share": 1.1},
            {"kind": "penalty", "valid_from": "2026-01-01", "yuan_per_kwh": "1.00", "free_covered": 0.9},
        ):
            rate = await client.post(
                "/v1/orderly-use-rates", json={**body, "region_code": COUNTY, "note": "县办法"}
            )
            assert rate.status_code == 201, rate.text
        early = await client.post("/v1/orderly-use-settlements", json=YEAR)
        assert early.json()["code"] == "settlement.year_runs"
        site.clock.set(datetime(2027, 1, 4, 1, tzinfo=UTC))
        answer = await client.post("/v1/orderly-use-settlements", json=YEAR)
        assert answer.status_code == 201, answer.text
        frozen = answer.json()
        # 480 kWh given, 440 are paid: 154 yuan; 300 kWh are 105. The mill missed 100 kWh at one yuan.
        assert (frozen["edition"], frozen["enterprises"], frozen["energy_kwh"]) == (1, 2, 780)
        assert (frozen["compensation_yuan"], frozen["penalty_yuan"], frozen["net_yuan"]) == (259, 100, 159)
        again = await client.post("/v1/orderly-use-settlements", json=YEAR)
        assert again.json()["code"] == "settlement.frozen"
        path = f"/v1/orderly-use-settlements/{frozen['id']}"
        nothing = await client.post(f"{path}/corrections", json={"reason": "x"})
        assert nothing.json()["code"] == "settlement.unchanged"
        # A late value of the mill: another edition of its verification, then of the settlement.
        await county.send(curve(METERS[MILL], TODAY, {(40, 48): 800.0}))
        await county.settle()
        second = (await client.post(f"{path}/corrections", json={"reason": "表计更正"})).json()
        assert (second["edition"], second["compensation_yuan"], second["penalty_yuan"]) == (2, 294, 0)
        superseded = await client.post(f"{path}/corrections", json={"reason": "x"})
        assert superseded.json()["code"] == "settlement.superseded"
        assert (await client.get(path)).json() == frozen
        table = await client.get(f"/v1/orderly-use-settlements/{second['id']}/table")
        assert columns_of(table.content, "企业结算")["补偿（元）"] == [154, 140]
    await _traced(site, frozen["id"], second["id"])
    await _scoped(site, path)


async def _traced(site: Site, first: str, second: str) -> None:
    """Lines are the sums of their orders, and each order names the edition it was settled by."""
    for settlement, edition in ((first, 1), (second, 2)):
        lines = (await site.get("/v1/orderly-use-settlement-lines", **{"filter[settlement_id][eq]": settlement}))[
            "items"
        ]
        for line in lines:
            items = (await site.get("/v1/orderly-use-settlement-items", **{"filter[line_id][eq]": line["id"]}))[
                "items"
            ]
            assert line["compensation_yuan"] == sum(item["compensation_yuan"] for item in items)
            assert line["energy_kwh"] == sum(item["energy_kwh"] for item in items)
            is_mill = line["enterprise_id"] == str(MILL)
            assert [item["edition"] for item in items] == [edition if is_mill else 1]
    events = await site.rows("SELECT aggregate_version FROM outbox WHERE topic = 'energy.settlement.v1'")
    assert [tuple(row) for row in events] == [(1,), (1,)]


async def _scoped(site: Site, path: str) -> None:
    lines = await site.get("/v1/orderly-use-settlement-lines", NAMES[SMELTER])
    assert {line["enterprise_id"] for line in lines["items"]} == {str(SMELTER)}
    assert (await site.get("/v1/orderly-use-settlements", NAMES[SMELTER]))["items"] == []
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as other:
        assert (await other.get(path)).status_code == 404
        assert (await other.post("/v1/orderly-use-settlements", json=YEAR)).status_code == 404


async def test_rates_follow_each_other_and_do_not_overlap(site: Site) -> None:
    body = {"kind": "penalty", "region_code": COUNTY, "valid_from": "2026-01-01", "yuan_per_kwh": "1", "note": "x"}
    async with site.client() as client:
        first = await client.post("/v1/orderly-use-rates", json=body)
        assert first.status_code == 201
        again = await client.post("/v1/orderly-use-rates", json=body)
        assert again.json()["code"] == "settlement.rate_overlaps"
        inverted = await client.post("/v1/orderly-use-rates", json=body | {"valid_to": "2025-12-31"})
        assert inverted.json()["code"] == "settlement.rate_unfit"
        second = await client.post("/v1/orderly-use-rates", json=body | {"valid_from": "2026-07-01"})
        assert second.json()["valid_to"] is None
        listed = (await client.get("/v1/orderly-use-rates")).json()["items"]
        assert [(one["valid_from"], one["valid_to"]) for one in listed] == [
            ("2026-07-01", None),
            ("2026-01-01", "2026-07-01"),
        ]
        # A rate for everywhere is not one county's to give.
        assert (await client.post("/v1/orderly-use-rates", json=body | {"region_code": None})).status_code == 404
        rule = {"region_code": COUNTY, "valid_from": "2026-10-01", "note": "x", "baseline": {"days": 2}}
        assert (await client.post("/v1/activation-rules", json=rule)).json()["code"] == "activation.rule_unfit"
        kept = await client.post("/v1/activation-rules", json=rule | {"baseline": {"days": 4}})
        assert kept.json()["baseline"]["days"] == 4
        assert len((await client.get("/v1/activation-rules")).json()["items"]) == 2
