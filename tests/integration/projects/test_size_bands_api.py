"""Place, grid works, phases, key projects, size bands and totals over REST."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.ledger.jobs import sort_size_bands

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

SIGNING: dict[str, Any] = {
    "stage": "signed",
    "on": "2026-03-01",
    "contract_amount_yuan": 63_000_000,
    "investor": "grid company (demo)",
    "channel": "government",
    "planned_start_on": "2026-05-01",
}
GRID: dict[str, Any] = {
    "work": "substation",
    "voltage_kv": "110",
    "capacity_mva": "63",
    "financing_form": "build_first_pay_later",
}


async def test_grid_works_need_their_facts_and_tell_them_when_in_production(office: Office) -> None:
    place = {"longitude": "114.5831", "latitude": "29.3857", "system": "gcj02"}
    path = await office.register(kind="grid_works", location=place, name="右岸水都110千伏变电站")
    problem = await office.refused(
        "POST", f"{path}/stage-changes", SIGNING, status=409, code="project.missing_facts"
    )
    assert [error["pointer"] for error in problem["errors"]] == [
        "/grid/work",
        "/grid/voltage_kv",
        "/grid/financing_form",
    ]
    for step in (
        SIGNING | {"grid": GRID},
        {"stage": "started", "on": "2026-05-08", "evidence": "permit 7", "planned_capacity_on": "2027-01-31"},
        {"stage": "completed", "on": "2026-07-01"},
        {"stage": "in_production", "on": "2026-08-01", "first_output": "送电"},
    ):
        await office.done("POST", f"{path}/stage-changes", step)
    event = json.loads((await office.events("projects.project.v1"))[-1].payload or b"")
    assert (event["stage"], event["kind"], event["region_code"]) == ("in_production", "grid_works", "421224101")
    assert event["grid"] == {
        "work": "substation",
        "voltage_kv": 110.0,
        "capacity_mva": 63.0,
        "line_length_km": None,
        "financing_form": "build_first_pay_later",
    }
    project = await office.done("GET", path)
    assert project["grid"] == GRID | {"line_length_km": None}
    location = project["location"]
    assert {name: location[name] for name in place} == place
    assert location["wgs84"] != {"longitude": place["longitude"], "latitude": place["latitude"]}
    found = await office.done("GET", "/v1/projects", params={"filter[voltage_kv][gte]": "110"})
    assert [row["code"] for row in found["items"]] == ["P-1"]


async def test_place_and_grid_facts_are_refused_where_they_cannot_be(office: Office) -> None:
    swapped = {"longitude": "29.3857", "latitude": "89.5", "system": "wgs84"}
    draft = {"code": "P-9", "name": "x", "kind": "new_build", "region_code": "421224"}
    problem = await office.refused(
        "POST", "/v1/projects", draft | {"location": swapped}, status=409, code="project.coordinates_outside"
    )
    assert problem["errors"][0]["code"] == "coordinates.swapped"
    await office.refused(
        "POST", "/v1/projects", draft | {"grid": GRID}, status=409, code="project.fact_not_of_kind"
    )
    off = {"longitude": "181", "latitude": "29", "system": "wgs84"}
    await office.refused("POST", "/v1/projects", draft | {"location": off}, status=422, code="request.malformed")
    path = await office.register(location={"longitude": "114.5", "latitude": "29.4", "system": "wgs84"})
    cleared = await office.done("PATCH", path, {"location": None}, headers={"If-Match": '"1"'})
    assert cleared["location"] is None


async def test_phases_name_their_parent_and_never_close_a_circle(office: Office) -> None:
    await office.staff("jiayu", "officer", "421221")
    first = await office.register("P-1")
    first_id = first.rsplit("/", 1)[1]
    second = await office.register("P-2", kind="later_phase", parent_id=first_id)
    third = await office.register("P-3", kind="later_phase", parent_id=second.rsplit("/", 1)[1])
    phases = (await office.done("GET", f"{first}/phases"))["items"]
    assert [(phase["code"], phase["parent_id"]) for phase in phases] == [("P-2", first_id)]
    for child in (first, second, third):
        body = {"parent_id": child.rsplit("/", 1)[1]}
        await office.refused(
            "PATCH", first, body, status=409, code="project.parent_cycle", headers={"If-Match": '"1"'}
        )
    draft = {"code": "J-1", "name": "x", "kind": "later_phase", "region_code": "421221", "parent_id": first_id}
    problem = await office.refused(
        "POST", "/v1/projects", draft, status=409, code="project.unknown_reference", by="jiayu"
    )
    assert problem["errors"][0]["pointer"] == "/parent_id"
    # Each of two changes is harmless; together they would close a circle.
    left, right = await office.register("P-4"), await office.register("P-5")
    changes = [(left, right), (right, left)]
    answers = await asyncio.gather(
        *(
            office.call("PATCH", child, {"parent_id": parent.rsplit("/", 1)[1]}, headers={"If-Match": '"1"'})
            for child, parent in changes
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_key_projects_are_marked_by_a_leader_and_listed(office: Office) -> None:
    account = await office.staff("li", "leader", "421224")
    await office.staff("chen", "officer", "421224")
    path = await office.register("P-1")
    await office.register("P-2")
    body = {"level": "county", "reason": "list of 2026"}
    await office.refused("POST", f"{path}/key-designations", body, status=403, code="forbidden", by="chen")
    marked = await office.done("POST", f"{path}/key-designations", body, by="li")
    assert (marked["is_key"], marked["key_level"], marked["key_since"]) == (True, "county", "2026-09-15")
    assert marked["key_by"] == account["id"]
    await office.refused(
        "POST", f"{path}/key-designations", body, status=409, code="project.key_unchanged", by="li"
    )
    listed = await office.done("GET", "/v1/projects", params={"filter[is_key][eq]": "true"})
    assert [row["code"] for row in listed["items"]] == ["P-1"]
    event = json.loads((await office.events("projects.project.v1"))[-1].payload or b"")
    assert (event["is_key"], event["key_level"]) == (True, "county")
    gone = await office.done("POST", f"{path}/key-designations", {"level": None, "reason": "done"}, by="li")
    assert (gone["is_key"], gone["key_by"]) == (False, None)


async def _sign(office: Office, code: str, yuan: int | None, contract_yuan: int) -> str:
    facts: dict[str, Any] = {} if yuan is None else {"total_investment_yuan": yuan}
    path = await office.register(code, **facts)
    step = SIGNING | {"contract_amount_yuan": contract_yuan}
    await office.done("POST", f"{path}/stage-changes", step)
    return path


async def test_signed_projects_are_counted_by_size_band_beside_the_target(office: Office) -> None:
    await _sign(office, "S-1", 9_999_999, 9_000_000)
    await _sign(office, "S-2", 10_000_000, 10_000_000)
    await _sign(office, "S-3", None, 50_000_000)
    await _sign(office, "S-4", 110_000_000, 100_000_000)
    await office.register("S-5", total_investment_yuan=60_000_000)
    period = {"region_code": "421224101", "period_from": "2026-01-01", "period_to": "2026-12-31"}
    for code, wanted in (("10m_50m", 4), ("50m_100m", 4), ("from_100m", 1)):
        target = {**period, "band_code": code, "projects": wanted, "source": "镇实施方案"}
        await office.done("PUT", "/v1/size-band-targets", target)
    wrong = {**period, "band_code": "small", "projects": 1, "source": "x"}
    await office.refused("PUT", "/v1/size-band-targets", wrong, status=409, code="size_band.unknown")
    asked = {"region": "421224101", "signed_from": "2026-01-01", "signed_to": "2026-12-31"}
    counts = await office.done("GET", "/v1/size-band-counts", params=asked)
    shown = [(row["code"], row["projects"], row["target_projects"]) for row in counts["bands"]]
    assert shown == [("10m_50m", 1, 4), ("50m_100m", 1, 4), ("from_100m", 1, 1), (None, 1, None)]
    assert [row["difference_projects"] for row in counts["bands"]] == [-3, -3, 0, None]
    assert (counts["projects"], counts["bands"][1]["investment_yuan"]) == (4, "50000000")
    ids = {row["code"]: row["project_ids"] for row in counts["bands"]}
    listed = await office.done("GET", "/v1/projects", params={"filter[size_band][eq]": "from_100m"})
    assert ids["from_100m"] == [row["id"] for row in listed["items"]]
    # Another period has no target, and the county counts its town's projects once.
    county = await office.done("GET", "/v1/size-band-counts", params={"region": "421224"})
    assert [(row["projects"], row["target_projects"]) for row in county["bands"]] == [(1, None)] * 4
    await office.staff("jiayu", "officer", "421221")
    await office.refused("GET", "/v1/size-band-counts", params=asked, status=404, code="not_found", by="jiayu")
    asked["signed_to"] = "2025-12-31"
    await office.refused("GET", "/v1/size-band-counts", params=asked, status=409, code="ledger.period_not_ordered")


async def test_new_division_sorts_projects_on_its_first_day(office: Office) -> None:
    path = await office.register(total_investment_yuan=30_000_000)
    assert (await office.done("GET", path))["size_band"] == "10m_50m"
    bands = [
        {"code": "small", "name_zh": "2000万–1亿元", "name_en": "20–100 million", "from_yuan": 20_000_000},
        {"code": "large", "name_zh": "1亿元以上", "name_en": "100 million and more", "from_yuan": 100_000_000},
    ]
    own = {"bands": bands, "region_code": "421224", "valid_from": "2026-10-01"}
    await office.done("PUT", "/v1/size-bands", own)
    await office.refused(
        "PUT", "/v1/size-bands", own | {"bands": bands[::-1]}, status=409, code="size_band.not_ordered"
    )
    assert (await office.done("GET", path))["size_band"] == "10m_50m"
    office.clock.advance(timedelta(days=20))
    for _ in range(2):
        async with office.database.transaction() as session:
            ctx = Context(session, office.clock.now(), new_id, SYSTEM)
            await sort_size_bands(ctx, office.clock.now())
    project = await office.done("GET", path)
    assert (project["size_band"], project["version"]) == ("small", 2)
    (told,) = (await office.done("GET", f"{path}/history"))["items"][1:]
    assert told["changes"] == [{"field": "size_band", "before": "10m_50m", "after": "small"}]


async def test_totals_count_what_was_ever_reached_by_a_day(office: Office) -> None:
    await office.staff("li", "leader", "421224")
    built = await office.started("P-1", days_ago=150)
    await office.done("POST", f"{built}/stage-changes", {"stage": "completed", "on": "2026-08-20"})
    await office.done("POST", f"{built}/investment-entries", {"month": "2026-07-01", "amount_yuan": 44_300_000})
    gone = await office.signed("P-2")
    await office.done("POST", f"{gone}/termination", {"on": "2026-09-01", "reason": "withdrawn"})
    slip = {"on": "2026-08-25", "amount_yuan": 25_600_000, "source": "own", "payer": "x", "evidence": "slip"}
    arrival = await office.done("POST", f"{built}/funds-arrivals", slip)
    await office.done("POST", f"{built}/funds-arrivals/{arrival['id']}/verification", {}, by="li")
    await office.done("POST", f"{built}/key-designations", {"level": "county", "reason": "x"})

    async def totals(**params: str) -> tuple[dict[str, int], list[str | None]]:
        found = await office.done("GET", "/v1/project-totals", params={"region": "421224", **params})
        money = [found[name] for name in ("contract_amount_yuan", "invested_yuan", "verified_funds_yuan")]
        return {row["stage"]: row["projects"] for row in found["reached"] if row["projects"]}, money

    assert await totals() == (
        {"planned": 2, "signed": 2, "started": 1, "completed": 1},
        ["280000000", "44300000", "25600000"],
    )
    assert await totals(as_of="2026-08-19") == (
        {"planned": 2, "signed": 2, "started": 1},
        ["280000000", "44300000", None],
    )
    assert (await totals(key_only="true"))[0] == {"planned": 1, "signed": 1, "started": 1, "completed": 1}
    assert await totals(as_of="2025-12-31") == ({}, [None, None, None])
    completed = await office.done("GET", "/v1/projects", params={"filter[completed_on][lte]": "2026-08-20"})
    assert [row["code"] for row in completed["items"]] == ["P-1"]
    await office.staff("jiayu", "officer", "421221")
    await office.refused(
        "GET", "/v1/project-totals", params={"region": "421224"}, status=404, code="not_found", by="jiayu"
    )
