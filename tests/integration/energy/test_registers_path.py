"""From a register's states through the door to the curve of its meter."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import httpx

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.schedule import jobs
from tests.support.energy import TODAY, Site, slot_at

YESTERDAY = TODAY - timedelta(days=1)
EARLY, LATE = "2026-09-15T00:00:00Z", "2026-09-15T00:20:00Z"


def state(slot: float, value: float, day: date = YESTERDAY, meter_no: str = "R1", **more: Any) -> dict[str, Any]:
    """A state at the start of a 15-minute slot, or somewhere in it."""
    at = datetime.fromisoformat(slot_at(0, day)) + timedelta(minutes=15 * slot)
    return {"meter_no": meter_no, "at": at.isoformat(), "value": value, **more}


async def send(site: Site, *states: dict[str, Any], **facts: Any) -> dict[str, Any]:
    body = {"readings": list(states)} | facts
    answer = await site.post("/v1/readings", body)
    assert answer.status_code == 202, answer.text
    (merged,) = await site.merged(answer.json())
    return merged


async def registers(site: Site, meter_no: str = "R1", **more: Any) -> Any:
    span = {"from": YESTERDAY.isoformat(), "to": TODAY.isoformat()}
    return await site.get(f"/v1/meters/{meter_no}/registers", **span | more)


async def write(
    site: Site, method: str, path: str, body: Any, caller: str = "officer", **headers: str
) -> httpx.Response:
    async with site.client(caller) as client:
        return await client.request(method, path, json=body, headers=headers)


async def findings(site: Site) -> list[Any]:
    """What validation says of registers once the job of touched days has run."""
    (job,) = [job for job in jobs(site.settings) if job.name == "touched.settle"]
    async with site.database.transaction() as session:
        await job.run(Context(session, site.clock.now(), new_id, SYSTEM), site.clock.now())
    found = await site.rows("SELECT status, slots FROM vee_finding WHERE kind = 'register_order'")
    return [(row.status, row.slots) for row in found]


async def test_states_become_the_curve_when_they_come_in_any_order(site: Site) -> None:
    await site.register("R1", kind="register", ct_ratio=40, register_digits=6)
    async with site.worker():
        first = await send(site, state(1, 101.5), state(0, 100), state(3, 103), unit="kWh")
        assert (first["accepted"], first["stored"], first["revised"]) == (3, 3, 0)
        values = await site.values("R1", YESTERDAY)
        assert values[:4] == [240.0, 120.0, 120.0, None]
        # The state between two others: its neighbours' steps are other ones now.
        between = await send(site, state(2, 102.9), created_at=LATE)
        assert (between["stored"], between["unchanged"]) == (1, 0)
        assert [round(value or 0, 3) for value in (await site.values("R1", YESTERDAY))[:3]] == [240.0, 224.0, 16.0]
        again = await send(site, state(2, 102.9, quality="measured"), created_at=LATE)
        assert (again["stored"], again["unchanged"]) == (0, 1)
        corrected = await send(site, state(2, 102), created_at="2026-09-15T00:25:00Z")
        assert corrected["revised"] == 1
        stale = await send(site, state(2, 105), created_at=EARLY)
        assert stale["superseded"] == 1
    period = {"from": YESTERDAY.isoformat(), "to": YESTERDAY.isoformat()}
    page = await site.get("/v1/meters/R1/curves", **period)
    (curve,) = page["items"]
    assert curve["quality"][:4] == ["measured", "measured", "measured", "missing"]
    assert [round(value, 3) for value in curve["values"][:3]] == [240.0, 80.0, 160.0]
    # What was spread, and what the correction replaced, stays known with the delivery that did it.
    assert [item["receipt_id"] for item in curve["revisions"]] == [between["receipt_id"], corrected["receipt_id"]]
    assert curve["revisions"][0]["slots"] == [1, 2]
    shown = await registers(site)
    assert [item["value"] for item in shown["items"]] == [100.0, 101.5, 102.0, 103.0]
    assert (shown["unit"], shown["items"][2]["revision"], shown["faults"]) == ("kWh", 1, [])


async def test_day_of_states_in_a_curve_body_ends_at_24_00(site: Site) -> None:
    await site.register("R1", kind="register")
    async with site.worker():
        await send(site, state(0, 1000))
        # The value of a slot is the state at its end.
        body = [
            {"meter_no": "R1", "date": YESTERDAY.isoformat(), "values": [1000.5 + slot / 2 for slot in range(96)]}
        ]
        answer = await site.post("/v1/curves", {"unit": "kWh", "curves": body})
        await site.merged(answer.json())
    assert await site.values("R1", YESTERDAY) == [2.0] * 96
    assert (await registers(site))["items"][-1]["at"] == "2026-09-14T16:00:00Z"


async def test_outage_is_spread_and_a_step_back_stays_a_visible_fault_until_it_is_explained(site: Site) -> None:
    await site.register("R1", kind="register", asset_no="A1")
    async with site.worker():
        await send(site, state(0, 100), state(1, 101), state(5, 109))
        page = await site.get("/v1/meters/R1/curves", **{"from": str(YESTERDAY), "to": str(YESTERDAY)})
        assert page["items"][0]["values"][:5] == [4.0, 8.0, 8.0, 8.0, 8.0]
        assert page["items"][0]["quality"][:5] == ["measured", *["estimated"] * 4]
        # A new device nobody told of: lower than before.
        await send(site, state(6, 0.5), state(7, 1.5))
        assert (await site.values("R1", YESTERDAY))[5:7] == [None, 4.0]
        (fault,) = (await registers(site))["faults"]
        assert (fault["kind"], fault["before"], fault["after"], fault["cleared_at"]) == (
            "negative",
            109,
            0.5,
            None,
        )
    assert await findings(site) == [("open", [5])]
    event = {
        "kind": "replaced",
        "at": slot_at(5, YESTERDAY).replace(":15:00+", ":25:00+"),
        "final_state": 110,
        "initial_state": 0,
        "new_device": {"asset_no": "A2"},
        "reason": "周期轮换",
    }
    answer = await write(site, "POST", "/v1/meters/R1/device-events", event)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["old_asset_no"], answer.json()["new_asset_no"]) == ("A1", "A2")
    assert (await site.values("R1", YESTERDAY))[5:7] == [6.0, 4.0]
    (fault,) = (await registers(site))["faults"]
    assert fault["cleared_at"] is not None
    assert (await registers(site, only_open=True))["faults"] == []
    assert await findings(site) == [("cleared", [5])]
    (told,) = await site.rows("SELECT payload FROM outbox WHERE type = 'energy.meter.replaced.v1'")
    assert b'"A2"' in bytes(told[0])
    repeated = await write(site, "POST", "/v1/meters/R1/device-events", event)
    assert (repeated.status_code, repeated.json()["code"]) == (409, "meter.device_event_taken")
    # Recorded in error: voided, the step back is a fault again and its slot is missing, not zero.
    path = f"/v1/meters/R1/device-events/{answer.json()['id']}/void"
    assert (await write(site, "POST", path, {"reason": "登记错误"})).status_code == 200
    assert (await site.values("R1", YESTERDAY))[5:7] == [None, 4.0]
    listed = await site.get("/v1/meters/R1/device-events")
    assert listed["items"][0]["void_reason"] == "登记错误"


async def test_state_that_never_was_is_taken_out_and_may_come_again(site: Site) -> None:
    await site.register("R1", kind="register")
    async with site.worker():
        await send(site, state(0, 100), state(1, 700), state(2, 102))
        assert (await registers(site))["faults"][0]["kind"] == "negative"
        removal = {"at": state(1, 0)["at"], "reason": "时钟错误"}
        answer = await write(site, "POST", "/v1/meters/R1/registers/removals", removal)
        assert answer.status_code == 204, answer.text
        assert (await site.values("R1", YESTERDAY))[:2] == [4.0, 4.0]
        assert (await registers(site, only_open=True))["faults"] == []
        again = await write(site, "POST", "/v1/meters/R1/registers/removals", removal)
        assert (again.status_code, again.json()["code"]) == (404, "meter.register_state_not_found")
        site.clock.advance(timedelta(seconds=1))
        await send(site, state(1, 101.5))
        site.clock.advance(timedelta(seconds=1))
        await send(site, state(1, 101.25))
    assert (await site.values("R1", YESTERDAY))[:2] == [5.0, 3.0]
    kept = await site.rows("SELECT revision, before, after, reason FROM register_revision ORDER BY revision")
    assert kept == [(1, 700.0, None, "时钟错误"), (2, 101.5, 101.25, None)]


async def test_register_that_turns_over_goes_on(site: Site) -> None:
    await site.register("R1", kind="register", register_digits=5, high_kw=5000)
    async with site.worker():
        await send(site, state(0, 99_999), state(1, 3), state(2, 5))
        wide = await site.post("/v1/readings", {"readings": [state(3, 100_000)]})
    assert (await site.values("R1", YESTERDAY))[:2] == [16.0, 8.0]
    assert wide.json()["rejections"][0]["code"] == "reading.register_out_of_range"


async def test_multiplier_of_the_past_computes_the_curve_anew(site: Site) -> None:
    await site.register("R1", kind="register", ct_ratio=10)
    await site.register("I1", ct_ratio=10, offset_minutes=480)
    async with site.worker():
        await send(site, *(state(slot, 100 + slot) for slot in range(-4, 5)))
        receipt = await site.post_curves([{"meter_no": "I1", "date": str(YESTERDAY), "values": [1.1] * 96}])
        await site.merged(receipt)
        for meter_no in ("R1", "I1"):
            change = {"ct_ratio": 20, "effective_from": str(YESTERDAY), "reason": "互感器变比登记有误"}
            answer = await write(site, "PATCH", f"/v1/meters/{meter_no}", change, **{"If-Match": '"1"'})
            assert answer.status_code == 200, answer.text
        assert (await site.values("R1", YESTERDAY - timedelta(days=1)))[92:] == [40.0] * 4
        assert (await site.values("R1", YESTERDAY))[:4] == [80.0] * 4
        assert [round(value or 0, 4) for value in await site.values("I1", YESTERDAY)] == [22.0] * 96
        page = await site.get("/v1/meters/I1/curves", **{"from": str(YESTERDAY), "to": str(YESTERDAY)})
        assert [round(value, 4) for value in page["items"][0]["revisions"][0]["before_kw"][:2]] == [11.0, 11.0]
        # What comes now is judged by the multiplier of its own time.
        later = await site.post_curves(
            [
                {"meter_no": "I1", "date": str(YESTERDAY - timedelta(days=1)), "values": [2] * 96},
                {"meter_no": "I1", "date": str(YESTERDAY), "values": [2] * 96},
            ]
        )
        await site.merged(later)
        await send(site, state(5, 106))
    assert await site.values("I1", YESTERDAY - timedelta(days=1)) == [20.0] * 96
    assert await site.values("I1", YESTERDAY) == [40.0] * 96
    assert (await site.values("R1", YESTERDAY))[4] == 160.0


async def test_pulses_and_other_quantities_have_units_of_their_own(site: Site) -> None:
    await site.register("C1", kind="counter", pulses_per_kwh=1000, ct_ratio=10)
    await site.register("P1", kind="pulse", pulses_per_kwh=1000)
    await site.register("Q1", quantity="reactive_import_kvar")
    async with site.worker():
        await send(site, state(0, 5000, meter_no="C1"), state(1, 5100, meter_no="C1"), unit="imp")
        await send(site, state(0, 500, meter_no="P1"))
        await send(site, state(0, 2, meter_no="Q1"), unit="Mvar")
        wrong = await site.post("/v1/readings", {"unit": "kWh", "readings": [state(1, 1, meter_no="Q1")]})
    assert (await site.values("C1", YESTERDAY))[0] == 4.0
    assert (await site.values("P1", YESTERDAY))[0] == 2.0
    assert (await site.values("Q1", YESTERDAY))[0] == 2000.0
    assert wrong.json()["rejections"][0]["code"] == "reading.unit_mismatch"
    page = await site.get("/v1/meters/Q1/curves", **{"from": str(YESTERDAY), "to": str(YESTERDAY)})
    assert page["unit"] == "kvar"
    body = {"name": "x", "region_code": "421224", "valid_from": "2025-01-01", "kind": "counter"}
    answer = await write(site, "PUT", "/v1/meters/C2", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "meter.kind_incomplete")


async def test_worker_that_comes_back_learns_what_the_states_led_to(site: Site) -> None:
    await site.register("R1", kind="register")
    async with site.worker():
        await send(site, state(0, 100), state(1, 101))
        await send(site, state(2, 103))
    kept = await site.rows("SELECT count(*)::int, count(DISTINCT record_offset)::int FROM register_derivation")
    assert kept == [(2, 2)]
    # No checkpoint was due: the next worker replays the log through detection, and goes on.
    async with site.worker():
        await send(site, state(3, 106))
    assert (await site.values("R1", YESTERDAY))[:3] == [4.0, 8.0, 12.0]
