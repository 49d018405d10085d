"""Instructions of leaders over REST: issued, fed back, extended, closed by who instructed, printed (S28)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx import Document

from tests.integration.projects.duty_office import check, conditions, person, told, types_of, unit

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

SOON, OVERDUE, SCAN = "instruction_due_soon", "instruction_overdue", "instructions.check"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "请自然资源局牵头，九宫山镇配合，月底前解决升压站用地。"


async def leader(office: Office) -> str:
    """县长 chen with an account; answers the leader's person."""
    chen = await person(office, "chen", "leader", name="陈建国（演示）")
    await office.staff("chen", "leader", "421224", person_id=chen)
    return chen


async def issued(office: Office, *, by: str = "chen", **facts: Any) -> dict[str, Any]:
    """An instruction on a project, due in five working days unless said otherwise."""
    body: dict[str, Any] = {"text": TEXT, "lead_unit_id": await unit(office, "ZRZY", "县自然资源局"), **facts}
    if not {"due_on", "working_days"} & set(facts):
        body["working_days"] = 5
    if "subject" not in body:
        path = await office.started()
        body["subject"] = {"type": "project", "id": path.rpartition("/")[2]}
    return dict(await office.done("POST", "/v1/instructions", body, by=by))


async def test_instruction_goes_from_the_leaders_pen_to_its_closing(office: Office) -> None:
    chen = await leader(office)
    await office.staff("clerk", "officer", "421224")
    town = await unit(office, "JGS", "九宫山镇")
    matter = await issued(office, assisting_unit_ids=[town])
    assert (matter["number"], matter["printed_number"]) == ("421224-2026-001", "督〔2026〕1号")
    assert (matter["instructed_by_person_id"], matter["region_code"]) == (chen, "421224101")
    assert (matter["subject_name"], matter["due_on"]) == ("project P-1（P-1）", "2026-09-21")
    address = f"/v1/instructions/{matter['id']}"
    await office.done("POST", f"{address}/feedback", {"note": "surveyed on site"}, by="clerk")
    asked = {"until": "2026-09-28", "reason": "the province decides"}
    request = await office.done("POST", f"{address}/extension-requests", asked, by="clerk")
    await office.refused(
        "POST",
        f"{address}/extension-requests",
        asked,
        status=409,
        code="instruction.extension_pending",
        by="clerk",
    )
    approval = f"{address}/extension-requests/{request['id']}/approval"
    note = {"note": "granted once"}
    await office.refused("POST", approval, note, status=403, code="instruction.not_the_instructor", by="clerk")
    await office.done("POST", approval, note, by="chen")
    await office.refused("POST", approval, note, status=409, code="instruction.extension_decided", by="chen")
    assert (await office.done("GET", address))["due_on"] == "2026-09-28"
    report = {"report": "land given"}
    await office.done("POST", f"{address}/completion-report", report, by="clerk")
    await office.refused(
        "POST", f"{address}/closing", note, status=403, code="instruction.not_the_instructor", by="clerk"
    )
    back = await office.done("POST", f"{address}/return", {"reason": "where is the paper"}, by="chen")
    assert (back["status"], back["due_on"], back["reopenings"]) == ("in_handling", "2026-09-28", 1)
    await office.done("POST", f"{address}/completion-report", report, by="clerk")
    closed = await office.done("POST", f"{address}/closing", {"note": "well done"}, by="chen")
    assert closed["status"] == "closed"
    assert await types_of(office, "projects.instruction.v1", matter["id"]) == [
        "issued",
        "fed_back",
        "extension_requested",
        "extended",
        "reported",
        "returned",
        "reported",
        "closed",
    ]
    steps = (await office.done("GET", f"{address}/steps"))["items"]
    assert [step["version"] for step in steps] == list(range(1, 9))
    assert (steps[1]["action"], steps[1]["note"]) == ("fed_back", "surveyed on site")


async def test_near_and_late_are_told_once_and_cleared_at_once(office: Office) -> None:
    await leader(office)
    matter = await issued(office)
    address = f"/v1/instructions/{matter['id']}"
    await check(office, SCAN, days=2)
    assert await conditions(office, SOON) == []
    await check(office, SCAN)
    await check(office, SCAN)
    (soon,) = await conditions(office, SOON)
    assert (soon["reference_on"], soon["subject_code"]) == ("2026-09-21", "421224-2026-001")
    assert "还剩 2 个工作日" in soon["explanation_zh"]
    await check(office, SCAN, days=3)
    assert await conditions(office, SOON) == []
    (late,) = await conditions(office, OVERDUE)
    assert (late["level"], late["days"]) == (1, 1)
    (gone,) = await conditions(office, SOON, open_only=False)
    assert gone["cleared_reason"] == "overdue"
    await office.done("POST", f"{address}/reminders", {"note": "letter sent"})
    await office.done("POST", f"{address}/completion-report", {"report": "done"})
    assert await conditions(office, OVERDUE) == []
    assert (await conditions(office, OVERDUE, open_only=False))[0]["cleared_reason"] == "resolved"
    assert await told(office, OVERDUE) == {"opened": 1, "cleared": 1}
    body = {"note": "x"}
    await office.refused("POST", f"{address}/reminders", body, status=409, code="instruction.nothing_to_remind")


async def test_deputy_decides_in_the_leaders_place_once_authorised(office: Office) -> None:
    await leader(office)
    wang = await person(office, "wang", "supervision_group")
    await office.staff("wang", "supervisor", "421224", person_id=wang)
    matter = await issued(office)
    address = f"/v1/instructions/{matter['id']}"
    await office.done("POST", f"{address}/completion-report", {"report": "done"})
    note, deputy = {"note": "ok"}, {"person_id": wang, "reason": "I travel"}
    refused: dict[str, Any] = {"status": 403, "code": "instruction.not_the_instructor"}
    await office.refused("POST", f"{address}/closing", note, by="wang", **refused)
    await office.refused("POST", f"{address}/closing", note, by="admin", **refused)
    await office.refused("POST", f"{address}/deputies", deputy, by="wang", **refused)
    await office.done("POST", f"{address}/deputies", deputy, by="chen")
    await office.refused(
        "POST", f"{address}/deputies", deputy, status=409, code="instruction.deputy_exists", by="chen"
    )
    closed = await office.done("POST", f"{address}/closing", note, by="wang")
    assert [row["person_id"] for row in closed["deputies"]] == [wang]


async def test_supervisor_records_for_a_leader_who_then_decides_alone(office: Office) -> None:
    chen = await leader(office)
    await office.staff("group", "supervisor", "421224")
    matter = await issued(office, by="group", instructed_by_person_id=chen)
    address = f"/v1/instructions/{matter['id']}"
    await office.done("POST", f"{address}/completion-report", {"report": "done"})
    note = {"note": "ok"}
    await office.refused(
        "POST", f"{address}/closing", note, status=403, code="instruction.not_the_instructor", by="group"
    )
    assert (await office.done("POST", f"{address}/closing", note, by="chen"))["status"] == "closed"


async def test_numbers_of_a_region_and_year_have_no_gap_when_issued_at_once(office: Office) -> None:
    await leader(office)
    await office.staff("jiayu", "leader", "421221")
    lead = await unit(office, "ZRZY")
    subject = {
        "type": "figure",
        "figure": {"name": "value added", "value": "48.6", "unit": "%", "as_of": "2026-08-31"},
    }
    good = {"subject": subject, "text": "why", "lead_unit_id": lead}
    bad = good | {"working_days": 400}
    bodies = [good, bad, good, good, bad, good]
    answers = await asyncio.gather(*(office.call("POST", "/v1/instructions", body, by="chen") for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 201, 409, 409]
    numbers = sorted(answer.json()["sequence"] for answer in answers if answer.status_code == 201)
    assert numbers == [1, 2, 3, 4]
    other = await office.done("POST", "/v1/instructions", good, by="jiayu")
    assert other["number"] == "421221-2026-001"


async def test_instruction_is_about_problems_decisions_alerts_and_figures(office: Office) -> None:
    await leader(office)
    path = await office.started()
    owner = await unit(office, "ZRZY")
    body = {"title": "land", "description": "x", "category": "land", "owner_unit_id": owner}
    problem = await office.done("POST", f"{path}/problems", body)
    on_problem = await issued(office, subject={"type": "problem", "id": problem["id"]})
    assert (on_problem["subject_name"], on_problem["project_id"]) == ("project P-1：land", path.rpartition("/")[2])
    item = {"topic": "x", "project_id": path.rpartition("/")[2]}
    plan = {"kind": "joint", "title": "meeting", "region_code": "421224", "planned_on": "2026-09-15"}
    meeting = await office.done("POST", "/v1/meetings", plan | {"items": [item]})
    address = f"/v1/meetings/{meeting['id']}"
    await office.done("POST", f"{address}/holding", {"on": "2026-09-15"})
    decision = await office.done(
        "POST", f"{address}/decisions", {"text": "land first", "item_id": meeting["items"][0]["id"]}
    )
    on_decision = await issued(office, subject={"type": "decision", "id": decision["id"]})
    assert (on_decision["subject_name"], on_decision["region_code"]) == ("meeting：land first", "421224101")
    alert = {
        "type": "alert",
        "id": "01926f4e-7f00-7000-8000-000000000777",
        "name": "spike",
        "region_code": "421224101",
    }
    on_alert = await issued(office, subject=alert)
    assert (on_alert["subject_name"], on_alert["region_code"]) == ("spike", "421224101")
    figure = {"name": "到位资金", "value": "25600.50", "unit": "万元", "as_of": "2026-08-31", "link": "/v1/rates"}
    on_figure = await issued(office, subject={"type": "figure", "figure": figure})
    assert (on_figure["subject_name"], on_figure["region_code"]) == ("到位资金 25600.5 万元", "421224")
    listed = await office.done("GET", "/v1/instructions", params={"filter[subject_type][eq]": "alert"})
    assert [row["number"] for row in listed["items"]] == [on_alert["number"]]


async def test_instruction_is_refused_when_its_subject_is_not_said(office: Office) -> None:
    lead = await unit(office, "ZRZY")
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"type": "project"}, ["/subject/id"]),
        ({"type": "figure"}, ["/subject/figure"]),
        (
            {"type": "alert", "id": "01926f4e-7f00-7000-8000-000000000777"},
            ["/subject/name", "/subject/region_code"],
        ),
    ]
    for subject, pointers in cases:
        body = {"subject": subject, "text": "x", "lead_unit_id": lead}
        problem = await office.refused(
            "POST", "/v1/instructions", body, status=409, code="instruction.subject_incomplete"
        )
        assert [error["pointer"] for error in problem["errors"]] == pointers


async def test_units_lead_or_assist_once_and_may_be_changed_by_who_instructed(office: Office) -> None:
    await leader(office)
    lead, town = await unit(office, "ZRZY", "县自然资源局"), await unit(office, "JGS")
    subject = {"type": "figure", "figure": {"name": "x", "value": "1", "as_of": "2026-08-31"}}
    body = {"subject": subject, "text": "x", "lead_unit_id": lead, "assisting_unit_ids": [lead]}
    await office.refused(
        "POST", "/v1/instructions", body, status=409, code="instruction.lead_unit_assists", by="chen"
    )
    matter = await issued(office, subject=subject, assisting_unit_ids=[town])
    address, current = f"/v1/instructions/{matter['id']}", {"If-Match": '"1"'}
    swap = {"lead_unit_id": town, "assisting_unit_ids": [lead]}
    await office.refused("PATCH", address, swap, status=428, code="precondition.required", by="chen")
    await office.refused(
        "PATCH", address, swap, status=403, code="instruction.not_the_instructor", headers=current
    )
    changed = await office.done("PATCH", address, swap, by="chen", headers=current)
    assert (changed["lead_unit_id"], changed["assisting_unit_ids"]) == (town, [lead])
    found = {"filter[assisting_unit_id][eq]": lead}
    assert len((await office.done("GET", "/v1/instructions", params=found))["items"]) == 1


async def test_papers_are_printed_as_word_and_as_a_page(office: Office) -> None:
    await leader(office)
    await issued(office)
    matter = await issued(
        office,
        subject={"type": "figure", "figure": {"name": "<b>到位资金</b>", "value": "2", "as_of": "2026-08-31"}},
        assisting_unit_ids=[await unit(office, "JGS", "九宫山镇")],
    )
    address = f"/v1/instructions/{matter['id']}"
    await office.done("POST", f"{address}/feedback", {"note": "first half is here"})
    slip = await office.call("GET", f"{address}/slip", headers={"Accept": DOCX})
    assert slip.headers["content-type"] == DOCX
    assert 'filename="duban-421224-2026-002.docx"' in slip.headers["content-disposition"]
    document = Document(BytesIO(slip.content))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == "通山县督导组督办单"
    assert texts[1].startswith("督〔2026〕2号")
    rows = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert rows["批示内容"] == TEXT
    assert rows["批示领导"].startswith("陈建国（演示）")
    assert (rows["牵头单位"], rows["协办单位"]) == ("县自然资源局", "九宫山镇")
    assert rows["办理时限"] == "2026年9月21日"
    assert rows["办理情况"] == "2026年9月15日　first half is here"
    assert "批示领导（签字）：" in texts

    page = await office.call("GET", f"{address}/slip", headers={"Accept": "text/html,*/*;q=0.5"})
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;到位资金" in page.text
    office.clock.advance(timedelta(days=8))
    letter = await office.call("GET", f"{address}/reminder-letter", headers={"Accept": "text/html"})
    assert "县自然资源局：" in letter.text
    assert "截至2026年9月23日，该事项尚未报送办结情况，已逾期2天" in letter.text
    assert "抄送：九宫山镇" in letter.text
    await office.refused(
        "GET", f"{address}/slip", status=406, code="request.not_acceptable", headers={"Accept": "image/png"}
    )
    await office.done("POST", f"{address}/completion-report", {"report": "done"})
    await office.refused(
        "GET",
        f"{address}/reminder-letter",
        status=409,
        code="instruction.nothing_to_remind",
        headers={"Accept": "*/*"},
    )


async def test_instruction_is_seen_where_it_is_handled_and_where_it_was_issued(office: Office) -> None:
    await leader(office)
    await office.staff("clerk", "officer", "421224")
    await office.staff("town", "officer", "421224101")
    await office.staff("jiayu", "supervisor", "421221")
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    matter = await issued(office)
    address = f"/v1/instructions/{matter['id']}"
    assert (await office.call("GET", address, by="town")).status_code == 200
    await office.done("POST", f"{address}/feedback", {"note": "x"}, by="town")
    await office.refused("GET", address, status=404, code="not_found", by="jiayu")
    await office.refused("GET", address, status=403, code="forbidden", by="plant")
    await office.refused("POST", f"{address}/feedback", {"note": "x"}, status=404, code="not_found", by="jiayu")
    assert (await office.done("GET", "/v1/instructions", by="jiayu"))["items"] == []
    body = {"subject": {"type": "project", "id": matter["subject_id"]}, "text": "x"}
    body["lead_unit_id"] = await unit(office, "ZRZY")
    await office.refused("POST", "/v1/instructions", body, status=404, code="not_found", by="jiayu")
    await office.refused("POST", "/v1/instructions", body, status=403, code="forbidden", by="clerk")
