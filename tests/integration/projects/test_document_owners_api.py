"""Documents of cases, reviews, problems, meetings and instructions: seen and found by whom their owner is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integration.projects.duty_office import person, unit
from tests.support import files

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

_PDF = {"Content-Type": "application/pdf"}
RIVAL = "91421224MA4F0000XJ"
PLACES = {
    "plant": "421224101",
    "rival": "421224101",
    "town": "421224101",
    "county": "421224",
    "jiayu": "421221",
}


async def people(office: Office, *names: str) -> str:
    """Accounts of those named: a plant, a rival of it, its town, its county, another county; the plant's id."""
    ids = {}
    for name, credit_code in (("plant", "91350100M000100Y43"), ("rival", RIVAL)):
        body = {"name": f"{name} (demo)", "region_code": "421224101", "sector_code": "3140"}
        ids[name] = str((await office.done("PUT", f"/v1/enterprises/{credit_code}", body))["enterprise_id"])
    for name in names:
        role = "enterprise" if name in ids else "officer"
        await office.staff(name, role, PLACES[name], enterprise_id=ids.get(name))
    return ids["plant"]


async def case_of(office: Office, project: str) -> dict[str, Any]:
    """An approval case of the project at the county's counter."""
    matter = {
        "code": "filing",
        "name": "企业投资项目备案",
        "authority_level": "county",
        "region_code": "421224",
        "statutory_days": 20,
        "promised_days": 5,
        "valid_from": "2026-01-01",
        "unit_id": await unit(office, "U-1"),
    }
    await office.done("PUT", "/v1/approval-matters", matter)
    body = {
        "matter_code": "filing",
        "project_id": project,
        "applied_on": "2026-09-14",
        "owner_person_id": await person(office, "wang"),
    }
    return dict(await office.done("POST", "/v1/approval-cases", body))


async def sent(office: Office, owner_type: str, owner_id: str, *, by: str = "admin", status: int = 201) -> Any:
    asked = {"owner_type": owner_type, "owner_id": owner_id, "name": "盖章扫描件.pdf", "category": "other"}
    answer = await office.call(
        "POST",
        "/v1/documents",
        by=by,
        content=files.PDF,
        params=asked,
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def seen_by(office: Office, document: dict[str, Any]) -> set[str]:
    """Who reads, lists and finds the document; for each caller these must agree."""
    seers = set()
    for who in PLACES.keys() & office.tokens.keys():
        listed = (await office.done("GET", "/v1/documents", by=who))["items"]
        answer = await office.call("GET", f"/v1/documents/{document['id']}", by=who)
        params = {"q": "盖章扫描", "types": "document"}
        found = (await office.done("GET", "/v1/search", params=params, by=who))["items"]
        ways = {bool(listed), answer.status_code == 200, bool(found)}
        assert len(ways) == 1, (who, listed, answer.status_code, found)
        if found:
            assert found[0]["path"] == f"/v1/documents/{document['id']}"
            seers.add(who)
    rebuilt = await office.done("POST", "/v1/search-rebuilds", {"types": ["document"]})
    assert rebuilt == {"seen": 1, "written": 0, "removed": 0}
    return seers


async def problem_of(office: Office, project: str) -> str:
    body = {
        "title": "升压站用地",
        "description": "尚缺12亩",
        "category": "land",
        "working_days": 5,
        "owner_unit_id": await unit(office, "ZRZY"),
    }
    return str((await office.done("POST", f"{project}/problems", body))["id"])


async def test_papers_of_a_case_are_handed_in_by_its_applicant(office: Office) -> None:
    plant = await people(office, "plant", "rival", "county")
    project = (await office.register(enterprise_id=plant)).rpartition("/")[2]
    case = (await case_of(office, project))["id"]
    document = await sent(office, "approval_case", case, by="plant")
    assert await seen_by(office, document) == {"plant", "county"}
    await sent(office, "approval_case", case, by="rival", status=404)
    # The case stays its applicant's when the project goes to another enterprise.
    gone = {"enterprise_id": None}
    await office.done("PATCH", f"/v1/projects/{project}", gone, headers={"If-Match": "*"})
    assert "plant" in await seen_by(office, document)


async def test_papers_of_a_review_are_added_by_offices_alone(office: Office) -> None:
    plant = await people(office, "plant", "rival", "town")
    project = (await office.register(enterprise_id=plant)).rpartition("/")[2]
    body = {"project_id": project, "review": "eia", "opened_on": "2026-08-01"}
    review = (await office.done("POST", "/v1/gate-reviews", body))["id"]
    document = await sent(office, "gate_review", review, by="town")
    assert await seen_by(office, document) == {"plant", "town"}
    await sent(office, "gate_review", review, by="plant", status=403)
    await sent(office, "gate_review", review, by="rival", status=404)


async def test_papers_of_a_problem_follow_its_project_to_another_enterprise(office: Office) -> None:
    plant = await people(office, "plant", "rival", "jiayu")
    path = await office.register(enterprise_id=plant)
    problem = await problem_of(office, path)
    document = await sent(office, "problem", problem, by="plant")
    assert await seen_by(office, document) == {"plant"}
    await sent(office, "problem", problem, by="jiayu", status=404)
    rival = (await office.done("GET", f"/v1/enterprises/{RIVAL}"))["enterprise_id"]
    await office.done("PATCH", path, {"enterprise_id": rival}, headers={"If-Match": "*"})
    assert await seen_by(office, document) == {"rival"}
    reason = {"reason": "sent twice"}
    await office.done("DELETE", f"/v1/documents/{document['id']}", params=reason)
    params = {"q": "盖章扫描"}
    assert (await office.done("GET", "/v1/search", params=params))["items"] == []
    rebuilt = await office.done("POST", "/v1/search-rebuilds", {})
    assert (rebuilt["written"], rebuilt["removed"]) == (0, 0)


async def test_papers_of_a_meeting_are_seen_where_it_concerns_a_project(office: Office) -> None:
    plant = await people(office, "plant", "town", "county")
    project = (await office.register(enterprise_id=plant)).rpartition("/")[2]
    body = {
        "kind": "joint",
        "title": "joint meeting",
        "region_code": "421224",
        "planned_on": "2026-09-15",
        "items": [{"topic": "land", "project_id": project}],
    }
    meeting = (await office.done("POST", "/v1/meetings", body))["id"]
    document = await sent(office, "meeting", meeting, by="county")
    assert await seen_by(office, document) == {"town", "county"}
    # The town reads what the county decided of its project, and leaves it as it is.
    await sent(office, "meeting", meeting, by="town", status=404)
    await sent(office, "meeting", meeting, by="plant", status=404)


async def test_papers_of_an_instruction_are_seen_by_who_issued_and_who_handles_it(office: Office) -> None:
    plant = await people(office, "town", "jiayu")
    project = (await office.register(enterprise_id=plant)).rpartition("/")[2]
    await office.staff("chen", "leader", "421224", person_id=await person(office, "chen", "leader"))
    body = {
        "text": "月底前解决。",
        "lead_unit_id": await unit(office, "ZRZY"),
        "working_days": 5,
        "subject": {"type": "project", "id": project},
    }
    matter = (await office.done("POST", "/v1/instructions", body, by="chen"))["id"]
    document = await sent(office, "instruction", matter, by="town")
    assert await seen_by(office, document) == {"town"}
    await sent(office, "instruction", matter, by="jiayu", status=404)


async def test_leader_instructs_on_a_case_that_the_leader_may_see(office: Office) -> None:
    project = (await office.register()).rpartition("/")[2]
    case = await case_of(office, project)
    body = {
        "text": "本周办结。",
        "lead_unit_id": await unit(office, "U-1"),
        "working_days": 3,
        "subject": {"type": "approval", "id": case["id"]},
    }
    for name, region in (("chen", "421224"), ("hu", "421221")):
        await office.staff(name, "leader", region, person_id=await person(office, name, "leader"))
    issued = await office.done("POST", "/v1/instructions", body, by="chen")
    assert (issued["subject_name"], issued["region_code"], issued["project_id"]) == (
        f"企业投资项目备案（{case['code']}）",
        case["region_code"],
        project,
    )
    await office.refused("POST", "/v1/instructions", body, status=404, code="not_found", by="hu")
    ghost = body | {"subject": {"type": "approval", "id": project}}
    await office.refused("POST", "/v1/instructions", ghost, status=404, code="not_found", by="chen")
