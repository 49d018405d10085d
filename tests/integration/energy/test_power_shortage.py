"""A shortage from the evening before to the settled year, over all slices, by figures worked by hand (S17, S21).

The substation S-1 carries 20 MW tomorrow, one transformer being away; its town and five enterprises draw 22.5 MW
from five to eight in the evening. The works of S-2 cannot help.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import numpy as np

from libs.common.registry.tables import EnterpriseReplicaRow
from services.energy.activations.jobs import follow_activations, verify_activations
from services.energy.activations.jobs import follow_touched as verify_corrected
from services.energy.balance.following import follow_touched as note_balances
from services.energy.balance.jobs import settle_balances
from services.energy.forecast.histories import follow_touched as forget_loads
from services.energy.forecast.jobs import issue_forecasts, judge_shortages
from services.energy.forecast.service import latest_forecast
from services.energy.generation.contribution import generation_beside
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.energy_context import run_job
from tests.support.orderly_use import at
from tests.support.sheets import xlsx

TOMORROW = TODAY + timedelta(days=1)
FRIDAY = TODAY + timedelta(days=3)
EVENING = at(17, 1)
HISTORY_DAYS = 45
# Slots of five to eight in the evening.
PEAK = range(68, 80)
# Worked out for TOMORROW, a Wednesday: five working days, a weekend between; the mean of A's evenings is 2,000 kW.
USUAL_DAYS = tuple(date(2026, 9, day) for day in (9, 10, 11, 14, 15))
EVENINGS_OF_A = dict(zip(USUAL_DAYS, (1900.0, 1950.0, 2000.0, 2050.0, 2100.0), strict=True))
ENTERPRISES = {name: UUID(int=0x8000 + number) for number, name in enumerate("EABCDP")}
USUAL_KW = dict.fromkeys("ABCD", 2000.0) | {"E": 1500.0, "P": 1000.0}
OFFERED_KW = dict.fromkeys("ABCDE", 1200.0) | {"P": 600.0}
NODES = [
    ["编码", "类型", "名称", "区划代码", "上级编码", "额定容量(MVA)", "台数", "功率因数", "投运日期"],
    [COUNTY, "供区", "通山县", COUNTY, None, None, None, None, "2020-01-01"],
    ["S-1", "变电站", "城关变电站", COUNTY, COUNTY, 25, 2, 1, "2020-01-01"],
    ["S-2", "变电站", "南林桥变电站", COUNTY, COUNTY, 25, 2, 1, "2020-01-01"],
    ["F-1", "线路", "城一线", COUNTY, "S-1", None, None, None, "2020-01-01"],
    ["F-2", "线路", "南一线", COUNTY, "S-2", None, None, None, "2020-01-01"],
]


def credit_code(name: str) -> str:
    """E's is the lowest: were it at hand it would be chosen first."""
    return f"91421224MA0000{'EABCDP'.index(name):04}"


def values(name: str, day: date) -> list[float]:
    """A usual day: enterprises steady, the town with its evening and a little noise."""
    if name == "TOWN":
        load = 9000.0 + np.random.default_rng(day.toordinal()).normal(0, 15.0, 96)
        load[PEAK.start : PEAK.stop] += 4500.0
        return [round(float(value), 1) for value in load]
    usual = [USUAL_KW[name]] * 96
    if name == "A" and day in EVENINGS_OF_A:
        usual[PEAK.start : PEAK.stop] = [EVENINGS_OF_A[day]] * len(PEAK)
    return usual


@dataclass
class Play:
    """The county; call it within ``site.worker()``. ``told``: what meters say of TOMORROW, null where silent."""

    site: Site
    told: dict[str, list[float | None]] = field(default_factory=dict)

    async def register(self) -> None:
        """Enterprises, meters, grid, users, the case of P, and a plan that another approved than made it."""
        site = self.site
        async with site.database.transaction() as session:
            for name, enterprise_id in ENTERPRISES.items():
                session.add(
                    EnterpriseReplicaRow(
                        subject=str(enterprise_id),
                        version=1,
                        enterprise_id=enterprise_id,
                        credit_code=credit_code(name),
                        name=f"{name}厂（演示）",
                        region_code=COUNTY,
                        sector_code="3110",
                        key_energy_user=True,
                    )
                )
        await site.register("TOWN", feeder_code="F-1", capacity_kw=20_000)
        for name, enterprise_id in ENTERPRISES.items():
            feeder = "F-2" if name == "E" else "F-1"
            await site.register(name, enterprise_id=str(enterprise_id), feeder_code=feeder)
            await site.add_key(name, "enterprise", COUNTY, enterprise_id=enterprise_id)
        await site.add_key("leader", "leader", COUNTY)
        async with site.client() as client, site.client("admin") as admin, site.client("leader") as leader:
            await done(client.post("/v1/grid-nodes/imports", content=xlsx(NODES)))
            standard = await done(admin.put("/v1/phase-out-standards", json=STANDARD))
            case = {"credit_code": credit_code("P"), "standard_id": standard["id"]} | CASE
            await done(client.post("/v1/phase-out-cases", json=case))
            for name, enterprise_id in ENTERPRISES.items():
                offer = {"measure": "avoid", "load_kw": OFFERED_KW[name], "notice_minutes": 30, "min_minutes": 180}
                user = {
                    "category": "ordinary",
                    "max_load_kw": 2200,
                    "security_load_kw": 500,
                    "meter_nos": [name],
                    "offers": [offer],
                }
                await done(client.put(f"/v1/curtailment-users/{enterprise_id}", json=user))
            await self._plan(client, leader)

    async def _plan(self, client: httpx.AsyncClient, leader: httpx.AsyncClient) -> None:
        facts = {"region_code": COUNTY, "year": 2026, "name": "2026年有序用电方案", "max_load_kw": 20_000}
        path = f"/v1/curtailment-plans/{(await done(client.post('/v1/curtailment-plans', json=facts)))['id']}"
        # P as late as anybody: its case makes that a fault.
        for name, enterprise_id in ENTERPRISES.items():
            row = {"enterprise_id": str(enterprise_id), "tier": 2 if name == "P" else 1, "measure": "avoid"}
            await done(client.post(f"{path}/entries", json=row | {"quota": OFFERED_KW[name]}))
        checked = await done(client.post(f"{path}/checks"))
        assert [(one["code"], one["enterprise_id"]) for one in checked["findings"]] == [
            ("curtailment.check_restricted_late", str(ENTERPRISES["P"]))
        ]
        (entry,) = [
            one
            for one in (await self.site.get("/v1/curtailment-entries"))["items"]
            if one["enterprise_id"] == str(ENTERPRISES["P"])
        ]
        tag = {"If-Match": (await client.get(path)).headers["etag"]}
        await done(client.patch(f"{path}/entries/{entry['id']}", json={"tier": 1}, headers=tag))
        assert (await done(client.post(f"{path}/checks")))["status"] == "checked"
        await done(client.post(f"{path}/submission", json={}))
        await done(leader.post(f"{path}/approval", json={}))

    async def history(self) -> None:
        """Two months of usual days, and of today what is over at the evening."""
        days = [date_of(day_number(TODAY) - age) for age in range(HISTORY_DAYS, 0, -1)]
        names = ("TOWN", *ENTERPRISES)
        await self._send([_curve(name, day, values(name, day)) for name in names for day in days])
        self.site.clock.set(EVENING)
        await self._send([_curve(name, TODAY, _until(values(name, TODAY), PEAK.start)) for name in names])

    async def night(self) -> None:
        """The rest of today has come in."""
        self.site.clock.set(at(0, 30, TOMORROW))
        await self._send([_curve(name, TODAY, values(name, TODAY)) for name in ("TOWN", *ENTERPRISES)])
        await self.minute()

    async def at(self, hour: int, minute: int, **parts: dict[tuple[int, int], float | None]) -> None:
        """The clock goes on, the meters tell tomorrow's day so far, and the jobs of every minute run.

        ``parts``: what a meter draws otherwise than usual, by slots; None is silence.
        """
        self.site.clock.set(at(hour, minute, TOMORROW))
        for name in ("TOWN", *ENTERPRISES):
            if name not in self.told:
                # The day itself has no noise, so that its figures can be worked by hand.
                town = [*[9000.0] * 66, *[13_500.0] * 14, *[9000.0] * 16]
                self.told[name] = list(town if name == "TOWN" else values(name, TOMORROW))
            for (first, end), kw in parts.get(name, {}).items():
                self.told[name][first:end] = [kw] * (end - first)
        over = (hour * 60 + minute) // 15
        await self._send([_curve(name, TOMORROW, _until(told, over)) for name, told in self.told.items()])
        await self.minute()

    async def minute(self) -> None:
        await run_job(self.site, settle_touched(verify_corrected, note_balances, forget_loads))
        await run_job(self.site, settle_balances(latest_forecast, generation_beside))
        await run_job(self.site, follow_activations)
        await run_job(self.site, verify_activations)

    async def _send(self, curves: list[dict[str, Any]]) -> None:
        await self.site.merged(await self.site.post_curves(curves))

    async def situation(self, kind: str, subject: str) -> dict[str, Any]:
        items = (await self.site.get("/v1/situations"))["items"]
        found: dict[str, Any] = next(
            item
            for item in items
            if item["kind"] == kind and subject in {item["subject_code"], item["subject_name"]}
        )
        return found

    async def orders(self, activation_id: str) -> dict[str, dict[str, Any]]:
        """By the enterprise's letter."""
        page = await self.site.get("/v1/activation-orders", **{"filter[activation_id][eq]": activation_id})
        names = {str(enterprise_id): name for name, enterprise_id in ENTERPRISES.items()}
        return {names[item["enterprise_id"]]: item for item in page["items"]}


STANDARD = {
    "code": "KRL-6300",
    "name": "6300千伏安以下矿热炉",
    "category": "equipment",
    "description": "6300千伏安以下铁合金矿热电炉",
    "comparator": "at_least",
    "threshold": 6300,
    "measure": "变压器容量",
    "unit": "kVA",
    "basis": "产业结构调整指导目录 淘汰类",
    "deadline_on": "2026-12-31",
    "valid_from": "2024-02-01",
}
CASE = {
    "title": "3200千伏安矿热炉1台",
    "listed_on": "2026-03-01",
    "source": "县经信局排查",
    "measured": 3200,
    "measured_on": "2026-02-20",
}


def _curve(name: str, day: date, told: list[float] | list[float | None]) -> dict[str, Any]:
    return {"meter_no": name, "date": day.isoformat(), "values": list(told)}


def _until(told: list[float] | list[float | None], slot: int) -> list[float | None]:
    return [*told[:slot], *[None] * (96 - slot)]


async def done(answer: Any) -> Any:
    found = await answer
    assert found.is_success, found.text
    return found.json() if found.content else None


async def test_a_shortage_is_played_from_the_evening_before_to_the_settled_year(site: Site) -> None:
    play = Play(site)
    async with site.client() as client, site.worker():
        await play.register()
        less = {"rated_mva": -5, "power_factor": 1, "valid_from": TOMORROW.isoformat(), "reason": "2号主变检修"}
        await done(client.post("/v1/grid-nodes/S-1/capacities", json=less))
        await play.history()
        await _warned(play)
        activation = await _ordered(play, client)
        await _acknowledged(play, client, activation["id"])
        await _day(play, activation["id"])
        await _verified(play, activation["id"])
        await _foreseen(play, client)
        await _reported(play)
        await _fair(play, client, activation)
        await _settled(play, client, activation["id"])


async def _warned(play: Play) -> None:
    """At five o'clock tomorrow is forecast: 22.5 MW against 20 are 11 % of the highest, orange."""
    await play.minute()
    await run_job(play.site, issue_forecasts(generation_beside))
    warned = await play.situation("shortage_forecast", "S-1")
    assert (warned["level"], warned["reference_on"], warned["cleared_at"]) == (3, TOMORROW.isoformat(), None)
    assert abs(warned["gap_kw"] - 2500) < 100
    assert abs(warned["gap_percent"] - 11.1) < 0.4
    assert "Ⅱ级（橙色）预警" in warned["explanation_zh"]


async def _ordered(play: Play, client: httpx.AsyncClient) -> dict[str, Any]:
    """The plan covers the gap: who is to be phased out, then two by their codes; E draws from elsewhere."""
    wanted = {"region_code": COUNTY, "day": TOMORROW.isoformat(), "node_code": "S-1", "reason": "城关变电站缺口"}
    lacking = await client.post("/v1/activations/from-plan", json=wanted | {"node_code": None})
    assert (lacking.status_code, lacking.json()["code"]) == (422, "request.malformed")
    unknown = await client.post("/v1/activations/from-plan", json=wanted | {"node_code": "S-9"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "grid.node_not_found")
    calm = await client.post("/v1/activations/from-plan", json=wanted | {"node_code": "S-2"})
    assert (calm.status_code, calm.json()["code"]) == (409, "activation.no_gap")
    unforeseen = await client.post("/v1/activations/from-plan", json=wanted | {"day": "2026-11-30"})
    assert (unforeseen.status_code, unforeseen.json()["code"]) == (404, "balance.forecast_missing")
    await play.site.add_key("neighbour", "officer", NEIGHBOUR)
    async with play.site.client("neighbour") as neighbour:
        assert (await neighbour.post("/v1/activations/from-plan", json=wanted)).status_code == 404
    activation: dict[str, Any] = await done(client.post("/v1/activations/from-plan", json=wanted))
    assert (activation["level"], activation["node_code"]) == (3, "S-1")
    assert (activation["selection"]["covers"], activation["selection"]["gap_source"]) == (True, "forecast")
    gap = activation["selection"]["gap_kw"]
    assert [slot for slot in range(96) if gap[slot]] == list(PEAK)
    orders = await play.orders(activation["id"])
    assert {name: order["ordered_kw"] for name, order in orders.items()} == {"A": 1200, "B": 1200, "P": 600}
    assert {(order["starts_at"], order["ends_at"]) for order in orders.values()} == {
        ("2026-09-16T09:00:00Z", "2026-09-16T12:00:00Z")
    }
    passed = {one["enterprise_id"]: one["why"] for one in activation["selection"]["passed"]}
    assert passed[str(ENTERPRISES["E"])] == "elsewhere"
    (why,) = [
        one["reason_zh"]
        for one in activation["selection"]["chosen"]
        if one["enterprise_id"] == str(ENTERPRISES["P"])
    ]
    assert "重点限制用户（属淘汰类：6300千伏安以下矿热炉" in why
    # What is ordered is not ordered twice: nothing is left of the gap.
    again = await client.post("/v1/activations/from-plan", json=wanted)
    assert (again.status_code, again.json()["code"]) == (409, "activation.no_gap")
    return activation


async def _acknowledged(play: Play, client: httpx.AsyncClient, activation_id: str) -> None:
    """A and B answer; P does not, which somebody hears of."""
    told = await done(client.post(f"/v1/activations/{activation_id}/notices"))
    assert told["told"] == 3
    for name in "AB":
        async with play.site.client(name) as own:
            (order,) = (await own.get("/v1/activation-orders")).json()["items"]
            await done(own.post(f"/v1/activation-orders/{order['id']}/acknowledgement", json={}))
    events = await play.site.get("/openadr3/3.1.1/events", "A")
    assert [one["intervalPeriod"]["duration"] for one in events] == ["PT3H"]
    play.site.clock.advance(timedelta(minutes=31))
    await run_job(play.site, follow_activations)
    silent = await play.situation("non_response", "P厂（演示）")
    assert (silent["subject_type"], silent["cleared_at"]) == ("activation_notice", None)


async def _day(play: Play, activation_id: str) -> None:
    """The peak comes half an hour early, then load falls step by step, and the level with it."""
    await play.night()
    await play.at(17, 0)
    # 13.5 + 8 + 1 MW against 20.
    short = await play.situation("supply_shortage", "S-1")
    assert (short["level"], short["gap_kw"]) == (3, 2500.0)
    # A gives 1,220 kW, B nothing, P is silent.
    await play.at(17, 45, A={(68, 80): 780.0}, P={(68, 80): None})
    yellow = await play.situation("supply_shortage", "S-1")
    assert (yellow["level"], yellow["highest_level"], yellow["id"]) == (2, 3, short["id"])
    tracking = await play.site.get(f"/v1/activations/{activation_id}/tracking")
    assert (tracking["in_line"], tracking["short"]) == (1, 1)
    behind = await play.situation("non_response", "B厂（演示）")
    assert (behind["subject_type"], behind["planned"], behind["actual"]) == ("activation_order", 1200.0, 0.0)
    # B comes round at six.
    await play.at(18, 45, B={(72, 80): 800.0})
    blue = await play.situation("supply_shortage", "S-1")
    assert (blue["level"], blue["id"]) == (1, short["id"])
    assert (await play.situation("non_response", "B厂（演示）"))["cleared_reason"] == "met"
    # The evening is over.
    await play.at(20, 30)
    cleared = await play.situation("supply_shortage", "S-1")
    assert (cleared["id"], cleared["cleared_reason"]) == (short["id"], "ended")
    span = {"from": TOMORROW.isoformat(), "to": TOMORROW.isoformat()}
    history = await play.site.get("/v1/grid-nodes/S-1/shortages", **span)
    # Held one slot longer each time it falls: half past four to half past eight.
    assert [(one["level"], one["slots"]) for one in history["levels"]] == [(3, 3), (2, 4), (1, 8)]
    told = await play.site.rows(
        "SELECT type FROM outbox WHERE topic = 'energy.situation.v1' AND subject = :id ORDER BY aggregate_version",
        id=short["id"],
    )
    assert [row[0].split(".")[2] for row in told] == ["opened"] * 3 + ["cleared"]


async def _verified(play: Play, activation_id: str) -> None:
    """Against the mean of the five working days before: A met its order, B did not, of P nothing can be told."""
    orders = await play.orders(activation_id)
    assert {name: order["verdict"] for name, order in orders.items()} == {"A": "met", "B": "not_met", "P": None}
    # A day and a half after the end nobody waits any more.
    play.site.clock.set(at(20, day=TOMORROW) + timedelta(hours=36))
    await run_job(play.site, verify_activations)
    found = {}
    for name, order in (await play.orders(activation_id)).items():
        page = await play.site.get(f"/v1/activation-orders/{order['id']}/verifications")
        found[name] = page["items"][0]
    figures = ("mean_kw", "energy_kwh", "ordered_kwh", "shortfall_kwh", "verdict")
    # A: 2,000 − 780 = 1,220 kW in each of twelve quarters, 3 h: 3,660 kWh of 3,600.
    assert [found["A"][name] for name in figures] == [1220, 3660, 3600, 0, "met"]
    assert found["A"]["baseline_kw"] == [2000.0] * 12
    assert found["A"]["baseline_days"] == [day.isoformat() for day in USUAL_DAYS]
    # B: four quarters nothing, eight quarters 1,200 kW: 2,400 kWh, 1,200 lack, and 800 kW in the mean.
    assert [found["B"][name] for name in figures] == [800, 2400, 3600, 1200, "not_met"]
    assert (found["P"]["verdict"], found["P"]["unknown"], found["P"]["energy_kwh"]) == (
        "cannot_tell",
        "curves_missing",
        None,
    )
    verified = await play.site.rows("SELECT payload FROM outbox WHERE type = 'energy.activation.verified.v1'")
    assert len(verified) == 1
    state = await play.site.get(f"/v1/activations/{activation_id}")
    assert state["state"] == "verified"


async def _foreseen(play: Play, client: httpx.AsyncClient) -> None:
    """Friday is foreseen short as well; the transformer comes back, and the warning ends."""
    await run_job(play.site, judge_shortages(generation_beside))
    later = await play.situation("shortage_forecast", "S-1")
    assert (later["reference_on"], later["cleared_at"]) == (FRIDAY.isoformat(), None)
    more = {"rated_mva": 5, "power_factor": 1, "valid_from": FRIDAY.isoformat(), "reason": "2号主变投运"}
    await done(client.post("/v1/grid-nodes/S-1/capacities", json=more))
    await run_job(play.site, judge_shortages(generation_beside))
    assert (await play.situation("shortage_forecast", "S-1"))["cleared_reason"] == "corrected"


async def _reported(play: Play) -> None:
    report = await play.site.get(f"/v1/activation-reports/{TOMORROW.isoformat()}", region_code=COUNTY)
    totals = report["totals"]
    names = ("orders", "acknowledged", "met", "not_met", "cannot_tell", "ordered_kw")
    assert [totals[name] for name in names] == [3, 2, 1, 1, 1, 3000]
    # 1.22 + 0.80 MW; 6,060 of the 7,200 kWh that can be told.
    assert (totals["achieved_kw"], totals["energy_kwh"], totals["shortfall_kwh"]) == (2020, 6060, 1200)
    assert round(totals["rate"], 6) == round(6060 / 7200, 6)
    assert (len(report["silent"]), len(report["short"])) == (1, 1)


async def _fair(play: Play, client: httpx.AsyncClient, first: dict[str, Any]) -> None:
    """The same gap two days later: who gave is left in peace, who is to be phased out is called again."""
    wanted = {
        "region_code": COUNTY,
        "day": FRIDAY.isoformat(),
        "node_code": "S-1",
        "gap_kw": first["selection"]["gap_kw"],
        "reason": "同样的缺口",
    }
    second = await done(client.post("/v1/activations/from-plan", json=wanted))
    assert second["selection"]["gap_source"] == "given"
    assert set(await play.orders(second["id"])) == {"C", "D", "P"}
    why = {one["enterprise_id"]: one for one in second["selection"]["passed"]}
    assert why[str(ENTERPRISES["A"])]["why"] == "fairness"
    assert "今年已承担 1 次、3,660 千瓦时" in why[str(ENTERPRISES["A"])]["zh"]
    await done(client.post(f"/v1/activations/{second['id']}/cancellation", json={"reason": "负荷回落"}))


async def _settled(play: Play, client: httpx.AsyncClient, activation_id: str) -> None:
    """A is paid for 3,660 kWh, B for 2,400; B pays for the 1,200 that lacked."""
    await done(client.post(f"/v1/activations/{activation_id}/closing", json={"note": "已约谈"}))
    for body in (
        {"kind": "compensation", "yuan_per_kwh": "0.35", "cap_share": 1.1},
        {"kind": "penalty", "yuan_per_kwh": "1.00", "free_covered": 0.9},
    ):
        facts = {"region_code": COUNTY, "valid_from": "2026-01-01", "note": "县办法（演示）"}
        await done(client.post("/v1/orderly-use-rates", json=body | facts))
    play.site.clock.set(datetime(2027, 1, 4, 1, tzinfo=UTC))
    year = {"region_code": COUNTY, "year": 2026}
    settled = await done(client.post("/v1/orderly-use-settlements", json=year))
    assert (settled["energy_kwh"], settled["compensation_yuan"]) == (6060, 2121)
    assert (settled["penalty_yuan"], settled["net_yuan"]) == (1200, 921)
