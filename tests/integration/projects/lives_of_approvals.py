"""Lives of documents, approvals and the admission gate: every type of event of theirs once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import files

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

REASON = {"reason": "x"}
COUNTY = "421224"


async def live_as_a_document(office: Office, project: str) -> None:
    asked = {"owner_type": "project", "owner_id": project.rpartition("/")[2], "name": "permit.pdf"}
    headers = {"Content-Type": "application/pdf"}
    params = {**asked, "category": "permit"}
    document = await office.done("POST", "/v1/documents", content=files.PDF, params=params, headers=headers)
    path = f"/v1/documents/{document['id']}"
    await office.done("PATCH", path, {"notes": "the original"}, headers={"If-Match": "*"})
    await office.done("DELETE", path, params=REASON)


async def live_as_an_approval(office: Office, project: str, unit_id: str, person_id: str) -> None:
    """Filed, accepted, paused, put on the green channel, decided, and the decision taken back."""
    matter = {
        "code": "filing",
        "name": "filing",
        "authority_level": "county",
        "region_code": COUNTY,
        "statutory_days": 20,
        "promised_days": 5,
        "green_percent": 50,
        "unit_id": unit_id,
        "valid_from": "2026-01-01",
        "documents": [{"code": "form", "name": "form"}],
    }
    await office.done("PUT", "/v1/approval-matters", matter)
    today = {"on": "2026-09-15"}
    body = {"matter_code": "filing", "project_id": project.rpartition("/")[2], "owner_person_id": person_id}
    path = f"/v1/approval-cases/{(await office.done('POST', '/v1/approval-cases', body))['id']}"
    await office.done("PUT", f"{path}/documents/form", {"received_on": "2026-09-15"})
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("acceptance", today),
        ("pauses", {"ground": "hearing", "from_on": "2026-09-15", "notice": "notice 1"}),
        ("resumption", today),
        ("green-channel", REASON),
        ("decision", {"outcome": "granted", **today}),
        ("reversals", REASON),
    )
    for step, said in steps:
        await office.done("POST", f"{path}/{step}", said)


async def live_at_the_gate(office: Office, leader_id: str) -> None:
    """A project starts before its review, by a leader's word; the review makes it good and is taken back."""
    rule = {"review": "eia", "region_code": COUNTY, "valid_from": "2026-01-01"}
    # For a kind of its own, so that the rule stands in no other life's way.
    points = {"code": "eia", "points": ["start", "commissioning"], "kinds": ["infrastructure"]}
    await office.done("PUT", "/v1/gate-rules", rule | points)
    await office.done("PUT", "/v1/gate-standards", rule | {"validity_months": 60, "min_experts": 0})
    project = await office.signed("LIFE-G", kind="infrastructure", start_in=1)
    of = {"project_id": project.rpartition("/")[2]}
    signed = {**of, **REASON, "make_good_by": "2026-09-30", "approver_person_id": leader_id}
    for point in ("start", "commissioning"):
        override = await office.done("POST", "/v1/gate-overrides", signed | {"point": point})
    await office.done("POST", f"/v1/gate-overrides/{override['id']}/revocation", REASON)
    step = {"stage": "started", "on": "2026-09-15", "evidence": "p", "planned_completion_on": "2027-06-30"}
    await office.done("POST", f"{project}/stage-changes", step)
    review = await office.done("POST", "/v1/gate-reviews", {**of, "review": "eia", "opened_on": "2026-08-01"})
    path = f"/v1/gate-reviews/{review['id']}"
    await office.done("PATCH", path, {"summary": "x"}, headers={"If-Match": "*"})
    verdict = {"verdict": "pass", "issued_on": "2026-09-15", "document_no": "doc"}
    await office.done("POST", f"{path}/conclusion", verdict)
    await office.done("POST", f"{path}/revocation", {"on": "2026-09-15", **REASON})
