"""Lists and pilots over REST: entry by figures, what members owe, reforms, vetoes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.common.context import Context
from libs.common.contracts.energy import EnergyVetoLiftedV1, EnergyVetoSetV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.lists.service.vetoes import lift_energy_veto, take_energy_veto
from tests.integration.projects.economy_office import enterprise, full, move_to, open_office, reported

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY = "421224"


def _list(code: str, kind: str, **facts: Any) -> dict[str, Any]:
    plain = {"code": code, "name": f"list {code}", "kind": kind, "region_code": COUNTY, "valid_from": "2026-01-01"}
    return plain | facts


async def _open(office: Office, kind: str) -> list[dict[str, Any]]:
    path = f"/v1/conditions?filter[kind]={kind}&filter[cleared_on][null]=true"
    return list((await office.done("GET", path))["items"])


async def test_enterprises_enter_by_their_figures_owe_progress_and_leave(office: Office) -> None:
    await open_office(office)
    await office.staff("zhao", "officer", "421221")
    big, small = await enterprise(office, 1), await enterprise(office, 2)
    silent = await enterprise(office, 3)
    await office.done("PUT", "/v1/calendar-days/2027-01-01", {"working": False})
    await move_to(office, "2027-01-15")
    both = {1: full(100, sales=90_000_000), 2: full(100, sales=70_000_000)}
    cumulative = {n: {c: (v, v) for c, (v, _) in said.items()} for n, said in both.items()}
    await reported(office, "2026-12", cumulative)

    refused = await office.refused(
        *("POST", "/v1/enterprise-lists", _list("BAD", "key", condition="sails > 3")),
        status=422,
        code="list.condition_malformed",
        by="wang",
    )
    assert refused["errors"][0]["pointer"] == "/condition"
    body = _list(
        "YY", "hundred_million", condition="sales >= 80000000 and not vetoed", reporting={"months": 1, "day": 10}
    )
    listed = await office.done("POST", "/v1/enterprise-lists", body, by="wang")
    path = f"/v1/enterprise-lists/{listed['id']}"
    await office.refused("GET", path, status=404, code="not_found", by="zhao")
    found = (await office.done("GET", f"{path}/candidates", by="wang"))["items"]
    verdicts = {one["enterprise_id"]: (one["verdict"], one["missing"]) for one in found}
    assert verdicts == {
        big: ("met", {}),
        small: ("not_met", {}),
        silent: ("unknown", {"sales": "not_reported"}),
    }

    member = await office.done("POST", f"{path}/members", {"enterprise_id": big}, by="wang")
    assert (member["verdict"], member["entry"]["facts"]["sales"]) == ("met", "90000000")
    again = {"enterprise_id": big}
    await office.refused("POST", f"{path}/members", again, status=409, code="list_member.exists", by="wang")
    body = {"enterprise_id": small}
    await office.refused("POST", f"{path}/members", body, status=409, code="list_member.entry_not_met", by="wang")
    reasoned = body | {"entry_reason": "扩建投产，全年可过亿"}
    other = await office.done("POST", f"{path}/members", reasoned, by="wang")
    assert (other["verdict"], other["progress_due_on"]) == ("not_met", "2027-02-10")

    # January's progress: due on the tenth of February, told from the day after on, once, and cleared at once.
    await move_to(office, "2027-02-11")
    scanned = await office.done("POST", "/v1/list-scans")
    assert (scanned["opened"], (await office.done("POST", "/v1/list-scans"))["opened"]) == (2, 0)
    member_path = f"/v1/list-members/{member['id']}"
    said = await office.done("POST", f"{member_path}/progress", {"content": "一期满产"}, by="wang")
    assert said["period_from"] == "2027-01-01"
    assert [one["subject_id"] for one in await _open(office, "list_progress_overdue")] == [other["id"]]
    extra = await office.done("POST", f"{member_path}/progress", {"content": "二月进展"}, by="wang")
    more = await office.done("POST", f"{member_path}/progress", {"content": "补充"}, by="wang")
    assert (extra["period_from"], more["period_from"]) == ("2027-02-01", None)
    ended = await office.done("POST", f"/v1/list-members/{other['id']}/end", {"reason": "未达标"}, by="wang")
    assert (ended["left_on"], ended["progress_due_on"]) == ("2027-02-11", None)
    assert await _open(office, "list_progress_overdue") == []
    refused_end = await office.call("POST", f"/v1/list-members/{other['id']}/end", {"reason": "x"}, by="wang")
    assert refused_end.json()["code"] == "list_member.left"

    # The list's economy is that of whoever is on it on a day; one figure opens to its members.
    asked = {"indicator": "sales", "month": "2026-12", "cumulative": "true"}
    sums = {}
    for day in ("2027-01-31", "2027-02-28", None):
        on = asked if day is None else asked | {"members_on": day}
        total = (await office.done("GET", f"{path}/figures", params=on, by="wang"))["total"]["figure"]
        sums[day] = (total["value"], total["reason"], total["expected"])
    assert sums == {
        "2027-01-31": ("160000000", None, 2),
        "2027-02-28": ("90000000", None, 1),
        None: (None, "no_enterprises", 0),
    }
    on = asked | {"members_on": "2027-01-31", "group_by": "sector", "group": "31"}
    behind = (await office.done("GET", f"{path}/figures/rows", params=on, by="wang"))["items"]
    assert sorted(row["value"] for row in behind) == ["70000000", "90000000"]
    await office.refused("GET", f"{path}/figures", params=on, status=404, code="not_found", by="zhao")

    summary = (await office.done("GET", "/v1/enterprise-lists/summary", by="wang"))["items"]
    assert [(one["members"], one["entered"], one["left"]) for one in summary] == [(1, 2, 1)]
    rows = await office.done("GET", summary[0]["members_path"], by="wang")
    assert {row["id"] for row in rows["items"]} == {member["id"], other["id"]}
    exported = await office.call("GET", "/v1/list-members/export", by="wang")
    assert exported.content.startswith(b"PK")

    # The enterprise sees its own membership, and no other's; its version guards a change.
    await office.staff("plant", "enterprise", COUNTY, enterprise_id=big)
    own = await office.done("GET", "/v1/list-members", by="plant")
    assert [row["enterprise_id"] for row in own["items"]] == [big]
    await office.refused("GET", f"/v1/list-members/{other['id']}", status=404, code="not_found", by="plant")
    stale = await office.call("PATCH", member_path, {"unit_id": None}, by="wang", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    nobodys = {"unit_id": str(UUID(int=7))}
    unknown = await office.call("PATCH", path, nobodys, by="wang", headers={"If-Match": "*"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "registry.entry_unknown"), unknown.text
    events = await office.events("projects.list_member.v1", member["id"])
    assert [event.aggregate_version for event in events] == list(range(1, len(events) + 1))


async def test_measures_are_verified_by_another_reforms_and_pilots_go_step_by_step(office: Office) -> None:
    await open_office(office)
    works = await enterprise(office, 1)
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "office", "region_code": COUNTY})
    reform = await office.done("POST", "/v1/enterprise-lists", _list("GQ", "state_reform"))
    pilots = await office.done("POST", "/v1/enterprise-lists", _list("QJ", "clean_production"))
    entry = {"enterprise_id": works, "joined_on": "2026-03-02", "unit_id": unit["unit_id"]}
    member = await office.done("POST", f"/v1/enterprise-lists/{reform['id']}/members", entry, by="wang")
    path = f"/v1/list-members/{member['id']}"

    agreed = {"title": "落实流动资金2000万元", "agreed_on": "2026-09-01", "due_on": "2026-09-10"}
    measure = await office.done("POST", f"{path}/measures", agreed, by="wang")
    assert measure["owner_unit_id"] == unit["unit_id"]
    assert (await office.done("POST", "/v1/list-scans"))["opened"] == 1
    (told,) = await _open(office, "list_measure_overdue")
    assert (told["days"], "落实流动资金2000万元" in told["explanation_zh"]) == (5, True)
    measure_path = f"/v1/list-measures/{measure['id']}"
    await office.done("POST", f"{measure_path}/resolution", {"resolution": "已放款"}, by="wang")
    assert await _open(office, "list_measure_overdue") == []
    closing = {"note": "核实"}
    same = await office.call("POST", f"{measure_path}/closing", closing, by="wang")
    assert same.json()["code"] == "duty.verifier_is_resolver"
    closed = await office.done("POST", f"{measure_path}/closing", closing, by="li")
    assert (closed["status"], closed["version"]) == ("closed", 3)

    body: dict[str, Any] = {"form": "acquisition", "stage": "approved", "approved_on": "2026-03-20"}
    first = await office.call("PUT", f"{path}/reform", body, by="wang")
    assert first.is_success, first.text
    carried = body | {
        "stage": "carried_out",
        "carried_out_on": "2026-06-30",
        "acquirer_name": "acquirer (demo)",
        "staff_before": 326,
        "staff_rehired": 280,
        "staff_paid_off": 46,
        "wage_before_yuan": "1100",
        "wage_after_yuan": "1650",
        "evidence": "批复12号",
    }
    unnamed = await office.call("PUT", f"{path}/reform", carried, by="wang")
    assert unnamed.status_code == 428
    tagged = {"headers": {"If-Match": first.headers["ETag"]}}
    too_many = carried | {"staff_rehired": 300}
    answer = await office.call("PUT", f"{path}/reform", too_many, by="wang", **tagged)
    assert answer.json()["code"] == "reform.staff_mismatch"
    done = await office.done("PUT", f"{path}/reform", carried, by="wang", **tagged)
    assert (done["rehired_percent"], done["wage_change_percent"]) == ("85.9", "50.0")
    changes = (await office.done("GET", f"{path}/reform/changes", by="wang"))["items"]
    assert [change["action"] for change in changes] == ["approved", "carried_out"]

    entry = {"enterprise_id": works, "joined_on": "2026-03-02"}
    pilot = await office.done("POST", f"/v1/enterprise-lists/{pilots['id']}/members", entry, by="wang")
    looks = f"/v1/list-members/{pilot['id']}/follow-ups"
    await office.done(
        "POST", looks, {"stage": "audited", "on": "2026-06-01", "energy_saved_tce": "12.5"}, by="wang"
    )
    unproved = {"stage": "accepted", "on": "2026-09-01"}
    await office.refused("POST", looks, unproved, status=409, code="pilot.needs_evidence", by="wang")
    await office.done("POST", looks, unproved | {"evidence": "验收意见3号"}, by="wang")
    state = await office.done("GET", f"/v1/list-members/{pilot['id']}", by="wang")
    assert state["pilot_stage"] == "accepted"
    back = {"stage": "carrying_out", "on": "2026-09-02"}
    await office.refused("POST", looks, back, status=409, code="pilot.step_refused", by="wang")
    await office.refused("GET", f"/v1/list-members/{pilot['id']}/reform", status=404, code="not_found", by="wang")


@pytest.mark.parametrize("order", ["set_first", "lifted_first"])
async def test_energy_veto_is_kept_as_its_latest_word_says(office: Office, order: str) -> None:
    works = await enterprise(office, 1)
    veto_id, instant = new_id(), datetime(2026, 9, 1, tzinfo=UTC)
    same: dict[str, Any] = {
        "veto_id": veto_id,
        "region_code": "421224101",
        "enterprise_id": UUID(works),
        "subject_name": "enterprise 1 (demo)",
        "period_from": "2026-01-01",
        "period_to": "2027-01-01",
    }
    said = EnergyVetoSetV1(
        **same, ground="year_missed", set_at=instant, explanation_zh="未完成", explanation_en="missed"
    )
    lifted = EnergyVetoLiftedV1(**same, lifted_at=instant, reason="corrected")
    async with office.database.session() as session, session.begin():
        ctx = Context(session, office.clock.now(), new_id, SYSTEM)
        if order == "set_first":
            await take_energy_veto(ctx, said, 1)
            await lift_energy_veto(ctx, lifted, 2)
        else:
            await lift_energy_veto(ctx, lifted, 2)
            await take_energy_veto(ctx, said, 1)
    (veto,) = (await office.done("GET", "/v1/vetoes"))["items"]
    assert (veto["id"], veto["lifted_reason"], veto["version"]) == (str(veto_id), "corrected", 2)
    answer = await office.call("POST", f"/v1/vetoes/{veto_id}/lifting", {"reason": "x"})
    assert answer.json()["code"] == "veto.of_energy"
