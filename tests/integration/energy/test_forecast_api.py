"""Forecasts over the whole way: curves in, tomorrow out, a warning the evening before, and how good it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from services.energy.forecast.histories import follow_touched
from services.energy.forecast.jobs import evaluate_forecasts, issue_forecasts, judge_shortages
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.energy_context import run_job

# One minute past five in the evening, when tomorrow is due.
EVENING = datetime(2026, 9, 15, 9, 1, tzinfo=UTC)
HISTORY = 60
TOMORROW = date(2026, 9, 16)


def curve(meter_no: str, day: date, level: float = 1.0, until: int = 96) -> dict[str, Any]:
    """A day of two shifts, quieter at the weekend; the same at every call."""
    random = np.random.default_rng([day.toordinal(), sum(meter_no.encode())])
    slots = np.arange(96)
    shape = 4000.0 + 6000.0 * np.exp(-(((slots - 74) / 14.0) ** 2)) + 2000.0 * ((slots > 30) & (slots < 60))
    values = level * (shape if day.weekday() < 5 else 0.7 * shape) + random.normal(0, 60.0, 96)
    told = [round(float(value), 1) if slot < until else None for slot, value in enumerate(values)]
    return {"meter_no": meter_no, "date": day.isoformat(), "values": told}


def days(first: int, last: int) -> list[date]:
    """Days so many days before today, both included, the oldest first."""
    return [date_of(day_number(TODAY) - age) for age in range(first, last - 1, -1)]


async def send(site: Site, curves: Sequence[dict[str, Any]]) -> None:
    await site.merged(await site.post_curves(curves))
    await run_job(site, settle_touched(follow_touched))


async def build(site: Site, mva: float = 18.5, code: str = "S-1") -> None:
    """A substation with two meters; 18.5 MVA carry 17.575 MW, and the evening peak is 20 MW."""
    await site.register(f"{code}-A", f"{code}-B", capacity_kw=20_000)
    async with site.client() as client:
        node = {
            "code": code,
            "kind": "substation",
            "name": "城关变电站",
            "region_code": COUNTY,
            "valid_from": "2025-01-01",
            "capacity": {"rated_mva": mva, "units": 1},
        }
        created = await client.post("/v1/grid-nodes", json=node)
        assert created.status_code == 201, created.text
        for meter in (f"{code}-A", f"{code}-B"):
            place = {"meter_no": meter, "node_code": code, "role": "load", "valid_from": "2025-01-01"}
            answer = await client.post("/v1/grid-placements", json=place)
            assert answer.status_code == 201, answer.text


async def situations(site: Site) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await site.get("/v1/situations"))["items"]
    return [item for item in items if item["kind"] == "shortage_forecast"]


async def test_shortage_is_warned_the_evening_before_and_ends_with_more_supply(site: Site) -> None:
    async with site.worker():
        await build(site, mva=25)
        async with site.client() as client:
            less = {"rated_mva": -6.5, "valid_from": TOMORROW.isoformat(), "reason": "2号主变检修"}
            taken = await client.post("/v1/grid-nodes/S-1/capacities", json=less)
            assert taken.status_code == 201, taken.text
        await send(site, [curve(no, day) for no in ("S-1-A", "S-1-B") for day in days(HISTORY, 1)])
        site.clock.set(EVENING)
        await send(site, [curve(no, TODAY, until=68) for no in ("S-1-A", "S-1-B")])
    site.clock.set(EVENING - timedelta(minutes=2))
    await run_job(site, issue_forecasts())
    early = (await site.get("/v1/forecast-issues"))["items"]
    assert [item["kind"] for item in early] == ["intraday"]
    site.clock.set(EVENING)
    await run_job(site, issue_forecasts())
    await run_job(site, issue_forecasts())
    (issue,) = (await site.get("/v1/forecast-issues", **{"filter[kind][eq]": "day_ahead"}))["items"]
    assert (issue["status"], issue["due_at"], issue["reason"]) == ("issued", "2026-09-15T09:00:00Z", None)
    assert (issue["origin_day"], issue["origin_slot"]) == (TODAY.isoformat(), 68)
    found = await site.get("/v1/grid-nodes/S-1/forecasts/latest")
    assert (found["day"], found["lead"], found["issue_id"]) == (TOMORROW.isoformat(), 1, issue["id"])
    assert all(
        low <= mid <= high for low, mid, high in zip(*(found[f"p{q}_kw"] for q in (10, 50, 90)), strict=True)
    )
    actual = np.sum([curve(no, TOMORROW)["values"] for no in ("S-1-A", "S-1-B")], axis=0)
    assert np.abs(np.array(found["p50_kw"]) / actual - 1).mean() < 0.02
    # 20.0 MW against 17.575: 12.2 % of the forecast maximum is orange.
    (warned,) = await situations(site)
    assert (warned["level"], warned["subject_code"], warned["cleared_at"]) == (3, "S-1", None)
    assert abs(warned["gap_percent"] - 12.2) < 1.0
    assert datetime(2026, 9, 16, 8, 0, tzinfo=UTC) < datetime.fromisoformat(warned["expected_at"])
    assert warned["explanation_zh"].startswith("城关变电站 预计 09-16 ")
    assert "可供 17.6 兆瓦（受供电能力限制）" in warned["explanation_zh"]
    assert "Ⅱ级（橙色）预警" in warned["explanation_zh"]
    async with site.client() as client:
        more = {"rated_mva": 10, "valid_from": TOMORROW.isoformat(), "reason": "2号主变投运"}
        assert (await client.post("/v1/grid-nodes/S-1/capacities", json=more)).status_code == 201
    await run_job(site, judge_shortages())
    (cleared,) = await situations(site)
    assert cleared["cleared_reason"] == "corrected"
    told = await site.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.situation.v1' ORDER BY sequence"
    )
    assert [tuple(row) for row in told] == [("energy.situation.opened.v1", 1), ("energy.situation.cleared.v1", 2)]
    events = await site.rows("SELECT subject FROM outbox WHERE topic = 'energy.forecast.v1' ORDER BY sequence")
    assert [row[0] for row in events] == [early[0]["id"], issue["id"]]


async def test_warning_follows_the_newest_forecast_and_ends_with_its_day(site: Site) -> None:
    async with site.worker():
        await build(site)
        await send(site, [curve(no, day) for no in ("S-1-A", "S-1-B") for day in days(HISTORY, 1)])
        site.clock.set(EVENING - timedelta(minutes=11))
        await send(site, [curve(no, TODAY, until=67) for no in ("S-1-A", "S-1-B")])
        async with site.client() as client:
            now = await client.post("/v1/grid-nodes/S-1/forecasts", json={"kind": "intraday"})
            assert now.status_code == 201, now.text
        today, tomorrow = now.json()["days"]
        assert (today["lead"], today["first_slot"], tomorrow["lead"], tomorrow["first_slot"]) == (0, 67, 1, 0)
        measured = np.sum([curve(no, TODAY)["values"] for no in ("S-1-A", "S-1-B")], axis=0)
        np.testing.assert_allclose(today["p50_kw"][:67], measured[:67], rtol=1e-5)
        # The peak of the same evening is short as well, and comes first.
        (first,) = await situations(site)
        assert (first["reference_on"], first["version"]) == (TODAY.isoformat(), 1)
        # The evening passes; what is foreseen now is tomorrow's.
        site.clock.set(datetime(2026, 9, 15, 15, 59, tzinfo=UTC))
        await run_job(site, issue_forecasts())
        (second,) = await situations(site)
        assert (second["id"], second["reference_on"]) == (first["id"], TOMORROW.isoformat())
        # That day turns out a quiet one: by noon nothing of it is short any more, but the day after still is.
        site.clock.set(datetime(2026, 9, 16, 4, 10, tzinfo=UTC))
        await send(site, [curve(no, TODAY) for no in ("S-1-A", "S-1-B")])
        await send(site, [curve(no, TOMORROW, level=0.6, until=48) for no in ("S-1-A", "S-1-B")])
        await run_job(site, issue_forecasts())
        (third,) = await situations(site)
        assert (third["id"], third["reference_on"], third["version"]) == (first["id"], "2026-09-17", 3)
        # Where nobody wants to know of the day after, the warning ends.
        async with site.client() as client:
            rule = {"node_code": "S-1", "valid_from": TOMORROW.isoformat(), "parameters": {"warn_days": 0}}
            assert (await client.put("/v1/forecast-rules", json=rule)).status_code == 201
        await run_job(site, judge_shortages())
        (ended,) = await situations(site)
        assert ended["cleared_reason"] == "corrected"
    latest = await site.get("/v1/grid-nodes/S-1/forecasts/latest", day=TOMORROW.isoformat())
    known = await site.get(
        "/v1/grid-nodes/S-1/forecasts/latest", day=TOMORROW.isoformat(), as_of="2026-09-15T23:59:30+08:00"
    )
    assert (latest["lead"], known["lead"]) == (0, 1)
    listed = await site.get("/v1/grid-nodes/S-1/forecasts", **{"filter[day][eq]": TOMORROW.isoformat()})
    assert {item["id"] for item in listed["items"]} >= {latest["id"], known["id"], tomorrow["id"]}
    whole = await site.get(f"/v1/grid-nodes/S-1/forecasts/{known['issue_id']}")
    assert known in whole["days"]


async def test_forecasts_are_judged_when_their_day_is_over_and_again_when_it_is_corrected(site: Site) -> None:
    async with site.worker():
        await build(site, mva=25)
        async with site.client() as client:
            less = {"rated_mva": -6.5, "valid_from": TOMORROW.isoformat(), "reason": "2号主变检修"}
            taken = await client.post("/v1/grid-nodes/S-1/capacities", json=less)
            assert taken.status_code == 201, taken.text
        await send(site, [curve(no, day) for no in ("S-1-A", "S-1-B") for day in days(HISTORY, 1)])
        site.clock.set(EVENING)
        await send(site, [curve(no, TODAY, until=68) for no in ("S-1-A", "S-1-B")])
        await run_job(site, issue_forecasts())
        site.clock.set(datetime(2026, 9, 16, 22, 0, tzinfo=UTC))
        await send(site, [curve(no, TOMORROW) for no in ("S-1-A", "S-1-B")])
        await run_job(site, evaluate_forecasts)
        span = {"from": TOMORROW.isoformat(), "to": TOMORROW.isoformat()}
        (line,) = (await site.get("/v1/grid-nodes/S-1/forecast-accuracy", **span))["items"]
        assert (line["kind"], line["lead"], line["forecasts"], line["days"]) == ("day_ahead", 1, 1, 1)
        assert line["mape"] < 2.0
        # A Wednesday like the one of last week: that is hard to beat here, and shown beside.
        assert line["seasonal_mape"] is not None
        assert abs(line["peak_error_percent"]) < 3.0
        (judged,) = (await site.get("/v1/forecast-accuracies"))["items"]
        assert judged["slots"] == 96
        assert abs(judged["mape"] - line["mape"]) < 1e-9
        await send(site, [curve(no, TOMORROW, level=1.1) for no in ("S-1-A", "S-1-B")])
        await run_job(site, evaluate_forecasts)
        (again,) = (await site.get("/v1/forecast-accuracies"))["items"]
        assert (again["forecast_id"], again["mape"] > 8.0) == (judged["forecast_id"], True)


async def test_node_without_history_says_so_until_there_is_one(site: Site) -> None:
    async with site.worker():
        await build(site)
        site.clock.set(EVENING)
        await send(site, [curve(no, day) for no in ("S-1-A", "S-1-B") for day in days(10, 1)])
        await run_job(site, issue_forecasts())
        (issue,) = (await site.get("/v1/forecast-issues", **{"filter[status][eq]": "refused"}))["items"]
        assert (issue["reason"], issue["known_days"], issue["needed_days"]) == ("too_short", 10, 28)
        async with site.client() as client:
            none = await client.get("/v1/grid-nodes/S-1/forecasts/latest")
            assert (none.status_code, none.json()["code"]) == (404, "forecast.none")
            assert "its history is too short" in none.json()["detail"]
        assert await situations(site) == []
        # What comes later of days long past is not missed because they were read before.
        await send(site, [curve(no, day) for no in ("S-1-A", "S-1-B") for day in days(HISTORY, 11)])
        async with site.client() as client:
            issued = (await client.post("/v1/grid-nodes/S-1/forecasts", json={})).json()
        assert (issued["status"], issued["known_days"]) == ("issued", HISTORY)
        # The days at rest are summed once, and again when their curves change.
        kept = await site.rows("SELECT count(*), max(load_kw[80]) FROM forecast_load WHERE day >= '2026-07-17'")
        assert kept[0][0] == HISTORY - 2
        await send(site, [curve("S-1-A", days(30, 30)[0], level=3.0)])
        assert (await site.rows("SELECT count(*) FROM forecast_load WHERE day >= '2026-07-17'"))[0][
            0
        ] == HISTORY - 3


async def test_only_areas_and_substations_of_ones_region_are_forecast(site: Site) -> None:
    await build(site)
    async with site.client() as client:
        feeder = {
            "code": "F-1",
            "kind": "feeder",
            "name": "城一线",
            "region_code": COUNTY,
            "parent_code": "S-1",
            "valid_from": "2025-01-01",
        }
        assert (await client.post("/v1/grid-nodes", json=feeder)).status_code == 201
        refused = await client.post("/v1/grid-nodes/F-1/forecasts", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "forecast.node_kind")
        unknown = await client.post("/v1/grid-nodes/S-9/forecasts", json={})
        assert unknown.status_code == 404
        assert (await client.post("/v1/grid-nodes/S-1/forecasts", json={"kind": "x"})).status_code == 422
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as client:
        assert (await client.post("/v1/grid-nodes/S-1/forecasts", json={})).status_code == 404
        assert (await client.get("/v1/grid-nodes/S-1/forecasts")).status_code == 404
        assert (await client.get("/v1/forecast-issues")).json()["items"] == []
    async with site.client("feed") as client:
        assert (await client.post("/v1/grid-nodes/S-1/forecasts", json={})).status_code == 403


async def test_rules_hold_for_their_scope_and_are_checked(site: Site) -> None:
    await build(site)
    async with site.client() as client:

        async def put(**facts: Any) -> tuple[int, str]:
            body = {"region_code": COUNTY, "valid_from": "2026-09-01"} | facts
            answer = await client.put("/v1/forecast-rules", json=body)
            return answer.status_code, answer.json().get("code", "")

        assert await put(parameters={"day_ahead_at": "08:00", "intraday": False}) == (201, "")
        assert await put(parameters={"day_ahead_at": "08:15", "intraday": False}, note="earlier") == (200, "")
        assert await put(parameters={"min_days": 3}) == (422, "forecast.rule_invalid")
        assert await put(node_code="S-1") == (409, "forecast.rule_scope_ambiguous")
        assert await put(region_code=None) == (409, "forecast.rule_scope_too_wide")
        assert await put(region_code=NEIGHBOUR) == (409, "forecast.rule_scope_too_wide")
        assert await put(region_code=None, node_code="S-9") == (404, "grid.node_not_found")
        assert await put(valid_to="2026-09-01") == (409, "forecast.rule_validity_inverted")
        listed = (await client.get("/v1/forecast-rules")).json()["items"]
        assert [item["region_code"] for item in listed] == [COUNTY, None]
        assert listed[0]["parameters"]["horizon_days"] == 7
        assert listed[0]["version"] == 2
    # Half past eight is past a quarter past eight; there is nothing to forecast from, and it is said once.
    await run_job(site, issue_forecasts())
    await run_job(site, issue_forecasts())
    (issue,) = (await site.get("/v1/forecast-issues"))["items"]
    assert (issue["reason"], issue["kind"]) == ("no_load", "day_ahead")
