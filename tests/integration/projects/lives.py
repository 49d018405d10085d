"""Lives of slices, each long enough to record every type of event of theirs once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_in_a_park(office: Office, enterprise_id: str) -> None:
    park = {
        "name": "park (demo)",
        "region_code": "421224101",
        "level": "county",
        "area_mu": "620.5",
        "industries": ["stone"],
        "closed_managed_since": "2026-01-01",
    }
    await office.done("PUT", "/v1/parks/LIFE", park)
    parcel = {
        "kind": "parcel",
        "number": "A-1",
        "name": "parcel",
        "park_code": "LIFE",
        "area_mu": "32.5",
        "land_use": "industrial",
    }
    site = await office.done("POST", "/v1/sites", parcel)
    comes = {"park_code": "LIFE", "enterprise_id": enterprise_id, "from_on": "2026-03-01"}
    tenant = await office.done("POST", "/v1/tenants", comes | {"sites": [{"site_id": site["id"]}]})
    path = f"/v1/tenants/{tenant['id']}"
    figures = {"output_yuan": "3200000", "tax_yuan": "96000", "jobs": 42}
    await office.done("PUT", f"{path}/figures/2026-08", figures)
    await office.done("POST", f"{path}/departure", {"on": "2026-09-30", "reason": "moves"})
    shares = [
        {"region_code": "421224", "basis_points": 4000},
        {"region_code": "421224101", "basis_points": 6000},
    ]
    body = {"enterprise_id": enterprise_id, "measure": "tax", "valid_from": "2026-01-01", "shares": shares}
    await office.done("PUT", "/v1/attributions", body | {"reason": "agreed"})


async def live_as_an_investor(office: Office) -> None:
    """From the first contact to a reward that is paid; another person than the administrator is signed in."""
    kind = {"kind": "person", "region_code": "421224", "origin_region_code": "330000"}
    by = (await office.done("POST", "/v1/investors", kind | {"name": "first"}))["id"]
    of = (await office.done("POST", "/v1/investors", kind | {"name": "second"}))["id"]
    referral = await office.done("POST", "/v1/referrals", {"introducer_id": by, "introduced_id": of})
    await office.done("POST", f"/v1/referrals/{referral['id']}/withdrawal", {"reason": "by mistake"})
    body = {
        "code": "LIFE-L",
        "name": "lead",
        "region_code": "421224101",
        "channel": "merchant",
        "contacted_on": "2026-08-01",
        "investor_id": of,
    }
    path = f"/v1/leads/{(await office.done('POST', '/v1/leads', body))['id']}"
    await office.done("PATCH", path, {"summary": "hydro"}, headers={"If-Match": "*"})
    visit = {"on": "2026-08-02", "content": "call", "next_step": "visit", "next_on": "2026-10-01"}
    await office.done("POST", f"{path}/follow-ups", visit)
    shares = [{"investor_id": by, "basis_points": 10_000}]
    await office.done("PUT", f"{path}/introducers", {"introducers": shares})
    for stage in ("negotiating", "intent_signed"):
        await office.done("POST", f"{path}/stage-changes", {"stage": stage, "on": "2026-08-03"})
    conversion = {"code": "LIFE-P", "kind": "new_build", "on": "2026-09-15", "planned_start_on": "2026-12-01"}
    lead = await office.done("POST", f"{path}/conversion", conversion)
    project = f"/v1/projects/{lead['project_id']}"
    signing = {"stage": "signed", "on": "2026-09-15", "contract_amount_yuan": 2_000_000}
    await office.done("POST", f"{project}/stage-changes", signing)
    await office.staff("life", "supervisor", "421224")
    slip = {"on": "2026-09-15", "amount_yuan": 2_000_000, "source": "own", "payer": "x", "evidence": "y"}
    arrival = await office.done("POST", f"{project}/funds-arrivals", slip)
    await office.done("POST", f"{project}/funds-arrivals/{arrival['id']}/verification", {}, by="life")
    rule = {"bands": [{"from_yuan": "0", "per_mille": "1"}], "valid_from": "2026-01-01"}
    await office.done("PUT", "/v1/reward-rules", rule)
    (award,) = (await office.done("POST", "/v1/promotion-award-computations", {}))["items"]
    address = f"/v1/promotion-awards/{award['id']}"
    await office.done("POST", f"{address}/approval", {}, by="life")
    await office.done("POST", f"{address}/payment", {"paid_on": "2026-09-15", "reference": "voucher"})


async def live_among_authorities(office: Office, enterprise_id: str, unit_id: str) -> None:
    """Inspections, an appeal and a case of the agency, with every event they have; ``life`` is signed in."""
    other = (await office.done("PUT", "/v1/units/XF", {"name": "fire", "region_code": "421224"}))["unit_id"]
    quiet = {"name": "quiet", "kind": "quiet_days", "region_code": "421224", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    await office.done("PUT", "/v1/visit-rules/QD", quiet)
    inspectors = [{"name": f"inspector {n}", "certificate_no": str(n)} for n in range(2)]
    filing = {
        "enterprise_id": enterprise_id, "kind": "special", "subject": "dust", "basis": "article 65",
        "planned_from": "2026-09-15", "planned_to": "2026-09-15", "exempt_ground": "safety",
        "exempt_reason": "smoke", "parties": [{"unit_id": unit_id, "inspectors": inspectors}],
    }  # fmt: skip
    for ending in ("report", "cancellation"):
        path = f"/v1/inspections/{(await office.done('POST', '/v1/inspections', filing))['id']}"
        await office.done("POST", f"{path}/decisions", {"approve": True, "note": "go"}, by="life")
        await office.done("POST", f"{path}/parties", {"unit_id": other, "inspectors": inspectors})
        report = {
            "on": "2026-09-15", "duration_minutes": 60, "result": "rectification", "findings": "dust",
            "rectify_by": "2026-10-15",
        }  # fmt: skip
        await office.done("POST", f"{path}/{ending}", report if ending == "report" else {"reason": "rain"})
    visit = {"enterprise_id": enterprise_id, "unit_id": unit_id, "came_on": "2026-09-14", "description": "x"}
    reported = await office.done("POST", "/v1/unfiled-inspections", visit)
    verdict = {"status": "confirmed", "resolution": "admonished"}
    await office.done("POST", f"/v1/unfiled-inspections/{reported['id']}/resolution", verdict, by="life")

    appeal = {
        "kind": "request",
        "category": "land",
        "title": "plot",
        "content": "no plot",
        "region_code": "421224",
    }
    lodged = await office.done("POST", "/v1/appeals", appeal)
    path, code = f"/v1/appeals/{lodged['appeal']['id']}", lodged["tracking_code"]
    await office.done("POST", f"{path}/dispatches", {"unit_id": other})
    await office.done("POST", f"{path}/extensions", {"working_days": 2, "reason": "on-site"}, by="life")
    await office.done("POST", f"{path}/answers", {"answer": "plot 7"})
    rating = {"code": code, "score": 5, "satisfied": True}
    await office.done("POST", "/v1/appeals/anonymous-ratings", rating, by="")

    item = {"key": "a", "matter": "licence", "unit_id": unit_id, "promised_days": 3}
    case = {"title": "opening", "enterprise_id": enterprise_id, "items": [item]}
    path = f"/v1/agency-cases/{(await office.done('POST', '/v1/agency-cases', case))['id']}"
    await office.done("POST", f"{path}/items", item | {"key": "b"})
    for key in ("a", "b"):
        await office.done("POST", f"{path}/items/{key}/completion", {"on": "2026-09-15", "outcome": "done"})
