"""Months of enterprises, benchmarks and savings over REST (S19): reported, metered, corrected, imported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.energy.rollups.jobs import settle_touched
from tests.integration.energy.efficiency_world import CLINKER, County, open_county
from tests.support.energy import COUNTY, NEIGHBOUR, Site
from tests.support.energy_context import run_job


@pytest.fixture
async def county(site: Site) -> County:
    return await open_county(site)


async def test_month_is_reported_corrected_with_a_reason_and_known_as_it_was(county: County) -> None:
    await county.enterprise("水泥厂")
    path = county.month_path("水泥厂", "2026-07")
    first = await county.month("水泥厂", "2026-07", coal=1000, power=200, clinker=9000, value=5_000_000)
    # 1,000 t × 0.7143 + 2,000,000 kWh × 0.1229 kgce.
    assert (first["whole"]["tce"], first["restated"]) == (960.1, False)
    assert first["reported_on"] == "2026-09-15"
    before = county.site.clock.now()
    county.site.clock.advance(timedelta(hours=1))
    correction = {"uses": [{"carrier": "raw_coal", "quantity": 1100, "unit": "t"}]}
    assert await county.refused("PUT", path, correction, status=409) == (
        "efficiency.figure_unfit",
        [("/reason", "figure.reason_required")],
    )
    stale = {"If-Match": '"7"'}
    assert (await county.refused("PUT", path, correction, status=412, headers=stale))[0] == "precondition.failed"
    again = await county.done("PUT", path, correction | {"reason": "过磅单漏登"}, headers={"If-Match": '"1"'})
    assert (again["whole"]["tce"], again["restated"]) == (1031.53, True)
    then = await county.done("GET", path, params={"as_of": before.isoformat()})
    assert (then["whole"]["tce"], then["restated"]) == (960.1, False)
    query = {"filter[code]": "raw_coal", "history": "true", "sort": "recorded_at"}
    history = (await county.done("GET", "energy-figures", params=query))["items"]
    assert [(one["quantity"], one["revision"], one["reason"]) for one in history] == [
        (1_000_000.0, 1, ""),
        (1_100_000.0, 2, "过磅单漏登"),
    ]
    standing = (await county.done("GET", "energy-figures", params={"filter[code]": "raw_coal"}))["items"]
    assert [one["revision"] for one in standing] == [2]
    # Taken back it is missing, which is not zero.
    gone = {"uses": [{"carrier": "raw_coal", "quantity": None}], "reason": "重报"}
    assert (await county.done("PUT", path, gone))["whole"]["tce"] == 245.8
    # Of the next month a carrier is missing that was used before.
    august = await county.month("水泥厂", "2026-08", coal=900)
    assert august["whole"]["tce"] is None
    assert august["whole"]["reasons"] == [
        {"code": "carrier_missing", "month": "2026-08", "subject": "electricity"}
    ]


async def test_months_are_refused_that_are_not_over_or_somebody_elses(county: County) -> None:
    await county.enterprise("水泥厂")
    await county.enterprise("邻县厂", region=NEIGHBOUR)
    body = {"output_value_yuan": 1}
    path = county.month_path("水泥厂", "2026-09")
    assert (await county.refused("PUT", path, body, status=409))[0] == "efficiency.month_ahead"
    path = county.month_path("邻县厂", "2026-08")
    for method, sent in (("PUT", body), ("GET", None)):
        assert (await county.refused(method, path, sent, status=404))[0] == "efficiency.enterprise_unknown"
    wrong = {
        "uses": [
            {"carrier": "peat", "quantity": 1},
            {"carrier": "raw_coal", "quantity": -1},
            {"carrier": "raw_coal", "quantity": 1, "unit": "kWh"},
            {"carrier": "raw_coal", "quantity": 1, "process": "kiln"},
            {"carrier": "electricity", "quantity": 1},
            {"carrier": "electricity", "quantity": 2},
        ],
        "outputs": [{"product": "bricks", "quantity": 1}, {"product": "clinker", "quantity": 1, "unit": "kg"}],
    }
    assert await county.refused("PUT", county.month_path("水泥厂", "2026-08"), wrong, status=409) == (
        "efficiency.figure_unfit",
        [
            ("/uses/0", "figure.carrier_unknown"),
            ("/uses/1", "figure.negative"),
            ("/uses/2", "figure.unit_unknown"),
            ("/uses/3", "figure.process_unknown"),
            ("/uses/5", "figure.repeated"),
            ("/outputs/0", "figure.product_unknown"),
            ("/outputs/1", "figure.unit_unknown"),
        ],
    )


async def test_electricity_comes_from_meters_where_they_are_complete(county: County) -> None:
    enterprise_id = await county.enterprise("水泥厂")
    site = county.site
    await site.register("KILN", enterprise_id=str(enterprise_id))
    await site.register("OTHER")
    body = {"enterprise_id": str(enterprise_id), "meter_no": "KILN", "first_month": "2026-01"}
    assert (await county.refused("POST", "energy-meter-shares", body | {"meter_no": "OTHER"}, status=409))[0] == (
        "efficiency.meter_unfit"
    )
    share = await county.done("POST", "energy-meter-shares", body)
    assert (await county.refused("POST", "energy-meter-shares", body, status=409))[
        0
    ] == "efficiency.meter_assigned"
    # August but for its last three days: 28 of 31 days are 90 %.
    days = [date(2026, 8, 1) + timedelta(days=number) for number in range(31)]
    curves = [{"meter_no": "KILN", "date": day.isoformat(), "values": [1000.0] * 96} for day in days]
    async with site.worker():
        await site.merged(await site.post_curves(curves[:28]))
        await run_job(site, settle_touched())
        reported = await county.month("水泥厂", "2026-08", power=70)
        (line,) = reported["whole"]["lines"]
        assert (line["metered"], line["completeness"], line["source"]) == (672_000.0, 0.9032, "reported")
        assert (line["quantity"], line["flagged"]) == (700_000.0, False)
        await site.merged(await site.post_curves(curves[28:]))
        await run_job(site, settle_touched())
    (line,) = (await county.done("GET", county.month_path("水泥厂", "2026-08")))["whole"]["lines"]
    # 744 h × 1,000 kW; 5.91 % more than was reported.
    assert (line["metered"], line["completeness"], line["source"]) == (744_000.0, 1.0, "metered")
    assert (line["difference"], line["difference_percent"], line["flagged"]) == (44_000.0, 5.91, True)
    assert line["tce"] == pytest.approx(91.4376)
    path = f"energy-meter-shares/{share['id']}"
    assert (await county.refused("PATCH", path, {"last_month": "2026-07"}, status=428))[0]
    await county.done("PATCH", path, {"last_month": "2026-07"}, headers={"If-Match": '"1"'})
    (line,) = (await county.done("GET", county.month_path("水泥厂", "2026-08")))["whole"]["lines"]
    assert (line["metered"], line["source"]) == (None, "reported")


async def test_benchmarks_succeed_each_other_and_are_told(county: County) -> None:
    first = await county.done("PUT", "energy-benchmarks", CLINKER, by="admin")
    assert first["product_unit"] == "t"
    assert (await county.refused("PUT", "energy-benchmarks", CLINKER, status=409))[0] == (
        "efficiency.region_required"
    )
    wrong = CLINKER | {"region_code": "421224", "advanced_value": 0.2}
    assert await county.refused("PUT", "energy-benchmarks", wrong, status=409) == (
        "efficiency.benchmark_not_ordered",
        [("/advanced_value", "benchmark.not_ordered")],
    )
    new = {**CLINKER, "limit_value": 0.112, "valid_from": "2026-07-01"}
    second = await county.done("PUT", "energy-benchmarks", new, by="admin")
    mine = await county.done("PUT", "energy-benchmarks", {**new, "region_code": "421224", "limit_value": 0.11})
    told = await county.events("energy.benchmark.v1")
    assert [(act, version, body["limit_value"], body["valid_to"]) for act, version, body in told] == [
        ("recorded", 1, "0.117", None),
        ("recorded", 2, "0.117", "2026-07-01"),
        ("recorded", 1, "0.112", None),
        ("recorded", 1, "0.11", None),
    ]
    query = {"sector_code": "3011", "basis": "product", "product_code": "clinker", "region_code": "421224101"}
    found = await county.done("GET", "energy-benchmarks/in-force", params=query)
    assert (found["limit_value"], found["region_code"]) == (0.11, "421224")
    found = await county.done("GET", "energy-benchmarks/in-force", params=query | {"on": "2026-06-30"})
    assert found["limit_value"] == 0.117
    other = {**query, "sector_code": "C3021"}
    assert (await county.refused("GET", "energy-benchmarks/in-force", status=404, params=other))[0]
    path = f"energy-benchmarks/{mine['id']}"
    assert (await county.refused("DELETE", path, status=428))[0] == "precondition.required"
    await county.done("DELETE", path, headers={"If-Match": '"1"'})
    found = await county.done("GET", "energy-benchmarks/in-force", params=query)
    assert found["limit_value"] == 0.112
    path = f"energy-benchmarks/{second['id']}"
    assert (await county.refused("DELETE", path, status=409, headers={"If-Match": "*"}))[0] == (
        "efficiency.region_required"
    )
    assert (await county.events("energy.benchmark.v1"))[-1][1:] == (2, None)


async def test_intensities_stand_against_benchmarks_and_savings_are_summed(county: County) -> None:
    await county.done("PUT", "energy-benchmarks", CLINKER, by="admin")
    await county.enterprise("甲厂")
    await county.enterprise("乙厂")
    await county.enterprise("邻县厂", region=NEIGHBOUR)
    await county.enterprise("丙厂", sector="C2641")
    # 10,000 t at 0.224 tce/t is 2,240 tce: 1,240 tce more than at the advanced level.
    await county.month("甲厂", "2026-08", coal=2240 / 0.7143, clinker=10_000, value=8_000_000)
    await county.month("乙厂", "2026-08", coal=1000, clinker=8000)
    await county.month("丙厂", "2026-08", coal=10)
    span = {"from": "2026-08", "to": "2026-08"}
    path = f"enterprises/{county.ids['甲厂']}/energy-intensities"
    product, value = (await county.done("GET", path, params=span))["items"]
    assert (product["value"], product["standing"], product["boundary"]) == (0.224, "over_limit", "enterprise")
    assert product["savings_tce"] == {"limit": 1070.0, "entry": 1170.0, "advanced": 1240.0}
    assert (product["next_level"], product["needed_tce"]) == ("limit", 1070.0)
    assert (value["value"], value["unit"], value["benchmark"]) == (2.8, "万元", None)
    savings = await county.done("GET", "energy-savings", params=span | {"level": "advanced"})
    # 714.3 tce over 8,000 t is 0.089288: better than advanced, nothing to save.
    assert [(one["name"], one["saved_tce"]) for one in savings["items"]] == [
        ("甲厂", 1240.0),
        ("乙厂", 0.0),
        ("丙厂", None),
    ]
    assert (savings["saved_tce"], savings["told"], savings["untold"]) == (1240.0, 2, 1)
    assert savings["by_sector"] == [{"code": "C30", "saved_tce": 1240.0}]
    assert {reason["code"] for reason in savings["items"][2]["reasons"]} == {"no_benchmark", "output_missing"}
    narrow = span | {"level": "limit", "sector_code": "C26"}
    assert (await county.done("GET", "energy-savings", params=narrow))["saved_tce"] == 0
    for query, status in (({"region_code": NEIGHBOUR}, 404), ({"from": "2026-09"}, 409)):
        await county.refused("GET", "energy-savings", status=status, params=span | {"level": "limit"} | query)


async def test_measured_calorific_value_and_processes_count(county: County) -> None:
    enterprise_id = str(await county.enterprise("水泥厂"))
    kiln = {"enterprise_id": enterprise_id, "code": "kiln", "name": "回转窑", "product_code": "clinker"}
    process = await county.done("POST", "energy-processes", kiln)
    assert (await county.refused("POST", "energy-processes", kiln, status=409))[0] == "efficiency.process_exists"
    body = {
        "uses": [
            {"carrier": "raw_coal", "quantity": 900, "unit": "t", "process": "kiln"},
            {"carrier": "raw_coal", "quantity": 1000, "unit": "t"},
        ],
        "outputs": [{"product": "clinker", "quantity": 6000, "process": "kiln"}],
    }
    found = await county.done("PUT", county.month_path("水泥厂", "2026-08"), body)
    assert (found["whole"]["tce"], found["processes"][0]["tce"]) == (714.3, 642.87)
    value = {
        "enterprise_id": enterprise_id,
        "carrier_code": "raw_coal",
        "first_month": "2026-07",
        "last_month": "2026-08",
        "kj_per_unit": 29307.6,
        "source": "化验 8-31",
    }
    await county.done("PUT", "calorific-values", value)
    refused = await county.refused("PUT", "calorific-values", value | {"last_month": "2026-09"}, status=409)
    assert refused[0] == "efficiency.calorific_overlaps"
    assert (await county.refused("PUT", "calorific-values", value | {"carrier_code": "electricity"}, status=409))[
        0
    ] == "efficiency.calorific_unfit"
    found = await county.done("GET", county.month_path("水泥厂", "2026-08"))
    assert (found["whole"]["tce"], found["whole"]["lines"][0]["factor_measured"]) == (1000.0, True)
    span = {"from": "2026-08", "to": "2026-08"}
    path = f"enterprises/{enterprise_id}/energy-intensities"
    product = (await county.done("GET", path, params=span))["items"][0]
    assert (product["boundary"], product["value"]) == ("process", 0.15)
    changed = await county.done(
        "PATCH", f"energy-processes/{process['id']}", {"product_code": None}, headers={"If-Match": '"1"'}
    )
    assert (changed["product_code"], changed["version"]) == (None, 2)
    equal = await county.done("GET", county.month_path("水泥厂", "2026-08"), params={"kind": "equal_value"})
    assert equal["whole"]["tce"] == 1000.0


async def test_table_is_taken_whole_or_not_at_all(county: County) -> None:
    await county.enterprise("甲厂")
    await county.enterprise("乙厂")
    head = "统一社会信用代码,月份,原煤(吨),电力(万千瓦时),水泥熟料(t),产值(万元)\n"
    good = f"{county.codes['甲厂']},2026-07,1000,200,9000,500\n{county.codes['乙厂']},2026-07,10,2,90,5\n"
    bad = (
        f"91000000X,2026-07,1,1,1,1\n{county.codes['乙厂']},2026-09,1,1,1,1\n{county.codes['乙厂']},2026-07,x,,,\n"
    )

    async def send(text: str, status: int, **query: str) -> object:
        answer = await county.site.post("/v1/energy-figures/imports", text, "text/csv", "officer", **query)
        assert answer.status_code == status, answer.text
        return answer.json()

    dry = await send(head + good + bad, 200, dry_run="true")
    assert isinstance(dry, dict)
    assert (dry["rows"], dry["months"]) == (5, 2)
    assert [(fault["line"], fault["code"]) for fault in dry["faults"]][:2] == [
        (4, "figure.enterprise_unknown"),
        (4, "figure.enterprise_unknown"),
    ]
    refused = await send(head + good + bad, 409)
    assert isinstance(refused, dict)
    assert refused["code"] == "efficiency.table_refused"
    assert await county.site.rows("SELECT 1 FROM energy_figure") == []
    taken = await send(head + good, 200)
    assert isinstance(taken, dict)
    assert (taken["figures"], taken["months"], taken["faults"]) == (8, 2, [])
    found = await county.done("GET", county.month_path("甲厂", "2026-07"))
    assert (found["whole"]["tce"], found["output_value_yuan"]) == (960.1, 5_000_000.0)
    # The same again changes nothing; another value needs its reason.
    await send(head + good, 200)
    assert len(await county.site.rows("SELECT 1 FROM energy_figure")) == 8
    other = head + good.replace("1000,200", "1200,200")
    again = await send(other, 409)
    assert isinstance(again, dict)
    assert [error["code"] for error in again["errors"]] == ["figure.reason_required"]
    await send(other, 200, reason="复核")
    assert (await county.done("GET", county.month_path("甲厂", "2026-07")))["whole"]["tce"] == 1102.96
    unreadable = await send("a,b\n1,2\n", 422)
    assert isinstance(unreadable, dict)
    assert unreadable["code"] == "efficiency.table_unreadable"


async def test_enterprise_reports_its_own_months_and_the_office_has_the_last_word(county: County) -> None:
    await county.enterprise("水泥厂")
    await county.enterprise("乙厂")
    for name in ("水泥厂", "乙厂"):
        await county.site.add_key(name, "enterprise", COUNTY, enterprise_id=county.ids[name])
    path = county.month_path("水泥厂", "2026-07")
    body: dict[str, Any] = {"uses": [{"carrier": "raw_coal", "quantity": 1000, "unit": "t"}]}
    assert (await county.done("PUT", path, body, "水泥厂"))["whole"]["lines"][0]["quantity"] == 1_000_000
    # Another's months are nobody's to see or to write, and nothing but months is its own to write.
    for caller, method in (("乙厂", "PUT"), ("乙厂", "GET"), ("neighbour", "PUT")):
        sent = body if method == "PUT" else None
        assert (await county.refused(method, path, sent, status=404, by=caller))[0] == (
            "efficiency.enterprise_unknown"
        )
    await county.site.add_key("viewer", "viewer", COUNTY)
    for caller in ("viewer", "feed"):
        assert (await county.refused("PUT", path, body, status=403, by=caller))[0] == "forbidden"
    process = {"enterprise_id": str(county.ids["水泥厂"]), "code": "kiln", "name": "回转窑"}
    assert (await county.refused("POST", "energy-processes", process, status=403, by="水泥厂"))[0] == "forbidden"
    # It corrects what it said, with the reason; the office corrects as well, and then it is the office's.
    other = {"uses": [{"carrier": "raw_coal", "quantity": 900, "unit": "t"}]}
    assert (await county.refused("PUT", path, other, status=409, by="水泥厂"))[1] == [
        ("/reason", "figure.reason_required")
    ]
    await county.done("PUT", path, other | {"reason": "盘库"}, "水泥厂")
    await county.done("PUT", path, body | {"reason": "核查"})
    assert (await county.refused("PUT", path, other | {"reason": "盘库"}, status=409, by="水泥厂"))[1] == [
        ("", "figure.entered_by_office")
    ]
    # The same again is no correction.
    await county.done("PUT", path, body, "水泥厂")
    history = (await county.done("GET", "energy-figures", by="水泥厂", params={"history": "true"}))["items"]
    first, second, third = sorted(history, key=lambda one: one["revision"])
    assert [one["origin"] for one in (first, second, third)] == ["enterprise", "enterprise", "office"]
    assert first["recorded_by"] == second["recorded_by"] != third["recorded_by"]
    query = {"filter[origin][eq]": "enterprise"}
    assert (await county.done("GET", "energy-figures", params=query))["items"] == []
    # By table: rows of others are refused with the whole of it, and so is what the office entered.
    head = "统一社会信用代码,月份,原煤(吨)\n"
    own, foreign = (f"{county.codes[name]},2026-07,800\n" for name in ("水泥厂", "乙厂"))
    for text, codes in (
        (head + foreign, ["figure.enterprise_unknown"]),
        (head + own, ["figure.entered_by_office"]),
    ):
        answer = await county.site.post("/v1/energy-figures/imports", text, "text/csv", "水泥厂", reason="盘库")
        assert answer.status_code == 409, answer.text
        assert [error["code"] for error in answer.json()["errors"]] == codes
    answer = await county.site.post(
        "/v1/energy-figures/imports", head + own.replace("2026-07", "2026-08"), "text/csv", "水泥厂"
    )
    assert answer.json()["figures"] == 1


async def test_catalogue_is_shipped_and_its_units_stay(county: County) -> None:
    carriers = {one["code"]: one for one in (await county.done("GET", "energy-carriers"))["items"]}
    assert (carriers["electricity"]["unit"], carriers["raw_coal"]["name"]) == ("kWh", "原煤")
    factors = (await county.done("GET", "energy-factors", params={"limit": 100}))["items"]
    shipped = {one["carrier_code"]: one["kgce_per_unit"] for one in factors}
    assert (shipped["electricity"], shipped["raw_coal"], shipped["natural_gas"]) == (0.1229, 0.7143, 1.2143)
    # Each says where it comes from; what the standard gives as a range or gave in an older edition says so.
    sources = {one["carrier_code"]: one["source"] for one in factors}
    assert all("GB/T 2589-20" in source for source in sources.values())
    assert "1.1000～1.3300" in sources["natural_gas"]
    assert sources["steam"].startswith("GB/T 2589-2008")
    carrier = {"name": "生物质", "name_en": "biomass", "unit": "kg", "is_fuel": True}
    assert (await county.call("PUT", "energy-carriers/biomass", carrier)).status_code == 201
    changed = carrier | {"unit": "m3"}
    assert (await county.refused("PUT", "energy-carriers/biomass", changed, status=409))[0] == (
        "efficiency.carrier_fixed"
    )
    product = {"name": "熟料", "unit": "万t"}
    assert (await county.refused("PUT", "energy-products/clinker", product, status=409))[0] == (
        "efficiency.product_fixed"
    )
    equal = {"carrier_code": "electricity", "kind": "equal_value", "kgce_per_unit": 0.3, "region_code": "421224"}
    await county.done("PUT", "energy-factors", equal | {"valid_from": "2026-08-01"})
    await county.enterprise("水泥厂")
    await county.month("水泥厂", "2026-08", power=100)
    await county.month("水泥厂", "2026-07", power=100)
    query = {"kind": "equal_value"}
    august = await county.done("GET", county.month_path("水泥厂", "2026-08"), params=query)
    july = await county.done("GET", county.month_path("水泥厂", "2026-07"), params=query)
    assert (august["whole"]["tce"], july["whole"]["tce"]) == (300.0, None)
    assert july["whole"]["reasons"][0]["code"] == "factor_missing"
    rule = {"region_code": "421224", "red_from_percent": 5, "valid_from": "2026-01-01"}
    assert (await county.done("PUT", "efficiency-rules", rule))["red_from_percent"] == 5.0
    assert (await county.refused("PUT", "efficiency-rules", rule | {"valid_to": "2025-01-01"}, status=409))[0] == (
        "efficiency.validity_inverted"
    )
    assert (await county.refused("PUT", "efficiency-rules", rule, status=404, by="neighbour"))[0] == "not_found"
