"""Promotion over REST: the chain of the text, leads up to the project, credit, awards, scope, two at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.promotion.jobs import check_promotion

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

PAPER = {"registered_on": "2026-02-20", "evidence": "register of introductions, page 3"}
RULE = {
    "region_code": "421224",
    "bands": [{"from_yuan": "1000000", "per_mille": "1"}, {"from_yuan": "50000000", "per_mille": "2"}],
    "valid_from": "2025-01-01",
}


async def investor(office: Office, name: str, **facts: Any) -> str:
    body = {"kind": "person", "name": name, "region_code": "421224", "origin_region_code": "330000", **facts}
    return str((await office.done("POST", "/v1/investors", body))["id"])


async def introduce(office: Office, introducer: str, introduced: str, **facts: Any) -> dict[str, Any]:
    body = {"introducer_id": introducer, "introduced_id": introduced, **facts}
    referral: dict[str, Any] = await office.done("POST", "/v1/referrals", body)
    return referral


async def promoted(office: Office, code: str, investor_id: str, *introducers: dict[str, Any], **facts: Any) -> str:
    """A signed project of the investor whose introducers were registered before it; answers its address."""
    path = await office.register(code, **facts)
    shared = [PAPER | one for one in introducers]
    await office.done("PUT", f"{path}/promotion", {"investor_id": investor_id, "introducers": shared})
    signing = {
        "stage": "signed",
        "on": "2026-03-01",
        "contract_amount_yuan": 56_000_000,
        "investor": "investor (demo)",
        "channel": "merchant",
        "planned_start_on": "2026-12-01",
    }
    await office.done("POST", f"{path}/stage-changes", signing)
    return path


async def arrived(office: Office, path: str, amount: int, on: str = "2026-08-20", *, slip: str = "1") -> str:
    """Funds that one person recorded and another verified; answers the arrival's address."""
    if "li" not in office.tokens:
        await office.staff("li", "officer", "421224")
    body = {"on": on, "amount_yuan": amount, "source": "domestic", "payer": "x", "evidence": slip}
    arrival = await office.done("POST", f"{path}/funds-arrivals", body)
    address = f"{path}/funds-arrivals/{arrival['id']}"
    await office.done("POST", f"{address}/verification", {}, by="li")
    return address


async def scan(office: Office) -> None:
    async with office.database.transaction() as session:
        await check_promotion(Context(session, office.clock.now(), new_id, SYSTEM), office.clock.now())


async def conditions(office: Office, *, still: bool = True) -> list[tuple[str, str, int]]:
    params = {"filter[open][eq]": str(still).lower(), "sort": "kind"}
    rows = (await office.done("GET", "/v1/conditions", params=params))["items"]
    return [(row["kind"], row["subject_code"], row["level"]) for row in rows]


async def test_one_zhejiang_investor_brings_two_who_put_over_a_hundred_million_into_hydro(office: Office) -> None:
    """The county's text: 引一个带一串."""
    first, second, third = [await investor(office, f"浙江投资人{name}（演示）") for name in "甲乙丙"]
    for introduced in (second, third):
        await introduce(office, first, introduced, **PAPER)
    own = await promoted(office, "HYDRO-1", first)
    hydro_2 = await promoted(office, "HYDRO-2", second, {"investor_id": first, "basis_points": 10_000})
    hydro_3 = await promoted(office, "HYDRO-3", third, {"investor_id": first, "basis_points": 10_000})
    await arrived(office, hydro_2, 53_000_000)
    await arrived(office, hydro_3, 50_000_000, "2026-09-10")

    tree = await office.done("GET", f"/v1/investors/{first}/referral-tree")
    assert (tree["root"]["chain_projects"], tree["root"]["chain_funds_yuan"]) == (3, "103000000")
    assert [one["verified_funds_yuan"] for one in tree["root"]["projects"]] == [None]
    assert own.endswith(tree["root"]["projects"][0]["project_id"])
    assert {(one["name"], one["chain_funds_yuan"]) for one in tree["root"]["introduced"]} == {
        ("浙江投资人乙（演示）", "53000000"),
        ("浙江投资人丙（演示）", "50000000"),
    }
    statement = await office.done("GET", "/v1/promotion-credits")
    (credit,) = statement["items"]
    assert (credit["place"], credit["name"], credit["credit_yuan"]) == (1, "浙江投资人甲（演示）", "103000000")
    assert {(row["project_code"], row["credit_yuan"]) for row in credit["rows"]} == {
        ("HYDRO-2", "53000000"),
        ("HYDRO-3", "50000000"),
    }
    earlier = await office.done("GET", "/v1/promotion-credits", params={"as_of": "2026-09-01"})
    assert earlier["items"][0]["credit_yuan"] == "53000000"
    late = {"as_of": "2026-09-16"}
    await office.refused("GET", "/v1/promotion-credits", status=409, code="award.as_of_ahead", params=late)


async def test_nobody_introduces_himself_nor_in_a_circle(office: Office) -> None:
    first, second, third = [await investor(office, name) for name in ("a", "b", "c")]
    firm = await investor(office, "firm of c", kind="company", credit_code="91350100M000100Y43")
    await office.done("PUT", f"/v1/investors/{firm}/ties/{third}", {"kind": "legal_representative"})
    kept = await introduce(office, first, second)
    await introduce(office, second, third)

    async def refuse(by: str, of: str, code: str) -> None:
        body = {"introducer_id": by, "introduced_id": of}
        await office.refused("POST", "/v1/referrals", body, status=409, code=code)

    await refuse(first, first, "referral.self")
    await refuse(first, second, "referral.exists")
    await refuse(third, first, "referral.cycle")
    await refuse(firm, first, "referral.cycle")
    await refuse(firm, third, "referral.self")
    path = f"/v1/investors/{firm}/ties/{first}"
    await office.refused("PUT", path, {"kind": "other"}, status=409, code="referral.cycle")
    gone = {"reason": "entered by mistake"}
    withdrawn = await office.done("POST", f"/v1/referrals/{kept['id']}/withdrawal", gone)
    assert withdrawn["withdrawal_reason"] == "entered by mistake"
    await introduce(office, firm, first)
    listed = await office.done("GET", "/v1/referrals", params={"filter[standing]": "true"})
    assert len(listed["items"]) == 2
    events = await office.events("projects.referral.v1", kept["id"])
    assert [event.type.split(".")[2] for event in events] == ["registered", "withdrawn"]


async def test_two_referrals_at_once_that_would_close_a_circle_do_not_both_stand(office: Office) -> None:
    first, second = await investor(office, "a"), await investor(office, "b")
    answers = await asyncio.gather(
        office.call("POST", "/v1/referrals", {"introducer_id": first, "introduced_id": second}),
        office.call("POST", "/v1/referrals", {"introducer_id": second, "introduced_id": first}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "referral.cycle"}


async def test_registration_is_of_today_unless_a_supervisor_shows_the_paper(office: Office) -> None:
    await office.staff("chen", "officer", "421224")
    await office.staff("guo", "supervisor", "421224")
    first, second = await investor(office, "a"), await investor(office, "b")
    body = {"introducer_id": first, "introduced_id": second}

    async def refuse(facts: dict[str, Any], by: str, status: int, code: str) -> None:
        await office.refused("POST", "/v1/referrals", body | facts, status=status, code=code, by=by)

    await refuse(PAPER, "chen", 403, "referral.backdating_forbidden")
    await refuse(PAPER | {"evidence": ""}, "guo", 409, "referral.backdating_needs_evidence")
    await refuse(PAPER | {"registered_on": "2026-09-16"}, "guo", 409, "referral.registered_ahead")
    referral = await office.done("POST", "/v1/referrals", body, by="chen")
    assert referral["registered_on"] == "2026-09-15"


async def test_lead_becomes_a_project_with_all_who_introduced_it(office: Office) -> None:
    person = await _officer(office)
    await office.done("PUT", "/v1/parks/METAL", {"name": "x", "region_code": "421224101", "level": "county"})
    by, of = await investor(office, "a"), await investor(office, "b")
    body = {
        "code": "L-1",
        "name": "小水电",
        "region_code": "421224101",
        "channel": "kinship",
        "contacted_on": "2026-08-01",
        "owner_person_id": person,
        "park_code": "METAL",
        "intended_investment_yuan": "56000000",
    }
    problem = await office.refused(
        "POST", "/v1/leads", body | {"park_code": "NONE"}, status=409, code="lead.unknown_reference"
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/park_code"]
    lead = await office.done("POST", "/v1/leads", body)
    path = f"/v1/leads/{lead['id']}"
    await office.refused("POST", "/v1/leads", body, status=409, code="lead.duplicate_code")
    shares = [{"investor_id": by, "basis_points": 6000}, {"person_id": person, "basis_points": 4000}]
    introducers = await office.done("PUT", f"{path}/introducers", {"introducers": shares})
    assert {(one["name"], one["basis_points"]) for one in introducers["items"]} == {("a", 6000), ("chen", 4000)}
    itself = {"investor_id": by}
    match: dict[str, Any] = {"headers": {"If-Match": '"2"'}}
    await office.refused("PATCH", path, itself, status=409, code="promotion.self_credit", **match)
    await office.refused("PATCH", path, itself, status=428, code="precondition.required")
    await office.done("PATCH", path, {"investor_id": of}, **match)

    conversion = {"code": "P-7", "kind": "new_build", "on": "2026-09-14", "planned_start_on": "2026-12-01"}
    await office.refused("POST", f"{path}/conversion", conversion, status=409, code="lead.illegal_step")
    skipping = {"stage": "intent_signed", "on": "2026-09-01"}
    await office.refused("POST", f"{path}/stage-changes", skipping, status=409, code="lead.illegal_step")
    for stage, on in (("negotiating", "2026-08-10"), ("intent_signed", "2026-09-01")):
        await office.done("POST", f"{path}/stage-changes", {"stage": stage, "on": on})
    shortcut = {"stage": "converted", "on": "2026-09-14"}
    await office.refused("POST", f"{path}/stage-changes", shortcut, status=409, code="lead.illegal_step")
    converted = await office.done("POST", f"{path}/conversion", conversion)
    assert (converted["stage"], converted["allowed_stages"]) == ("converted", [])

    project = await office.done("GET", f"/v1/projects/{converted['project_id']}")
    assert (project["channel"], project["investor"], project["park_code"], project["total_investment_yuan"]) == (
        "kinship",
        "b",
        "METAL",
        "56000000",
    )
    promotion = await office.done("GET", f"/v1/projects/{project['id']}/promotion")
    assert (promotion["investor_id"], promotion["lead_id"]) == (of, lead["id"])
    assert {one["registered_on"] for one in promotion["introducers"]} == {"2026-09-15"}
    # Signed on a day before the introducers were registered: the ledger refuses.
    signing = {"stage": "signed", "on": "2026-09-14", "contract_amount_yuan": 56_000_000}
    address = f"/v1/projects/{project['id']}/stage-changes"
    await office.refused("POST", address, signing, status=409, code="promotion.registered_after_signing")
    await office.done("POST", address, signing | {"on": "2026-09-15"})

    closed: dict[str, Any] = {"introducers": []}
    await office.refused("PUT", f"{path}/introducers", closed, status=409, code="lead.closed")
    history = (await office.done("GET", f"{path}/history"))["items"]
    assert [change["action"] for change in history] == [
        "registered",
        "introduced",
        "amended",
        "stage_entered",
        "stage_entered",
        "stage_entered",
    ]
    events = await office.events("projects.lead.v1", lead["id"])
    assert [event.aggregate_version for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.aggregate_version for event in await office.events("projects.promotion.v1")] == [1]


async def test_failed_conversion_leaves_neither_project_nor_step(office: Office) -> None:
    await office.register("TAKEN")
    of = await investor(office, "b")
    body = {
        "code": "L-1",
        "name": "x",
        "region_code": "421224101",
        "channel": "brand",
        "contacted_on": "2026-08-01",
    }
    lead = await office.done("POST", "/v1/leads", body)
    path = f"/v1/leads/{lead['id']}"
    for stage in ("negotiating", "intent_signed"):
        await office.done("POST", f"{path}/stage-changes", {"stage": stage, "on": "2026-08-02"})
    conversion = {"code": "TAKEN", "kind": "new_build", "on": "2026-09-14"}
    await office.refused("POST", f"{path}/conversion", conversion, status=409, code="lead.investor_required")
    await office.done("PATCH", path, {"investor_id": of}, headers={"If-Match": "*"})
    await office.refused("POST", f"{path}/conversion", conversion, status=409, code="project.duplicate_code")
    assert (await office.done("GET", path))["stage"] == "intent_signed"
    answers = await asyncio.gather(
        *(office.call("POST", f"{path}/conversion", conversion | {"code": code}) for code in ("P-1", "P-2"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len((await office.done("GET", "/v1/projects"))["items"]) == 2


async def test_lead_let_lie_is_warned_of_once_and_cleared_by_a_follow_up(office: Office) -> None:
    body = {"name": "x", "region_code": "421224101", "channel": "on_site", "contacted_on": "2026-08-10"}
    silent = await office.done("POST", "/v1/leads", body | {"code": "L-1"})
    agreed = await office.done("POST", "/v1/leads", body | {"code": "L-2"})
    visit = {"on": "2026-08-20", "content": "call", "next_step": "visit", "next_on": "2026-08-31"}
    await office.done("POST", f"/v1/leads/{agreed['id']}/follow-ups", visit)
    await scan(office)
    await scan(office)
    assert await conditions(office) == [("lead_follow_up_overdue", "L-2", 2), ("lead_neglected", "L-1", 1)]
    told = [event.type for event in await office.events("projects.condition.v1")]
    assert told == ["projects.condition.opened.v1"] * 2
    half = {"on": "2026-09-15", "content": "call", "next_step": "visit"}
    follow_ups = f"/v1/leads/{silent['id']}/follow-ups"
    await office.refused("POST", follow_ups, half, status=409, code="lead.next_step_not_ahead")
    await office.done("POST", follow_ups, half | {"next_on": "2026-09-20"})
    lost = {"stage": "lost", "on": "2026-09-15"}
    path = f"/v1/leads/{agreed['id']}/stage-changes"
    await office.refused("POST", path, lost, status=409, code="lead.reason_required")
    await office.done("POST", path, lost | {"reason": "went elsewhere"})
    assert await conditions(office) == []
    office.clock.advance(timedelta(days=6))
    await scan(office)
    assert await conditions(office) == [("lead_follow_up_overdue", "L-1", 1)]


async def test_credit_is_shared_whole_and_not_by_the_investor(office: Office) -> None:
    person = await _officer(office)
    by, of = await investor(office, "a"), await investor(office, "b", person_id=person)
    path = await office.register()

    async def refuse(introducers: list[dict[str, Any]], code: str) -> None:
        body = {"investor_id": of, "introducers": introducers}
        await office.refused("PUT", f"{path}/promotion", body, status=409, code=code)

    await refuse([{"investor_id": of, "basis_points": 10_000}], "promotion.self_credit")
    await refuse([{"person_id": person, "basis_points": 10_000}], "promotion.self_credit")
    await refuse([{"investor_id": by, "basis_points": 9_999}], "promotion.shares_not_whole")
    await refuse([{"basis_points": 10_000}], "promotion.introducers_malformed")
    await refuse([{"investor_id": path[-36:], "basis_points": 10_000}], "promotion.introducer_unknown")
    body = {"investor_id": of, "introducers": [{"investor_id": by, "basis_points": 10_000}]}
    await office.done("PUT", f"{path}/promotion", body)
    problem = await office.refused(
        "PATCH",
        f"/v1/investors/{by}",
        {"person_id": person},
        status=409,
        code="promotion.self_credit",
        headers={"If-Match": '"1"'},
    )
    assert "P-1" in problem["detail"]
    tie = f"/v1/investors/{by}/ties/{of}"
    await office.refused("PUT", tie, {"kind": "family"}, status=409, code="promotion.self_credit")
    signing = {
        "stage": "signed",
        "on": "2026-09-15",
        "contract_amount_yuan": 2_000_000,
        "investor": "b",
        "channel": "brand",
        "planned_start_on": "2026-12-01",
    }
    await office.done("POST", f"{path}/stage-changes", signing)
    office.clock.advance(timedelta(days=1))
    third = await investor(office, "c")
    late = {"investor_id": of, "reason": "x", "introducers": [{"investor_id": third, "basis_points": 10_000}]}
    await office.refused("PUT", f"{path}/promotion", late, status=409, code="promotion.registered_after_signing")
    silent = {"investor_id": of, "introducers": []}
    await office.refused("PUT", f"{path}/promotion", silent, status=409, code="promotion.change_needs_reason")
    stale: dict[str, Any] = {"headers": {"If-Match": '"7"'}}
    await office.refused("PUT", f"{path}/promotion", body, status=412, code="precondition.failed", **stale)
    await office.done("PUT", f"{path}/promotion", silent | {"reason": "he waives it"})
    assert (await office.done("GET", f"{path}/promotion"))["introducers"] == []


async def test_award_is_computed_decided_by_another_paid_and_claimed_back(office: Office) -> None:
    await office.staff("guo", "supervisor", "421224")
    await office.done("PUT", "/v1/reward-rules", RULE)
    by, other, of = [await investor(office, name) for name in ("a", "b", "c")]
    shares = ({"investor_id": by, "basis_points": 7000}, {"investor_id": other, "basis_points": 3000})
    path = await promoted(office, "P-1", of, *shares)
    compute = "/v1/promotion-award-computations"
    assert (await office.done("POST", compute, {}))["items"] == []
    await arrived(office, path, 20_000_001)
    twice = await asyncio.gather(*(office.done("POST", compute, {}) for _ in range(2)))
    proposed = [award for answer in twice for award in answer["items"]]
    assert sorted(award["amount_yuan"] for award in proposed) == ["14000", "6000"]
    for award in proposed:
        address = f"/v1/promotion-awards/{award['id']}"
        await office.refused("POST", f"{address}/approval", {}, status=409, code="award.four_eyes")
        pay = {"paid_on": "2026-09-15", "reference": "voucher 1"}
        await office.refused("POST", f"{address}/payment", pay, status=409, code="award.not_open")
        await office.done("POST", f"{address}/approval", {}, by="guo")
        paid = await office.done("POST", f"{address}/payment", pay)
        assert (paid["state"], paid["paid_on"]) == ("paid", "2026-09-15")

    second = await arrived(office, path, 40_000_000, slip="2")
    (reward,) = [(await office.done("GET", f"{path}/promotion"))["reward"]]
    assert (reward["reward_yuan"], reward["verified_funds_yuan"]) == ("120000", "60000001")
    assert sorted((line["awarded_yuan"], line["due_yuan"]) for line in reward["lines"]) == [
        ("14000", "70000"),
        ("6000", "30000"),
    ]
    more = (await office.done("POST", compute, {"region_code": "421224"}))["items"]
    assert sorted(award["amount_yuan"] for award in more) == ["30000", "70000"]
    for award in more:
        await office.done("POST", f"/v1/promotion-awards/{award['id']}/approval", {}, by="guo")
    await scan(office)
    assert await conditions(office) == []

    await office.done("POST", f"{second}/withdrawal", {"reason": "sent back"}, by="guo")
    await scan(office)
    assert await conditions(office) == [("award_overpaid", "P-1", 1)]
    back = (await office.done("POST", compute, {"project_id": path[-36:]}))["items"]
    assert sorted((award["amount_yuan"], award["awarded_before_yuan"]) for award in back) == [
        ("-30000", "36000"),
        ("-70000", "84000"),
    ]
    assert await conditions(office) == []
    listed = await office.done("GET", "/v1/promotion-awards")
    assert sum(int(award["amount_yuan"]) for award in listed["items"]) == 20_000
    events = await office.events("projects.award.v1", proposed[0]["id"])
    assert [event.type.split(".")[2] for event in events] == ["proposed", "decided", "paid"]


async def test_rules_are_data_of_those_who_answer_for_the_region(office: Office) -> None:
    await office.staff("guo", "supervisor", "421224")
    wrong = RULE | {"bands": [RULE["bands"][1], RULE["bands"][0]]}
    await office.refused("PUT", "/v1/reward-rules", wrong, status=409, code="reward_rule.malformed", by="guo")
    everywhere = RULE | {"region_code": None}
    await office.refused(
        "PUT", "/v1/reward-rules", everywhere, status=403, code="validity.everywhere_forbidden", by="guo"
    )
    await office.done("PUT", "/v1/reward-rules", RULE, by="guo")
    later = RULE | {"valid_from": "2026-01-01", "cap_yuan": "50000", "progressive": True}
    await office.done("PUT", "/v1/reward-rules", later, by="guo")
    listed = (await office.done("GET", "/v1/reward-rules", by="guo"))["items"]
    assert [(row["valid_from"], row["valid_to"], row["cap_yuan"]) for row in listed] == [
        ("2025-01-01", "2026-01-01", None),
        ("2026-01-01", None, "50000"),
    ]
    assert listed[0]["bands"][0] == {"from_yuan": "1000000", "per_mille": "1"}
    rule = {"kind": "lead_neglected", "threshold_days": 20, "level2_days": 20, "region_code": "421224"}
    await office.refused("PUT", "/v1/lead-rules", rule, status=409, code="lead_rule.not_ordered", by="guo")
    await office.done("PUT", "/v1/lead-rules", rule | {"level2_days": 40}, by="guo")
    assert len((await office.done("GET", "/v1/lead-rules", by="guo"))["items"]) == 3


async def test_promotion_is_the_offices_business_and_each_countys_own(office: Office) -> None:
    by, of = await investor(office, "a", contact_phone="13800001234"), await investor(office, "b")
    referral = await introduce(office, by, of)
    path = await promoted(office, "P-1", of, {"investor_id": by, "basis_points": 10_000})
    body = {
        "code": "L-1",
        "name": "x",
        "region_code": "421224101",
        "channel": "brand",
        "contacted_on": "2026-08-01",
    }
    lead = await office.done("POST", "/v1/leads", body)
    await office.staff("afar", "officer", "421221")
    works = {"name": "works", "region_code": "421224101", "sector_code": "3032"}
    own = (await office.done("PUT", "/v1/enterprises/91350100M000100Y43", works))["id"]
    await office.staff("boss", "enterprise", "421224101", enterprise_id=own)
    await office.staff("watcher", "viewer", "421224")
    hidden = (
        f"/v1/investors/{by}",
        f"/v1/investors/{by}/referral-tree",
        f"/v1/referrals/{referral['id']}",
        f"/v1/leads/{lead['id']}",
        f"{path}/promotion",
    )
    for address in hidden:
        await office.refused("GET", address, status=404, code="not_found", by="afar")
        await office.refused("GET", address, status=403, code="forbidden", by="boss")
    for address in (
        "/v1/investors",
        "/v1/referrals",
        "/v1/leads",
        "/v1/promotion-credits",
        "/v1/promotion-awards",
    ):
        assert (await office.done("GET", address, by="afar"))["items"] == []
    foreign = {"introducer_id": by, "introduced_id": of}
    await office.refused("POST", "/v1/referrals", foreign, status=409, code="investor.unknown", by="afar")
    seen = await office.done("GET", f"/v1/investors/{by}", by="watcher")
    assert seen["contact_phone"] == "*******1234"
    await office.refused("POST", "/v1/leads", body, status=403, code="forbidden", by="watcher")
    for address in ("/v1/leads/changes", "/v1/investors/changes"):
        assert (await office.done("GET", address, by="watcher"))["items"] == []


async def _officer(office: Office) -> str:
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "office", "region_code": "421224"})
    body = {"name": "chen", "unit_id": unit["unit_id"], "region_code": "421224", "post": "officer"}
    return str((await office.done("PUT", "/v1/persons/chen", body))["person_id"])
