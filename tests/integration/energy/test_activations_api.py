"""Orderly use from the order to the settled year, against figures worked by hand."""

import asyncio
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

from docx import Document

from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.orderly_use import (
    CODES,
    METERS,
    MILL,
    NAMES,
    SMELTER,
    USUAL_DAYS,
    County,
    at,
    curve,
    wanted,
)
from tests.support.sheets import columns_of


async def test_shortage_is_played_from_the_order_to_the_closing(site: Site) -> None:
    county = County(site)
    await county.prepare()
    async with site.client() as client, site.worker():
        await county.usual_week()
        activation = await county.order(client)
        assert activation["code"] == "YX-421224-20260915-001"
        assert activation["state"] == "ordered"
        # Nobody was told yet: an enterprise sees nothing, and nothing of others ever.
        assert await county.orders(NAMES[SMELTER]) == {}
        assert (await county.post(client, "notices"))["told"] == 2
        own = await county.orders(NAMES[SMELTER])
        assert list(own) == [SMELTER]
        assert (await site.get("/v1/activations", NAMES[SMELTER]))["items"] == []
        await _acknowledged(county, client)
        await _runs(county, client)
        await _verified(county)
        await _reported(site)
        await _corrected(county)
        closed = await county.post(client, "closing", note="已约谈")
        assert closed["state"] == "closed"
    await _told(site)


async def _acknowledged(county: County, client: Any) -> None:
    """One answers; the other does not, is reminded, and is silent until the order begins."""
    site = county.site
    order = (await county.orders())[SMELTER]
    async with site.client(NAMES[MILL]) as other:
        assert (
            await other.post(f"/v1/activation-orders/{order['id']}/acknowledgement", json={})
        ).status_code == 404
    async with site.client(NAMES[SMELTER]) as own:
        notices = (await own.get(f"/v1/activation-orders/{order['id']}/notices")).json()["items"]
        assert notices[0]["text_zh"] == (
            f"【有序用电】{NAMES[SMELTER]}：YX-421224-20260915-001 号指令，请于 9月15日 10:00至12:00 "
            "压减负荷 200 千瓦（避峰）。原因：供电缺口。请于 9月15日 09:00 前确认。"
        )
        path = f"/v1/activation-orders/{order['id']}/acknowledgement"
        answered = await own.post(path, json={"note": "2号炉降负荷"})
        assert answered.status_code == 200, answered.text
        again = await own.post(path, json={})
        assert (again.status_code, again.json()["code"]) == (409, "activation.already_acknowledged")
    await county.follow(at(8, 59))
    assert await county.situations() == []
    await county.follow(at(9))
    await county.follow(at(9, 1))
    silent = ("activation_notice", NAMES[MILL])
    assert await county.situations() == [(*silent, True, 1, None, None, None)]
    # A new notice has its own time.
    assert (await county.post(client, "notices"))["told"] == 1
    assert await county.situations() == [(*silent, False, 1, None, None, "withdrawn")]
    await county.follow(at(9, 31))
    assert (await county.situations())[1] == (*silent, True, 1, None, None, None)


async def _runs(county: County, client: Any) -> None:
    """One is in line at once; the other falls short, is told once, comes round; it all lasts longer."""
    await county.follow(at(10))
    page = await county.site.get("/v1/activations")
    assert [item["state"] for item in page["items"]] == ["running"]
    # Grave now: it begins and nobody has answered.
    assert (await county.situations())[1][3] == 2
    smelter = curve(METERS[SMELTER], TODAY, {(40, 43): 800.0})
    await county.send(smelter, curve(METERS[MILL], TODAY, {}), now=at(10, 45))
    await county.follow(at(10, 46))
    await county.follow(at(10, 47))
    short = ("activation_order", NAMES[MILL], True, 1, 200.0, 0.0, None)
    assert [one for one in await county.situations() if one[0] == "activation_order"] == [short]
    tracking = await county.site.get(f"/v1/activations/{county.activation['id']}/tracking")
    assert (tracking["in_line"], tracking["short"], tracking["achieved_kw"]) == (1, 1, [200.0, 200.0, 200.0])
    assert tracking["ordered_kw"] == [400.0, 400.0, 400.0]
    await county.send(curve(METERS[MILL], TODAY, {(43, 44): 790.0}), now=at(11))
    await county.follow(at(11, 1))
    assert [one[2:] for one in await county.situations() if one[0] == "activation_order"] == [
        (False, 1, 200.0, 0.0, "met")
    ]
    early = {"kind": "extend", "at": at(11, 50).isoformat(), "reason": "负荷未回落"}
    path = f"/v1/activations/{county.activation['id']}/amendments"
    assert (await client.post(path, json=early)).json()["code"] == "activation.amendment_unfit"
    amended = await county.post(
        client, "amendments", kind="extend", at=at(12, 30).isoformat(), reason="负荷未回落"
    )
    assert (amended["number"], amended["orders"]) == (1, 2)
    assert {one["ends_at"] for one in (await county.orders()).values()} == {"2026-09-15T04:30:00Z"}
    # What was answered is answered anew.
    order = (await county.orders())[SMELTER]
    assert order["acknowledged_at"] is None
    async with county.site.client(NAMES[SMELTER]) as own:
        assert (await own.post(f"/v1/activation-orders/{order['id']}/acknowledgement", json={})).is_success
    # The detector knows how long the drop is no news.
    known = await county.site.get("/v1/expected-events")
    assert {(one["cause"], one["ends_at"]) for one in known["items"]} == {("orderly_use", "2026-09-15T04:30:00Z")}
    await county.follow(at(12, 30))
    assert (await county.site.get("/v1/activations"))["items"][0]["state"] == "ended"


async def _verified(county: County) -> None:
    """As soon as a curve is whole; the other waits for its own."""
    await county.send(curve(METERS[SMELTER], TODAY, {(40, 50): 800.0}))
    await county.verify(at(12, 35))
    orders = await county.orders()
    assert (orders[SMELTER]["verdict"], orders[MILL]["verdict"]) == ("met", None)
    await county.send(curve(METERS[MILL], TODAY, {(43, 50): 790.0}))
    await county.verify(at(12, 40))
    smelter, mill = await county.verification(SMELTER), await county.verification(MILL)
    # Ten quarters: 200 kW × 2.5 h.
    figures = ("mean_kw", "energy_kwh", "ordered_kwh", "shortfall_kwh", "rate", "covered", "verdict")
    assert [smelter[name] for name in figures] == [200, 500, 500, 0, 1, 1, "met"]
    # Three quarters nothing, seven quarters 210 kW: 367.5 kWh; 3 × 200 kW × 0.25 h are missing.
    assert [mill[name] for name in figures] == [147, 367.5, 500, 150, 0.735, 0.7, "not_met"]
    assert mill["baseline_days"] == [day.isoformat() for day in USUAL_DAYS]
    assert {one["why"] for one in mill["skipped_days"]} == {"rest_day"}
    assert mill["achieved_kw"] == [0.0] * 3 + [210.0] * 7
    assert (await county.site.get("/v1/activations"))["items"][0]["state"] == "verified"
    assert [one[2:6] for one in await county.situations() if one[0] == "activation_order"][-1] == (
        True,
        2,
        200.0,
        147.0,
    )
    borne = await county.site.rows("SELECT kwh, minutes, edition FROM curtailment_burden ORDER BY kwh")
    assert [tuple(row) for row in borne] == [(367.5, 150, 1), (500.0, 150, 1)]


async def _reported(site: Site) -> None:
    path = f"/v1/activation-reports/{TODAY.isoformat()}"
    report = await site.get(path, region_code=COUNTY)
    totals = report["totals"]
    assert (totals["orders"], totals["acknowledged"], totals["met"], totals["not_met"]) == (2, 1, 1, 1)
    assert (totals["ordered_kwh"], totals["energy_kwh"], totals["rate"]) == (1000, 867.5, 0.8675)
    assert len(report["silent"]) == len(report["short"]) == 1
    async with site.client() as client:
        document = await client.get(f"{path}/document", params={"region_code": COUNTY})
        table = await client.get(f"{path}/table", params={"region_code": COUNTY})
    text = "\n".join(one.text for one in Document(BytesIO(document.content)).paragraphs)
    assert "共下达有序用电指令 1 次，涉及企业 2 户次，应压减负荷 400 千瓦" in text
    assert f"未确认企业：{NAMES[MILL]}。" in text
    rows = columns_of(table.content, "执行明细")
    assert rows["企业名称"] == [NAMES[SMELTER], NAMES[MILL]]
    assert rows["压减电量（千瓦时）"] == [500, 367.5]
    async with site.client(NAMES[MILL]) as enterprise:
        assert (await enterprise.get(path, params={"region_code": COUNTY})).status_code == 403


async def _corrected(county: County) -> None:
    """The mill's meter was read wrongly: corrected values make a second edition, and what was open ends."""
    county.site.clock.advance(timedelta(minutes=5))
    await county.settle()
    assert (await county.verification(MILL))["edition"] == 1
    await county.send(curve(METERS[MILL], TODAY, {(40, 50): 790.0}))
    await county.settle()
    mill = await county.verification(MILL)
    assert (mill["edition"], mill["cause"], mill["verdict"], mill["energy_kwh"]) == (2, "corrected", "met", 525)
    assert [one[6] for one in await county.situations() if one[0] == "activation_order"][-1] == "corrected"
    assert (await county.verification(SMELTER))["edition"] == 1
    borne = await county.site.rows("SELECT kwh, edition FROM curtailment_burden ORDER BY kwh")
    assert [tuple(row) for row in borne] == [(500.0, 1), (525.0, 2)]


async def _told(site: Site) -> None:
    """Events of an aggregate rise by one and come in their order."""
    rows = await site.rows(
        "SELECT type, subject, aggregate_version FROM outbox WHERE topic = 'energy.activation.v1' "
        "ORDER BY sequence"
    )
    by_subject: dict[str, list[tuple[str, int]]] = {}
    for event, subject, version in rows:
        by_subject.setdefault(subject, []).append((event.split(".")[2], version))
    found = sorted(by_subject.values(), key=len)
    names = [[name for name, _ in one] for one in found]
    assert all([version for _, version in one] == list(range(1, len(one) + 1)) for one in found)
    assert names[-1] == ["ordered", "issued", "started", "amended", "ended", "verified", "closed"]
    assert sorted(names[:-1]) == [
        ["notified", "acknowledged", "notified", "acknowledged", "response_verified"],
        ["notified", "notified", "notified", "response_verified", "response_verified"],
    ]


async def test_order_is_refused_that_does_not_fit(site: Site) -> None:
    county = County(site)
    await county.prepare()
    async with site.client() as client:

        async def code_of(**facts: Any) -> str:
            answer = await client.post("/v1/activations", json=wanted(**facts))
            return "" if answer.is_success else str(answer.json()["code"])

        one = {"enterprise_id": str(SMELTER), "ordered_kw": 200}
        assert await code_of(starts_at=at(10, 5).isoformat()) == "activation.period_unfit"
        assert await code_of(ends_at=at(9).isoformat()) == "activation.period_unfit"
        assert await code_of(starts_at=at(7).isoformat()) == "activation.period_unfit"
        assert await code_of(ends_at=(at(10) + timedelta(days=4)).isoformat()) == "activation.period_unfit"
        assert await code_of(region_code=NEIGHBOUR) == "not_found"
        assert await code_of(orders=[one, one]) == "activation.enterprise_unknown"
        assert await code_of(orders=[one | {"meter_nos": [METERS[MILL]]}]) == "activation.meters_unfit"
        assert await code_of(orders=[one | {"enterprise_id": str(uuid4())}]) == "activation.enterprise_unknown"
        assert await code_of(orders=[one | {"ordered_kw": 0}]) == "request.malformed"
        # Two offices at the same moment: one of them orders.
        both = await asyncio.gather(*(client.post("/v1/activations", json=wanted()) for _ in range(2)))
        assert sorted(answer.status_code for answer in both) == [201, 409]
        refused = next(answer.json() for answer in both if answer.status_code == 409)
        assert refused["code"] == "activation.overlaps"
        assert "YX-421224-20260915-001" in refused["detail"]
        # Touching is no overlap.
        later = wanted(starts_at=at(12).isoformat(), ends_at=at(13).isoformat())
        assert (await client.post("/v1/activations", json=later)).json()["code"] == "YX-421224-20260915-002"
        county.activation = next(answer.json() for answer in both if answer.status_code == 201)
        path = f"/v1/activations/{county.activation['id']}"
        body = {"kind": "extend", "at": at(12, 30).isoformat(), "reason": "x"}
        assert (await client.post(f"{path}/amendments", json=body)).json()["code"] == "activation.overlaps"
        assert (await client.post(f"{path}/closing", json={})).json()["code"] == "activation.illegal_change"
        assert (await client.post(f"{path}/verifications", json={})).json()["code"] == "activation.not_over"
        stale = await client.post(f"{path}/notices", headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        cancelled = await client.post(f"{path}/cancellation", json={"reason": "负荷回落"})
        assert cancelled.json()["state"] == "cancelled"
        # Nobody was told, so nobody is told that it is off; the hour is free again.
        assert await site.rows("SELECT 1 FROM activation_notice") == []
        assert await code_of() == ""
    await site.add_key("viewer", "viewer", COUNTY)
    async with site.client("viewer") as viewer:
        assert (await viewer.post("/v1/activations", json=wanted())).status_code == 403
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as other:
        assert (await other.get(path)).status_code == 404
        assert (await other.get("/v1/activation-orders")).json()["items"] == []


async def test_nothing_can_be_told_without_curves_and_without_usual_days(site: Site) -> None:
    county = County(site)
    await county.prepare()
    async with site.client() as client, site.worker():
        await county.send(*(curve(METERS[SMELTER], day, {}) for day in USUAL_DAYS))
        await county.order(client)
        await county.post(client, "notices")
        await county.follow(at(10))
        await county.follow(at(12))
        await county.send(curve(METERS[MILL], TODAY, {(40, 48): 700.0}))
        await county.verify(at(12, 30))
        mill = await county.verification(MILL)
        assert (mill["verdict"], mill["unknown"], mill["energy_kwh"]) == (
            "cannot_tell",
            "baseline_days_short",
            None,
        )
        assert (await county.orders())[SMELTER]["verdict"] is None
        # A day and a half after the end nobody waits any more.
        await county.verify(at(12, 30) + timedelta(hours=36))
        smelter = await county.verification(SMELTER)
        assert (smelter["verdict"], smelter["unknown"], smelter["completeness"]) == (
            "cannot_tell",
            "curves_missing",
            0,
        )
        assert smelter["load_kw"] == [None] * 8
        assert await county.site.rows("SELECT 1 FROM curtailment_burden") == []
        # The curve comes after all; from seven to nine the plant ran above its usual level.
        await county.send(curve(METERS[SMELTER], TODAY, {(28, 36): 1100.0, (40, 48): 800.0}))
        await county.settle()
        smelter = await county.verification(SMELTER)
        assert (smelter["verdict"], smelter["mean_kw"], smelter["adjusted_kw"]) == ("met", 200, 0)
        # Moved by that level it gave 300 kW; the mill still has no usual days.
        moved = await county.post(client, "verifications", adjusted=True)
        assert moved["editions"] == 2
        smelter = await county.verification(SMELTER)
        assert (smelter["mean_kw"], smelter["adjusted_kw"], smelter["cause"]) == (300, 100, "asked")
        assert (await county.post(client, "verifications", adjusted=True))["editions"] == 0
        # Another baseline may be asked for; too few weeks are known for it.
        asked = await county.post(client, "verifications", method="same_weekday")
        assert asked["editions"] == 2
        assert (await county.verification(SMELTER))["unknown"] == "baseline_days_short"


async def test_order_that_is_lifted_or_cancelled_asks_for_nothing(site: Site) -> None:
    county = County(site)
    await county.prepare()
    async with site.client() as client:
        await county.order(client)
        await county.post(client, "notices")
        mill = (await county.orders())[MILL]
        await county.post(
            client, "amendments", kind="lift", at=at(9).isoformat(), order_id=mill["id"], reason="检修"
        )
        assert (await county.orders())[MILL]["ordered_kw"] == 0
        raised = await county.post(
            client, "amendments", kind="raise", at=at(11).isoformat(), share=1.5, reason="缺口扩大"
        )
        assert raised["orders"] == 1
        steps = (await county.orders())[SMELTER]["steps"]
        assert [(one["at"], one["kw"]) for one in steps] == [
            ("2026-09-15T02:00:00Z", 200),
            ("2026-09-15T03:00:00Z", 300),
        ]
        events = await site.get("/openadr3/3.1.1/events")
        assert {one["targets"][0]: len(one["intervals"]) for one in events} == {CODES[SMELTER]: 2, CODES[MILL]: 0}
        gone = next(one for one in events if one["targets"] == [CODES[MILL]])
        assert gone["intervalPeriod"] == {"start": "0001-01-01T00:00:00Z", "duration": "PT0S"}
        smelter = next(one for one in events if one["targets"] == [CODES[SMELTER]])
        assert smelter["objectType"] == "EVENT"
        assert smelter["programID"] == "orderly-use-421224"
        assert smelter["intervalPeriod"] == {"start": "2026-09-15T02:00:00Z", "duration": "PT2H"}
        assert smelter["intervals"][1] == {
            "id": 1,
            "intervalPeriod": {"start": "2026-09-15T03:00:00Z", "duration": "PT1H"},
            "payloads": [
                {"type": "SIMPLE", "values": [2]},
                {"type": "LOAD_REDUCTION", "values": [300.0]},
            ],
        }
        programs = await site.get("/openadr3/3.1.1/programs", NAMES[SMELTER])
        assert [one["programName"] for one in programs] == ["orderly-use-421224"]
        assert len(await site.get("/openadr3/3.1.1/events", NAMES[SMELTER])) == 1
        assert await site.get("/openadr3/3.1.1/events", targets="nobody") == []
        assert await site.get("/openadr3/3.1.1/events", programID="another") == []
        assert len(await site.get("/openadr3/3.1.1/events", active=True)) == 1
        assert (await client.get(f"/openadr3/3.1.1/events/{mill['id']}")).status_code == 200
        assert (await client.get("/openadr3/3.1.1/events/none")).status_code == 404
        await county.post(client, "cancellation", reason="负荷回落")
        texts = await site.rows("SELECT text_zh FROM activation_notice WHERE kind = 'cancellation'")
        assert all("已取消" in row[0] for row in texts)
        known = await site.get("/v1/expected-events")
        assert {one["status"] for one in known["items"]} == {"withdrawn"}
        assert await county.situations() == []


async def test_plan_chooses_who_gave_less_this_year(site: Site) -> None:
    county = County(site)
    await county.prepare()
    await site.add_key("leader", "leader", COUNTY)
    async with site.client() as client, site.worker():
        await county.usual_week()
        missing = await client.post("/v1/activations/from-plan", json=_gap(TODAY))
        assert missing.json()["code"] == "activation.plan_missing"
        await _plan(site, client)
        first = await client.post("/v1/activations/from-plan", json=_gap(TODAY))
        assert first.status_code == 201, first.text
        county.activation = first.json()
        assert county.activation["selection"]["covers"] is True
        # Nobody gave anything yet: the order of codes decides.
        assert [(one, order["ordered_kw"]) for one, order in (await county.orders()).items()] == [(SMELTER, 200)]
        # More than the security load leaves is refused by hand as well, and so is who is protected.
        await county.post(client, "notices")
        too_much = {"kind": "raise", "at": at(11).isoformat(), "reason": "x", "share": 4.6}
        path = f"/v1/activations/{county.activation['id']}/amendments"
        assert (await client.post(path, json=too_much)).json()["code"] == "activation.exceeds_adjustable"
        await county.follow(at(10))
        await county.follow(at(12))
        await county.send(curve(METERS[SMELTER], TODAY, {(40, 48): 790.0}))
        await county.verify(at(12, 5))
        tomorrow = TODAY + timedelta(days=1)
        second = await client.post("/v1/activations/from-plan", json=_gap(tomorrow))
        assert second.status_code == 201, second.text
        chosen = [one for one, order in (await county.orders()).items() if order["verdict"] is None]
        assert chosen == [MILL]
        await client.put(
            f"/v1/curtailment-users/{MILL}",
            json={"category": "hospital", "max_load_kw": 1200},
            headers={"If-Match": "*"},
        )
        by_hand = wanted(
            starts_at=at(14).isoformat(),
            ends_at=at(15).isoformat(),
            orders=[{"enterprise_id": str(MILL), "ordered_kw": 100}],
        )
        refused = await client.post("/v1/activations", json=by_hand)
        assert refused.json()["code"] == "activation.user_protected"


def _gap(day: date) -> dict[str, Any]:
    """200 kW short from 10 to 12."""
    gap = [200.0 if 40 <= slot < 48 else 0.0 for slot in range(96)]
    return {"region_code": COUNTY, "day": day.isoformat(), "gap_kw": gap, "reason": "供电缺口", "level": 3}


async def _plan(site: Site, client: Any) -> None:
    """Both may avoid the peak with 200 kW; the plan is approved by another than who made it."""
    for enterprise_id, meter_no in METERS.items():
        user = {
            "category": "ordinary",
            "max_load_kw": 1200,
            "security_load_kw": 300,
            "meter_nos": [meter_no],
            "offers": [{"measure": "avoid", "load_kw": 200, "notice_minutes": 30}],
        }
        answer = await client.put(f"/v1/curtailment-users/{enterprise_id}", json=user)
        assert answer.is_success, answer.text
    plan = await client.post(
        "/v1/curtailment-plans",
        json={"region_code": COUNTY, "year": 2026, "name": "2026年有序用电方案", "max_load_kw": 1000},
    )
    path = f"/v1/curtailment-plans/{plan.json()['id']}"
    for enterprise_id in METERS:
        row = {
            "enterprise_id": str(enterprise_id),
            "tier": 1,
            "measure": "avoid",
            "quota": 200,
            "quota_unit": "kw",
        }
        answer = await client.post(f"{path}/entries", json=row)
        assert answer.is_success, answer.text
    for step in ("checks", "submission"):
        answer = await client.post(f"{path}/{step}", json={} if step == "submission" else None)
        assert answer.is_success, answer.text
    async with site.client("leader") as leader:
        answer = await leader.post(f"{path}/approval", json={})
        assert answer.is_success, answer.text


async def test_day_that_was_not_normal_is_replaced_by_an_older_one(site: Site) -> None:
    county = County(site)
    await county.prepare()
    older = tuple(date(2026, 9, day) for day in (3, 4, 7))
    async with site.client() as client, site.worker():
        await county.usual_week()
        await county.send(*(curve(meter_no, day, {}) for meter_no in METERS.values() for day in older))
        now = site.clock.now()
        # The smelter was under an activation on the 10th and without supply for an hour on the 14th.
        before = date(2026, 9, 10)
        site.clock.set(at(8, day=before))
        first = {"starts_at": at(10, day=before).isoformat(), "ends_at": at(12, day=before).isoformat()}
        await county.order(client, **first, orders=[{"enterprise_id": str(SMELTER), "ordered_kw": 100}])
        await county.post(client, "notices")
        outage = {
            "scope": "meter",
            "code": METERS[SMELTER],
            "starts_at": at(2, day=date(2026, 9, 14)).isoformat(),
            "ends_at": at(3, day=date(2026, 9, 14)).isoformat(),
            "reason": "线路改造",
        }
        assert (await client.post("/v1/planned-outages", json=outage)).status_code == 201
        # The mill announced that it would stand still on the 11th.
        still = {
            "scope": "enterprise",
            "code": str(MILL),
            "cause": "maintenance",
            "starts_at": at(0, day=date(2026, 9, 11)).isoformat(),
            "ends_at": at(8, day=date(2026, 9, 11)).isoformat(),
            "reason": "检修",
        }
        assert (await client.post("/v1/expected-events", json=still)).status_code == 201
        await county.follow(now)
        await county.order(client)
        await county.post(client, "notices")
        await county.follow(at(10))
        await county.follow(at(12))
        await county.send(*(curve(meter_no, TODAY, {(40, 48): 800.0}) for meter_no in METERS.values()))
        await county.verify(at(12, 5))
        smelter, mill = await county.verification(SMELTER), await county.verification(MILL)
    assert [day[-2:] for day in smelter["baseline_days"]] == ["04", "07", "08", "09", "11"]
    assert [day[-2:] for day in mill["baseline_days"]] == ["07", "08", "09", "10", "14"]
    why = {one["day"][-2:]: one["why"] for one in smelter["skipped_days"]}
    assert (why["10"], why["14"], why["12"]) == ("activation", "outage", "rest_day")
    assert {one["day"][-2:]: one["why"] for one in mill["skipped_days"]}["11"] == "announced"
