"""The admission gate over REST (S12): reviews with experts, tested at approval, start and commissioning."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.conditions.domain.condition import Outcome
from services.projects.gate.service.watching import scan_gates

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

REVIEWS, OVERRIDES = "/v1/gate-reviews", "/v1/gate-overrides"
START: dict[str, Any] = {
    "stage": "started",
    "on": "2026-09-15",
    "evidence": "permit 7",
    "planned_capacity_on": "2027-06-30",
}


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


async def adopt(office: Office) -> None:
    """The county adopts the template from 2026 on; two experts are enough."""
    body = {"template": "admission-basics", "region_code": "421224", "valid_from": "2026-09-01"}
    await office.done("POST", "/v1/gate-rules/adoption", body)
    for kind, months in (("eia", 60), ("energy", 24)):
        standard = {"review": kind, "validity_months": months, "min_experts": 1, "region_code": "421224"}
        await office.done("PUT", "/v1/gate-standards", standard | {"valid_from": "2026-01-01"})


async def reviewed(
    office: Office, project: str, kind: str, *, verdict: str = "pass", on: str = "2026-09-10", **more: Any
) -> str:
    """A concluded review of the project; answers its address."""
    body = {"project_id": id_of(project), "review": kind, "opened_on": "2026-08-01"}
    path = f"{REVIEWS}/{(await office.done('POST', REVIEWS, body))['id']}"
    expert = {"name": "李工（演示）", "organisation": "institute", "expertise": "heat", "has_conflict": False}
    panel = (await office.done("POST", f"{path}/experts", expert))["experts"]
    opinion = {"opinion": "agree", "on": "2026-08-20"}
    await office.done("PUT", f"{path}/experts/{panel[0]['id']}/opinion", opinion)
    if kind == "energy":
        await office.done("PUT", f"{path}/energy", {"intensity": "0.52", "basis": "output_value"})
    given = {"verdict": verdict, "issued_on": on, "document_no": f"{kind} doc", **more}
    await office.done("POST", f"{path}/conclusion", given)
    return path


async def leader_of(office: Office) -> str:
    unit = await office.done("PUT", "/v1/units/U-1", {"name": "office", "region_code": "421224"})
    body = {"name": "leader", "unit_id": unit["unit_id"], "region_code": "421224", "post": "leader"}
    return str((await office.done("PUT", "/v1/persons/L-1", body))["person_id"])


async def scan(office: Office) -> Outcome:
    async with office.database.transaction() as session:
        return await scan_gates(Context(session, office.clock.now(), new_id, SYSTEM))


async def open_conditions(office: Office) -> list[dict[str, Any]]:
    page = await office.done("GET", "/v1/conditions", params={"filter[open][eq]": "true"})
    return list(page["items"])


async def refused_start(office: Office, project: str) -> list[str]:
    problem = await office.refused("POST", f"{project}/stage-changes", START, status=409, code="gate.closed")
    return [error["message"] for error in problem["errors"]]


async def test_no_review_is_required_until_a_region_adopts_the_rules(office: Office) -> None:
    project = await office.signed()
    template = await office.done("GET", "/v1/gate-rules", params={"filter[template][null]": "false"})
    assert {rule["code"] for rule in template["items"]} == {"eia", "energy"}
    gate = await office.done("GET", f"{project}/gate")
    assert [(point["point"], point["is_open"], point["required"]) for point in gate["points"]] == [
        ("approval", True, []),
        ("start", True, []),
        ("commissioning", True, []),
    ]
    await adopt(office)
    gate = await office.done("GET", f"{project}/gate")
    assert [point["is_open"] for point in gate["points"]] == [False, False, False]
    before = await office.done("GET", f"{project}/gate", params={"on": "2026-08-31"})
    assert all(point["is_open"] for point in before["points"])


async def test_project_starts_and_goes_into_production_with_both_reviews(office: Office) -> None:
    await adopt(office)
    project = await office.signed()
    assert await refused_start(office, project) == ["the EIA is missing.", "the energy review is missing."]
    answer = await office.call("POST", f"{project}/stage-changes", START, headers={"Accept-Language": "zh-CN"})
    assert answer.json()["detail"] == "“开工”前须具备有效的评审：环境影响评价、节能审查。详见各项。"
    await reviewed(office, project, "eia")
    assert await refused_start(office, project) == ["the energy review is missing."]
    failed = await reviewed(office, project, "energy", verdict="fail", text="no heat recovery", on="2026-09-09")
    assert await refused_start(office, project) == ["the energy review was not passed (ENERGY-P-1-2)."]
    await office.done("POST", f"{failed}/revocation", {"on": "2026-09-15", "reason": "a new design"})
    energy = await reviewed(office, project, "energy", verdict="conditional", text="recover the heat")
    await office.done("POST", f"{project}/stage-changes", START)
    await office.done("POST", f"{project}/stage-changes", {"stage": "completed", "on": "2026-09-15"})
    production = {"stage": "in_production", "on": "2026-09-15", "first_output": "ferroalloy"}
    problem = await office.refused("POST", f"{project}/stage-changes", production, status=409, code="gate.closed")
    assert [error["code"] for error in problem["errors"]] == ["gate.conditions_open"]
    await office.done("POST", f"{energy}/fulfilment", {"on": "2026-09-15", "note": "boiler checked"})
    await office.done("POST", f"{project}/stage-changes", production)
    assert (await office.done("GET", project))["stage"] == "in_production"
    events = await office.events("projects.gate_review.v1", id_of(energy))
    assert [(event.type.split(".")[2], event.aggregate_version) for event in events] == [
        ("opened", 1),
        ("amended", 2),
        ("amended", 3),
        ("amended", 4),
        ("concluded", 5),
        ("amended", 6),
    ]


async def test_review_is_measured_by_the_sectors_benchmark_and_above_the_limit_it_can_only_fail(
    office: Office,
) -> None:
    await adopt(office)
    for region, limit in ((None, "0.95"), ("421224", "0.85")):
        benchmark = {"sector_code": "31", "basis": "output_value", "limit_value": limit, "entry_value": "0.6",
                     "advanced_value": "0.45", "region_code": region, "valid_from": "2026-01-01"}  # fmt: skip
        await office.done("PUT", "/v1/sector-benchmarks", benchmark)
    project = await office.register(sector_code="3140")
    body = {"project_id": id_of(project), "review": "energy", "opened_on": "2026-09-01", "documents": ["report"]}
    path = f"{REVIEWS}/{(await office.done('POST', REVIEWS, body))['id']}"
    given = {"verdict": "pass", "issued_on": "2026-09-15", "document_no": "doc"}
    expert = {"name": "A", "organisation": "institute", "expertise": "heat", "has_conflict": True,
              "conflict": "adviser of the investor"}  # fmt: skip
    conflicted = (await office.done("POST", f"{path}/experts", expert))["experts"][0]["id"]
    opinion = {"opinion": "agree", "on": "2026-09-14"}
    await office.refused(
        "PUT", f"{path}/experts/{conflicted}/opinion", opinion, status=409, code="gate.expert_conflicted"
    )
    await office.refused("POST", f"{path}/conclusion", given, status=409, code="gate.opinions_missing")
    panel = await office.done("POST", f"{path}/experts", expert | {"name": "B", "has_conflict": False})
    await office.done("PUT", f"{path}/experts/{panel['experts'][1]['id']}/opinion", opinion)
    await office.refused("POST", f"{path}/conclusion", given, status=409, code="gate.energy_facts_required")
    shown = await office.done("PUT", f"{path}/energy", {"intensity": "0.9", "basis": "output_value"})
    assert (shown["measured"]["standing"], shown["measured"]["limit_value"]) == ("over_limit", "0.850000")
    await office.refused("POST", f"{path}/conclusion", given, status=409, code="gate.over_limit")
    await office.done("PUT", f"{path}/energy", {"intensity": "0.6", "basis": "output_value", "annual_tce": "4200"})
    done = await office.done("POST", f"{path}/conclusion", given)
    assert (done["measured"]["standing"], done["valid_until"]) == ("within_entry", "2028-09-15")
    # A stricter benchmark that comes later changes no verdict that was given.
    await office.done(
        "PUT", "/v1/sector-benchmarks", benchmark | {"limit_value": "0.6", "valid_from": "2026-09-15"}
    )
    assert (await office.done("GET", path))["measured"]["limit_value"] == "0.850000"
    await office.refused(
        "PUT", f"{path}/energy", {"intensity": "1", "basis": "output_value"}, status=409,
        code="gate.illegal_review_change",
    )  # fmt: skip


async def test_expired_pass_closes_the_gate_and_is_told_once_while_the_project_is_built(office: Office) -> None:
    await adopt(office)
    project = await office.signed(kind="infrastructure", start_in=1)
    short = await reviewed(office, project, "eia", valid_until="2026-09-20")
    step = {"stage": "started", "on": "2026-09-15", "evidence": "p", "planned_completion_on": "2027-06-30"}
    await office.done("POST", f"{project}/stage-changes", step)
    assert await scan(office) == Outcome()
    office.clock.advance(timedelta(days=6))
    assert await scan(office) == Outcome(subjects=1, opened=1)
    assert await scan(office) == Outcome(subjects=1)
    (condition,) = await open_conditions(office)
    assert (condition["kind"], condition["subject_type"], condition["reference_on"], condition["level"]) == (
        "gate_expired",
        "gate_review",
        "2026-09-20",
        1,
    )
    assert "已过期 1 天" in condition["explanation_zh"]
    await office.done("POST", f"{project}/stage-changes", {"stage": "completed", "on": "2026-09-21"})
    opening = {"stage": "opened", "on": "2026-09-21"}
    problem = await office.refused("POST", f"{project}/stage-changes", opening, status=409, code="gate.closed")
    assert problem["errors"][0]["message"] == "the EIA expired on 2026-09-20 (EIA-P-1-1)."
    await reviewed(office, project, "eia", on="2026-09-21")
    assert await open_conditions(office) == []
    events = await office.events("projects.condition.v1")
    assert [json.loads(event.payload or b"").get("reason") for event in events] == [None, "renewed"]
    await office.done("POST", f"{project}/stage-changes", opening)
    assert (await office.done("GET", short))["version"] == 4


async def test_override_is_a_leaders_used_up_by_one_step_and_to_be_made_good(office: Office) -> None:
    await adopt(office)
    leader = await leader_of(office)
    project = await office.signed(kind="infrastructure", start_in=1)
    body = {"project_id": id_of(project), "point": "start", "reason": "flood repair", "make_good_by": "2026-09-30"}
    await office.staff("officer", "officer", "421224")
    await office.refused("POST", OVERRIDES, body, by="officer", status=403, code="forbidden")
    await office.refused("POST", OVERRIDES, body, status=409, code="gate.override_authority_required")
    signed = body | {"approver_person_id": leader}
    await office.refused(
        "POST", OVERRIDES, signed | {"make_good_by": "2026-09-14"}, status=409, code="gate.override_deadline_past"
    )
    await office.refused(
        "POST", OVERRIDES, signed | {"reviews": ["energy"]}, status=409, code="gate.nothing_to_override"
    )
    await office.staff("leader", "leader", "421224", person_id=leader)
    granted = await office.done("POST", OVERRIDES, body, by="leader")
    assert (granted["reviews"], granted["approver_person_id"], granted["status"]) == (["eia"], leader, "granted")
    step = {"stage": "started", "on": "2026-09-15", "evidence": "p", "planned_completion_on": "2027-06-30"}
    await office.done("POST", f"{project}/stage-changes", step)
    used = await office.done("GET", f"{OVERRIDES}/{granted['id']}")
    assert (used["status"], used["used_for"], used["used_on"]) == ("used", "started", "2026-09-15")
    await office.refused(
        "POST", f"{OVERRIDES}/{granted['id']}/revocation", {"reason": "x"}, status=409, code="gate.override_spent"
    )
    # Taken back and entered again, the step finds the override spent.
    await office.done("POST", f"{project}/reversals", {"reason": "the wrong day"})
    await office.refused("POST", f"{project}/stage-changes", step, status=409, code="gate.closed")

    office.clock.advance(timedelta(days=16))
    assert await scan(office) == Outcome(subjects=1, opened=1)
    assert [one["kind"] for one in await open_conditions(office)] == ["gate_override_overdue"]
    await reviewed(office, project, "eia", on="2026-10-01")
    assert await open_conditions(office) == []
    events = await office.events("projects.gate_override.v1")
    assert [(event.type.split(".")[2], event.aggregate_version) for event in events] == [
        ("granted", 1),
        ("used", 2),
        ("made_good", 3),
    ]
    history = (await office.done("GET", f"{OVERRIDES}/{granted['id']}/history"))["items"]
    assert [one["action"] for one in history] == ["granted", "used", "made_good"]


async def test_matter_that_requires_the_gate_is_granted_past_it(office: Office) -> None:
    await adopt(office)
    leader = await leader_of(office)
    unit = (await office.done("GET", "/v1/units/U-1"))["unit_id"]
    matter = {"code": "filing", "name": "备案", "authority_level": "county", "region_code": "421224",
              "statutory_days": 20, "promised_days": 5, "unit_id": unit, "requires_gate": True}  # fmt: skip
    await office.done("PUT", "/v1/approval-matters", matter)
    project = await office.register()
    body = {"matter_code": "filing", "project_id": id_of(project), "owner_person_id": leader}
    case = await office.done("POST", "/v1/approval-cases", body)
    path = f"/v1/approval-cases/{case['id']}"
    await office.done("POST", f"{path}/acceptance", {"on": "2026-09-15"})
    grant = {"outcome": "granted", "on": "2026-09-15"}
    problem = await office.refused("POST", f"{path}/decision", grant, status=409, code="gate.closed")
    assert {error["pointer"] for error in problem["errors"]} == {"/outcome"}
    await reviewed(office, project, "eia")
    override = {"project_id": id_of(project), "point": "approval", "reason": "panel meets on Friday",
                "make_good_by": "2026-09-30", "approver_person_id": leader}  # fmt: skip
    await office.done("POST", OVERRIDES, override)
    answers = await asyncio.gather(*(office.call("POST", f"{path}/decision", grant) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (used,) = (await office.done("GET", OVERRIDES, params={"filter[status][eq]": "used"}))["items"]
    assert (used["used_for"], used["reviews"]) == (case["code"], ["energy"])
    # A refusal needs no gate.
    other = await office.done("POST", "/v1/approval-cases", body)
    await office.done("POST", f"/v1/approval-cases/{other['id']}/acceptance", {"on": "2026-09-15"})
    refusal = {"outcome": "refused", "on": "2026-09-15", "reason": "energy"}
    await office.done("POST", f"/v1/approval-cases/{other['id']}/decision", refusal)


async def test_reviews_of_others_do_not_exist_and_an_enterprise_sees_no_panel(office: Office) -> None:
    await adopt(office)
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    await office.staff("neighbour", "officer", "421221")
    mine = await office.register("P-1", enterprise_id=own["enterprise_id"])
    path = await reviewed(office, mine, "eia")
    foreign = await reviewed(office, await office.register("P-2"), "eia")
    shown = await office.done("GET", path, by="plant")
    assert (shown["verdict"], shown["experts"]) == ("pass", [])
    await office.refused("GET", f"{path}/history", by="plant", status=403, code="forbidden")
    await office.refused("GET", foreign, by="plant", status=404, code="not_found")
    listed = await office.done("GET", REVIEWS, by="plant")
    assert [(one["id"], one["experts"]) for one in listed["items"]] == [(id_of(path), [])]
    for method, address, body in (
        ("GET", path, None),
        ("GET", f"{mine}/gate", None),
        ("POST", REVIEWS, {"project_id": id_of(mine), "review": "eia"}),
        ("POST", f"{path}/revocation", {"on": "2026-09-15", "reason": "x"}),
    ):
        await office.refused(method, address, body, by="neighbour", status=404, code="not_found")
    assert (await office.done("GET", REVIEWS, by="neighbour"))["items"] == []
    stale = {"If-Match": '"1"'}
    await office.refused(
        "POST", f"{path}/revocation", {"on": "2026-09-15", "reason": "x"}, headers=stale, status=412,
        code="precondition.failed",
    )  # fmt: skip
    await office.refused("PATCH", path, {"summary": "x"}, status=428, code="precondition.required")


async def test_rule_out_of_order_is_refused(office: Office) -> None:
    rule = {"code": "x", "review": "eia", "points": ["start"], "min_investment_yuan": 2, "max_investment_yuan": 1}
    per_product = {"sector_code": "31", "basis": "product", "limit_value": "1", "advanced_value": "0.5"}
    standard = {"review": "eia", "validity_months": 6, "min_experts": 1}
    backwards = {"valid_from": "2026-01-02", "valid_to": "2026-01-01"}
    await office.refused("PUT", "/v1/gate-rules", rule, status=409, code="gate.rule_not_ordered")
    await office.refused(
        "PUT", "/v1/sector-benchmarks", per_product, status=409, code="gate.benchmark_not_ordered"
    )
    await office.refused(
        "PUT", "/v1/gate-standards", standard | backwards, status=409, code="validity.not_ordered"
    )
    await office.refused(
        "POST",
        "/v1/gate-rules/adoption",
        {"template": "none", "region_code": "421224"},
        status=409,
        code="gate.unknown_template",
    )
