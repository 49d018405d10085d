"""From the door to the curve: what is acknowledged is stored once, with its quality and its history."""

import json
from datetime import date, timedelta
from uuid import uuid4

from tests.support.energy import TODAY, Site, slot_at, usual_curve

YESTERDAY = TODAY - timedelta(days=1)
EARLY, LATE = "2026-09-15T00:00:00Z", "2026-09-15T00:20:00Z"


async def test_curve_is_stored_to_the_last_value_when_it_was_acknowledged(site: Site) -> None:
    await site.register("M1", "M2")
    curves = [usual_curve(meter, YESTERDAY) for meter in ("M1", "M2")]
    curves[0]["values"][7] = None
    async with site.worker():
        receipt = await site.post_curves(curves)
        assert (receipt["accepted"], receipt["rejected"], receipt["quarantined"]) == (191, 0, 0)
        (merged,) = await site.merged(receipt)
    assert (merged["stored"], merged["unchanged"], merged["revised"], merged["superseded"]) == (191, 0, 0, 0)
    period = {"from": YESTERDAY.isoformat(), "to": YESTERDAY.isoformat()}
    page = await site.get("/v1/meters/M1/curves", **period)
    (curve,) = page["items"]
    assert curve["values"][7] is None
    assert curve["quality"][7] == "missing"
    assert [round(v, 2) for v in curve["values"] if v is not None] == [v for v in curves[0]["values"] if v]
    assert (page["present"], page["expected"]) == (95, 96)
    assert curve["completeness"] == round(95 / 96, 6)
    assert abs(curve["energy_kwh"] - sum(v for v in curves[0]["values"] if v) / 4) < 0.1


async def test_single_readings_fill_the_day_and_latest_follows(site: Site) -> None:
    await site.register("M1")
    async with site.worker():
        first = await site.post_readings(
            [{"meter_no": "M1", "at": slot_at(slot), "value": 100.0 + slot} for slot in (5, 3, 4)]
        )
        await site.merged(first)
        second = await site.post_readings(
            [{"meter_no": "M1", "at": slot_at(6), "value": 106, "quality": "estimated"}]
        )
        await site.merged(second)
    values = await site.values("M1")
    assert values[2:8] == [None, 103.0, 104.0, 105.0, 106.0, None]
    latest = await site.get("/v1/meters/M1/latest")
    assert (latest["value_kw"], latest["quality"]) == (106.0, "estimated")
    assert latest["at"] == "2026-09-14T17:30:00Z"
    async with site.client() as client:
        assert (await client.get("/v1/meters/none/latest")).status_code == 404


async def test_body_returns_its_first_receipt_and_produces_nothing_when_it_comes_again(site: Site) -> None:
    await site.register("M1")
    body = [usual_curve("M1", YESTERDAY)]
    async with site.worker():
        first = await site.post_curves(body)
        again = await site.post_curves(body)
        assert again == first
        await site.merged(first)
    assert await site.rows("SELECT sum(next_offset)::int FROM ingest_offset") == [(1,)]
    site.clock.advance(timedelta(days=8))
    later = await site.post_curves(body)
    assert later["receipt_id"] != first["receipt_id"]


async def test_correction_stands_when_the_old_body_comes_again_after_it(site: Site) -> None:
    await site.register("M1")
    at = slot_at(3)
    async with site.worker():
        old = await site.post_readings([{"meter_no": "M1", "at": at, "value": 1}], created_at=EARLY)
        await site.merged(old)
        new = await site.post_readings(
            [{"meter_no": "M1", "at": at, "value": 2}], created_at="2026-09-15T00:20:00Z"
        )
        (corrected,) = await site.merged(new)
        assert corrected["revised"] == 1
        # Other bytes, the same old stamp.
        late = await site.post_readings(
            [{"meter_no": "M1", "at": at, "value": 1, "quality": "measured"}], created_at=EARLY
        )
        (superseded,) = await site.merged(late)
        assert superseded["superseded"] == 1
    assert (await site.values("M1"))[3] == 2.0
    page = await site.get("/v1/meters/M1/curves", **{"from": TODAY.isoformat(), "to": TODAY.isoformat()})
    (revision,) = page["items"][0]["revisions"]
    assert (revision["slots"], revision["before_kw"], revision["receipt_id"]) == ([3], [1.0], new["receipt_id"])


async def test_source_without_stamp_is_ranked_by_its_arrival(site: Site) -> None:
    await site.register("M1")
    async with site.worker():
        await site.merged(await site.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 1}]))
        site.clock.advance(timedelta(seconds=1))
        await site.merged(await site.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 2}]))
    assert (await site.values("M1"))[1] == 2.0


async def test_meters_of_other_intervals_and_units_land_in_their_own_curves(site: Site) -> None:
    await site.register("H", interval_minutes=60)
    await site.register("F", interval_minutes=5, multiplier=10)
    async with site.worker():
        hourly = await site.post_curves(
            [{"meter_no": "H", "date": YESTERDAY.isoformat(), "values": [0.5] * 24}],
            interval_minutes=60,
            unit="MW",
        )
        fine = await site.post_curves(
            [{"meter_no": "F", "date": YESTERDAY.isoformat(), "values": [2.0] * 288}],
            interval_minutes=5,
            unit="kWh",
        )
        wrong = await site.post_curves([usual_curve("H", YESTERDAY)])
        await site.merged(hourly, fine, wrong)
    assert wrong["rejections"][0]["code"] == "reading.interval_mismatch"
    assert await site.values("H", YESTERDAY) == [500.0] * 24
    assert await site.values("F", YESTERDAY) == [240.0] * 288


async def test_csv_and_lines_are_taken_like_json(site: Site) -> None:
    await site.register("M1", "M2")
    header = "meter_no,date," + ",".join(f"P{number}" for number in range(1, 97))
    rows = [f"M1,{YESTERDAY},1.5,--,," + ",".join(["2"] * 93), f"M2,{YESTERDAY}," + ",".join(["3"] * 96)]
    async with site.worker():
        csv = await site.post("/v1/curves", "\ufeff" + "\r\n".join([header, *rows]) + "\r\n", "text/csv")
        assert csv.json()["accepted"] == 94 + 96, csv.text
        found = [
            {"meter_no": "M1", "at": slot_at(0), "value": 7},
            {"meter_no": "M2", "at": slot_at(1), "value": 8},
        ]
        lines = "\n\n".join(json.dumps(item) for item in found)
        ndjson = await site.post("/v1/readings", lines, "application/x-ndjson", unit="kW")
        table = await site.post("/v1/readings", f"meter_no,at,value\nM1,{slot_at(2)},9\n", "text/csv")
        await site.merged(csv.json(), ndjson.json(), table.json())
    assert (await site.values("M1", YESTERDAY))[:4] == [1.5, None, None, 2.0]
    assert (await site.values("M1"))[:3] == [7.0, None, 9.0]
    assert (await site.values("M2"))[1] == 8.0


async def test_completeness_counts_from_the_meters_first_day_up_to_now(site: Site) -> None:
    await site.register("M1", valid_from=YESTERDAY.isoformat())
    await site.register("M2", valid_from=TODAY.isoformat())
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve("M1", YESTERDAY)]))
    page = await site.get("/v1/completeness", **{"from": "2026-09-01", "to": TODAY.isoformat()})
    by_meter = {row["meter_no"]: (row["present"], row["expected"]) for row in page["items"]}
    # Half past eight: 34 quarters of an hour are over today.
    assert by_meter == {"M1": (96, 130), "M2": (0, 34)}
    assert page["completeness"] == round(96 / 164, 6)


async def test_meter_keeps_its_index_and_event_versions_rise_when_it_changes(site: Site) -> None:
    await site.register("M1", "M2")
    await site.register("M1", name="Furnace 1")
    await site.register("M1", name="Furnace 1")
    meters = await site.get("/v1/meters")
    assert [(item["meter_no"], item["meter_index"], item["version"]) for item in meters["items"]] == [
        ("M1", 0, 2),
        ("M2", 1, 1),
    ]
    events = await site.rows(
        "SELECT aggregate_version FROM outbox WHERE type LIKE 'energy.meter%' ORDER BY sequence"
    )
    assert [row[0] for row in events] == [1, 1, 2]
    async with site.client("admin") as client:
        body = {"name": "x", "region_code": "421224", "valid_from": "2025-01-01", "interval_minutes": 60}
        answer = await client.put("/v1/meters/M1", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "meter.fact_fixed")


async def test_months_get_their_partitions_when_readings_of_many_years_come(site: Site) -> None:
    await site.register("M1", valid_from="2010-01-01")
    days = [date(2010, 1, 1), date(2016, 2, 29), date(2024, 12, 31), date(2025, 1, 1)]
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve("M1", day) for day in days]))
    rows = await site.rows("SELECT tableoid::regclass::text, day FROM curve_day ORDER BY day")
    assert [row[0] for row in rows] == [
        "curve_day_p_201001",
        "curve_day_p_201602",
        "curve_day_p_202412",
        "curve_day_p_202501",
    ]


async def test_receipt_is_the_senders_and_its_offices_own(site: Site) -> None:
    await site.register("M1")
    receipt = await site.post_curves([usual_curve("M1", YESTERDAY)])
    path = f"/v1/receipts/{receipt['receipt_id']}"
    for caller, status in (("feed", 200), ("officer", 200), ("admin", 200), ("stranger", 404)):
        async with site.client(caller) as client:
            assert (await client.get(path)).status_code == status, caller
    async with site.client() as client:
        assert (await client.get(f"/v1/receipts/{uuid4()}")).status_code == 404
