"""The ledger of a year: every number stands on sealed rows; frozen, corrected, frozen again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import TargetMissFollowedUpV1, TargetMissRecordedV1
from libs.common.security.principal import Role
from services.alerts.accountability.jobs import LedgerKeeper
from services.alerts.seals import service as seals
from services.alerts.seals.keys import SealKey
from tests.support.alerts import COUNTY, UNIT, World, caller, spike, spike_over

KEY = SealKey.derived("of this test")
KEEPER = LedgerKeeper(KEY)
NEW_YEAR = datetime(2026, 12, 31, 16, 10, tzinfo=UTC)


async def keep(world: World) -> None:
    async with world.edge() as ctx:
        await seals.seal_all(ctx, KEY)
        await KEEPER.follow(ctx, ctx.now)


async def freeze(world: World) -> None:
    world.clock.set(NEW_YEAR)
    async with world.edge() as ctx:
        await KEEPER.freeze(ctx, NEW_YEAR)


@pytest.fixture
async def year(world: World) -> World:
    """The officer lets a red alert climb to the leader, who promises, and breaks the promise; it ends too late."""
    world.callers.known["leader"] = caller("leader", Role.LEADER, COUNTY, person_id=world.people["leader"])
    opened = spike(uuid4(), level=3)
    await world.handle(opened)
    await world.advance(minutes=15)
    alert_id = await world.scalar("SELECT id FROM alert")
    until = world.clock.now() + timedelta(hours=1)
    async with world.client("leader") as client:
        answer = await client.post(
            f"/v1/alerts/{alert_id}/acknowledgements", json={"promised_at": until.isoformat()}
        )
        assert answer.status_code == 201, answer.text
    await world.advance(hours=1)
    world.clock.advance(timedelta(minutes=30))
    await world.handle(spike_over(opened), 2)
    await keep(world)
    return world


async def misses(world: World, caller: str = "admin", **params: Any) -> list[dict[str, Any]]:
    async with world.client(caller) as client:
        answer = await client.get("/v1/accountability/misses", params={"sort": "at", **params})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def short(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((miss["kind"], miss["person_name"].removesuffix("（演示）")) for miss in found)


async def test_ledger_lists_each_miss_with_the_rows_behind_it(year: World) -> None:
    found = await misses(year)
    assert short(found) == [
        ("broken_promise", "leader"),
        ("escalated_beyond", "leader"),
        ("escalated_beyond", "officer"),
        ("late_closing", "leader"),
        ("missed_acknowledgement", "officer"),
    ]
    late = next(miss for miss in found if miss["kind"] == "late_closing")
    assert late["late_minutes"] == 30
    async with year.client("supervisor") as client:
        detail = (await client.get(f"/v1/accountability/misses/{late['id']}")).json()
    assert [entry["kind"] for entry in detail["entries"]] == ["acknowledged", "resolved"]
    stored = await year.rows("SELECT digest FROM alert_trail WHERE seq IN (:a, :b) ORDER BY seq",
                             a=late["basis_seq"], b=late["trail_seq"])  # fmt: skip
    assert [entry["digest"] for entry in detail["entries"]] == [row.digest for row in stored]


async def test_ledger_waits_for_the_seal_and_counts_nothing_twice(year: World) -> None:
    before = len(await misses(year))
    await keep(year)
    await year.handle(spike(uuid4(), level=3))
    await year.advance(minutes=15)
    async with year.edge() as ctx:
        await KEEPER.follow(ctx, ctx.now)
    assert len(await misses(year)) == before
    await keep(year)
    assert len(await misses(year)) == before + 2
    # Followed from the beginning again, as after a restore: all are known.
    async with year.edge() as ctx:
        await ctx.session.execute(text("UPDATE accountability_place SET seal = 0"))
        await KEEPER.follow(ctx, ctx.now)
    assert len(await misses(year)) == before + 2


async def test_year_is_summed_by_person_and_unit(year: World) -> None:
    async with year.client("admin") as client:
        persons = (await client.get("/v1/accountability/2026/persons")).json()
        units = (await client.get("/v1/accountability/2026/units")).json()
        nothing = (await client.get("/v1/accountability/2025/persons")).json()
    assert persons["edition"] is None
    sums = {each["person_name"].removesuffix("（演示）"): each["total"] for each in persons["items"]}
    assert sums == {"leader": 3, "officer": 2}
    (unit,) = units["items"]
    assert (unit["total"], unit["broken_promise"], unit["escalated_beyond"]) == (5, 1, 2)
    assert nothing["items"] == []


async def test_year_is_frozen_once_and_corrections_make_a_new_edition(year: World) -> None:
    await freeze(year)
    await freeze(year)
    (broken,) = [miss for miss in await misses(year) if miss["kind"] == "broken_promise"]
    year.clock.set(NEW_YEAR + timedelta(days=3))
    async with year.client("admin") as client:
        editions = (await client.get("/v1/accountability/editions", params={"year": 2026})).json()["items"]
        assert [(each["edition"], each["misses"]) for each in editions] == [(1, 5)]
        again = await client.post("/v1/accountability/2026/editions", json={"reason": "again"})
        assert again.json()["code"] == "accountability.nothing_to_freeze"
        early = await client.post("/v1/accountability/2027/editions", json={"reason": "early"})
        assert early.json()["code"] == "accountability.year_not_over"
        path = f"/v1/accountability/misses/{broken['id']}/corrections"
        stale = await client.post(path, json={"act": "exclude", "reason": "x"}, headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        answer = await client.post(path, json={"act": "exclude", "reason": "复核：当日停电，不可抗力"})
        assert (answer.status_code, answer.json()["status"]) == (201, "excluded")
        twice = await client.post(path, json={"act": "exclude", "reason": "again"})
        assert twice.json()["code"] == "accountability.correction_pointless"
        # The frozen edition stands; the new one holds the decision.
        old = (await client.get("/v1/accountability/2026/persons")).json()
        assert (old["edition"], sum(each["total"] for each in old["items"])) == (1, 5)
        made = await client.post("/v1/accountability/2026/editions", json={"reason": "复核更正"})
        assert made.json()["edition"] == 2
        new = (await client.get("/v1/accountability/2026/persons")).json()
        assert (new["edition"], sum(each["total"] for each in new["items"])) == (2, 4)
        first = (await client.get("/v1/accountability/2026/persons", params={"edition": 1})).json()
        assert sum(each["total"] for each in first["items"]) == 5
        assert (await client.get("/v1/accountability/2026/units", params={"edition": 3})).status_code == 404
    rows = await year.rows("SELECT aggregate_version FROM outbox WHERE topic = 'alerts.accountability.v1'")
    assert sorted(row.aggregate_version for row in rows) == [1, 2]
    for statement in (
        "UPDATE accountability_edition SET misses = 0",
        "DELETE FROM accountability_edition_miss",
        "DELETE FROM accountability_correction",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with year.edge() as ctx:
                await ctx.session.execute(text(statement))


async def test_miss_counts_for_somebody_else_and_again_as_it_was_found(year: World) -> None:
    (missed,) = [miss for miss in await misses(year) if miss["kind"] == "missed_acknowledgement"]
    path = f"/v1/accountability/misses/{missed['id']}/corrections"
    other = str(year.people["supervision_group"])
    async with year.client("supervisor") as client:
        unknown = await client.post(path, json={"act": "reassign", "person_id": str(uuid4()), "reason": "x"})
        assert unknown.json()["code"] == "accountability.unknown_person"
        assert (await client.post(path, json={"act": "reassign", "reason": "x"})).status_code == 422
        given = (await client.post(path, json={"act": "reassign", "person_id": other, "reason": "代班"})).json()
        assert (given["status"], given["person_id"]) == ("reassigned", other)
        back = (await client.post(path, json={"act": "restore", "reason": "误改"})).json()
        assert (back["status"], back["person_name"]) == ("counted", missed["person_name"])
        assert [each["act"] for each in back["corrections"]] == ["reassign", "restore"]


async def test_everybody_sees_their_own_part_only(year: World) -> None:
    assert await misses(year, "stranger") == []
    # An officer who is nobody in the registry has nothing to see; one who is sees what counts for that one.
    assert await misses(year, "officer") == []
    year.callers.known["me"] = caller("me", Role.OFFICER, COUNTY, person_id=year.people["officer"])
    assert {miss["person_id"] for miss in await misses(year, "me")} == {str(year.people["officer"])}
    async with year.client("viewer") as client:
        assert (await client.get("/v1/accountability/misses")).status_code == 403
    async with year.client("me") as client:
        assert len((await client.get("/v1/accountability/2026/persons")).json()["items"]) == 1
        assert (await client.post("/v1/accountability/2025/editions", json={"reason": "x"})).status_code == 403
    async with year.client("stranger") as client:
        missed = (await misses(year))[0]
        assert (await client.get(f"/v1/accountability/misses/{missed['id']}")).status_code == 404


async def test_ledger_is_exported_for_people_and_machines_and_that_is_recorded(year: World) -> None:
    await freeze(year)
    async with year.client("supervisor") as client:
        path = "/v1/accountability/2026/export"
        table = await client.get(path, params={"format": "csv"}, headers={"Accept-Language": "zh-CN"})
        lines = table.content.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("预警编号,预警标题,级别")
        assert len(lines) == 6
        assert "未按时签收" in table.text
        assert (await client.get(path)).content.startswith(b"PK")
        rows = [
            json.loads(line) for line in (await client.get(path, params={"format": "jsonl"})).text.splitlines()
        ]
        assert {row["edition"] for row in rows} == {1}
        assert "accountability-2026-1.csv" in table.headers["content-disposition"]
    recorded = await year.scalar("SELECT count(*) FROM audit_record WHERE object_type = 'accountability'")
    assert recorded == 3


def missed_target(world: World, miss_id: UUID, kind: type[EventPayload], **facts: Any) -> EventPayload:
    values = {
        "miss_id": miss_id,
        "target_id": uuid4(),
        "code": "XC-2026-VA",
        "name": "新村镇2026年工业增加值（演示）",
        "year": 2026,
        "unit_id": UNIT,
        "unit_name": "新村镇人民政府（演示）",
        "person_id": world.people["leader"],
        "person_name": "leader（演示）",
        "amount": "78900000",
        "actual": "70000000",
        "measure_unit": "yuan",
        "title_zh": "新村镇2026年工业增加值：目标不低于7890万元，实际7000万元",
        "completion_percent": "88.72",
        "state": "open",
    }
    return kind(**{**values, **facts})


async def test_missed_target_is_an_entry_that_follows_its_settlement_when_events_come_twice_and_late(
    world: World,
) -> None:
    await freeze(world)
    one, event_id = uuid4(), uuid4()
    world.clock.set(NEW_YEAR + timedelta(days=10))
    await world.handle(missed_target(world, one, TargetMissRecordedV1), 1, event_id=event_id)
    # The same again, and one that says less than is known already.
    await world.handle(missed_target(world, one, TargetMissRecordedV1), 1)
    decided = {"state": "decided", "consequence": "criticism", "step": "decided", "text": "全县通报批评"}
    await world.handle(missed_target(world, one, TargetMissFollowedUpV1, **decided), 3)
    explained = {"state": "explained", "step": "explained", "text": "订单减少"}
    await world.handle(missed_target(world, one, TargetMissFollowedUpV1, **explained), 2)
    # Met for the first time by its follow-up: entered all the same; nobody but a unit answers.
    other = {"state": "explained", "step": "explained", "text": "x", "person_id": None, "person_name": ""}
    await world.handle(missed_target(world, uuid4(), TargetMissFollowedUpV1, **other), 2)
    first, second = sorted(await misses(world), key=lambda miss: miss["person_name"] is None)
    assert (first["kind"], first["year"], first["status"]) == ("missed_target", 2026, "counted")
    assert (first["alert_id"], first["trail_seq"], first["severity"]) == (None, None, None)
    assert first["title_zh"] == "新村镇2026年工业增加值：目标不低于7890万元，实际7000万元"
    assert first["title_en"] == "新村镇2026年工业增加值（演示）"
    assert (first["target"]["state"], first["target"]["consequence"]) == ("decided", "criticism")
    assert (second["person_id"], second["unit_name"]) == (None, "新村镇人民政府（演示）")
    path = f"/v1/accountability/misses/{first['id']}"
    async with world.client("admin") as client:
        # What came after New Year's edition makes the next one possible.
        made = await client.post("/v1/accountability/2026/editions", json={"reason": "年终结账"})
        assert (made.status_code, made.json()["edition"], made.json()["misses"]) == (201, 2, 2)
        again = await client.post("/v1/accountability/2026/editions", json={"reason": "x"})
        assert again.json()["code"] == "accountability.nothing_to_freeze"
        (leader, _) = (await client.get("/v1/accountability/2026/persons")).json()["items"]
        assert (leader["person_id"], leader["missed_target"], leader["total"]) == (first["person_id"], 1, 1)
        (unit,) = (await client.get("/v1/accountability/2026/units")).json()["items"]
        assert (unit["unit_id"], unit["missed_target"]) == (str(UNIT), 2)
        table = await client.get(
            "/v1/accountability/2026/export", params={"format": "csv"}, headers={"Accept-Language": "zh-CN"}
        )
        assert "目标未完成" in table.text
        assert "通报批评" in table.text

        # A person excludes it; the settlement lifts it, misses it again with another figure, lifts it for good.
        act = {"act": "exclude", "reason": "不可抗力"}
        assert (await client.post(f"{path}/corrections", json=act)).json()["status"] == "excluded"
        lifted = {"state": "lifted", "step": "lifted", "text": "数据更正"}
        await world.handle(missed_target(world, one, TargetMissFollowedUpV1, **lifted), 4)
        act = {"act": "restore", "reason": "x"}
        refused = await client.post(f"{path}/corrections", json=act)
        assert (refused.status_code, refused.json()["code"]) == (409, "accountability.miss_lifted")
        missed = {"state": "open", "step": "corrected", "text": "再更正", "actual": "71000000"}
        await world.handle(missed_target(world, one, TargetMissFollowedUpV1, **missed), 5)
        detail = (await client.get(path)).json()
        assert (detail["status"], detail["target"]["actual"]) == ("excluded", "71000000")
        assert (await client.post(f"{path}/corrections", json=act)).json()["status"] == "counted"
        await world.handle(missed_target(world, one, TargetMissFollowedUpV1, **lifted), 6)
        detail = (await client.get(path)).json()
        assert detail["status"] == "lifted"
        assert [step["step"] for step in detail["steps"]] == [
            "recorded", "decided", "lifted", "corrected", "lifted",
        ]  # fmt: skip
        made = await client.post("/v1/accountability/2026/editions", json={"reason": "更正"})
        assert made.json()["edition"] == 3
        items = (await client.get("/v1/accountability/2026/persons")).json()["items"]
        assert [(item["person_id"], item["total"]) for item in items] == [(None, 1)]
        before = (await client.get("/v1/accountability/2026/persons", params={"edition": 2})).json()["items"]
        assert sum(item["total"] for item in before) == 2
    world.callers.known["me"] = caller("me", Role.OFFICER, COUNTY, person_id=world.people["officer"])
    assert await misses(world, "me") == []
    assert await misses(world, "stranger") == []
