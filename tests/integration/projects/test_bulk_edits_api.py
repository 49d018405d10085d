"""Bulk edits over REST (S29): looked at first, the rules of one project for each, 412 when stale."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

ALL = {"filter": {"region_code": {"within": "421224"}}}


async def edit(office: Office, *, by: str = "admin", **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await office.done("POST", "/v1/bulk-edits", body, by=by)
    return answer


async def preview(office: Office, changes: dict[str, Any], selection: Any = ALL, **more: Any) -> dict[str, Any]:
    return await edit(office, mode="preview", selection=selection, changes=changes, reason="调整分工", **more)


def outcomes(answer: dict[str, Any]) -> dict[str, str]:
    return {result["code"]: result["outcome"] for result in answer["results"]}


async def test_edit_shows_what_it_would_do_and_then_does_it_with_the_reason(office: Office) -> None:
    unit = await office.done("POST", "/v1/units", {"code": "u", "name": "经信局（演示）", "region_code": "421224"})
    paths = [await office.register("P-1", responsible_unit_id=unit["id"]), await office.signed("P-2")]
    await office.register("P-9", region_code="421221")
    shown = await preview(office, {"facts": {"responsible_unit_id": unit["id"], "park_code": "stone"}})
    assert (shown["changed"], shown["refused"]) == (2, 0)
    second = next(result for result in shown["results"] if result["code"] == "P-2")
    assert {change["field"]: change["after"] for change in second["changes"]} == {
        "responsible_unit_id": unit["id"],
        "park_code": "stone",
    }
    assert (await office.done("GET", paths[0]))["version"] == 1

    done = await edit(office, mode="apply", preview_id=shown["preview_id"])
    assert (done["changed"], outcomes(done)) == (2, {"P-1": "changed", "P-2": "changed"})
    for path, version in zip(paths, (2, 3), strict=True):
        history = (await office.done("GET", f"{path}/history"))["items"][-1]
        assert (history["version"], history["action"], history["reason"]) == (version, "amended", "调整分工")
        events = await office.events("projects.project.v1", path.rpartition("/")[2])
        assert [event.aggregate_version for event in events] == list(range(1, version + 1))
        assert events[-1].type == "projects.project.amended.v1"
    problem = {"mode": "apply", "preview_id": shown["preview_id"]}
    await office.refused("POST", "/v1/bulk-edits", problem, status=404, code="not_found")
    again = await preview(office, {"facts": {"park_code": "stone"}})
    assert outcomes(again) == {"P-1": "unchanged", "P-2": "unchanged"}


async def test_each_project_keeps_its_own_rules_and_nothing_happens_when_one_refuses(office: Office) -> None:
    planned = await office.register("P-1", investor="x")
    signed = await office.signed("P-2")
    changes = {"facts": {"investor": None}}
    shown = await preview(office, changes)
    assert outcomes(shown) == {"P-1": "changed", "P-2": "refused"}
    refusal = shown["results"][1]["problem"]
    assert (refusal["code"], refusal["fields"]) == ("project.missing_facts", ["investor"])
    apply = {"mode": "apply", "preview_id": shown["preview_id"]}
    problem = await office.refused("POST", "/v1/bulk-edits", apply, status=409, code="bulk_edit.refused")
    assert "P-2" in problem["errors"][0]["message"]
    assert (await office.done("GET", planned))["investor"] == "x"

    skipped = await edit(office, **apply, on_error="skip")
    assert (skipped["changed"], skipped["refused"]) == (1, 1)
    assert (await office.done("GET", planned))["investor"] is None
    assert (await office.done("GET", signed))["investor"] == "investor (demo)"


async def test_plans_move_by_days_and_stages_are_entered_together(office: Office) -> None:
    paths = [await office.signed("P-1", start_in=10), await office.signed("P-2", start_in=20)]
    shown = await preview(office, {"shift_days": {"start": 30}, "planned": {"planned_capacity_on": "2027-12-31"}})
    assert outcomes(shown) == {"P-1": "changed", "P-2": "changed"}
    await edit(office, mode="apply", preview_id=shown["preview_id"])
    plan = {entry["milestone"]: entry for entry in (await office.done("GET", paths[1]))["plan"]}
    assert (plan["start"]["original_on"], plan["start"]["current_on"]) == ("2026-10-05", "2026-11-04")
    assert plan["capacity"]["original_on"] == "2027-12-31"

    step = {"stage": "started", "on": "2026-09-10", "evidence": "permit 7"}
    shown = await preview(office, {"stage_change": step})
    await edit(office, mode="apply", preview_id=shown["preview_id"])
    assert [(await office.done("GET", path))["stage"] for path in paths] == ["started", "started"]
    behind = await preview(office, {"shift_days": {"capacity": -900}})
    assert {result["problem"]["code"] for result in behind["results"]} == {"project.plan_out_of_order"}


async def test_projects_changed_since_the_preview_are_named_and_nothing_is_lost(office: Office) -> None:
    paths = [await office.register("P-1"), await office.register("P-2")]
    shown = await preview(office, {"facts": {"park_code": "stone"}})
    await office.done("PATCH", paths[1], {"summary": "mine"}, headers={"If-Match": '"1"'})
    apply = {"mode": "apply", "preview_id": shown["preview_id"]}
    problem = await office.refused("POST", "/v1/bulk-edits", apply, status=412, code="bulk_edit.stale")
    assert [fault["pointer"].rpartition("/")[2] for fault in problem["errors"]] == [paths[1].rpartition("/")[2]]
    versions = {result["id"]: 1 for result in shown["results"]}
    body = {"mode": "apply", "versions": versions, "changes": {"facts": {"park_code": "x"}}, "reason": "y"}
    await office.refused("POST", "/v1/bulk-edits", body, status=412, code="bulk_edit.stale")
    versions[paths[1].rpartition("/")[2]] = 2
    answers = await asyncio.gather(
        office.call("POST", "/v1/bulk-edits", body | {"versions": versions}),
        office.call("POST", "/v1/bulk-edits", body | {"versions": versions}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    project = await office.done("GET", paths[1])
    assert (project["summary"], project["park_code"], project["version"]) == ("mine", "x", 3)


async def test_edit_reaches_no_further_than_the_caller_and_says_what_is_malformed(office: Office) -> None:
    await office.staff("officer", "officer", "421224")
    mine, other = await office.register("P-1"), await office.register("P-9", region_code="421221")
    changes = {"facts": {"park_code": "stone"}}
    wide = await preview(office, changes, {"filter": {"kind": {"eq": "new_build"}}}, by="officer")
    assert outcomes(wide) == {"P-1": "changed"}
    ids = [path.rpartition("/")[2] for path in (mine, other)]
    body: dict[str, Any] = {"mode": "preview", "selection": {"ids": ids}, "changes": changes, "reason": "x"}
    await office.refused("POST", "/v1/bulk-edits", body, by="officer", status=404, code="not_found")
    for broken, pointer in (
        ({"selection": {"filter": {}}}, "/selection/filter"),
        ({"selection": None}, "/selection"),
        ({"reason": None}, "/reason"),
        ({"changes": {"facts": {"nonsense": 1}}}, "/changes/facts/nonsense"),
    ):
        problem = await office.refused(
            "POST", "/v1/bulk-edits", body | broken, status=422, code="request.malformed"
        )
        assert problem["errors"][0]["pointer"] == pointer
    unknown = body | {"selection": {"filter": {"nonsense": {"eq": "1"}}}}
    problem = await office.refused("POST", "/v1/bulk-edits", unknown, status=422, code="request.malformed")
    assert problem["errors"][0]["parameter"] == "filter[nonsense][eq]"
    empty: dict[str, Any]
    for empty in ({"changes": {}}, {"selection": {"filter": {"code": {"eq": "P-77"}}}}):
        await office.refused("POST", "/v1/bulk-edits", body | empty, status=409, code="bulk_edit.nothing_to_do")
