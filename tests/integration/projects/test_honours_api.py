"""Innovation and honours over REST: verified by another, judged by figures, shown, objected to, frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integration.projects.economy_office import enterprise, full, move_to, open_office, reported

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY = "421224"


async def next_year(office: Office) -> None:
    """Mid-January, when December's figures are in; the year's calendar is declared."""
    await office.done("PUT", "/v1/calendar-days/2027-01-01", {"working": False})
    await move_to(office, "2027-01-15")


def patent(enterprise_id: str, number: str) -> dict[str, Any]:
    return {
        "kind": "patent",
        "enterprise_id": enterprise_id,
        "title": f"patent {number}",
        "number": number,
        "grade": "invention",
        "valid_from": "2026-03-06",
        "evidence": "certificate",
    }


async def test_round_goes_from_figures_over_notice_and_objection_to_a_frozen_result(office: Office) -> None:
    await open_office(office)
    await office.staff("zhou", "leader", COUNTY)
    works = [await enterprise(office, number) for number in range(1, 6)]
    await office.staff("plant", "enterprise", COUNTY, enterprise_id=works[0])
    body = {
        "code": "YX-2026",
        "name": "优秀企业家",
        "kind": "outstanding_entrepreneur",
        "year": 2026,
        "region_code": COUNTY,
        "places": 2,
        "condition": "sales >= 1000",
        "criteria": [{"measure": "tax", "weight": "60"}, {"measure": "patents", "weight": "30"}],
        "opens_on": "2026-09-01",
        "nominations_until": "2027-01-20",
    }
    refused = await office.refused(
        "POST", "/v1/honour-rounds", body, status=409, code="honour_round.malformed", by="wang"
    )
    assert refused["errors"][0]["pointer"] == "/criteria"
    body["criteria"][1]["weight"] = "40"  # type: ignore[index] # the criteria are a list
    opened = await office.done("POST", "/v1/honour-rounds", body, by="wang")
    path = f"/v1/honour-rounds/{opened['id']}"

    # A patent counts once another has verified it, and its number stands once.
    record = await office.done("POST", "/v1/innovation-records", patent(works[1], "ZL1"), by="wang")
    twice = await office.call("POST", "/v1/innovation-records", patent(works[0], "ZL1"), by="plant")
    assert twice.json()["code"] == "innovation_record.exists"
    verify = f"/v1/innovation-records/{record['id']}/verification"
    await office.refused("POST", verify, status=409, code="innovation_record.four_eyes", by="wang")
    await office.done("POST", verify, by="li")

    await next_year(office)
    said = {
        1: full(100, sales=5000, tax=300),
        2: full(100, sales=5000, tax=200),
        3: full(100, sales=5000, tax=900),
        4: full(100, sales=10, tax=100),
    }
    rows = {number: {c: (v, v) for c, (v, _) in values.items()} for number, values in said.items()}
    await reported(office, "2026-12", rows)
    veto = {
        "ground": "environment",
        "enterprise_id": works[2],
        "period_from": "2026-05-01",
        "period_to": "2026-08-01",
        "explanation_zh": "超标排放",
        "evidence": "处罚决定5号",
    }
    await office.done("POST", "/v1/vetoes", veto, by="wang")
    nominations = []
    for number, one in enumerate(works):
        who = {"enterprise_id": one, "nominee_name": f"nominee {number} (demo)"}
        by = "plant" if number == 0 else "wang"
        nominations.append((await office.done("POST", f"{path}/nominations", who, by=by))["id"])
    stranger = {"enterprise_id": works[1], "nominee_name": "x"}
    await office.refused("POST", f"{path}/nominations", stranger, status=404, code="not_found", by="plant")

    await office.done("POST", f"{path}/review", by="wang")
    public = f"/v1/honour-nominations?filter[round_id]={opened['id']}"
    listed = (await office.done("GET", public, by="wang"))["items"]
    found = {one["id"]: (one["status"], one["points"], one["place"]) for one in listed}
    assert [found[key] for key in nominations] == [
        ("eligible", "60.00", 1),
        ("eligible", "40.00", 2),
        ("vetoed", None, None),
        ("not_eligible", None, None),
        ("not_eligible", None, None),
    ]
    # Who does not meet the condition stays out; who cannot be judged is admitted by people, a vetoed one never.
    reason = {"reason": "统计部门书面确认"}
    codes = [
        (await office.call("POST", f"/v1/honour-nominations/{key}/admission", reason, by="li")).json().get("code")
        for key in nominations[2:]
    ]
    assert codes == ["honour_nomination.vetoed", "honour_nomination.step_refused", None]

    assert len((await office.done("GET", public, by="plant"))["items"]) == 1
    too_many = {"nomination_ids": [nominations[0], nominations[1], nominations[4]]}
    await office.refused("POST", f"{path}/notice", too_many, status=409, code="honour_round.notice_list", by="li")
    noticed = await office.done("POST", f"{path}/notice", {"nomination_ids": nominations[:2]}, by="li")
    assert (noticed["notice_from"], noticed["notice_until"]) == ("2027-01-15", "2027-01-22")
    assert len((await office.done("GET", public, by="plant"))["items"]) == 2

    against = {"objector": "来信", "content": "有未结欠薪"}
    objection = await office.done(
        "POST", f"/v1/honour-nominations/{nominations[1]}/objections", against, by="wang"
    )
    await office.refused("POST", f"{path}/decision", status=409, code="honour_round.notice_running", by="li")
    await move_to(office, "2027-01-25")
    late = await office.call("POST", f"/v1/honour-nominations/{nominations[0]}/objections", against, by="wang")
    assert late.json()["code"] == "honour_objection.notice_over"
    await office.refused("POST", f"{path}/decision", status=409, code="honour_round.objections_open", by="li")
    decide = f"/v1/honour-objections/{objection['id']}/decision"
    verdict = {"upheld": True, "reason": "查实"}
    await office.refused("POST", decide, verdict, status=409, code="honour_objection.four_eyes", by="wang")
    await office.done("POST", decide, verdict, by="zhou")
    decided = await office.done("POST", f"{path}/decision", by="li")
    assert (decided["status"], decided["edition"]) == ("decided", 1)
    frozen = (await office.done("GET", f"{path}/result", by="wang"))["result"]
    states = {one["id"]: one["status"] for one in frozen["nominations"]}
    assert [states[key] for key in nominations] == [
        *("awarded", "objected", "vetoed", "not_eligible", "not_awarded"),
    ]
    winner = next(one for one in frozen["nominations"] if one["id"] == nominations[0])
    assert [part["value"] for part in winner["parts"]] == ["300", "0"]

    # The result is frozen: later figures change nothing, a revocation makes a new edition with its reason.
    await office.refused("POST", f"{path}/review", status=409, code="honour_round.step_refused", by="wang")
    revoke = f"/v1/honour-nominations/{nominations[0]}/revocation"
    await office.done("POST", revoke, {"reason": "数据造假"}, by="zhou")
    second = await office.done("GET", f"{path}/result", by="wang")
    assert (second["edition"], second["result"]["nominations"][0]["ended_reason"]) == (2, "数据造假")
    events = await office.events("projects.honour_round.v1", opened["id"])
    assert [event.aggregate_version for event in events] == list(range(1, len(events) + 1))
    assert (await office.call("GET", "/v1/honour-nominations/export", by="wang")).content.startswith(b"PK")


async def test_shares_come_from_reports_or_from_verified_records_with_their_source(office: Office) -> None:
    await open_office(office)
    works = await enterprise(office, 1)
    await next_year(office)
    await reported(office, "2026-12", {1: {c: (v, v) for c, (v, _) in full(1000).items()}})
    shares = "/v1/innovation-shares?month=2026-12-31"
    items = {one["kind"]: one for one in (await office.done("GET", shares, by="wang"))["items"]}
    assert (items["high_tech_output"]["percent"], items["high_tech_output"]["reason"]) == (None, "current_missing")
    spend = {
        "kind": "rd_spend",
        "enterprise_id": works,
        "title": "2026年研发投入",
        "year": 2026,
        "amount_yuan": "25",
        "valid_from": "2026-01-01",
        "evidence": "专项审计报告",
    }
    record = await office.done("POST", "/v1/innovation-records", spend, by="wang")
    output = spend | {"kind": "high_tech_output", "amount_yuan": "400", "title": "高新产值"}
    other = await office.done("POST", "/v1/innovation-records", output, by="wang")
    for one in (record, other):
        await office.done("POST", f"/v1/innovation-records/{one['id']}/verification", by="li")
    items = {one["kind"]: one for one in (await office.done("GET", shares, by="wang"))["items"]}
    assert [(items[kind]["percent"], items[kind]["source"]) for kind in ("rd_spend", "high_tech_output")] == [
        ("2.50", "recorded"),
        ("40.00", "recorded"),
    ]
    rows = (await office.done("GET", items["rd_spend"]["rows_path"], by="wang"))["items"]
    assert [row["id"] for row in rows] == [record["id"]]
    summary = (await office.done("GET", "/v1/innovation-summaries?by=year", by="wang"))["items"]
    assert [(one["key"], one["verified"], one["amount_yuan"]) for one in summary] == [("2026", 2, "425")]
    rows = (await office.done("GET", summary[0]["rows_path"], by="wang"))["items"]
    assert len(rows) == 2
    withdrawn = f"/v1/innovation-records/{record['id']}/withdrawal"
    await office.done("POST", withdrawn, {"reason": "重复"}, by="wang")
    again = await office.done("POST", "/v1/innovation-records", spend, by="wang")
    assert again["status"] == "recorded"
    await office.staff("zhao", "officer", "421221")
    await office.refused("GET", f"/v1/innovation-records/{again['id']}", status=404, code="not_found", by="zhao")
    assert (await office.call("GET", "/v1/innovation-records/export", by="wang")).content.startswith(b"PK")
