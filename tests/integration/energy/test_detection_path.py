"""Spikes from the log to conditions and events: once, whatever breaks, and corrected when the values are."""

import asyncio
import json
import time
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.common.ids import derived_id
from libs.common.kafka.fenced import FencedConsumer
from services.energy.backtests.jobs import run_backtests
from tests.support.energy import TODAY, Site, slot_at, usual_curve
from tests.support.energy_context import run_job

DAYS = 35


async def learn(site: Site, *meters: str, **facts: Any) -> None:
    """Five weeks of usual days."""
    await site.register(*meters, **facts)
    days = [TODAY - timedelta(days=age) for age in range(DAYS, 0, -1)]
    await site.merged(await site.post_curves([usual_curve(meter, day) for day in days for meter in meters]))


async def put_rule(site: Site, rule: dict[str, Any]) -> dict[str, Any]:
    """Change a rule as an office does: with a backtest that tried it."""
    async with site.client("admin") as client:
        drafted = {name: rule[name] for name in ("kind", "meter_no", "parameters") if name in rule}
        span = {"from": (TODAY - timedelta(days=28)).isoformat(), "to": (TODAY - timedelta(days=1)).isoformat()}
        asked = await client.post("/v1/detection-backtests", json={**span, "rules": [drafted]})
        assert asked.status_code == 202, asked.text
        await run_job(site, run_backtests)
        answer = await client.put("/v1/detection-rules", json=rule | {"backtest_id": asked.json()["id"]})
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json() | {"status_code": answer.status_code}
    return body


async def send(site: Site, meter: str, slot: int, value: float, day: date = TODAY, **facts: Any) -> dict[str, Any]:
    """One reading on the stack's own time."""
    at = slot_at(slot, day)
    site.clock.set(max(site.clock.now(), datetime.fromisoformat(at) + timedelta(minutes=15)))
    return await site.post_readings([{"meter_no": meter, "at": at, "value": value}], **facts)


async def events(site: Site) -> list[tuple[str, int]]:
    rows = await site.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.condition.v1' ORDER BY sequence"
    )
    return [(row[0].removeprefix("energy.condition."), row[1]) for row in rows]


async def test_spike_opens_and_clears_with_its_events(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 40, 3400))
        (opened,) = (await site.get("/v1/conditions"))["items"]
        await site.merged(*[await send(site, "M1", slot, 1000) for slot in range(41, 45)])
        (cleared,) = (await site.get("/v1/conditions"))["items"]
    assert (opened["status"], opened["level"], opened["value_kw"]) == ("open", 3, 3400)
    assert datetime.fromisoformat(opened["opened_at"]) == datetime.fromisoformat(slot_at(40))
    assert abs(opened["expected_kw"] - 1000) < 25
    assert opened["expected_low_kw"] < opened["expected_kw"] < opened["expected_high_kw"]
    assert opened["day_type"] == "working"
    assert (cleared["status"], cleared["clear_reason"]) == ("cleared", "returned")
    assert datetime.fromisoformat(cleared["cleared_at"]) == datetime.fromisoformat(slot_at(44))
    assert await events(site) == [("opened.v1", 1), ("cleared.v1", 2)]
    meter_id = (await site.get("/v1/meters"))["items"][0]["meter_id"]
    opened_at = datetime.fromisoformat(opened["opened_at"]).isoformat()
    assert opened["id"] == str(derived_id(meter_id, "spike", opened_at, "0"))
    async with site.client("stranger") as client:
        assert (await client.get("/v1/conditions")).json()["items"] == []
        assert (await client.get(f"/v1/conditions/{opened['id']}")).status_code == 404


async def test_wind_meter_is_not_judged_by_a_calendar(site: Site) -> None:
    async with site.worker():
        await learn(site, "W", profile="wind")
        await site.merged(await send(site, "W", 40, 3400))
    assert (await site.get("/v1/conditions"))["items"] == []


async def test_condition_clears_as_corrected_and_opens_anew_when_the_value_comes_back(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 40, 3400))
        site.clock.advance(timedelta(minutes=1))
        await site.merged(await send(site, "M1", 40, 1001))
        (corrected,) = (await site.get("/v1/conditions"))["items"]
        assert (corrected["status"], corrected["clear_reason"]) == ("cleared", "corrected")
        site.clock.advance(timedelta(minutes=1))
        await site.merged(await send(site, "M1", 40, 3300))
        found = (await site.get("/v1/conditions"))["items"]
        assert sorted(item["status"] for item in found) == ["cleared", "open"]
        assert len({item["id"] for item in found}) == 2
        assert len({item["opened_at"] for item in found}) == 1
        await site.merged(*[await send(site, "M1", slot, 1000) for slot in range(41, 46)])
        assert {item["status"] for item in (await site.get("/v1/conditions"))["items"]} == {"cleared"}
    assert await events(site) == [("opened.v1", 1), ("cleared.v1", 2), ("opened.v1", 1), ("cleared.v1", 2)]


async def test_condition_clears_when_a_person_takes_its_value_back(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 40, 3400))
        path = f"/v1/meters/M1/curves/{TODAY}"
        body = {"slots": [40], "values_kw": [None], "back_to": "missing", "reason": "a test of the meter"}
        async with site.client() as client:
            etag = (await client.get(path)).headers["etag"]
            edited = await client.patch(path, json=body, headers={"If-Match": etag})
        assert (edited.status_code, edited.json()["values"][40]) == (200, None)
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert (condition["status"], condition["clear_reason"], condition["value_kw"]) == (
        "cleared",
        "corrected",
        3400,
    )
    assert await events(site) == [("opened.v1", 1), ("cleared.v1", 2)]


async def test_figures_are_amended_when_a_correction_leaves_the_spike_standing(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 40, 3400))
        site.clock.advance(timedelta(minutes=1))
        await site.merged(await send(site, "M1", 40, 2400))
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert (condition["status"], condition["value_kw"]) == ("open", 2400)
    assert await events(site) == [("opened.v1", 1), ("opened.v1", 2)]


async def test_spike_that_comes_late_is_told_once_and_is_over(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 50, 1000))
        late = [await send(site, "M1", slot, 4000 + slot) for slot in (45, 46)]
        await site.merged(*late)
        (told,) = (await site.get("/v1/conditions"))["items"]
        # The same values by another body, an older stamp and a usual value beside: nothing new in any.
        await site.merged(await send(site, "M1", 45, 4045, source="again"))
        await site.merged(await send(site, "M1", 46, 9000, created_at="2020-01-01T00:00:00Z"))
        await site.merged(await send(site, "M1", 44, 1000))
    assert (await site.values("M1"))[44:47] == [1000, 4045, 4046]
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert condition == told
    assert (condition["kind"], condition["status"], condition["clear_reason"]) == ("spike", "cleared", "returned")
    assert datetime.fromisoformat(condition["opened_at"]) == datetime.fromisoformat(slot_at(45))
    assert datetime.fromisoformat(condition["cleared_at"]) == datetime.fromisoformat(slot_at(47))
    assert [item["value_kw"] for item in condition["evidence"]] == [4045, 4046]
    assert (await events(site))[0] == ("opened.v1", 1)
    assert [name for name, _ in await events(site)].count("cleared.v1") == 1


async def test_spike_that_a_correction_brings_is_told(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await site.merged(*[await send(site, "M1", slot, 1000) for slot in (40, 41, 42)])
        assert (await site.get("/v1/conditions"))["items"] == []
        site.clock.advance(timedelta(minutes=1))
        await site.merged(await send(site, "M1", 40, 3400))
        (condition,) = (await site.get("/v1/conditions"))["items"]
        assert (condition["kind"], condition["status"], condition["value_kw"]) == ("spike", "cleared", 3400)
        site.clock.advance(timedelta(minutes=1))
        await site.merged(await send(site, "M1", 40, 1001))
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert condition["clear_reason"] == "corrected"


@pytest.mark.parametrize("checkpoint_seconds", [0.0, 1000.0])
async def test_detector_goes_on_where_it_was_when_the_worker_starts_anew(
    site: Site, checkpoint_seconds: float
) -> None:
    site.settings = site.settings.model_copy(update={"checkpoint_seconds": checkpoint_seconds})
    async with site.worker(is_killed=True):
        await learn(site, "M1")
        await site.merged(await send(site, "M1", 40, 3400))
    assert await site.rows("SELECT count(*) FROM detector_checkpoint") == [(0 if checkpoint_seconds else 1,)]
    async with site.worker():
        # The second worker knows of the open episode from the checkpoint, or from the log alone.
        await site.merged(await send(site, "M1", 41, 3500))
        await site.merged(*[await send(site, "M1", slot, 1000) for slot in range(42, 47)])
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert condition["status"] == "cleared"
    assert len(condition["evidence"]) == 2
    assert await events(site) == [("opened.v1", 1), ("cleared.v1", 2)]


async def test_nothing_is_lost_or_doubled_when_batches_roll_back_again_and_again(site: Site) -> None:
    """The database refuses the receipts' rows: a batch fails at its very end, after the detector has learned."""
    async with site.worker():
        await learn(site, "M1", "M2")
    async with site.database.transaction() as session:
        connection = await session.connection()
        for statement in (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON receipt_part EXECUTE FUNCTION refuse()",
        ):
            await connection.exec_driver_sql(statement)
    async with site.worker():
        receipts = [await send(site, "M1", 40, 3400), await send(site, "M2", 41, 3600)]
        await asyncio.sleep(2.5)
        assert await site.rows("SELECT count(*) FROM condition") == [(0,)]
        async with site.database.transaction() as session:
            await (await session.connection()).exec_driver_sql("DROP TRIGGER refuse ON receipt_part")
        merged = await site.merged(*receipts)
        receipts = [await send(site, meter, slot, 1000) for slot in range(42, 48) for meter in ("M1", "M2")]
        await site.merged(*receipts)
    assert [item["stored"] for item in merged] == [1, 1]
    found = (await site.get("/v1/conditions"))["items"]
    assert sorted((item["meter_no"], item["status"]) for item in found) == [("M1", "cleared"), ("M2", "cleared")]
    assert await events(site) == [("opened.v1", 1), ("opened.v1", 1), ("cleared.v1", 2), ("cleared.v1", 2)]


async def knows(worker: FencedConsumer, told_at: float) -> bool:
    """Whether the worker has looked at its rules since then."""
    looked_at: float = worker._handler._refreshed_at  # type: ignore[attr-defined]
    return looked_at > told_at


async def test_rule_of_a_meter_holds_for_what_comes_after_it(site: Site) -> None:
    async with site.worker() as worker:
        await learn(site, "M1", "M2")
        rule = {
            "kind": "spike",
            "meter_no": "M1",
            "valid_from": TODAY.isoformat(),
            "parameters": {"open_score": 990, "strong_score": 990, "extreme_score": 1000},
        }
        assert (await put_rule(site, rule))["status_code"] == 201
        again = await put_rule(site, rule | {"note": "steel trial"})
        assert (again["status_code"], again["version"]) == (200, 2)
        revisions = (await site.get(f"/v1/detection-rules/{again['id']}/revisions"))["items"]
        assert [item["note"] for item in revisions] == ["", "steel trial"]
        assert revisions[1]["backtest_id"] == again["backtest_id"] != revisions[0]["backtest_id"]
        told_at = time.monotonic()
        await site.until(lambda: knows(worker, told_at))
        await site.merged(await send(site, "M1", 40, 3400), await send(site, "M2", 40, 3400))
    assert [item["meter_no"] for item in (await site.get("/v1/conditions"))["items"]] == ["M2"]
    assert len((await site.get("/v1/detection-rules"))["items"]) == 2
    async with site.client("officer") as client:
        answer = await client.put("/v1/detection-rules", json=rule)
    assert answer.status_code == 403


async def test_old_conditions_are_kept_without_events_when_the_rule_says_so(site: Site) -> None:
    rule = {"kind": "spike", "valid_from": "2026-01-01", "parameters": {"announce_within_hours": 24}}
    assert (await put_rule(site, rule))["status_code"] == 201
    async with site.worker():
        await site.register("M1")
        curves = [usual_curve("M1", TODAY - timedelta(days=age)) for age in range(DAYS, 0, -1)]
        curves[30]["values"][20] = 5000.0
        await site.merged(await site.post_curves(curves))
    (condition,) = (await site.get("/v1/conditions"))["items"]
    assert condition["status"] == "cleared"
    assert await events(site) == []
    async with site.client() as client:
        assert (await client.get(f"/v1/conditions/{uuid4()}")).status_code == 404


async def conditions(site: Site, kind: str) -> list[dict[str, Any]]:
    return [item for item in (await site.get("/v1/conditions"))["items"] if item["kind"] == kind]


async def follow(site: Site, meter: str, values: list[float], slot: int = 40, **facts: Any) -> None:
    """Readings of the running day from ``slot`` on, all arriving when the last is due."""
    last = datetime.fromisoformat(slot_at(slot + len(values) - 1))
    site.clock.set(max(site.clock.now(), last + timedelta(minutes=15)))
    readings = [
        {"meter_no": meter, "at": slot_at(slot + number), "value": value} for number, value in enumerate(values)
    ]
    await site.merged(await site.post_readings(readings, **facts))


@pytest.mark.parametrize(
    ("kind", "values", "back", "words"),
    [
        ("drop", [40.0, 35.0, 38.0], [1000.0, 1003.0, 998.0, 1001.0, 1002.0], "usual for this slot"),
        ("dead", [0.0] * 6, [1000.0], "Zero at"),
        ("stuck", [1001.5] * 18, [1000.0], "The reading stands at 1,002 kW"),
        ("unit", [1_000_000.0], [1000.0, 1003.0, 998.0, 1001.0], "wrong unit"),
        ("unit", [-1000.0], [1000.0, 1003.0, 998.0, 1001.0], "wrong unit"),
        ("overload", [1500.0], [1000.0, 1003.0, 998.0, 1001.0], "contracted capacity 1,200 kW; +25 %"),
    ],
)
async def test_condition_of_a_kind_opens_and_clears_with_its_words(
    site: Site, kind: str, values: list[float], back: list[float], words: str
) -> None:
    async with site.worker():
        await learn(site, "M1", capacity_kw=1200, high_kw=2_000_000, low_kw=-2_000_000)
        await follow(site, "M1", values)
        (opened,) = await conditions(site, kind)
        await follow(site, "M1", back, slot=40 + len(values))
        (cleared,) = await conditions(site, kind)
    assert opened["status"] == "open"
    assert words in opened["explanation_en"]
    assert opened["explanation_zh"]
    assert (cleared["status"], cleared["clear_reason"]) == ("cleared", "returned")
    rows = await site.rows(
        "SELECT type, payload FROM outbox WHERE topic = 'energy.condition.v1' ORDER BY sequence"
    )
    told = [(row[0], payload) for row in rows if (payload := json.loads(row[1]))["kind"] == kind]
    assert (told[0][0], told[-1][0]) == ("energy.condition.opened.v1", "energy.condition.cleared.v1")
    assert words in told[0][1]["explanation_en"]


async def test_lasting_shift_opens_once_and_says_by_how_much(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        days = [TODAY + timedelta(days=number) for number in range(3)]
        site.clock.set(datetime.fromisoformat(slot_at(95, days[-1])) + timedelta(minutes=15))
        await site.merged(await site.post_curves([usual_curve("M1", day, level=1700.0) for day in days]))
        (shift,) = await conditions(site, "shift")
    assert "above what is usual" in shift["explanation_en"]
    assert shift["value_kw"] > 0.28


async def test_missing_data_open_while_others_report_and_clear_when_they_come(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1", "M2")

        async def report(slot: int, *meters: str) -> None:
            at = slot_at(slot)
            site.clock.set(datetime.fromisoformat(at) + timedelta(minutes=15))
            readings = [{"meter_no": meter, "at": at, "value": 1000.0 + slot} for meter in meters]
            await site.merged(await site.post_readings(readings))

        for slot in range(34, 42):
            await report(slot, "M1", "M2")
        for slot in range(42, 53):
            await report(slot, "M1")
        (missing,) = await conditions(site, "missing")
        assert (missing["meter_no"], missing["status"]) == ("M2", "open")
        assert datetime.fromisoformat(missing["opened_at"]) == datetime.fromisoformat(slot_at(42))
        for slot in range(53, 55):
            await report(slot, "M1", "M2")
        (missing,) = await conditions(site, "missing")
    assert (missing["status"], missing["clear_reason"]) == ("cleared", "returned")


async def test_unit_error_clears_as_corrected_when_the_right_values_come(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1", high_kw=2_000_000)
        await follow(site, "M1", [1_000_000.0])
        site.clock.advance(timedelta(minutes=1))
        await follow(site, "M1", [1000.0])
        (unit,) = await conditions(site, "unit")
    assert (unit["status"], unit["clear_reason"]) == ("cleared", "corrected")


async def test_rule_takes_only_the_parameters_of_its_kind(site: Site) -> None:
    rule = {"kind": "shift", "valid_from": TODAY.isoformat(), "parameters": {"share": 0.5}}
    assert (await put_rule(site, rule))["status_code"] == 201
    async with site.client("admin") as client:
        wrong = rule | {"kind": "stuck"}
        answer = await client.put("/v1/detection-rules", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/parameters")
