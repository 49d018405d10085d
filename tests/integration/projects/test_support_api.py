"""Support over REST: from a policy to the last yuan paid, and back; needs of finance."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.integration.projects.economy_office import enterprise, open_office

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY = "421224"
STEPS = [{"name": "初审", "roles": ["officer"]}, {"name": "审定", "roles": ["leader"]}]
LOAN = {
    "contract": "118",
    "bank": "bank (demo)",
    "principal_yuan": "5000000",
    "annual_rate_percent": "5.6",
    "first_day": "2026-01-10",
    "last_day": "2026-07-09",
}
INTEREST = {"kind": "interest_subsidy", "loans": [LOAN]}
PAPER = [{"code": "loan", "reference": "原件12页"}]


def policy(code: str, **facts: Any) -> dict[str, Any]:
    plain = {
        "code": code,
        "region_code": COUNTY,
        "name": f"policy {code}",
        "terms": {"kind": "interest_subsidy", "rate_percent": "3", "share_percent": "50"},
        "papers": [{"code": "loan", "name": "借款合同"}],
        "steps": STEPS,
        "valid_from": "2026-01-01",
    }
    return plain | facts


async def staffed(office: Office) -> tuple[str, str]:
    """Officers wang and qian, leader li, and two enterprises, the first with an account of its own."""
    await open_office(office)
    await office.staff("qian", "officer", COUNTY)
    await office.staff("zhou", "leader", COUNTY)
    first, second = await enterprise(office, 1), await enterprise(office, 2)
    await office.staff("plant", "enterprise", COUNTY, enterprise_id=first)
    return first, second


async def adopted(office: Office, body: dict[str, Any], budget: str | None = None) -> str:
    row = await office.done("POST", "/v1/support-policies", body, by="wang")
    path = f"/v1/support-policies/{row['id']}"
    await office.done("POST", f"{path}/adoption", by="li")
    if budget is not None:
        await office.done("PUT", f"{path}/budgets/2026", {"amount_yuan": budget}, by="li")
    return str(row["id"])


async def submitted(
    office: Office, policy_id: str, enterprise_id: str, *, by: str, requested: str = "80000", **facts: Any
) -> str:
    body = {
        "policy_id": policy_id,
        "enterprise_id": enterprise_id,
        "requested_yuan": requested,
        "inputs": INTEREST,
        "papers": PAPER,
        **facts,
    }
    row = await office.done("POST", "/v1/support-applications", body, by=by)
    path = f"/v1/support-applications/{row['id']}"
    await office.done("POST", f"{path}/submission", by=by)
    return path


async def approved(office: Office, path: str, *, by: str = "qian", **facts: Any) -> dict[str, Any]:
    await office.done("POST", f"{path}/step-approvals", {}, by=by)
    return dict(await office.done("POST", f"{path}/step-approvals", facts, by="li"))


async def test_interest_is_applied_for_checked_approved_paid_in_parts_and_claimed_back(office: Office) -> None:
    first, second = await staffed(office)
    policy_id = await adopted(office, policy("TX"), "100000")
    fixed = policy("TX") | {"name": "other"}
    del fixed["code"], fixed["region_code"]
    frozen = await office.call(
        "PUT", f"/v1/support-policies/{policy_id}", fixed, by="wang", headers={"If-Match": "*"}
    )
    assert frozen.json()["code"] == "support_policy.not_draft"

    body = {"policy_id": policy_id, "enterprise_id": first, "requested_yuan": "80000", "inputs": INTEREST}
    draft = await office.done("POST", "/v1/support-applications", body, by="plant")
    path = f"/v1/support-applications/{draft['id']}"
    await office.refused(
        *("POST", "/v1/support-applications", body | {"enterprise_id": second}),
        status=404,
        code="not_found",
        by="plant",
    )
    handed_in = await office.done("POST", f"{path}/submission", by="plant")
    assert (handed_in["computed_yuan"], handed_in["step_name"]) == ("70000", "初审")
    assert {check["code"]: check["outcome"] for check in handed_in["checks"]} == {
        **dict.fromkeys(("in_force", "region", "condition", "amount", "vetoes", "budget"), "passed"),
        "papers": "failed",
    }
    # What fails is returned with its reason, made good and handed in again.
    await office.refused(
        *("POST", f"{path}/step-approvals", {}),
        status=409,
        code="support_application.checks_failed",
        by="qian",
    )
    await office.done("POST", f"{path}/return", {"reason": "缺合同"}, by="qian")
    whole = {"requested_yuan": "80000", "inputs": INTEREST, "papers": PAPER}
    await office.done("PUT", path, whole, by="plant", headers={"If-Match": "*"})
    await office.done("POST", f"{path}/submission", by="plant")
    double = await office.call("POST", "/v1/support-applications", body, by="plant")
    again = f"/v1/support-applications/{double.json()['id']}"
    answer = await office.call("POST", f"{again}/submission", by="plant")
    assert answer.json()["code"] == "support_application.double"

    await office.refused(
        *("POST", f"{path}/step-approvals", {}),
        status=403,
        code="support_application.reviewer_refused",
        by="li",
    )
    await office.done("POST", f"{path}/step-approvals", {}, by="qian")
    await office.refused(
        *("POST", f"{path}/step-approvals", {"approved_yuan": "70001"}),
        status=409,
        code="support_application.approved_too_much",
        by="li",
    )
    granted = await office.done("POST", f"{path}/step-approvals", {}, by="li")
    assert (granted["status"], granted["approved_yuan"]) == ("approved", "70000")
    computation = await office.done("GET", f"{path}/computation", by="plant")
    assert (computation["agrees"], computation["lines"][0]["figures"]["days"]) == (True, 180)

    payment = {"amount_yuan": "40000", "paid_on": "2026-09-15", "evidence": "凭证1"}
    pay = f"{path}/payments"
    await office.refused("POST", pay, payment, status=409, code="support_payment.four_eyes", by="li")
    await office.done("POST", pay, payment, by="wang")
    # Two race for the last yuan of the approval: one gets it.
    last = payment | {"amount_yuan": "30000"}
    answers = await asyncio.gather(*(office.call("POST", pay, last, by=one) for one in ("wang", "qian")))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"support_payment.too_much"}
    budget_path = f"/v1/support-policies/{policy_id}/budgets/2026"
    budget = await office.done("GET", budget_path, by="wang")
    assert [budget[name] for name in ("reserved_yuan", "paid_yuan", "left_yuan")] == ["0", "70000", "30000"]

    claim = {"amount_yuan": "50000", "due_on": "2026-10-31", "reason": "未按期竣工"}
    clawback = await office.done("POST", f"{path}/clawbacks", claim, by="li")
    more = claim | {"amount_yuan": "20001"}
    await office.refused("POST", f"{path}/clawbacks", more, status=409, code="support_clawback.too_much", by="li")
    repaid = {"repaid_on": "2026-09-15", "evidence": "缴款书"}
    back = f"{path}/clawbacks/{clawback['id']}/repayment"
    await office.done("POST", back, repaid, by="wang")
    await office.refused("POST", back, repaid, status=409, code="support_clawback.closed", by="wang")
    entries = (await office.done("GET", f"{budget_path}/entries", by="wang"))["items"]
    assert [(entry["kind"], entry["amount_yuan"]) for entry in entries] == [
        ("set", 100_000),
        ("reserved", 70_000),
        ("paid", 40_000),
        ("paid", 30_000),
        ("repaid", 50_000),
    ]
    budget = await office.done("GET", budget_path, by="wang")
    assert [budget[name] for name in ("paid_yuan", "left_yuan")] == ["20000", "80000"]
    cut = await office.call(
        "PUT", budget_path, {"amount_yuan": "19999"}, by="li", headers={"If-Match": f'"{budget["version"]}"'}
    )
    assert cut.json()["code"] == "support_budget.too_small"

    for by in ("policy", "year", "region", "kind"):
        params = {"by": by, "year": 2026}
        (item,) = (await office.done("GET", "/v1/support-summaries", by="wang", params=params))["items"]
        sums = [item[name] for name in ("approved_yuan", "paid_yuan", "clawed_back_yuan")]
        assert (item["applications"], sums) == (1, ["70000", "70000", "50000"])
        rows = (await office.done("GET", item["rows_path"], by="wang"))["items"]
        assert [row["id"] for row in rows] == [draft["id"]]
    for export in ("support-applications/export", "support-summaries/export"):
        assert (await office.call("GET", f"/v1/{export}", by="wang")).content.startswith(b"PK")
    steps = (await office.done("GET", f"{path}/steps", by="plant"))["items"]
    assert [step["action"] for step in steps][:5] == ["created", "submitted", "returned", "amended", "submitted"]
    events = await office.events("projects.support_application.v1", draft["id"])
    assert [event.aggregate_version for event in events] == list(range(1, len(steps) + 1))


async def test_budget_is_never_overspent_when_approvals_race_and_closing_frees_it(office: Office) -> None:
    first, second = await staffed(office)
    policy_id = await adopted(office, policy("TX"), "100000")
    paths = [await submitted(office, policy_id, one, by="wang") for one in (first, second)]
    for path in paths:
        await office.done("POST", f"{path}/step-approvals", {}, by="qian")
    answers = await asyncio.gather(
        office.call("POST", f"{paths[0]}/step-approvals", {}, by="li"),
        office.call("POST", f"{paths[1]}/step-approvals", {}, by="zhou"),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (refusal,) = (answer.json() for answer in answers if answer.status_code == 409)
    assert refusal["code"] == "support_budget.exceeded"
    won = paths[0] if answers[0].status_code == 201 else paths[1]
    lost = paths[1] if won == paths[0] else paths[0]
    await office.done("POST", f"{won}/closing", {"reason": "企业放弃"}, by="zhou")
    granted = await office.done("POST", f"{lost}/step-approvals", {"approved_yuan": "60000"}, by="li")
    assert granted["approved_yuan"] == "60000"
    budget = await office.done("GET", f"/v1/support-policies/{policy_id}/budgets/2026", by="wang")
    assert [budget[name] for name in ("reserved_yuan", "left_yuan")] == ["60000", "40000"]


async def test_refusal_is_appealed_heard_by_another_and_templates_wait_for_adoption(office: Office) -> None:
    first, _ = await staffed(office)
    policy_id = await adopted(office, policy("TX", condition="sales >= 1 and not vetoed"), "100000")
    path = await submitted(office, policy_id, first, by="plant")
    refused = await office.done("POST", f"{path}/refusal", {"reason": "非工业贷款"}, by="qian")
    # Ten working days: the national holiday lies between.
    assert (refused["status"], refused["appeal_until"]) == ("refused", "2026-09-29")
    reason = {"reason": "系技改设备贷款"}
    await office.done("POST", f"{path}/appeal", reason, by="plant")
    answer = await office.call("POST", f"{path}/appeal", reason, by="plant")
    assert answer.json()["code"] == "support_application.appeal_too_late"
    heard = await office.done("POST", f"{path}/appeal-decision", {"upheld": True, "reason": "材料属实"}, by="zhou")
    assert (heard["status"], heard["round"], heard["step"]) == ("in_review", 2, 0)
    # The figures are not known: who approves all the same says why.
    await office.refused(
        *("POST", f"{path}/step-approvals", {}),
        status=409,
        code="support_application.checks_unknown",
        by="qian",
    )
    await office.done("POST", f"{path}/step-approvals", {"note": "新企业，尚无上年数据"}, by="qian")
    veto = {
        "ground": "safety",
        "enterprise_id": first,
        "period_from": "2026-09-01",
        "explanation_zh": "发生事故",
        "evidence": "批复7号",
    }
    standing = await office.done("POST", "/v1/vetoes", veto, by="wang")
    await office.refused(
        *("POST", f"{path}/step-approvals", {"note": "同意"}),
        status=409,
        code="support_application.checks_failed",
        by="li",
    )
    await office.done("POST", f"/v1/vetoes/{standing['id']}/lifting", {"reason": "整改合格"}, by="li")
    granted = await office.done("POST", f"{path}/step-approvals", {"note": "同意"}, by="li")
    assert granted["status"] == "approved"

    templates = (await office.done("GET", "/v1/support-policies?filter[status]=template", by="wang"))["items"]
    by_code = {template["code"]: template for template in templates}
    assert set(by_code) == {"TPL-FEES", "TPL-TAX", "TPL-INTEREST"}
    fees = f"/v1/support-policies/{by_code['TPL-FEES']['id']}"
    under = {"policy_id": by_code["TPL-TAX"]["id"], "enterprise_id": first, "requested_yuan": "1"}
    inputs = {"kind": "tax_return", "first_year": 2025, "years": [{"year": 2025, "paid_yuan": "1"}]}
    answer = await office.call("POST", "/v1/support-applications", under | {"inputs": inputs}, by="wang")
    assert answer.json()["code"] == "support_policy.not_in_force"
    body: dict[str, Any] = {"code": "GF", "region_code": COUNTY, "valid_from": "2026-01-01"}
    draft = await office.done("POST", f"{fees}/take-over", body, by="wang")
    path = f"/v1/support-policies/{draft['id']}"
    answer = await office.call("POST", f"{path}/adoption", by="li")
    assert answer.json()["code"] == "support_policy.terms_malformed"
    named = [
        {"code": f"{treatment}-{number}", "name": f"fee {number}", "treatment": treatment}
        for treatment, count in (("waived", 14), ("halved", 18), ("at_cost", 4))
        for number in range(count)
    ]
    terms = {"kind": "fee_waiver", "items": named}
    stated = {
        name: draft[name] for name in ("name", "papers", "steps", "once", "budgeted", "source", "valid_from")
    }
    await office.done("PUT", path, stated | {"terms": terms}, by="wang", headers={"If-Match": "*"})
    await office.done("POST", f"{path}/adoption", by="li")
    waived = {
        "kind": "fee_waiver",
        "fees": [
            {"code": "waived-0", "standard_yuan": "1000"},
            {"code": "at_cost-3", "standard_yuan": "800", "cost_yuan": "300"},
        ],
    }
    papers = [{"code": "fees", "reference": "清单"}]
    free = await submitted(office, draft["id"], first, by="plant", requested="1500", inputs=waived, papers=papers)
    for by in ("qian", "zhou"):
        answer = await office.call("POST", f"{free}/step-approvals", {}, by=by)
        assert answer.is_success or answer.json()["code"] == "support_application.reviewer_refused"
    await office.staff("chief", "supervisor", COUNTY)
    await office.done("POST", f"{free}/step-approvals", {}, by="chief")
    granted = await office.done("POST", f"{free}/step-approvals", {}, by="zhou")
    assert (granted["status"], granted["approved_yuan"]) == ("approved", "1500")
    body = {"amount_yuan": "1", "paid_on": "2026-09-15", "evidence": "x"}
    await office.refused("POST", f"{free}/payments", body, status=409, code="support_budget.not_kept", by="wang")


async def test_need_shows_its_gap_which_is_told_once_and_cleared_when_banks_grant(office: Office) -> None:
    first, second = await staffed(office)
    body = {"enterprise_id": first, "purpose": "收购原料", "amount_yuan": "10000000", "needed_by": "2026-09-10"}
    need = await office.done("POST", "/v1/financing-needs", body, by="plant")
    path = f"/v1/financing-needs/{need['id']}"
    await office.refused(
        *("POST", "/v1/financing-needs", body | {"enterprise_id": second}),
        status=404,
        code="not_found",
        by="plant",
    )
    asked = {"bank": "工商银行（演示）", "asked_on": "2026-09-01"}
    pending = await office.done("POST", f"{path}/outcomes", asked, by="wang")
    scanned = await office.done("POST", "/v1/financing-scans")
    assert (scanned["opened"], (await office.done("POST", "/v1/financing-scans"))["opened"]) == (1, 0)
    granted = asked | {
        "answer": "granted",
        "decided_on": "2026-09-12",
        "granted_yuan": "6000000",
        "guarantor": "担保公司（演示）",
        "guaranteed_yuan": "6000000",
    }
    answered = f"{path}/outcomes/{pending['id']}"
    await office.done("PUT", answered, granted, by="wang", headers={"If-Match": '"1"'})
    again = await office.call("PUT", answered, granted, by="wang", headers={"If-Match": "*"})
    assert again.json()["code"] == "financing_outcome.decided"
    conditions = "/v1/conditions?filter[kind]=financing_overdue&filter[cleared_on][null]=true"
    assert len((await office.done("GET", conditions))["items"]) == 1
    await office.done("POST", f"{path}/outcomes", granted | {"bank": "农商行（演示）"}, by="wang")
    assert (await office.done("GET", conditions))["items"] == []
    state = await office.done("GET", path, by="plant")
    assert [state[name] for name in ("granted_yuan", "gap_yuan", "status")] == ["12000000", "0", "open"]
    await office.done("POST", f"{path}/closing", {"status": "met", "reason": "已落实"}, by="wang")
    (item,) = (await office.done("GET", "/v1/financing-summaries", by="wang"))["items"]
    assert [item[name] for name in ("needs", "open", "gap_yuan", "guaranteed_yuan")] == [1, 0, "0", "12000000"]
    rows = (await office.done("GET", item["rows_path"], by="wang"))["items"]
    assert [row["id"] for row in rows] == [need["id"]]
