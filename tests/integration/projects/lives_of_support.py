"""A listed enterprise that applies for support, needs money, has a patent and is honoured: each event once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_with_support(office: Office, enterprise_id: str) -> None:
    """On a list, an application drafted, a need recorded, a brand recorded, a round opened."""
    region = {"region_code": "421224", "valid_from": "2026-01-01"}
    listed = await office.done(
        "POST", "/v1/enterprise-lists", {"code": "KEY", "name": "key", "kind": "key", **region}
    )
    await office.done("POST", f"/v1/enterprise-lists/{listed['id']}/members", {"enterprise_id": enterprise_id})
    policy = {
        "code": "FUND",
        "name": "fund",
        "terms": {"kind": "special_fund", "share_percent": "10"},
        "steps": [{"name": "审定", "roles": ["leader"]}],
        **region,
    }
    draft = await office.done("POST", "/v1/support-policies", policy)
    await office.done("POST", f"/v1/support-policies/{draft['id']}/adoption")
    application = {
        "policy_id": draft["id"],
        "enterprise_id": enterprise_id,
        "requested_yuan": "1000",
        "inputs": {"kind": "special_fund", "invested_yuan": "10000"},
    }
    await office.done("POST", "/v1/support-applications", application)
    need = {
        "enterprise_id": enterprise_id,
        "purpose": "ore",
        "amount_yuan": "10000000",
        "needed_by": "2026-10-15",
    }
    await office.done("POST", "/v1/financing-needs", need)
    brand = {
        "kind": "brand",
        "enterprise_id": enterprise_id,
        "title": "brand (demo)",
        "number": "7",
        "grade": "provincial",
        "valid_from": "2026-01-01",
        "evidence": "certificate",
    }
    await office.done("POST", "/v1/innovation-records", brand)
    honours = {
        "code": "H-2026",
        "name": "honours",
        "kind": "founder_merit",
        "year": 2026,
        "region_code": "421224",
        "places": 1,
        "opens_on": "2026-09-01",
        "nominations_until": "2027-06-30",
    }
    opened = await office.done("POST", "/v1/honour-rounds", honours)
    path = f"/v1/honour-rounds/{opened['id']}"
    nominated = await office.done("POST", f"{path}/nominations", {"enterprise_id": enterprise_id})
    await office.done("POST", f"{path}/review")
    await office.done("POST", f"{path}/notice", {"nomination_ids": [nominated["id"]]})
