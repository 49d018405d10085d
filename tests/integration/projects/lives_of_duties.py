"""Lives of leadership, problems, meetings, visits and instructions: every type of event of theirs once.

A leader ``li`` is signed in, whose person is given; the administrator does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

ANY_VERSION = {"If-Match": "*"}
REASON = {"reason": "x"}


async def live_under_leaders(office: Office, project: str, person_id: str, minutes_id: str) -> None:
    """A key project gets all four "one"s and loses what it got; its on-site meeting was counted before."""
    since, until = {"on": "2026-08-01", **REASON}, {"on": "2026-09-15", **REASON}
    await office.done("POST", f"{project}/key-designations", {"level": "county", **REASON})
    await office.done("POST", f"{project}/lead-officials", {"person_id": person_id, **since})
    await office.done("POST", f"{project}/lead-official-releases", until)
    members = [{"person_id": person_id, "role": "head"}]
    await office.done("POST", f"{project}/task-forces", {"name": "task force", "members": members, **since})
    await office.done("POST", f"{project}/governing-minutes", {"minutes_id": minutes_id, **until})
    await office.done("POST", f"{project}/key-designations", {"level": None, **REASON})


async def live_as_a_problem(office: Office, project: str, unit_id: str) -> None:
    body = {"title": "land", "description": "12 mu are missing", "category": "land", "owner_unit_id": unit_id}
    problem = await office.done("POST", f"{project}/problems", body | {"working_days": 5})
    path = f"/v1/problems/{problem['id']}"
    await office.done("POST", f"{path}/notes", {"note": "on site"})
    await office.done("POST", f"{path}/escalations", REASON)
    await resolve_and_reopen(office, path)


async def resolve_and_reopen(office: Office, path: str) -> None:
    """A problem or an action item is resolved by one, closed by another, and opened again."""
    await office.done("POST", f"{path}/resolution", {"resolution": "done"}, by="li")
    await office.done("POST", f"{path}/closing", {"note": "seen"})
    await office.done("POST", f"{path}/reopening", {"reason": "not so", "working_days": 3})


async def live_in_meetings(office: Office, project: str, unit_id: str) -> str:
    """Meetings with an action item; answers the id of an on-site meeting's minutes."""
    item = {"topic": "land", "project_id": project.rpartition("/")[2]}
    body = {"kind": "on_site", "title": "on site", "region_code": "421224", "planned_on": "2026-09-14"}
    other = await office.done("POST", "/v1/meetings", body)
    await office.done("POST", f"/v1/meetings/{other['id']}/cancellation", REASON)
    meeting = await office.done("POST", "/v1/meetings", body | {"items": [item]})
    path = f"/v1/meetings/{meeting['id']}"
    await office.done("PATCH", path, {"place": "works"}, headers=ANY_VERSION)
    await office.done("POST", f"{path}/holding", {"on": "2026-09-14"})
    minutes = await office.done("POST", f"{path}/minutes", {"text": "agreed"})
    actions = [{"title": "papers", "owner_unit_id": unit_id}]
    agenda = {"item_id": meeting["items"][0]["id"]}
    decision = await office.done("POST", f"{path}/decisions", {"text": "land", "actions": actions, **agenda})
    action = f"/v1/action-items/{decision['action_item_ids'][0]}"
    await office.done("POST", f"{action}/notes", {"note": "surveyed"})
    await resolve_and_reopen(office, action)
    return str(minutes["id"])


async def live_with_visits(office: Office, enterprise_id: str) -> None:
    body = {"enterprise_id": enterprise_id, "purpose": "how far is the line", "planned_on": "2026-09-28"}
    endings: tuple[tuple[str, dict[str, Any]], ...] = (
        ("report", {"on": "2026-09-15", "findings": "it stands"}),
        ("cancellation", REASON),
    )
    for ending, said in endings:
        path = f"/v1/supervision-visits/{(await office.done('POST', '/v1/supervision-visits', body))['id']}"
        await office.done("POST", f"{path}/moves", {"planned_on": "2026-09-15", **REASON})
        await office.done("POST", f"{path}/{ending}", said)


async def live_as_an_instruction(office: Office, project: str, unit_id: str, person_id: str) -> None:
    """The leader's instruction, extended once and refused once, reported twice."""
    subject = {"type": "project", "id": project.rpartition("/")[2]}
    body = {"subject": subject, "text": "settle the land", "lead_unit_id": unit_id, "working_days": 5}
    path = f"/v1/instructions/{(await office.done('POST', '/v1/instructions', body, by='li'))['id']}"
    await office.done("PATCH", path, {"owner_person_id": person_id}, by="li", headers=ANY_VERSION)
    await office.done("POST", f"{path}/feedback", {"note": "surveyed"})
    await office.done("POST", f"{path}/reminders", {"note": "letter"})
    for until, verdict in (("2026-09-28", "approval"), ("2026-10-20", "refusal")):
        asked = await office.done("POST", f"{path}/extension-requests", {"until": until, **REASON})
        address = f"{path}/extension-requests/{asked['id']}/{verdict}"
        await office.done("POST", address, {"note": "x"}, by="li")
    report = {"report": "land given"}
    await office.done("POST", f"{path}/completion-report", report)
    await office.done("POST", f"{path}/return", REASON, by="li")
    await office.done("POST", f"{path}/completion-report", report)
    await office.done("POST", f"{path}/closing", {"note": "well done"}, by="li")
