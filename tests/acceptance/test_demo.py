"""The newcomer's first command: it ends with the first alert's whole story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.ports import reserve_ports
from tests.support.stack import Stack, duban
from tests.support.world import ok

# Midnight of the demo's first day.
TODAY = "2026-09-14T16:00:00Z"

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]


def test_demo_ends_with_the_story_of_a_spike(tmp_path: Path) -> None:
    port_base = reserve_ports()
    try:
        printed = duban("demo", "--data", str(tmp_path), "--port-base", str(port_base)).stdout
        stack = Stack(tmp_path, port_base)
        officer = stack.login("officer")
        with stack.client("alerts", stack.token(officer["username"], officer["password"])) as alerts:
            live = ok(alerts.get("/v1/alerts", params={"limit": 1000}))["items"]
        with stack.client("alerts", stack.admin_token()) as alerts:
            missed = ok(alerts.get("/v1/accountability/misses", params={"filter[kind][eq]": "missed_target"}))
        with stack.client("projects", stack.admin_token()) as projects:
            registered = ok(projects.get("/v1/projects", params={"limit": 1000}))["items"]
            assert_figures_of_the_texts(projects)
            assert_years_account(projects)
        with stack.client("energy", stack.admin_token()) as energy:
            meters = ok(energy.get("/v1/meters", params={"limit": 1000}))["items"]
            conditions = ok(energy.get("/v1/conditions", params={"filter[opened_at][gte]": TODAY}))["items"]
            assert_power_year(energy)
    finally:
        duban("down", "--data", str(tmp_path))
    for step in ("Reading", "Receipt", "Detection", "Alert", "Told", "Delivered", "Escalation"):
        assert step in printed, f"the story lacks: {step}\n{printed}"
    assert len(registered) >= 120
    assert len(meters) >= 400
    # Of a year of history nobody is told, of what the feed plants today everybody: a furnace, by its name.
    assert {item["meter_no"] for item in conditions} == {"DM421224000001"}
    assert "千瓦；工作日该时段通常为" in conditions[0]["explanation_zh"]
    # The settled year's miss reached the ledger of accountability, by person and unit.
    assert [(item["target"]["code"], item["year"], item["status"]) for item in missed["items"]] == [
        ("TS-2025-SS", 2025, "counted")
    ]
    kinds = {alert["condition_kind"] for alert in live}
    assert {"spike", "stalled"} <= kinds


def assert_power_year(energy: httpx.Client) -> None:
    """The short half hour is verified, the grid has its forecasts, the works of the case were called."""
    (activation,) = ok(energy.get("/v1/activations"))["items"]
    assert activation["state"] == "verified"
    orders = ok(energy.get("/v1/activation-orders"))["items"]
    assert sorted(order["verdict"] for order in orders) == ["met", "met", "not_met"]
    assert all(order["acknowledged_at"] for order in orders)
    for code in ("421224", "BDZ-CG", "BDZ-NLQ", "BDZ-XP"):
        forecast = ok(energy.get(f"/v1/grid-nodes/{code}/forecasts/latest"))
        assert (forecast["day"], len(forecast["p50_kw"])) == ("2026-09-16", 96)
    (restricted,) = ok(energy.get("/v1/phase-out-cases/restricted"))["items"]
    (called,) = (order for order in orders if order["enterprise_id"] == restricted["enterprise_id"])
    assert called["verdict"] == "met"
    (target,) = ok(energy.get("/v1/generation-targets"))["items"]
    assert target["energy_kwh"] == 80_000_000


def assert_years_account(projects: httpx.Client) -> None:
    """The city's figures out of enterprises' rows, its target exceeded in November; the town's goals are goals."""

    def get(path: str, **params: Any) -> Any:
        return ok(projects.get(path, params=params))

    def figure(indicator: str, region: str, month: str, **more: Any) -> Any:
        asked = {"indicator": indicator, "region_code": region, "month": month, "cumulative": True}
        return get("/v1/economy-figures", **asked, **more)

    for indicator, value, percent in (
        ("output_value", "5860000000", "15.3"),
        ("value_added", "1879000000", "10.3"),
    ):
        city = figure(indicator, "421200", "2025-11")
        total = city["total"]
        assert (total["figure"]["value"], f"{float(total['yoy']['rate']):.1f}") == (value, percent)
        assert (total["figure"]["complete"], total["figure"]["expected"]) == (68, 68)
        assert city["published"]["difference"] == "0"
        asked = {"indicator": indicator, "region_code": "421200", "month": "2025-11", "cumulative": True}
        rows = get("/v1/economy-figures/rows", limit=100, **asked)["items"]
        assert sum(int(row["counted"]) for row in rows) == int(value)
    county = figure("value_added", "421224", "2025-12")["total"]
    assert f"{float(county['yoy']['rate']):.1f}" == "48.6"
    parks = figure("output_value", "421224", "2025-12", group_by="park")["groups"]
    assert {one["key"]: one["figure"]["value"] for one in parks}["METALLURGY"] == "470000000"

    targets = {row["code"]: row for row in get("/v1/targets", limit=100)["items"]}
    for code in ("CITY-2025-CZ", "CITY-2025-ZJZ"):
        met = targets[code]
        assert (met["verdict"], met["standing"]["reached_in"]) == ("exceeded", "2025-11-01")
    town = targets["XC-2026-ZJZ"]
    assert (town["amount"], town["verdict"], town["light"]) == ("78900000", "behind", "yellow")
    assert targets["XC-2026-TZ"]["amount"] == "450000000"
    assert targets["CITY-2026-GS"]["standing"]["latest"] is None
    assert {row["state"] for row in get("/v1/target-letters")["items"]} == {"signed"}
    (budget,) = get("/v1/support-budgets")["items"]
    assert [budget[name] for name in ("reserved_yuan", "paid_yuan")] == ["194000", "100000"]
    listed = {row["code"]: row["members"] for row in get("/v1/enterprise-lists/summary")["items"]}
    assert listed == {"TS-GZ": 23, "TS-YY": 3}
    assert [row["status"] for row in get("/v1/honour-rounds")["items"]] == ["in_notice"]
    late = {"filter[open][eq]": "true", "filter[kind][eq]": "economy_report_late"}
    assert len(get("/v1/conditions", **late)["items"]) == 2


def assert_figures_of_the_texts(projects: httpx.Client) -> None:
    """The county's 97, 2.56亿元, 6, 28 and 4.43亿元; 新村镇's nine as goals alone."""

    def get(path: str, **params: Any) -> Any:
        return ok(projects.get(path, params=params))

    county, year = "421224", "2025-09-15"
    brought_in = get("/v1/size-band-counts", region=county, signed_from=year)
    assert brought_in["projects"] == 97
    assert sum(band["projects"] for band in brought_in["bands"] if band["code"]) == 6
    assert get("/v1/project-totals", region=county)["verified_funds_yuan"] == "256000000"
    built = get("/v1/project-totals", region=county, key_only=True)
    reached = {row["stage"]: row["projects"] for row in built["reached"]}
    assert (reached["completed"], built["invested_yuan"]) == (28, "443000000")
    (funds,) = (
        rate
        for rate in get("/v1/rates", region_code=county, signed_from=year)["total"]
        if rate["rate"] == "funds_in_place"
    )
    assert (funds["numerator"], funds["denominator_projects"]) == ("256000000", 97)

    goals = get("/v1/size-band-counts", region="421290100", signed_from="2026-01-01", signed_to="2026-12-31")
    assert {band["code"]: band["target_projects"] for band in goals["bands"] if band["code"]} == {
        "10m_50m": 4,
        "50m_100m": 4,
        "from_100m": 1,
    }
    assert goals["projects"] == 0
    kinds = {row["kind"] for row in get("/v1/conditions", limit=500, **{"filter[open][eq]": "true"})["items"]}
    assert {"problem_overdue", "approval_breached", "funds_short", "stalled", "gate_expired"} <= kinds
