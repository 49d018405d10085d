"""Funds arrivals over REST: four eyes, what counts, doubtful amounts, scope, two at once."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

SLIP: dict[str, Any] = {
    "on": "2026-08-20",
    "amount_yuan": 20_000_000,
    "source": "domestic",
    "payer": "investor (demo)",
    "evidence": "slip 1",
}


async def test_money_counts_once_another_person_has_verified_it(office: Office) -> None:
    await office.staff("chen", "officer", "421224")
    await office.staff("li", "officer", "421224")
    path = await office.signed()
    arrival = await office.done("POST", f"{path}/funds-arrivals", SLIP, by="chen")
    assert (arrival["state"], (await office.done("GET", path))["verified_funds_yuan"]) == ("recorded", None)
    address = f"{path}/funds-arrivals/{arrival['id']}"
    await office.refused("POST", f"{address}/verification", {}, status=409, code="project.four_eyes", by="chen")
    waiting = await office.done("GET", "/v1/funds-arrivals", params={"filter[state][eq]": "recorded"}, by="li")
    assert [(row["project_code"], row["amount_yuan"]) for row in waiting["items"]] == [("P-1", "20000000")]
    body = {"verified_on": "2026-08-25", "note": "as in the bank's statement"}
    verified = await office.done("POST", f"{address}/verification", body, by="li")
    assert (verified["state"], verified["verified_on"]) == ("verified", "2026-08-25")
    project = await office.done("GET", path)
    assert project["verified_funds_yuan"] == "20000000"
    await office.refused("POST", f"{address}/rejection", {"note": "x"}, status=409, code="project.funds_decided")
    gone = {"reason": "booked twice"}
    await office.refused("POST", f"{address}/withdrawal", gone, status=409, code="project.four_eyes", by="chen")
    await office.done("POST", f"{address}/withdrawal", gone, by="li")
    assert (await office.done("GET", path))["verified_funds_yuan"] is None

    history = (await office.done("GET", f"{path}/history"))["items"]
    assert [change["action"] for change in history[2:]] == ["funds_recorded", "funds_verified", "funds_withdrawn"]
    assert {"field": "verified_funds_yuan", "before": None, "after": 20_000_000} in history[3]["changes"]
    events = await office.events("projects.project.v1", project["id"])
    assert [event.type.split(".")[2] for event in events[2:]] == [
        "funds_recorded",
        "funds_verified",
        "funds_withdrawn",
    ]
    assert json.loads(events[3].payload or b"")["verified_funds_yuan"] == 20_000_000


async def test_rejected_money_is_kept_with_the_reason_and_may_be_recorded_anew(office: Office) -> None:
    await office.staff("chen", "officer", "421224")
    path = await office.signed()
    arrival = await office.done("POST", f"{path}/funds-arrivals", SLIP, by="chen")
    await office.refused(
        "POST", f"{path}/funds-arrivals", SLIP, status=409, code="project.funds_duplicate", by="chen"
    )
    body = {"note": "the slip is of another project"}
    await office.done("POST", f"{path}/funds-arrivals/{arrival['id']}/rejection", body)
    await office.done("POST", f"{path}/funds-arrivals", SLIP, by="chen")
    rows = (await office.done("GET", f"{path}/funds-arrivals"))["items"]
    assert [(row["state"], row["decision_note"]) for row in rows] == [
        ("rejected", "the slip is of another project"),
        ("recorded", None),
    ]


@pytest.mark.parametrize(
    ("amount_yuan", "fault"), [(999, "amount.below_floor"), (1_400_000_000, "amount.far_from_basis")]
)
async def test_doubtful_amount_is_asked_back_and_stays_in_the_history(
    office: Office, amount_yuan: int, fault: str
) -> None:
    path = await office.signed()
    body = SLIP | {"amount_yuan": amount_yuan}
    code = "project.amount_needs_confirmation"
    problem = await office.refused("POST", f"{path}/funds-arrivals", body, status=409, code=code)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/amount_yuan", fault)]
    await office.done("POST", f"{path}/funds-arrivals", body | {"confirm_amount": True})
    told = (await office.done("GET", f"{path}/history"))["items"][-1]["changes"]
    assert {"field": "confirmed.amount_yuan", "before": None, "after": amount_yuan} in told


async def test_contract_total_and_monthly_investment_are_asked_back_too(office: Office) -> None:
    code = "project.amount_needs_confirmation"
    draft = {"code": "P-7", "name": "x", "kind": "new_build", "region_code": "421224", "total_investment_yuan": 14}
    await office.refused("POST", "/v1/projects", draft, status=409, code=code)
    created = await office.done("POST", "/v1/projects", draft | {"confirm_amount": True})
    path = f"/v1/projects/{created['id']}"
    fix = {"total_investment_yuan": 140_000_000}
    await office.done("PATCH", path, fix, headers={"If-Match": '"1"'})
    signing = {
        "stage": "signed",
        "on": "2026-03-01",
        "contract_amount_yuan": 14_000,
        "investor": "investor (demo)",
        "channel": "return_home",
        "planned_start_on": "2026-05-01",
    }
    problem = await office.refused("POST", f"{path}/stage-changes", signing, status=409, code=code)
    assert problem["errors"][0]["pointer"] == "/contract_amount_yuan"
    await office.done("POST", f"{path}/stage-changes", signing | {"contract_amount_yuan": 140_000_000})
    month = {"month": "2026-08-01", "amount_yuan": 320}
    await office.refused("POST", f"{path}/investment-entries", month, status=409, code=code)
    await office.done("POST", f"{path}/investment-entries", month | {"confirm_amount": True})


async def test_a_county_sets_its_own_limits_and_nobody_elses(office: Office) -> None:
    await office.staff("sun", "supervisor", "421224")
    limit = {"kind": "funds", "floor_yuan": 0, "multiple": 100}
    await office.refused(
        "PUT", "/v1/amount-limits", limit, status=403, code="validity.everywhere_forbidden", by="sun"
    )
    await office.refused(
        "PUT", "/v1/amount-limits", limit | {"region_code": "421221"}, status=404, code="not_found", by="sun"
    )
    upside_down = limit | {"region_code": "421224", "floor_yuan": 10, "ceiling_yuan": 10}
    await office.refused(
        "PUT", "/v1/amount-limits", upside_down, status=409, code="amount_limit.not_ordered", by="sun"
    )
    own = await office.done("PUT", "/v1/amount-limits", limit | {"region_code": "421224"}, by="sun")
    assert (own["valid_from"], own["version"]) == ("2026-09-15", 1)
    again = await office.done("PUT", "/v1/amount-limits", limit | {"region_code": "421224"}, by="sun")
    assert again["version"] == 1
    path = await office.signed()
    await office.done("POST", f"{path}/funds-arrivals", SLIP | {"amount_yuan": 5})


async def test_two_verifications_at_once_count_once(office: Office) -> None:
    await office.staff("li", "leader", "421224")
    path = await office.signed()
    arrival = await office.done("POST", f"{path}/funds-arrivals", SLIP)
    address = f"{path}/funds-arrivals/{arrival['id']}/verification"
    answers = await asyncio.gather(*(office.call("POST", address, {}, by="li") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await office.done("GET", path))["verified_funds_yuan"] == "20000000"


async def test_arrivals_of_others_do_not_exist(office: Office) -> None:
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    await office.staff("jiayu", "officer", "421221")
    mine = await office.signed("P-1", enterprise_id=own["enterprise_id"])
    other = await office.signed("P-2")
    reported = await office.done("POST", f"{mine}/funds-arrivals", SLIP, by="plant")
    foreign = await office.done("POST", f"{other}/funds-arrivals", SLIP)
    for by, path in (("plant", other), ("jiayu", mine)):
        await office.refused("POST", f"{path}/funds-arrivals", SLIP, status=404, code="not_found", by=by)
        await office.refused("GET", f"{path}/funds-arrivals", status=404, code="not_found", by=by)
    seen = (await office.done("GET", "/v1/funds-arrivals", by="plant"))["items"]
    assert [row["id"] for row in seen] == [reported["id"]]
    assert (await office.done("GET", "/v1/funds-arrivals", by="jiayu"))["items"] == []
    verification = f"{mine}/funds-arrivals/{reported['id']}/verification"
    await office.refused("POST", verification, {}, status=403, code="forbidden", by="plant")
    back = f"{mine}/funds-arrivals/{reported['id']}/withdrawal"
    crossed = f"{mine}/funds-arrivals/{foreign['id']}/verification"
    await office.refused("POST", crossed, {}, status=404, code="not_found")
    stale = {"If-Match": '"1"'}
    await office.refused("POST", verification, {}, status=412, code="precondition.failed", headers=stale)
    await office.done("POST", verification, {})
    await office.refused("POST", back, {"reason": "x"}, status=403, code="forbidden", by="plant")
