"""Validation, estimation and editing as people meet them: over HTTP, with the jobs run as the scheduler would."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.touched import TouchedDays, note_touched
from services.energy.rollups.jobs import settle_touched
from services.energy.schedule import jobs
from services.energy.vee.jobs import fill_incomplete, follow_touched, judge_yesterday
from services.energy.vee.service.settle import Reported
from services.energy.virtual.computing import follow_touched as compute_virtual
from tests.support.energy import NEIGHBOUR, TODAY, Site, usual_curve
from tests.support.energy_context import run_job

SETTLE = settle_touched(follow_touched)


def curve(meter_no: str, day: date, level: float = 100.0, **slots: Any) -> dict[str, Any]:
    """A usual day with other values in slots named ``s<number>``; None takes a value out."""
    made = usual_curve(meter_no, day, level)
    for name, value in slots.items():
        made["values"][int(name[1:])] = value
    return made


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


async def day_of(site: Site, meter_no: str, day: date) -> dict[str, Any]:
    found: dict[str, Any] = await site.get(f"/v1/meters/{meter_no}/curves/{day}")
    return found


async def findings(site: Site, caller: str = "officer", **filters: str) -> list[dict[str, Any]]:
    parameters = {f"filter[{name}]": value for name, value in filters.items()}
    return list((await site.get("/v1/vee-findings", caller, **parameters))["items"])


async def test_finding_opens_once_and_clears_when_the_value_is_corrected(site: Site) -> None:
    await site.register("M1")
    await site.register("M2", region_code=NEIGHBOUR)
    day = back(3)
    async with site.worker():
        await site.merged(
            await site.post_curves([curve("M1", day, s40=-7.0, s41=-8.0)], created_at="2026-09-14T00:00:00Z")
        )
        await run_job(site, SETTLE)
        (found,) = await findings(site, kind="negative")
        assert (found["status"], found["slots"], found["figures"]["lowest_kw"]) == ("open", [40, 41], -8.0)
        assert await findings(site, "stranger") == []
        # Touched again with the fault still there: the same finding.
        await site.merged(
            await site.post_curves([curve("M1", day, s40=-7.0, s41=-9.0)], created_at="2026-09-14T01:00:00Z")
        )
        await run_job(site, SETTLE)
        (same,) = await findings(site, kind="negative")
        assert (same["id"], same["version"], same["figures"]["lowest_kw"]) == (found["id"], 2, -9.0)
        await site.merged(await site.post_curves([curve("M1", day)], created_at="2026-09-14T02:00:00Z"))
    await run_job(site, SETTLE)
    await run_job(site, SETTLE)
    (cleared,) = await findings(site, kind="negative")
    assert (cleared["status"], cleared["version"]) == ("cleared", 3)


async def test_person_accepts_what_is_right_and_rules_are_data(site: Site) -> None:
    await site.register("M1", "M2", capacity_kw=100)
    day = back(2)
    rule = {"kind": "range", "meter_no": "M2", "valid_from": "2026-01-01", "parameters": {"capacity_share": 3.0}}
    async with site.client() as client:
        assert (await client.put("/v1/vee-rules", json=rule)).status_code == 201
        wrong = await client.put("/v1/vee-rules", json=rule | {"parameters": {"share": 1}})
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "vee.threshold_invalid")
        wide = await client.put("/v1/vee-rules", json={"kind": "flat", "valid_from": "2026-01-01"})
        assert wide.json()["code"] == "vee.rule_scope_too_wide"
    async with site.worker():
        await site.merged(await site.post_curves([curve(name, day, s9=250.0) for name in ("M1", "M2")]))
    await run_job(site, SETTLE)
    (found,) = await findings(site, kind="range")
    assert (found["meter_no"], found["slots"]) == ("M1", [9])
    async with site.client() as client:
        path = f"/v1/vee-findings/{found['id']}/acceptance"
        accepted = await client.post(path, json={"reason": "trial run of the second furnace"})
        assert accepted.json()["status"] == "accepted"
        assert (await client.post(path, json={"reason": "again"})).json()["code"] == "vee.finding_not_open"
    await run_job(site, judge_yesterday)
    assert [item["status"] for item in await findings(site, kind="range")] == ["accepted"]
    listed = await site.get("/v1/vee-rules", **{"filter[kind]": "range"})
    assert {item["meter_no"] for item in listed["items"]} == {None, "M2"}


async def test_gaps_are_filled_marked_and_give_way_to_measured_values(site: Site) -> None:
    await site.register("M1")
    gap, silent = back(2), back(1)
    history = [curve("M1", back(number)) for number in range(3, 31)]
    span = {"from": str(gap), "to": str(silent)}
    async with site.worker():
        await site.merged(await site.post_curves([*history, curve("M1", gap, s20=None, s21=None)]))
        await run_job(site, SETTLE)
        # Not before it is clear that nothing comes any more.
        assert (await day_of(site, "M1", gap))["estimated"] == 0
        site.clock.advance(timedelta(days=1, hours=5))
        # Nothing was touched: the daily job finds what is missing.
        await run_job(site, fill_incomplete)
        filled = await day_of(site, "M1", gap)
        assert (filled["measured"], filled["estimated"], filled["present"]) == (94, 2, 96)
        assert filled["quality"][20:22] == ["estimated", "estimated"]
        guessed = await day_of(site, "M1", silent)
        assert guessed["estimated"] == 96
        assert 90 < guessed["values"][30] < 110
        told = (await site.get("/v1/meters/M1/estimates", **span))["items"]
        assert [(item["method"], len(item["slots"])) for item in told] == [("linear", 2), ("day_type", 96)]
        assert len(told[1]["inputs"]["reference_days"]) >= 4
        # Run again and again: the same.
        await run_job(site, SETTLE)
        await run_job(site, fill_incomplete)
        assert (await site.get("/v1/meters/M1/estimates", **span))["items"] == told
        total = await site.get("/v1/rollups", interval="month", **{"from": "2026-09-01", "to": "2026-09-30"})
        assert total["items"][0]["total"]["estimated"] == 98
        # A late measured value takes the estimate's place whatever its stamp.
        late = await site.post_curves([curve("M1", silent, 130.0)], created_at="2026-01-01T00:00:00Z")
        (counts,) = await site.merged(late)
        assert counts["superseded"] == 0
    await run_job(site, SETTLE)
    measured = await day_of(site, "M1", silent)
    assert (measured["measured"], measured["estimated"]) == (96, 0)
    told = (await site.get("/v1/meters/M1/estimates", **span))["items"]
    assert [item["replaced_at"] is None for item in told] == [True, False]


async def test_energy_that_caught_up_is_spread_until_the_source_corrects_it(site: Site) -> None:
    await site.register("M1")
    day = back(3)
    holes: dict[str, Any] = {f"s{slot}": None for slot in range(40, 60)}
    history = [curve("M1", back(number)) for number in range(4, 20)]
    async with site.worker():
        caught = await site.post_curves(
            [*history, curve("M1", day, **holes, s60=2100.0)], created_at="2026-09-13T00:00:00Z"
        )
        await site.merged(caught)
        await run_job(site, SETTLE)
        spread = await day_of(site, "M1", day)
        assert (spread["estimated"], spread["measured"]) == (21, 75)
        assert max(spread["values"]) < 130
        assert sum(spread["values"][40:61]) == pytest.approx(2100.0, rel=1e-5)
        assert spread["revisions"][0]["before_kw"] == [2100.0]
        (told,) = (await site.get("/v1/meters/M1/estimates", **{"from": str(day), "to": str(day)}))["items"]
        assert (told["method"], told["inputs"]["originals"]) == ("catch_up", {"60": 2100.0})
        await run_job(site, SETTLE)
        assert await day_of(site, "M1", day) == spread
        # The values themselves arrive: what was spread goes back to what the meter said, and that is corrected.
        whole = await site.post_curves([curve("M1", day)], created_at="2026-09-14T00:00:00Z")
        await site.merged(whole)
    await run_job(site, SETTLE)
    right = await day_of(site, "M1", day)
    assert (right["measured"], right["estimated"]) == (96, 0)
    assert right["energy_kwh"] == pytest.approx(sum(curve("M1", day)["values"]) / 4, rel=1e-6)


async def test_edit_stands_above_sources_with_its_reason_and_history(site: Site) -> None:
    await site.register("M1", high_kw=500)
    day = back(2)
    path = f"/v1/meters/M1/curves/{day}"
    body = {"slots": [3, 4], "values_kw": [120.0, 121.5], "reason": "read off the device by hand"}
    async with site.worker():
        await site.merged(await site.post_curves([curve("M1", day, s4=None)], created_at="2026-09-14T00:00:00Z"))
        async with site.client() as client:
            seen = await client.get(path)
            etag = seen.headers["etag"]
            assert (await client.get(path, headers={"If-None-Match": etag})).status_code == 304
            assert (await client.patch(path, json=body)).status_code == 428
            assert (await client.patch(path, json=body, headers={"If-Match": '"old"'})).status_code == 412
            answers = await asyncio.gather(
                *(client.patch(path, json=body, headers={"If-Match": etag}) for _ in range(2))
            )
            assert sorted(answer.status_code for answer in answers) == [200, 412]
            edited = next(answer for answer in answers if answer.status_code == 200)
            assert edited.json()["values"][3:5] == [120.0, 121.5]
            assert edited.json()["quality"][3:5] == ["edited", "edited"]
            now = {"If-Match": edited.headers["etag"]}
            for fault, code in (
                ({"slots": [96], "values_kw": [1.0]}, "curve.slots_invalid"),
                ({"slots": [1, 1], "values_kw": [1.0, 2.0]}, "curve.slots_invalid"),
                ({"slots": [1], "values_kw": [501.0]}, "curve.edit_out_of_range"),
            ):
                assert (await client.patch(path, json=body | fault, headers=now)).json()["code"] == code
            ahead = f"/v1/meters/M1/curves/{TODAY + timedelta(days=1)}"
            assert (await client.patch(ahead, json=body, headers=now)).json()["code"] == "curve.edit_out_of_time"
        async with site.client("stranger") as client:
            assert (await client.patch(path, json=body, headers=now)).status_code == 403
        # A later delivery of the source does not undo what a person entered.
        later = await site.post_curves([curve("M1", day, s3=1.0)], created_at="2026-09-15T00:10:00Z")
        (counts,) = await site.merged(later)
        assert counts["superseded"] == 2
    day_now = await day_of(site, "M1", day)
    assert day_now["values"][3:5] == [120.0, 121.5]
    assert day_now["edited"] == 2
    (edit,) = (await site.get("/v1/meters/M1/edits", **{"from": str(day), "to": str(day)}))["items"]
    assert (edit["before_kw"], edit["before_quality"]) == (
        [pytest.approx(curve("M1", day)["values"][3], rel=1e-6), None],
        ["measured", "missing"],
    )
    keys = await site.rows("SELECT key_id::text FROM api_key_replica WHERE name = 'officer'")
    assert (edit["reason"], [(edit["edited_by"],)]) == (body["reason"], keys)
    with pytest.raises(Exception, match="append-only"):
        await site.rows("UPDATE curve_edit SET reason = 'other' RETURNING id")


async def edit(site: Site, meter_no: str, day: date, **body: Any) -> Any:
    """An edit by somebody who has just looked."""
    path = f"/v1/meters/{meter_no}/curves/{day}"
    async with site.client() as client:
        etag = (await client.get(path)).headers["etag"]
        return await client.patch(path, json={"reason": "checked"} | body, headers={"If-Match": etag})


async def test_edited_value_goes_back_to_what_was_measured_or_to_nothing(site: Site) -> None:
    await site.register("M1")
    day = back(2)
    sent = curve("M1", day, s4=None)
    measured = [None if value is None else pytest.approx(value, rel=1e-6) for value in sent["values"]]
    async with site.worker():
        await site.merged(await site.post_curves([sent], created_at="2026-09-14T00:00:00Z"))
        assert (await edit(site, "M1", day, slots=[3, 4, 5], values_kw=[1.0, 2.0, 3.0])).status_code == 200
        assert (await edit(site, "M1", day, slots=[3, 7], values_kw=[4.0, 4.0])).status_code == 200
        other = await edit(site, "M1", day, slots=[3, 9], values_kw=[None, None])
        assert (other.status_code, other.json()["code"]) == (409, "curve.slots_not_edited")
        taken = (await edit(site, "M1", day, slots=[3, 4, 7, 8], values_kw=[None, None, None, 9.0])).json()
        assert taken["values"][3:10] == [measured[3], None, 3.0, measured[6], measured[7], 9.0, measured[9]]
        assert taken["quality"][3:9] == ["measured", "missing", "edited", "measured", "measured", "edited"]
        (*_, told) = (await site.get("/v1/meters/M1/edits", **{"from": str(day), "to": str(day)}))["items"]
        assert (told["before_kw"], told["after_kw"]) == (
            [4.0, 2.0, 4.0, measured[8]],
            [measured[3], None, measured[7], 9.0],
        )
        assert told["after_quality"] == ["measured", "missing", "measured", "edited"]
        # Its precedence is back as well: what is older changes nothing, what is newer does.
        old = await site.post_curves([curve("M1", day, 50.0, s4=None)], created_at="2026-09-13T00:00:00Z")
        (counts,) = await site.merged(old)
        assert (counts["superseded"], counts["revised"]) == (95, 0)
        (counts,) = await site.merged(
            await site.post_curves([curve("M1", day, 60.0)], created_at="2026-09-14T09:00:00Z")
        )
        assert (counts["superseded"], counts["revised"], counts["stored"]) == (2, 93, 1)


async def test_day_may_be_emptied_and_come_again(site: Site) -> None:
    await site.register("M1")
    day = back(2)
    every: dict[str, Any] = {"slots": list(range(96)), "values_kw": [None] * 96, "back_to": "missing"}
    span = {"from": "2026-09-01", "to": "2026-09-30"}
    async with site.worker():
        await site.merged(await site.post_curves([curve("M1", day)], created_at="2026-09-13T00:00:00Z"))
        emptied = await edit(site, "M1", day, **every)
        assert (emptied.json()["present"], emptied.json()["energy_kwh"]) == (0, None)
        await run_job(site, SETTLE)
        assert (await site.get("/v1/rollups", interval="month", **span))["items"][0]["total"]["present"] == 0
        assert (await site.get("/v1/meters/M1/latest"))["at"] is None
        # Again, and taken back again: the numbers of the revisions go on.
        for hour in (1, 2, 3):
            body = curve("M1", day, 100.0 + hour)
            (counts,) = await site.merged(await site.post_curves([body], created_at=f"2026-09-13T0{hour}:00:00Z"))
            assert counts["stored" if hour == 1 else "revised"] == 96
        assert (await edit(site, "M1", day, **every)).status_code == 200
        assert (await edit(site, "M1", day, slots=[1], values_kw=[5.0])).json()["values"][:3] == [None, 5.0, None]
        assert (await edit(site, "M1", day, slots=[1], values_kw=[None])).json()["present"] == 0
    numbers = await site.rows("SELECT revision FROM curve_revision ORDER BY revision")
    assert [row.revision for row in numbers] == [1, 2, 3, 4, 5]


async def test_virtual_meter_is_neither_edited_nor_estimated(site: Site) -> None:
    await site.register("A", "B")
    await site.register("SUM", kind="virtual")
    answer = await edit(site, "SUM", back(2), slots=[1], values_kw=[5.0])
    assert (answer.status_code, answer.json()["code"]) == (409, "curve.virtual_not_edited")
    assert "SUM" in answer.json()["detail"]
    for kind in ("estimation", "catch_up"):
        rule = {"kind": kind, "meter_no": "SUM", "valid_from": "2026-01-01"}
        async with site.client() as client:
            refused = await client.put("/v1/vee-rules", json=rule)
        assert (refused.status_code, refused.json()["code"]) == (409, "vee.virtual_not_estimated")
        assert "SUM" in refused.json()["detail"]
    # Nor by the jobs: its members' gaps are filled.
    async with site.client() as client:
        members = {"members": [{"meter_no": "A"}, {"meter_no": "B"}]}
        assert (await client.put("/v1/meters/SUM/formula", json=members)).status_code == 200
    history = [curve(name, back(number)) for number in range(2, 20) for name in ("A", "B")]
    async with site.worker():
        await site.merged(await site.post_curves([*history, curve("A", back(1), s9=None)]))
    site.clock.advance(timedelta(days=2))
    both = settle_touched(compute_virtual, follow_touched)
    for job in (both, fill_incomplete, both):
        await run_job(site, job)
    assert (await site.get("/v1/meters/A/estimates", **{"from": str(back(1)), "to": str(back(1))}))["items"]
    assert (await site.get("/v1/meters/SUM/estimates", **{"from": str(back(1)), "to": str(back(1))}))[
        "items"
    ] == []


async def test_total_meter_is_held_against_its_parts(site: Site) -> None:
    await site.register("T", "A", "B")
    day = back(2)
    parts = [{"meter_no": "A"}, {"meter_no": "B"}]
    rule = {"kind": "sum_check", "valid_from": "2026-01-01", "parameters": {"parts": parts}}
    async with site.client("admin") as client:
        assert (await client.put("/v1/vee-rules", json=rule)).json()["code"] == "vee.sum_check_without_meter"
        assert (await client.put("/v1/vee-rules", json=rule | {"meter_no": "T"})).status_code == 201

    def flat(name: str, level: float) -> dict[str, Any]:
        return {"meter_no": name, "date": str(day), "values": [level + slot for slot in range(96)]}

    async with site.worker():
        await site.merged(await site.post_curves([flat("A", 100), flat("B", 50)]))
        total = flat("T", 150)
        total["values"] = [100 + slot + 50 + slot for slot in range(96)]
        total["values"][7] += 60
        await site.merged(await site.post_curves([total]))
        await run_job(site, SETTLE)
        (found,) = await findings(site, kind="sum_check")
        assert (found["meter_no"], found["slots"], found["status"]) == ("T", [7], "open")
        # It was the part that was wrong: touching the part judges the total.
        part = flat("A", 100)
        part["values"][7] += 60
        site.clock.advance(timedelta(seconds=1))
        await site.merged(await site.post_curves([part]))
    await run_job(site, SETTLE)
    (found,) = await findings(site, kind="sum_check")
    assert found["status"] == "cleared"


async def test_touched_days_are_settled_once_when_a_run_dies_half_way(site: Site) -> None:
    await site.register("M1")
    day = back(3)
    async with site.worker():
        await site.merged(await site.post_curves([curve("M1", day, s40=-7.0)]))

    async def die(_ctx: Context, touched: Sequence[TouchedDays]) -> None:
        assert touched
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await run_job(site, settle_touched(follow_touched, die))
    assert await site.rows("SELECT count(*)::int FROM curve_month") == [(0,)]
    assert await findings(site) == []
    backwards = Reported(0, day_number(day), (5,), {"before": 90.0, "after": 20.0})

    async def registers(_session: AsyncSession, touched: TouchedDays) -> list[Reported]:
        return [backwards] if day_number(day) in touched.day.tolist() else []

    await run_job(site, settle_touched(partial(follow_touched, register_order=registers)))
    assert await site.rows("SELECT days::int, present FROM curve_month") == [(1, 96)]
    assert {item["kind"] for item in await findings(site)} == {"negative", "register_order"}
    assert await site.rows("SELECT count(*)::int FROM touched_batch") == [(0,)]


async def test_job_of_touched_days_ends_when_more_meters_were_touched_than_a_statement_takes_arguments(
    site: Site,
) -> None:
    await site.register("M1")
    async with site.worker():
        await site.merged(await site.post_curves([curve("M1", back(3), s40=-7.0)]))
    strangers = np.arange(1, 40_001, dtype=np.int64)
    async with site.database.transaction() as session:
        await note_touched(
            session, Quantity.ACTIVE_IMPORT_KW.number, strangers, np.full(40_000, day_number(back(3)))
        )
    job = next(job for job in jobs(site.settings) if job.name == "touched.settle")
    await run_job(site, job.run)
    (found,) = await findings(site, kind="negative")
    assert found["slots"] == [40]
    assert await site.rows("SELECT count(*)::int FROM touched_batch") == [(0,)]
