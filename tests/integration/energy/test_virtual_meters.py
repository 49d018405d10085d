"""Virtual meters: computed for the touched days only, and the same as if everything were computed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import numpy as np

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.metering.touched import take_touched
from services.energy.virtual.computing import compute, follow_touched
from services.energy.virtual.repository import load_network
from services.energy.virtual.service import compute_due
from tests.support.energy import TODAY, Site, slot_at

YESTERDAY = TODAY - timedelta(days=1)
EARLIER = TODAY - timedelta(days=2)


async def settle(site: Site) -> int:
    """What the jobs do until nothing is left; returns how many rounds had touched days."""
    rounds = 0
    while True:
        async with site.database.transaction() as session:
            ctx = Context(session, site.clock.now(), new_id, SYSTEM)
            due = await compute_due(ctx)
            touched = await take_touched(session)
            await follow_touched(ctx, touched)
        if not due and not touched:
            return rounds
        rounds += 1
        assert rounds < 20


async def put_formula(
    site: Site, meter_no: str, *members: Any, caller: str = "officer", **facts: Any
) -> httpx.Response:
    body = {
        "members": [{"meter_no": item} if isinstance(item, str) else item for item in members],
        **facts,
    }
    async with site.client(caller) as client:
        return await client.put(f"/v1/meters/{meter_no}/formula", json=body)


def curve(meter_no: str, day: date, *values: float | None) -> dict[str, Any]:
    return {"meter_no": meter_no, "date": str(day), "values": [*values, *[1.0] * (96 - len(values))]}


async def shown(site: Site, meter_no: str, day: date) -> tuple[list[Any], list[str]]:
    page = await site.get(f"/v1/meters/{meter_no}/curves", **{"from": str(day), "to": str(day)})
    if not page["items"]:
        return [], []
    return page["items"][0]["values"], page["items"][0]["quality"]


async def test_sum_follows_its_members_over_missing_late_and_corrected_values(site: Site) -> None:
    await site.register("A", "B", "C")
    await site.register("STRICT", "LOOSE", "ALL", kind="virtual", valid_from=str(EARLIER))
    share = {"meter_no": "C", "coefficient": -0.5}
    assert (await put_formula(site, "STRICT", "A", "B", share)).status_code == 200
    assert (await put_formula(site, "LOOSE", "A", "B", share, missing="partial")).status_code == 200
    # Of a virtual meter and a real one.
    assert (await put_formula(site, "ALL", "STRICT", "C")).status_code == 200
    async with site.worker():
        await site.merged(
            await site.post_curves(
                [curve("A", YESTERDAY, 10, 20), curve("B", YESTERDAY, None, 5), curve("C", YESTERDAY, 4, 2)]
            )
        )
        await settle(site)
        assert (await shown(site, "STRICT", YESTERDAY))[0][:3] == [None, 24.0, 1.5]
        values, quality = await shown(site, "LOOSE", YESTERDAY)
        assert (values[:3], quality[:3]) == ([8.0, 24.0, 1.5], ["partial", "measured", "measured"])
        assert (await shown(site, "ALL", YESTERDAY))[0][:3] == [None, 26.0, 2.5]
        # Late, and a correction.
        site.clock.advance(timedelta(seconds=1))
        at = slot_at(0, YESTERDAY)
        late = await site.post_readings(
            [{"meter_no": "B", "at": at, "value": 3}, {"meter_no": "A", "at": slot_at(1, YESTERDAY), "value": 21}],
        )
        await site.merged(late)
        await settle(site)
    assert (await shown(site, "STRICT", YESTERDAY))[0][:2] == [11.0, 25.0]
    assert (await shown(site, "LOOSE", YESTERDAY))[1][:2] == ["measured", "measured"]
    assert (await shown(site, "ALL", YESTERDAY))[0][:2] == [15.0, 27.0]
    # What is as it was is not written again.
    assert await settle(site) == 0
    page = await site.get("/v1/meters/STRICT/curves", **{"from": str(YESTERDAY), "to": str(YESTERDAY)})
    assert page["items"][0]["revision"] == 1
    refused = await site.post_readings([{"meter_no": "ALL", "at": at, "value": 3}])
    assert refused["rejections"][0]["code"] == "reading.meter_virtual"


async def test_other_formula_computes_the_days_on_which_it_is_another_one(site: Site) -> None:
    await site.register("A", "B")
    await site.register("V", kind="virtual", valid_from=str(EARLIER))
    async with site.worker():
        days = [EARLIER, YESTERDAY]
        await site.merged(await site.post_curves([curve(name, day, 2) for name in "AB" for day in days]))
    answer = await put_formula(site, "V", "A")
    assert answer.json()["waiting"] == [{"first": str(EARLIER), "last": str(TODAY)}]
    await settle(site)
    assert (await shown(site, "V", EARLIER))[0][0] == 2.0
    # B joins yesterday.
    answer = await put_formula(site, "V", "A", {"meter_no": "B", "valid_from": str(YESTERDAY)})
    assert answer.json()["waiting"] == [{"first": str(YESTERDAY), "last": str(TODAY)}]
    assert (await put_formula(site, "V", "A", {"meter_no": "B", "valid_from": str(YESTERDAY)})).json()[
        "version"
    ] == 2
    await settle(site)
    assert [(await shown(site, "V", day))[0][0] for day in days] == [2.0, 4.0]
    # Without A before yesterday nothing is left of that day: no row, not zeroes.
    parts = [{"meter_no": name, "valid_from": str(YESTERDAY)} for name in "AB"]
    assert (await put_formula(site, "V", *parts)).status_code == 200
    await settle(site)
    assert await shown(site, "V", EARLIER) == ([], [])
    found = await site.get("/v1/meters/V/formula")
    assert (found["waiting"], found["version"], len(found["members"])) == ([], 3, 2)
    async with site.client() as client:
        body = {"first": str(EARLIER), "last": str(TODAY)}
        answer = await client.post("/v1/meters/V/recomputations", json=body)
        assert (answer.status_code, answer.json()["waiting"]) == (
            202,
            [{"first": str(EARLIER), "last": str(TODAY)}],
        )
        stale = await client.put("/v1/meters/V/formula", json={"members": parts}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412


async def test_formula_that_cannot_be_is_refused_with_its_reason(site: Site) -> None:
    await site.register("A")
    await site.register("Q", quantity="reactive_import_kvar")
    await site.register("V", "W", "X", kind="virtual", valid_from=str(EARLIER))
    for meter_no, members, code in (
        ("A", ["V"], "virtual.not_virtual"),
        ("V", ["nobody"], "virtual.member_unknown"),
        ("V", ["Q"], "virtual.member_unfit"),
        ("V", ["A", "A"], "virtual.member_repeated"),
        ("V", ["V"], "virtual.cyclic"),
    ):
        answer = await put_formula(site, meter_no, *members)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await put_formula(site, "V", "W")).status_code == 200
    assert (await put_formula(site, "W", "X")).status_code == 200
    assert (await put_formula(site, "X", "A", "V")).json()["code"] == "virtual.cyclic"
    await site.add_key("neighbour", "officer", "421221")
    assert (await put_formula(site, "V", "W", caller="neighbour")).status_code == 404
    async with site.client() as client:
        assert (await client.get("/v1/meters/X/formula")).json()["code"] == "virtual.formula_not_found"


async def test_member_that_was_closed_is_missing_no_more(site: Site) -> None:
    await site.register("A", "B")
    await site.register("V", kind="virtual", valid_from=str(EARLIER))
    await put_formula(site, "V", "A", "B")
    async with site.worker():
        found = [curve("A", EARLIER, 2), curve("B", EARLIER, 3), curve("A", YESTERDAY, 5)]
        await site.merged(await site.post_curves(found))
    await settle(site)
    assert (await shown(site, "V", YESTERDAY)) == ([], [])
    async with site.client() as client:
        body = {"last_day": str(EARLIER), "reason": "拆除"}
        assert (await client.put("/v1/meters/B/closure", json=body)).status_code == 200
    await settle(site)
    assert (await shown(site, "V", EARLIER))[0][0] == 5.0
    assert (await shown(site, "V", YESTERDAY))[0][0] == 5.0


async def test_computing_touched_days_equals_computing_everything(site: Site) -> None:
    """Many deliveries in random order, settled now and then, against one computation of all days at the end."""
    random = np.random.default_rng(7)
    days = [TODAY - timedelta(days=number) for number in range(1, 5)]
    await site.register("A", "B", "C")
    await site.register("H", interval_minutes=60)
    await site.register("V", "W", "X", kind="virtual", valid_from=str(TODAY - timedelta(days=9)))
    await site.register("VH", kind="virtual", interval_minutes=60, valid_from=str(TODAY - timedelta(days=9)))
    await put_formula(site, "V", "A", {"meter_no": "B", "coefficient": -0.3, "valid_from": str(days[2])})
    await put_formula(site, "W", "V", "C", missing="partial")
    await put_formula(site, "X", "W", "V", "H", missing="partial")
    await put_formula(site, "VH", "A", "H")
    async with site.worker():
        for step in range(12):
            site.clock.advance(timedelta(seconds=1))
            name = "ABCH"[int(random.integers(4))]
            slots = 24 if name == "H" else 96
            values: list[float | None] = np.round(random.normal(100, 20, slots), 2).tolist()
            for slot in random.integers(0, slots, 10).tolist():
                values[slot] = None
            day = days[int(random.integers(4))]
            body = [{"meter_no": name, "date": str(day), "values": values}]
            await site.merged(await site.post_curves(body, interval_minutes=1440 // slots))
            if step % 4 == 3:
                await settle(site)
    await settle(site)
    query = """SELECT m.meter_no, c.day, c.load_kw::text, c.quality, c.present, c.energy_kwh FROM curve_day c
        JOIN meter m USING (meter_index) WHERE m.kind = 'virtual' ORDER BY 1, 2"""
    incremental = await site.rows(query)
    assert len(incremental) > 6
    async with site.database.transaction() as session:
        ctx = Context(session, site.clock.now(), new_id, SYSTEM)
        network = await load_network(session)
        numbers = [(day - date(1970, 1, 1)).days for day in days]
        assert await compute(ctx, network, {index: set(numbers) for index in network.formulas}) == 0
    assert await site.rows(query) == incremental
    # And by hand: the sum of what the API shows of the members.
    for day in days:
        (a, _), (b, _), (v, _) = [await shown(site, name, day) for name in "ABV"]
        if not v:
            continue
        for slot in range(96):
            parts = [(1, a[slot] if a else None), *([(-0.3, b[slot] if b else None)] if day >= days[2] else [])]
            known = [factor * value for factor, value in parts if value is not None]
            expected = sum(known) if len(known) == len(parts) else None
            assert (v[slot] is None) == (expected is None)
            if expected is not None:
                assert abs(v[slot] - expected) < 1e-3
