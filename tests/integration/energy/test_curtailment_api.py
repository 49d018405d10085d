"""Orderly use over REST: users, a plan from its draft to force, its tables, and who would be chosen."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
from sqlalchemy import insert

from libs.common.registry.tables import EnterpriseReplicaRow
from services.energy.curtailment.jobs import turn_plans
from services.energy.curtailment.service import (
    Borne,
    approved_plan,
    curtailed_so_far,
    hold,
    record_burdens,
    release,
    select_users,
)
from services.energy.metering.tables import MeterRow
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, TODAY, Site
from tests.support.energy_context import run_job
from tests.support.sheets import csv_text, xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLAN = {"region_code": COUNTY, "year": 2026, "name": "2026年有序用电方案", "max_load_kw": 10_000}
# 4, 8, 12 and 12 percent of 10 MW.
SHARES = {"blue": 4, "yellow": 8, "orange": 12, "red": 12}
TOMORROW = TODAY + timedelta(days=1)


def code_of(number: int) -> str:
    return f"91421224MA0000{number:04}"


async def enterprises(site: Site, count: int, region: str = COUNTY, first: int = 1) -> list[UUID]:
    """So many enterprises in the registry, each with a meter ``M-<number>``."""
    ids = [uuid4() for _ in range(count)]
    async with site.database.transaction() as session:
        await session.execute(
            insert(EnterpriseReplicaRow),
            [
                {
                    "subject": str(one),
                    "version": 1,
                    "enterprise_id": one,
                    "credit_code": code_of(first + place),
                    "name": f"企业{first + place}",
                    "region_code": region,
                    "sector_code": "C3011",
                    "key_energy_user": False,
                }
                for place, one in enumerate(ids)
            ],
        )
    for place, one in enumerate(ids):
        await site.register(f"M-{first + place}", enterprise_id=str(one), region_code=region)
    return ids


def user(number: int, **facts: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "category": "ordinary",
        "max_load_kw": 1000,
        "security_load_kw": 100,
        "meter_nos": [f"M-{number}"],
        "offers": [{"measure": "stagger", "load_kw": 500}, {"measure": "limit", "load_kw": 700}],
    }
    return body | facts


async def put_users(client: httpx.AsyncClient, ids: list[UUID], **facts: Any) -> None:
    for number, one in enumerate(ids, 1):
        answer = await client.put(f"/v1/curtailment-users/{one}", json=user(number, **facts))
        assert answer.status_code == 201, answer.text


async def put_shares(site: Site, **shares: float) -> None:
    body = {
        "kind": "tier_shares",
        "region_code": COUNTY,
        "valid_from": "2026-01-01",
        "parameters": shares or SHARES,
    }
    async with site.client() as client:
        assert (await client.put("/v1/curtailment-rules", json=body)).status_code == 201


async def draft(client: httpx.AsyncClient, rows: list[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    answer = await client.post("/v1/curtailment-plans", json=PLAN | facts)
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    for row in rows:
        added = await client.post(f"/v1/curtailment-plans/{plan['id']}/entries", json=row)
        assert added.status_code == 201, added.text
    return plan


def row(
    enterprise: UUID, tier: int = 1, measure: str = "stagger", quota: float = 400, **facts: Any
) -> dict[str, Any]:
    return {"enterprise_id": str(enterprise), "tier": tier, "measure": measure, "quota": quota, **facts}


async def decide(site: Site, plan_id: str, **approval: Any) -> dict[str, Any]:
    """Checked and submitted by the officer, approved by the leader."""
    path = f"/v1/curtailment-plans/{plan_id}"
    async with site.client() as officer, site.client("leader") as leader:
        checked = await officer.post(f"{path}/checks")
        assert checked.json()["status"] == "checked", checked.text
        assert (await officer.post(f"{path}/submission", json={})).status_code == 200
        approved = await leader.post(f"{path}/approval", json=approval)
    assert approved.status_code == 200, approved.text
    body: dict[str, Any] = approved.json()
    return body


def gap_of(*kw: float | None, first: int = 72) -> list[float | None]:
    values: list[float | None] = [0.0] * 96
    values[first : first + len(kw)] = kw
    return values


@pytest.fixture
async def county(site: Site) -> Site:
    await site.add_key("leader", "leader", COUNTY)
    await site.add_key("neighbour", "officer", NEIGHBOUR)
    return site


async def test_plan_goes_from_draft_to_force_and_the_next_takes_its_place(county: Site) -> None:
    ids = await enterprises(county, 3)
    await put_shares(county)
    async with county.client() as officer, county.client("leader") as leader:
        await put_users(officer, ids)
        plan = await draft(officer, [row(ids[0]), row(ids[1], tier=2), row(ids[2], tier=3)])
        path = f"/v1/curtailment-plans/{plan['id']}"
        # Nothing skips a step.
        for act in ("submission", "approval"):
            refused = await leader.post(f"{path}/{act}", json={})
            assert (refused.status_code, refused.json()["code"]) == (409, "curtailment.plan_state_unfit")
        assert refused.json()["detail"] == "A plan that is a draft is not open to this: approving it."
        checked = (await officer.post(f"{path}/checks")).json()
        assert (checked["status"], checked["findings"], checked["is_check_current"]) == ("checked", [], True)
        assert [(one["held_kw"], one["held_percent"], one["needed_percent"]) for one in checked["tiers"]] == [
            (400, 4.0, 4.0),
            (800, 8.0, 8.0),
            (1200, 12.0, 12.0),
            (1200, 12.0, 12.0),
        ]
        # A change makes it a draft again, and the check an old one.
        stale = await officer.patch(path, json={"note": "x"}, headers={"If-Match": '"2"'})
        assert stale.status_code == 412
        assert (await officer.patch(path, json={"note": "x"})).status_code == 428
        changed = await officer.patch(path, json={"note": "x"}, headers={"If-Match": f'"{checked["version"]}"'})
        assert (changed.json()["status"], changed.json()["is_check_current"]) == ("draft", False)
        await officer.post(f"{path}/checks")
        submitted = await officer.post(f"{path}/submission", json={"note": "报县政府审定"})
        assert submitted.json()["status"] == "submitted"
        frozen = await officer.post(f"{path}/entries", json=row(ids[0], tier=4))
        assert frozen.json()["code"] == "curtailment.plan_state_unfit"
        assert (await officer.post(f"{path}/approval", json={})).status_code == 403
        returned = await leader.post(f"{path}/return", json={"note": "请核实保安负荷"})
        assert returned.json()["status"] == "draft"
    body = await decide(county, plan["id"])
    assert (body["status"], body["in_force_from"], body["edition"]) == ("in_force", str(TODAY), 1)
    async with county.client() as officer:
        second = await draft(officer, [], copy_from=plan["id"])
        assert (second["edition"], second["tiers"][3]["held_kw"]) == (2, 1200)
    waiting = await decide(county, second["id"], in_force_from=str(TOMORROW))
    assert waiting["status"] == "approved"
    await run_job(county, turn_plans)
    assert (await county.get(f"/v1/curtailment-plans/{second['id']}"))["status"] == "approved"
    county.clock.advance(timedelta(days=1))
    await run_job(county, turn_plans)
    items = (await county.get("/v1/curtailment-plans", sort="edition"))["items"]
    assert [(one["edition"], one["status"]) for one in items] == [(1, "superseded"), (2, "in_force")]
    assert items[0]["superseded_by"] == second["id"]
    steps = (await county.get(f"{path}/steps"))["items"]
    assert [one["act"] for one in steps][-6:] == [
        "return", "check", "submit", "approve", "put_in_force", "supersede"
    ]  # fmt: skip
    assert [one["version"] for one in steps] == list(range(1, len(steps) + 1))
    assert [one["note"] for one in steps if one["act"] == "return"] == ["请核实保安负荷"]
    told = await county.rows(
        "SELECT type, aggregate_version, region_code FROM outbox WHERE topic = 'energy.curtailment_plan.v1' "
        "AND subject = :plan ORDER BY aggregate_version",
        plan=plan["id"],
    )
    assert [one[1] for one in told] == [one["version"] for one in steps]
    assert [one[0].split(".")[2] for one in told][-3:] == ["approved", "entered_force", "superseded"]
    assert {one[2] for one in told} == {COUNTY}
    # With the year its plan ends.
    county.clock.advance(timedelta(days=120))
    await run_job(county, turn_plans)
    assert (await county.get(f"/v1/curtailment-plans/{second['id']}"))["status"] == "superseded"


async def test_plan_with_a_hospital_in_it_is_refused_with_every_other_fault(county: Site) -> None:
    ids = await enterprises(county, 4)
    async with county.client() as officer:
        await officer.put(f"/v1/curtailment-users/{ids[0]}", json=user(1, category="hospital"))
        await officer.put(f"/v1/curtailment-users/{ids[1]}", json=user(2, category="phased_out"))
        await officer.put(f"/v1/curtailment-users/{ids[2]}", json=user(3, meter_nos=[]))
        await officer.put(f"/v1/curtailment-users/{ids[3]}", json=user(4))
        rows = [
            row(ids[0]),
            row(ids[1], tier=3),
            row(ids[2], quota=95, quota_unit="percent"),
            row(ids[3]),
            row(ids[3], tier=4),
        ]
        plan = await draft(officer, rows, year=2031)
        path = f"/v1/curtailment-plans/{plan['id']}"
        # The meter goes to somebody else after the user was recorded.
        async with county.database.transaction() as session:
            meter = await session.get(
                MeterRow, (await county.rows("SELECT meter_id FROM meter WHERE meter_no = 'M-4'"))[0][0]
            )
            assert meter is not None
            meter.enterprise_id = ids[0]
        checked = (await officer.post(f"{path}/checks", headers={"Accept-Language": "zh-CN"})).json()
        assert checked["status"] == "draft"
        assert {one["code"].removeprefix("curtailment.check_") for one in checked["findings"]} == {
            "calendar", "protected", "restricted_late", "security_load", "quota_above_offer", "no_meter",
            "two_tiers", "meter_foreign", "share",
        }  # fmt: skip
        messages = {one["code"]: one["message"] for one in checked["findings"]}
        assert messages["curtailment.check_protected"] == (
            f"企业1（{code_of(1)}）为医院，属《有序用电管理办法》优先保障用户（三），不得列入方案。"
        )
        assert messages["curtailment.check_security_load"] == (
            f"企业3（{code_of(3)}）压减 950.0 千瓦后仅余 50.0 千瓦，低于保安负荷 100.0 千瓦。"
        )
        english = await county.get(path)
        assert "protected by the Measures for Orderly Use" in str(english["findings"])
        refused = await officer.post(f"{path}/submission", json={})
        assert refused.json()["code"] == "curtailment.plan_state_unfit"


async def test_what_changed_since_the_check_is_found_when_the_plan_is_decided(county: Site) -> None:
    ids = await enterprises(county, 1)
    await put_shares(county, blue=0, yellow=0, orange=0, red=0)
    async with county.client() as officer, county.client("leader") as leader:
        await put_users(officer, ids)
        plan = await draft(officer, [row(ids[0])])
        path = f"/v1/curtailment-plans/{plan['id']}"
        assert (await officer.post(f"{path}/checks")).json()["status"] == "checked"
        assert (await officer.post(f"{path}/submission", json={})).status_code == 200
        # It turns out to be a school.
        known = await officer.get(f"/v1/curtailment-users/{ids[0]}")
        patched = await officer.patch(
            f"/v1/curtailment-users/{ids[0]}",
            json={"category": "school"},
            headers={"If-Match": known.headers["etag"]},
        )
        assert patched.json()["standing"] == "protected"
        refused = await leader.post(f"{path}/approval", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "curtailment.plan_faulty")
        assert [one["code"] for one in refused.json()["errors"]] == ["curtailment.check_protected"]


async def test_who_submitted_does_not_approve_and_days_have_to_fit(county: Site) -> None:
    ids = await enterprises(county, 1)
    await put_shares(county, blue=0, yellow=0, orange=0, red=0)
    async with county.client("leader") as leader, county.client("admin") as admin:
        await put_users(leader, ids)
        plan = await draft(leader, [row(ids[0])])
        path = f"/v1/curtailment-plans/{plan['id']}"
        await leader.post(f"{path}/checks")
        await leader.post(f"{path}/submission", json={})
        own = await leader.post(f"{path}/approval", json={})
        assert own.json()["code"] == "curtailment.approver_submitted"
        for day in ("2026-09-14", "2027-01-01"):
            unfit = await admin.post(f"{path}/approval", json={"in_force_from": day})
            assert unfit.json()["code"] == "curtailment.plan_validity_unfit"
        # Two drafts at once are two editions; of two approvals one finds the plan decided.
        drafts = await asyncio.gather(*(leader.post("/v1/curtailment-plans", json=PLAN) for _ in range(2)))
        assert sorted(one.json()["edition"] for one in drafts) == [2, 3]
        both = await asyncio.gather(*(admin.post(f"{path}/approval", json={}) for _ in range(2)))
        assert sorted(one.status_code for one in both) == [200, 409]


async def test_users_are_refused_that_do_not_fit(county: Site) -> None:
    ids = await enterprises(county, 2)
    (foreign,) = await enterprises(county, 1, NEIGHBOUR, first=9)
    async with county.client() as officer:

        async def code(enterprise: UUID, **facts: Any) -> str:
            answer = await officer.put(f"/v1/curtailment-users/{enterprise}", json=user(1, **facts))
            return str(answer.json()["code"] if answer.status_code >= 400 else answer.status_code)

        assert await code(uuid4()) == "curtailment.enterprise_unknown"
        assert await code(foreign, meter_nos=[]) == "curtailment.enterprise_unknown"
        assert await code(ids[0], meter_nos=["M-2"]) == "curtailment.meter_unfit"
        assert await code(ids[0], meter_nos=["M-99"]) == "curtailment.meter_unfit"
        assert await code(ids[0], security_load_kw=1001) == "curtailment.security_load_too_large"
        stagger = {"measure": "stagger", "load_kw": 500}
        assert await code(ids[0], offers=[stagger, stagger]) == "curtailment.offer_unfit"
        assert await code(ids[0], offers=[stagger | {"load_kw": 1001}]) == "curtailment.offer_unfit"
        assert (
            await code(ids[0], offers=[stagger | {"min_minutes": 60, "max_minutes": 30}])
            == "curtailment.offer_unfit"
        )
        assert await code(ids[0]) == "201"
        again = await officer.put(f"/v1/curtailment-users/{ids[0]}", json=user(1), headers={"If-Match": '"9"'})
        assert again.status_code == 412
        read = await county.get(f"/v1/curtailment-users/{ids[0]}")
        assert (read["standing"], read["meter_nos"], len(read["offers"])) == ("ordinary", ["M-1"], 2)
    async with county.client("neighbour") as neighbour:
        assert (await neighbour.get(f"/v1/curtailment-users/{ids[0]}")).status_code == 404


async def test_enterprise_sees_itself_and_its_rows_of_decided_plans_only(county: Site) -> None:
    ids = await enterprises(county, 2)
    await put_shares(county, blue=0, yellow=0, orange=0, red=0)
    await county.add_key("works", "enterprise", COUNTY, enterprise_id=ids[0], scopes=["energy:read"])
    async with county.client() as officer:
        await put_users(officer, ids)
        plan = await draft(officer, [row(ids[0]), row(ids[1], measure="limit")])
    assert (await county.get("/v1/curtailment-entries", "works"))["items"] == []
    assert len((await county.get("/v1/curtailment-entries"))["items"]) == 2
    await decide(county, plan["id"])
    (own,) = (await county.get("/v1/curtailment-entries", "works"))["items"]
    assert (own["enterprise_id"], own["quota_kw"], own["tier"]) == (str(ids[0]), 400, 1)
    assert [one["code"] for one in (await county.get("/v1/curtailment-users", "works"))["items"]] == [code_of(1)]
    assert (await county.get("/v1/curtailment-plans", "works"))["items"] == []
    assert (await county.get("/v1/curtailment-entries", "neighbour"))["items"] == []
    async with county.client("works") as works, county.client("neighbour") as neighbour:
        for client in (works, neighbour):
            assert (await client.get(f"/v1/curtailment-plans/{plan['id']}")).status_code == 404
            assert (await client.get(f"/v1/curtailment-users/{ids[1]}")).status_code == 404


async def test_plan_is_imported_by_table_after_a_preview_and_comes_out_as_it_went_in(county: Site) -> None:
    ids = await enterprises(county, 3)
    await put_shares(county, blue=0, yellow=0, orange=0, red=0)
    header = [
        "统一社会信用代码",
        "企业名称",
        "等级",
        "措施",
        "压减指标(千瓦)",
        "压减指标(兆瓦)",
        "压减比例(%)",
        "轮休组",
        "备注",
    ]
    good = [
        header,
        [code_of(1), "企业1", "Ⅳ", "错峰", 400, None, None, "A", None],
        [code_of(2), "企业2", "Ⅲ级", "限电", None, 0.5, None, None, "夜班"],
    ]
    bad = [
        *good,
        [code_of(1), "企业1", "Ⅳ", "错峰", 300, None, None, None, None],
        [code_of(3), "企业3", "Ⅳ", "错峰", 300, None, None, None, None],
        [code_of(7), "企业7", "Ⅳ", "错峰", 300, None, None, None, None],
        [code_of(2), "企业2", "Ⅰ", "停电", 300, None, 10, None, None],
        [code_of(2), "企业2", "Ⅰ", "拉闸", 300, 0.3, None, None, None],
    ]
    async with county.client() as officer:
        await put_users(officer, ids[:2])
        plan = await draft(officer, [row(ids[0], tier=4)], rotation={"A": [2, 4]})
        path = f"/v1/curtailment-plans/{plan['id']}/imports"

        async def send(body: bytes, media: str, **parameters: Any) -> httpx.Response:
            return await officer.post(path, content=body, headers={"Content-Type": media}, params=parameters)

        preview = (await send(xlsx(bad), XLSX, dry_run=True)).json()
        assert [(one["row"], one["column"], one["code"].rpartition(".")[2]) for one in preview["faults"]] == [
            (4, "A", "import_row_repeated"),
            (5, "A", "import_no_user"),
            (6, "A", "import_enterprise_unknown"),
            (7, "D", "import_cell_unfit"),
            (8, "F", "import_quota_ambiguous"),
        ]
        assert preview["faults"][0]["message"] == "It repeats row 2."
        refused = await send(xlsx(bad), XLSX)
        assert (refused.status_code, refused.json()["code"]) == (409, "curtailment.import_refused")
        assert len((await county.get("/v1/curtailment-entries"))["items"]) == 1
        preview = (await send(csv_text(good).encode("gb18030"), "text/csv", dry_run=True)).json()
        assert {name: preview[name] for name in ("created", "changed", "unchanged", "removed", "faults")} == {
            "created": 2, "changed": 0, "unchanged": 0, "removed": 1, "faults": []
        }  # fmt: skip
        assert len((await county.get("/v1/curtailment-entries"))["items"]) == 1
        done = (await send(xlsx(good), XLSX)).json()
        assert (done["created"], done["removed"], done["findings"]) == (2, 1, [])
        entries = (await county.get("/v1/curtailment-entries"))["items"]
        assert [(one["code"], one["tier"], one["quota_kw"], one["rotation_group"]) for one in entries] == [
            (code_of(1), 1, 400, "A"),
            (code_of(2), 2, 500, None),
        ]
        for format_ in ("xlsx", "csv"):
            exported = await officer.get(path.replace("imports", "export"), params={"format": format_})
            media = exported.headers["content-type"]
            again = (await send(exported.content, media)).json()
            assert (again["unchanged"], again["created"], again["faults"]) == (2, 0, [])
        nonsense = await send(b"a,b\r\n1,2\r\n", "text/csv")
        assert (nonsense.status_code, nonsense.json()["code"]) == (422, "curtailment.import_unreadable")
        template = await officer.get(
            "/v1/curtailment-templates/plan", params={"format": "csv"}, headers={"Accept-Language": "zh-CN"}
        )
        assert template.content.decode("utf-8-sig").strip().split(",") == header


async def test_users_are_imported_by_table(county: Site) -> None:
    ids = await enterprises(county, 2)
    rows: list[list[Any]] = [
        [
            "credit_code",
            "category",
            "max_load_kw",
            "security_load_kw",
            "meter_nos",
            "stagger.load_kw",
            "stagger.min_minutes",
        ],
        [code_of(1), "景观照明、亮化工程", 800, 0, "M-1", 300, 60],
        [code_of(2), "ordinary", 500, 600, "M-1", 100, 0],
    ]
    async with county.client() as officer:

        async def send(table: list[list[Any]], **parameters: Any) -> httpx.Response:
            return await officer.post(
                "/v1/curtailment-users/imports",
                content=xlsx(table),
                headers={"Content-Type": XLSX},
                params=parameters,
            )

        preview = (await send(rows, dry_run=True)).json()
        assert [(one["row"], one["code"]) for one in preview["faults"]] == [
            (3, "curtailment.security_load_too_large")
        ]
        assert (await county.get("/v1/curtailment-users"))["items"] == []
        assert (await send(rows)).status_code == 409
        rows[2][3:] = [50, "M-2", 100, 15]
        assert (await send(rows)).json()["created"] == 2
        rows[1][2] = 900
        again = (await send(rows)).json()
        assert (again["created"], again["changed"], again["unchanged"]) == (0, 1, 1)
    read = await county.get(f"/v1/curtailment-users/{ids[0]}")
    assert (read["category"], read["offers"][0]["min_minutes"]) == ("landscape_lighting", 60)


async def test_selection_covers_the_gap_by_the_mildest_and_says_why(county: Site) -> None:
    ids = await enterprises(county, 6)
    async with county.client() as officer:
        await put_users(officer, ids)
        for number, facts in (
            (2, {"category": "over_quota"}),
            (3, {"rest_weekdays": [3]}),
            (5, {"offers": [{"measure": "stagger", "load_kw": 500, "notice_minutes": 60 * 36}]}),
        ):
            path = f"/v1/curtailment-users/{ids[number - 1]}"
            answer = await officer.patch(path, json=facts, headers={"If-Match": '"1"'})
            assert answer.status_code == 200, answer.text
        excluded = {
            "starts_at": f"{TOMORROW}T17:00:00+08:00",
            "ends_at": f"{TOMORROW}T20:00:00+08:00",
            "reason": "2号电炉检修",
        }
        answer = await officer.post(f"/v1/curtailment-users/{ids[3]}/exclusions", json=excluded)
        assert answer.status_code == 201, answer.text
        await officer.post(
            "/v1/planned-outages",
            json={
                "scope": "meter",
                "code": "M-6",
                "reason": "改造",
                **{k: excluded[k] for k in ("starts_at", "ends_at")},
            },
        )
        plan = await draft(
            officer,
            [
                row(ids[0], quota=50, quota_unit="percent"),
                row(ids[1], measure="limit", tier=2),
                *(row(one) for one in ids[2:]),
            ],
        )
        asked = {"day": str(TOMORROW), "gap_kw": gap_of(450, 450, 800, None)}
        answer = await officer.post(f"/v1/curtailment-plans/{plan['id']}/selections", json=asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        elsewhere = await officer.post(
            f"/v1/curtailment-plans/{plan['id']}/selections", json=asked | {"enterprise_ids": [str(ids[1])]}
        )
        assert [one["code"] for one in elsewhere.json()["calls"]] == [code_of(2)]
        assert elsewhere.json()["passed"][0]["why"] == "elsewhere"
        blue = (
            await officer.post(f"/v1/curtailment-plans/{plan['id']}/selections", json=asked | {"level": 1})
        ).json()
    # The mild one for all of it, the user restricted first for what is left at 18:30.
    assert [(one["code"], one["measure"], one["kw"], one["starts_at"][11:16]) for one in found["calls"]] == [
        (code_of(1), "stagger", 500, "18:00"),
        (code_of(2), "limit", 400, "18:30"),
    ]
    assert (found["level"], found["covers"], found["is_exact"]) == (2, False, True)
    assert found["gap_kw"][75] is None
    assert found["uncovered_kw"] == [0.0] * 96
    assert found["surplus_kw"][72:76] == [50, 50, 100, 0]
    assert {(one["code"], one["why"]) for one in found["passed"]} == {
        (code_of(3), "rest_day"),
        (code_of(4), "excluded"),
        (code_of(5), "notice"),
        (code_of(6), "outage"),
    }
    reasons = {one["code"]: one["reason_zh"] for one in found["passed"]}
    assert reasons[code_of(3)] == "周三为该企业厂休日，无负荷可调"
    assert reasons[code_of(4)] == "该时段不可调用：2号电炉检修"
    assert found["summary_zh"].endswith("全部覆盖；1 个时段缺口未知，未作安排")
    assert (blue["level"], [one["code"] for one in blue["calls"]], blue["uncovered_kw"][74]) == (
        1,
        [code_of(1)],
        300,
    )
    assert any(one["why"] == "tier" for one in blue["passed"])
    # Nothing was written.
    assert await county.rows("SELECT 1 FROM outbox WHERE topic = 'energy.situation.v1'") == []


async def test_fairness_of_the_year_changes_the_next_selection(county: Site) -> None:
    ids = await enterprises(county, 2)
    await put_shares(county, blue=0, yellow=0, orange=0, red=0)
    async with county.client() as officer:
        await put_users(officer, ids)
        plan = await draft(officer, [row(ids[0]), row(ids[1])])
    await decide(county, plan["id"])
    gap = np.array(gap_of(300, 300), np.float64)
    activation = uuid4()
    found: list[list[UUID]] = []
    told: list[Any] = []

    async def play(ctx: Any, _due: datetime) -> None:
        stated = await approved_plan(ctx, f"{COUNTY}101", 2026)
        assert stated is not None
        assert (str(stated.plan_id), stated.edition, await approved_plan(ctx, COUNTY, 2025)) == (
            plan["id"],
            1,
            None,
        )

        async def chosen() -> list[UUID]:
            return [one.enterprise_id for one in (await select_users(ctx, stated, gap, TOMORROW)).users]

        found.append(await chosen())
        facts: dict[str, Any] = {"activation_id": activation, "region_code": COUNTY, "day": TODAY, "minutes": 120}
        await record_burdens(ctx, [Borne(enterprise_id=ids[0], kwh=600.0, edition=2, **facts)])
        # An earlier verification that comes late changes nothing.
        await record_burdens(ctx, [Borne(enterprise_id=ids[0], kwh=0.0, edition=1, **facts)])
        found.append(await chosen())
        told.append(await curtailed_so_far(ctx, 2026))
        # Who is under another activation is not called, and is again when that is over.
        start = datetime(2026, 9, 16, 9, 0, tzinfo=UTC)
        await hold(ctx, [ids[1], uuid4()], start, start + timedelta(hours=3), reference=activation, reason="A-1")
        found.append(await chosen())
        await release(ctx, activation)
        found.append(await chosen())

    await run_job(county, play)
    assert found == [[ids[0]], [ids[1]], [ids[0]], [ids[1]]]
    burden = told[0][ids[0]]
    assert (burden.kwh, burden.times, burden.minutes) == (600.0, 1, 120)
    (item,) = (await county.get("/v1/curtailment-burdens"))["items"]
    assert (item["kwh"], item["edition"]) == (600.0, 2)
    assert (await county.get("/v1/curtailment-burdens", "neighbour"))["items"] == []


async def test_rules_are_for_who_reaches_their_region(county: Site) -> None:
    body = {
        "kind": "objective",
        "valid_from": str(date(2026, 10, 1)),
        "parameters": {"order": ["harm", "measures"]},
    }
    async with county.client() as officer, county.client("admin") as admin:
        wide = await officer.put("/v1/curtailment-rules", json=body)
        assert wide.json()["code"] == "curtailment.rule_too_wide"
        inverted = await officer.put(
            "/v1/curtailment-rules", json=body | {"region_code": COUNTY, "valid_to": "2026-10-01"}
        )
        assert inverted.json()["code"] == "curtailment.rule_validity_inverted"
        malformed = await admin.put("/v1/curtailment-rules", json=body | {"parameters": {"order": ["luck"]}})
        assert malformed.status_code == 422
        assert (await admin.put("/v1/curtailment-rules", json=body)).status_code == 201
        assert (await admin.put("/v1/curtailment-rules", json=body)).json()["version"] == 2
    items = (await county.get("/v1/curtailment-rules"))["items"]
    assert [one["kind"] for one in items] == ["objective", "objective", "tier_shares"]
    assert NOW.date() == TODAY
