"""Parks over REST: register, sites, tenants, figures, rankings, shared attribution, scope, two at once."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

PARK: dict[str, Any] = {"name": "石材工业园", "region_code": "421224101", "level": "county", "area_mu": "620.5"}
WORKS = {"name": "石材厂（演示）", "region_code": "421224101", "sector_code": "3032"}
CODES = ("91350100M000100Y43", "91420000767408690D")


async def park(office: Office, code: str = "STONE", **facts: Any) -> None:
    await office.done("PUT", f"/v1/parks/{code}", PARK | facts)


async def enterprise(office: Office, number: int = 0, **facts: Any) -> str:
    code = CODES[number]
    row = await office.done("PUT", f"/v1/enterprises/{code}", WORKS | {"name": f"works {number}"} | facts)
    return str(row["enterprise_id"])


async def parcel(office: Office, number: str = "A-1", area: str = "30", **facts: Any) -> str:
    body = {"kind": "parcel", "number": number, "name": number, "area_mu": area, "land_use": "industrial"}
    return str((await office.done("POST", "/v1/sites", body | {"park_code": "STONE"} | facts))["id"])


async def move_in(office: Office, enterprise_id: str, *sites: dict[str, Any], **facts: Any) -> dict[str, Any]:
    body = {"park_code": "STONE", "enterprise_id": enterprise_id, "from_on": "2026-03-01", "sites": list(sites)}
    tenant: dict[str, Any] = await office.done("POST", "/v1/tenants", body | facts)
    return tenant


async def test_park_is_registered_closed_and_told(office: Office) -> None:
    answer = await office.call("PUT", "/v1/parks/STONE", PARK)
    assert (answer.status_code, answer.json()["closed_managed"]) == (201, False)
    assert (await office.call("PUT", "/v1/parks/STONE", PARK)).status_code == 200
    body = {"closed_managed_since": "2026-09-01", "industries": ["石材加工"]}
    await office.refused("PATCH", "/v1/parks/STONE", body, status=428, code="precondition.required")
    closed = await office.done("PATCH", "/v1/parks/STONE", body, headers={"If-Match": '"1"'})
    assert (closed["closed_managed"], closed["area_mu"], closed["version"]) == (True, "620.50", 2)
    stale: dict[str, Any] = {"headers": {"If-Match": '"1"'}}
    await office.refused("PATCH", "/v1/parks/STONE", body, status=412, code="precondition.failed", **stale)
    half = PARK | {"planned_capacity": "1500000"}
    problem = await office.refused("PUT", "/v1/parks/STONE", half, status=409, code="park.capacity_needs_unit")
    assert problem["errors"][0]["pointer"] == "/capacity_unit"
    events = await office.events("projects.park.v1", closed["id"])
    assert [(event.aggregate_version, event.type) for event in events] == [
        (1, "projects.park.recorded.v1"),
        (2, "projects.park.recorded.v1"),
    ]
    item = {"kind": "power", "name": "110千伏专线", "state": "under_construction"}
    for state, status in (("under_construction", 201), ("in_service", 200)):
        made = await office.call("PUT", "/v1/parks/STONE/infrastructure/power-110", item | {"state": state})
        assert made.status_code == status, made.text
    listed = await office.done("GET", "/v1/parks/STONE/infrastructure", params={"filter[state]": "in_service"})
    assert [(row["item"], row["version"]) for row in listed["items"]] == [("power-110", 2)]


async def test_project_names_a_park_that_is_there(office: Office) -> None:
    body = {"code": "P-1", "name": "x", "kind": "new_build", "region_code": "421224101", "park_code": "STONE"}
    problem = await office.refused("POST", "/v1/projects", body, status=409, code="project.unknown_reference")
    assert [error["pointer"] for error in problem["errors"]] == ["/park_code"]
    await park(office)
    path = await office.register(park_code="STONE")
    await office.refused("DELETE", "/v1/parks/STONE", status=409, code="park.in_use")
    change = {"park_code": "METAL"}
    match: dict[str, Any] = {"headers": {"If-Match": '"1"'}}
    await office.refused("PATCH", path, change, status=409, code="project.unknown_reference", **match)
    await office.done("PATCH", path, {"park_code": None}, **match)
    assert (await office.call("DELETE", "/v1/parks/STONE")).status_code == 204
    await office.refused("GET", "/v1/parks/STONE", status=404, code="not_found")
    assert (await office.events("projects.park.v1"))[-1].payload is None


async def test_land_is_taken_left_idle_and_found_for_the_next(office: Office) -> None:
    await park(office)
    works = await enterprise(office)
    site = await parcel(office)
    small = await parcel(office, "A-2", "5", idle_since="2025-03-01")
    plant = {"kind": "plant", "number": "老厂房", "name": "县机械厂旧厂房", "floor_area_m2": "1200"}
    await office.done("POST", "/v1/sites", plant | {"region_code": "421224", "idle_since": "2024-01-01"})
    tenant = await move_in(office, works, {"site_id": site, "size": "20"})
    state = await office.done("GET", f"/v1/sites/{site}")
    assert (state["state"], state["taken"], state["free"]) == ("occupied", "20.00", "10.00")
    assert tenant["occupancies"][0]["number"] == "A-1"

    too_much = {"site_id": site, "size": "10.01", "from_on": "2026-09-01"}
    problem = await office.refused(
        "POST", f"/v1/tenants/{tenant['id']}/occupancies", too_much, status=409, code="site.too_small"
    )
    assert problem["errors"][0]["message"] == "Only 10.00 are free."
    early = too_much | {"from_on": "2026-02-01", "size": "1"}
    await office.refused(
        "POST", f"/v1/tenants/{tenant['id']}/occupancies", early, status=409, code="tenant.outside_tenancy"
    )
    body = {"area_mu": "19.99"}
    match: dict[str, Any] = {"headers": {"If-Match": '"1"'}}
    await office.refused("PATCH", f"/v1/sites/{site}", body, status=409, code="site.shrunk", **match)

    left = {"on": "2026-08-31", "reason": "moved"}
    gone = await office.done("POST", f"/v1/tenants/{tenant['id']}/departure", left)
    assert (gone["to_on"], gone["occupancies"][0]["to_on"]) == ("2026-08-31", "2026-08-31")
    await office.refused("POST", f"/v1/tenants/{tenant['id']}/departure", left, status=409, code="tenant.left")
    idle = await office.done("GET", "/v1/idle-sites")
    assert [(row["number"], row["idle_since"], row["idle_days"]) for row in idle["items"]] == [
        ("老厂房", "2024-01-01", 988),
        ("A-2", "2025-03-01", 563),
        ("A-1", "2026-09-01", 14),
    ]
    assert (idle["area_mu"], idle["floor_area_m2"]) == ("35.00", "1200.00")
    in_august = await office.done("GET", "/v1/sites", params={"state": "occupied", "as_of": "2026-08-31"})
    assert [row["id"] for row in in_august["items"]] == [site]

    await office.done("PUT", f"/v1/sites/{small}/reservation", {"reserved_for": "works 1"})
    assert [row["number"] for row in (await office.done("GET", "/v1/idle-sites?kind=parcel"))["items"]] == ["A-1"]
    other = {"park_code": "STONE", "enterprise_id": works, "from_on": "2026-09-10", "sites": [{"site_id": small}]}
    await office.refused("POST", "/v1/tenants", other, status=409, code="site.reserved")
    second = await enterprise(office, 1)
    await move_in(office, second, {"site_id": small}, from_on="2026-09-10")
    assert (await office.done("GET", f"/v1/sites/{small}"))["reserved_for"] is None
    events = await office.events("projects.tenant.v1", tenant["id"])
    assert [event.type.split(".")[2] for event in events] == ["moved_in", "left"]


async def test_two_who_want_the_same_land_at_once_do_not_both_get_it(office: Office) -> None:
    await park(office)
    site = await parcel(office)
    first, second = await enterprise(office), await enterprise(office, 1)
    body = {"park_code": "STONE", "from_on": "2026-03-01", "sites": [{"site_id": site, "size": "20"}]}
    answers = await asyncio.gather(
        *(office.call("POST", "/v1/tenants", body | {"enterprise_id": who}) for who in (first, second))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    again = [office.call("POST", "/v1/tenants", {**body, "enterprise_id": first, "sites": []}) for _ in range(2)]
    assert 409 in [answer.status_code for answer in await asyncio.gather(*again)]


async def test_tenant_is_somebody_somewhere(office: Office) -> None:
    await park(office)
    works = await enterprise(office)
    body = {"from_on": "2026-03-01"}
    for facts, code in (
        ({"park_code": "STONE"}, "tenant.unknown"),
        ({"park_code": "STONE", "enterprise_id": str(uuid4())}, "tenant.unknown"),
        ({"park_code": "STONE", "enterprise_id": works, "project_id": str(uuid4())}, "tenant.unknown"),
        ({"enterprise_id": works}, "tenant.needs_place"),
        ({"park_code": "NONE", "enterprise_id": works}, "park.unknown"),
        ({"park_code": "STONE", "enterprise_id": works, "sites": [{"site_id": str(uuid4())}]}, "site.unknown"),
        ({"park_code": "STONE", "enterprise_id": works, "to_on": "2026-02-28"}, "tenant.outside_tenancy"),
    ):
        await office.refused("POST", "/v1/tenants", body | facts, status=409, code=code)
    wrong = {"kind": "parcel", "number": "1", "name": "x", "floor_area_m2": "7"}
    await office.refused("POST", "/v1/sites", wrong, status=409, code="site.malformed")


async def test_figures_rank_tenants_and_missing_is_not_zero(office: Office) -> None:
    await park(office)
    first, second = await enterprise(office), await enterprise(office, 1)
    one = await move_in(office, first, area_mu="10", from_on="2026-07-10")
    other = await move_in(office, second, {"site_id": await parcel(office)})
    for month, output in (("2026-07", "1000"), ("2026-08", "2000")):
        body = {"output_yuan": output, "tax_yuan": "90", "jobs": 12}
        await office.done("PUT", f"/v1/tenants/{one['id']}/figures/{month}", body)
    await office.done("PUT", f"/v1/tenants/{other['id']}/figures/2026-08", {"output_yuan": "9000"})
    window = {"from_month": "2026-07", "to_month": "2026-08"}
    ranking = await office.done("GET", "/v1/tenant-rankings", params={"measure": "output", **window})
    (ranked,), (unranked,) = ranking["ranked"], ranking["unranked"]
    assert (ranked["name"], ranked["place"], ranked["total_yuan"], ranked["per_mu_yuan"]) == (
        "works 0",
        1,
        "3000",
        "300.00",
    )
    assert (unranked["reason"], unranked["missing_months"], unranked["total_yuan"], unranked["area_mu"]) == (
        "figures_missing",
        ["2026-07-01"],
        "9000",
        "30.00",
    )
    await office.done("PUT", f"/v1/tenants/{other['id']}/figures/2026-07", {"output_yuan": "1"})
    ranking = await office.done(
        "GET", "/v1/tenant-rankings", params={"measure": "output", "park_code": "STONE", **window}
    )
    assert [(row["tenant_id"], row["per_mu_yuan"]) for row in ranking["ranked"]] == [
        (other["id"], "300.03"),
        (one["id"], "300.00"),
    ]

    totals = await office.done("GET", "/v1/parks/STONE/totals", params=window)
    assert (totals["output"]["amount_yuan"], totals["output"]["months_known"]) == ("12001", 4)
    assert (totals["tax"]["amount_yuan"], totals["tax"]["months_known"], totals["tax"]["months_expected"]) == (
        "180",
        2,
        4,
    )
    assert (totals["value_added"]["amount_yuan"], totals["jobs"]["count"]) == (None, 12)
    assert totals["jobs"]["missing_tenant_ids"] == [other["id"]]
    assert set(totals["tenant_ids"]) == {one["id"], other["id"]}
    backwards = {"from_month": "2026-08", "to_month": "2026-07"}
    await office.refused(
        "GET", "/v1/parks/STONE/totals", status=409, code="park.period_not_ordered", params=backwards
    )


async def test_corrected_month_says_why_and_keeps_what_was_said(office: Office) -> None:
    await park(office)
    tenant = await move_in(office, await enterprise(office))
    path = f"/v1/tenants/{tenant['id']}/figures"
    assert (await office.call("PUT", f"{path}/2026-08", {"output_yuan": "100"})).status_code == 201
    changed = {"output_yuan": "90"}
    await office.refused("PUT", f"{path}/2026-08", changed, status=409, code="tenant.figure_correction_needs_note")
    answer = await office.call("PUT", f"{path}/2026-08", changed | {"note": "counted twice"})
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert [row["output_yuan"] for row in (await office.done("GET", path))["items"]] == ["90"]
    kept = (await office.done("GET", path, params={"revisions": "true", "sort": "month"}))["items"]
    assert sorted((row["revision"], row["output_yuan"], row["is_current"]) for row in kept) == [
        (1, "100", False),
        (2, "90", True),
    ]
    for month, code in (("2026-02", "tenant.outside_tenancy"), ("2026-10", "park.date_ahead")):
        await office.refused("PUT", f"{path}/{month}", {"jobs": 1}, status=409, code=code)
    await office.refused("PUT", f"{path}/2026-13", {"jobs": 1}, status=422, code="request.malformed")
    last = json.loads((await office.events("projects.tenant.v1", tenant["id"]))[-1].payload or b"")
    assert (last["revision"], last["output_yuan"], last["tax_yuan"]) == (2, 90, None)


async def test_shared_tax_counts_for_both_towns_and_once_for_the_county(office: Office) -> None:
    await office.done("PUT", "/v1/regions/421224100", {"name": "通羊镇"})
    await park(office)
    works = await enterprise(office)
    tenant = await move_in(office, works)
    await move_in(office, await enterprise(office, 1))
    for month, tax in (("2026-07", "1001"), ("2026-08", "501")):
        await office.done("PUT", f"/v1/tenants/{tenant['id']}/figures/{month}", {"tax_yuan": tax})
    shares = [
        {"region_code": "421224100", "basis_points": 5000},
        {"region_code": "421224101", "basis_points": 4999},
    ]
    body = {"enterprise_id": works, "measure": "tax", "valid_from": "2026-01-01", "shares": shares}
    problem = await office.refused(
        "PUT", "/v1/attributions", body, status=409, code="attribution.shares_not_whole"
    )
    assert problem["detail"] == "The shares sum to 99.99 %; it has to be 100 % exactly."
    shares[1]["basis_points"] = 5000
    first = await office.done("PUT", "/v1/attributions", body)
    alone = [{"region_code": "421224100", "basis_points": 10_000}]
    later = body | {"valid_from": "2026-08-01", "shares": alone}
    await office.refused(
        "PUT",
        "/v1/attributions",
        later | {"valid_from": "2026-08-02"},
        status=409,
        code="attribution.not_first_of_month",
    )
    await office.done("PUT", "/v1/attributions", later)
    listed = (await office.done("GET", "/v1/attributions", params={"filter[enterprise_id]": works}))["items"]
    assert [(row["valid_from"], row["valid_to"]) for row in listed] == [
        ("2026-01-01", "2026-08-01"),
        ("2026-08-01", None),
    ]
    assert [event.aggregate_version for event in await office.events("projects.attribution.v1", first["id"])] == [
        1,
        2,
    ]
    window = {"measure": "tax", "from_month": "2026-07", "to_month": "2026-08"}
    county = await office.done("GET", "/v1/attributed-totals", params=window | {"region_code": "421224"})
    assert (county["standing_yuan"], county["counted_yuan"]) == ("1502", "1502")
    assert [(row["region_code"], row["amount_yuan"]) for row in county["regions"]] == [
        ("421224100", "1002"),
        ("421224101", "500"),
    ]
    assert county["regions"][0]["contributions"] == [
        {"source_id": tenant["id"], "amount_yuan": "1002", "shared": True}
    ]
    town = await office.done("GET", "/v1/attributed-totals", params=window | {"region_code": "421224100"})
    assert (town["standing_yuan"], town["counted_yuan"]) == ("0", "1002")


async def test_investment_of_a_shared_project_is_attributed(office: Office) -> None:
    path = await office.started()
    project_id = path.rsplit("/", 1)[1]
    for month, amount in (("2026-07-01", 1_000_001), ("2026-08-01", 2_000_000)):
        await office.done("POST", f"{path}/investment-entries", {"month": month, "amount_yuan": amount})
    shares = [
        {"region_code": "421224101", "basis_points": 7500},
        {"region_code": "421224", "basis_points": 2500},
    ]
    body = {"project_id": project_id, "measure": "investment", "valid_from": "2026-01-01", "shares": shares}
    await office.done("PUT", "/v1/attributions", body)
    window = {"measure": "investment", "from_month": "2026-07", "to_month": "2026-08", "region_code": "421224"}
    totals = await office.done("GET", "/v1/attributed-totals", params=window)
    assert (totals["source_type"], totals["standing_yuan"], totals["counted_yuan"]) == (
        "project",
        "3000001",
        "3000001",
    )
    assert {row["region_code"]: Decimal(row["amount_yuan"]) for row in totals["regions"]} == {
        "421224": 750_000,
        "421224101": 2_250_001,
    }


async def test_other_county_sees_nothing_and_a_tenant_itself_alone(office: Office) -> None:
    await park(office)
    first, second = await enterprise(office), await enterprise(office, 1)
    one, other = await move_in(office, first), await move_in(office, second)
    site = await parcel(office)
    await office.staff("afar", "officer", "421221")
    for path in ("/v1/parks/STONE", f"/v1/sites/{site}", f"/v1/tenants/{one['id']}"):
        await office.refused("GET", path, status=404, code="not_found", by="afar")
    for path in ("/v1/parks", "/v1/sites", "/v1/tenants", "/v1/idle-sites", "/v1/attributions"):
        assert (await office.done("GET", path, by="afar"))["items"] == []
    await office.refused("PUT", "/v1/parks/NEW", PARK, status=403, code="forbidden", by="afar")
    await office.staff("boss", "enterprise", "421224101", enterprise_id=first)
    assert [row["id"] for row in (await office.done("GET", "/v1/tenants", by="boss"))["items"]] == [one["id"]]
    await office.done("PUT", f"/v1/tenants/{one['id']}/figures/2026-08", {"jobs": 3}, by="boss")
    hidden = f"/v1/tenants/{other['id']}/figures/2026-08"
    await office.refused("PUT", hidden, {"jobs": 3}, status=404, code="not_found", by="boss")
    params = {"measure": "tax", "from_month": "2026-07", "to_month": "2026-08"}
    await office.refused("GET", "/v1/tenant-rankings", status=403, code="forbidden", by="boss", params=params)
    bad = params | {"region_code": "42"}
    for path in ("/v1/tenant-rankings", "/v1/attributed-totals"):
        await office.refused("GET", path, status=422, code="request.malformed", params=bad)
