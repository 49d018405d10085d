"""What people do with an alert over HTTP: two at once, handling, verification, severity, duplicates, relations."""

import asyncio
import json
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from libs.common.security.principal import Role
from services.alerts.trail.domain.life import TRANSITIONS
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, TOWN, World, caller, shortage, spike, spike_over

Answer = httpx.Response


async def one_alert(world: World, **facts: Any) -> str:
    await world.handle(spike(uuid4(), **facts))
    return str(await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1"))


async def act(world: World, name: str, alert_id: str, path: str, /, **body: Any) -> Answer:
    async with world.client(name) as client:
        return await client.post(f"/v1/alerts/{alert_id}/{path}", json=body)


async def done(world: World, name: str, alert_id: str, path: str, /, **body: Any) -> dict[str, Any]:
    answer = await act(world, name, alert_id, path, **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def alert(world: World, alert_id: str) -> dict[str, Any]:
    async with world.client() as client:
        return dict((await client.get(f"/v1/alerts/{alert_id}")).json())


async def kinds(world: World, alert_id: str) -> list[str]:
    rows = await world.rows("SELECT kind FROM alert_trail WHERE alert_id = :id ORDER BY seq", id=UUID(alert_id))
    return [row.kind for row in rows if row.kind != "notified"]


async def told(world: World, reason: str) -> list[str]:
    rows = await world.rows(
        "SELECT recipient_name FROM notification WHERE reason = :reason ORDER BY id", reason=reason
    )
    return [row.recipient_name.removesuffix("（演示）") for row in rows]


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_one_wins_and_the_other_is_told_when_two_acknowledge_at_once(world: World) -> None:
    world.callers.known["li"] = caller("li", Role.OFFICER, COUNTY, person_id=world.people["officer"])
    alert_id = await one_alert(world)
    answers = await asyncio.gather(
        act(world, "li", alert_id, "acknowledgements"), act(world, "supervisor", alert_id, "acknowledgements")
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    winner = (await alert(world, alert_id))["acknowledged_by"]
    assert lost.json()["code"] == "alert.already_acknowledged"
    assert winner in lost.json()["detail"]
    if winner.startswith("person:"):
        assert "officer（演示）" in lost.json()["detail"]
    assert await kinds(world, alert_id) == ["opened", "acknowledged"]


async def test_acknowledging_again_changes_nothing_unless_it_promises_anew_or_takes_over(world: World) -> None:
    alert_id = await one_alert(world)
    first = await done(world, "officer", alert_id, "acknowledgements")
    world.clock.advance(timedelta(minutes=5))
    again = await done(world, "officer", alert_id, "acknowledgements")
    assert (again["version"], again["promised_at"]) == (first["version"], first["promised_at"])
    later = (world.clock.now() + timedelta(days=2)).isoformat()
    assert (await done(world, "officer", alert_id, "acknowledgements", promised_at=later))["version"] == 3
    assert refusal(await act(world, "leader", alert_id, "acknowledgements"))[1] == "alert.already_acknowledged"
    taken = await done(world, "leader", alert_id, "acknowledgements", takes_over=True, note="officer is ill")
    assert taken["acknowledged_by"] == "leader"
    (entry,) = await world.rows("SELECT facts FROM alert_trail WHERE facts LIKE '%taken_over_from%'")
    assert '"taken_over_from":"officer"' in entry.facts


async def test_alert_goes_through_its_whole_life_when_people_do_their_work(world: World) -> None:
    alert_id = await one_alert(world)
    early = await act(world, "officer", alert_id, "handlings", note="x")
    assert refusal(early) == (409, "alert.act_not_possible")
    assert "is open; recording work is not possible now. Possible: acknowledging" in early.json()["detail"]
    assert (await done(world, "officer", alert_id, "acknowledgements"))["stage"] == "acknowledged"
    world.clock.advance(timedelta(hours=2))
    document = str(uuid4())
    record = await done(
        world,
        "officer",
        alert_id,
        "handlings",
        note="1号炉停炉检查",
        attachments=[{"name": "现场照片.jpg", "document_id": document}],
        done_at=(MORNING + timedelta(minutes=30)).isoformat(),
    )
    assert record["attachments"] == [{"name": "现场照片.jpg", "document_id": document}]
    assert record["done_at"] < record["recorded_at"]
    handling = await alert(world, alert_id)
    assert (handling["stage"], handling["status"], handling["handled_by"]) == (
        "handling",
        "acknowledged",
        "officer",
    )
    future = await act(
        world, "officer", alert_id, "handlings", note="x", done_at=(MORNING + timedelta(days=1)).isoformat()
    )
    assert refusal(future) == (409, "alert.done_in_future")
    nothing = await act(world, "officer", alert_id, "handlings", note="x", attachments=[{"name": "x"}])
    assert nothing.status_code == 422
    resolved = await done(world, "supervisor", alert_id, "resolutions", note="设备已修复")
    assert (resolved["stage"], resolved["verified_at"]) == ("resolved", None)
    assert (await act(world, "officer", alert_id, "verifications")).status_code == 403
    assert refusal(await act(world, "supervisor", alert_id, "verifications")) == (
        409,
        "alert.verified_by_resolver",
    )
    closed = await done(world, "leader", alert_id, "verifications", note="已现场核实")
    assert (closed["stage"], closed["status"], closed["verified_by"]) == ("closed", "resolved", "leader")
    assert await kinds(world, alert_id) == ["opened", "acknowledged", "handled", "resolved", "verified"]
    types = [row.type.split(".")[2] for row in await world.rows("SELECT type FROM outbox ORDER BY sequence")]
    assert types == ["opened", "acknowledged", "handled", "resolved", "closed"]
    async with world.client() as client:
        (listed,) = (await client.get(f"/v1/alerts/{alert_id}/handlings")).json()["items"]
        assert listed["id"] == record["id"]


async def test_acknowledgement_is_implied_when_an_open_alert_is_resolved(world: World) -> None:
    alert_id = await one_alert(world)
    resolved = await done(world, "officer", alert_id, "resolutions", note="误报")
    assert (resolved["acknowledged_by"], resolved["stage"]) == ("officer", "resolved")
    assert await kinds(world, alert_id) == ["opened", "acknowledged", "resolved"]


async def test_alert_is_chased_anew_when_its_verification_is_refused(world: World) -> None:
    alert_id = await one_alert(world, level=3)
    await done(world, "officer", alert_id, "acknowledgements")
    await done(world, "officer", alert_id, "resolutions", note="done")
    wordless = await act(world, "leader", alert_id, "verifications", accepted=False)
    assert wordless.status_code == 422
    opened = await done(world, "leader", alert_id, "verifications", accepted=False, note="炉子仍在超负荷运行")
    assert (opened["stage"], opened["resolved_at"], opened["acknowledged_by"], opened["reopened"]) == (
        "open",
        None,
        None,
        1,
    )
    assert await told(world, "reopened") == ["officer"]
    # The climb begins at the first rung: fifteen minutes to the leader.
    assert await world.advance(minutes=14) == 0
    assert await world.advance(minutes=1) == 1
    assert await told(world, "escalated") == ["leader"]


async def test_closed_alert_is_reopened_with_a_reason_unless_another_is_live(world: World) -> None:
    meter = uuid4()
    first = spike(meter)
    await world.handle(first, 1)
    await world.handle(spike_over(first), 2)
    alert_id = str(await world.scalar("SELECT id FROM alert"))
    assert (await alert(world, alert_id))["stage"] == "closed"
    assert (await act(world, "officer", alert_id, "reopenings")).status_code == 422
    opened = await done(world, "officer", alert_id, "reopenings", reason="原因未查明")
    assert (opened["stage"], opened["reopened"]) == ("open", 1)
    assert refusal(await act(world, "officer", alert_id, "reopenings", reason="x")) == (
        409,
        "alert.act_not_possible",
    )
    await done(world, "officer", alert_id, "resolutions", note="done")
    await world.handle(spike(meter))
    twin = await act(world, "officer", alert_id, "reopenings", reason="again")
    assert refusal(twin) == (409, "alert.live_twin")
    assert "no. 2" in twin.json()["detail"] or "no." in twin.json()["detail"]


async def test_end_of_the_condition_verifies_what_a_person_resolved(world: World) -> None:
    first = spike(uuid4())
    await world.handle(first, 1)
    alert_id = str(await world.scalar("SELECT id FROM alert"))
    await done(world, "officer", alert_id, "resolutions", note="switched off")
    await world.handle(spike_over(first), 2)
    closed = await alert(world, alert_id)
    assert (closed["stage"], closed["verified_by"], closed["verification"]) == ("closed", "system", "returned")
    assert closed["resolved_by"] == "officer"
    assert closed["cleared_at"] is not None


async def test_chase_begins_anew_when_a_person_raises_and_slows_when_one_lowers(world: World) -> None:
    alert_id = await one_alert(world, level=1)
    await done(world, "officer", alert_id, "acknowledgements")
    raised = await done(world, "officer", alert_id, "severity-changes", severity="red", reason="影响居民供电")
    assert (raised["severity"], raised["judged_severity"], raised["severity_by"], raised["stage"]) == (
        "red",
        "yellow",
        "officer",
        "open",
    )
    assert raised["labels"]["severity"] == "red"
    assert await told(world, "amended") == ["officer"]
    assert await world.advance(minutes=15) == 1
    same = await act(world, "leader", alert_id, "severity-changes", severity="red", reason="x")
    assert refusal(same) == (409, "alert.same_severity")
    assert (
        await act(world, "officer", alert_id, "severity-changes", severity="blue", reason="x")
    ).status_code == 403
    lowered = await done(world, "leader", alert_id, "severity-changes", severity="blue", reason="已恢复供电")
    assert (lowered["severity"], lowered["stage"]) == ("blue", "open")
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at > world.clock.now() + timedelta(hours=12)
    assert await told(world, "amended") == ["officer"]


async def test_persons_word_stands_until_the_condition_becomes_graver(world: World) -> None:
    first = spike(uuid4(), level=2)
    await world.handle(first, 1)
    alert_id = str(await world.scalar("SELECT id FROM alert"))
    await done(world, "leader", alert_id, "severity-changes", severity="yellow", reason="known test run")
    await world.handle(first.model_copy(update={"value_kw": 2500.0}), 2)
    assert (await alert(world, alert_id))["severity"] == "yellow"
    await world.handle(first.model_copy(update={"level": 3}), 3)
    graver = await alert(world, alert_id)
    assert (graver["severity"], graver["severity_by"]) == ("red", None)


async def test_assigned_person_is_told_and_asked_first_from_then_on(world: World) -> None:
    person = await world.add_person("leader", name="李某（演示）", email="li@example.test")
    alert_id = await one_alert(world, level=3)
    unknown = await act(world, "supervisor", alert_id, "assignments", person_id=str(uuid4()))
    assert refusal(unknown) == (409, "alert.unknown_assignee")
    assert (await act(world, "supervisor", alert_id, "assignments")).status_code == 422
    assigned = await done(
        world, "supervisor", alert_id, "assignments", person_id=str(person), reason="分管冶金园区"
    )
    assert assigned["responsible_person_id"] == str(person)
    assert assigned["responsible_unit_id"] is not None
    assert await told(world, "assigned") == ["李某"]
    async with world.client() as client:
        mine = await client.get("/v1/alerts", params={"filter[responsible_person_id]": str(person)})
        assert [item["id"] for item in mine.json()["items"]] == [alert_id]


async def test_duplicate_is_merged_its_conditions_hold_the_other_and_its_history_stays(world: World) -> None:
    first, second = spike(uuid4(), level=1), spike(uuid4(), level=3)
    await world.handle(first, 1)
    kept = str(await world.scalar("SELECT id FROM alert"))
    await world.handle(second, 1)
    copy = str(await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1"))
    assert refusal(await act(world, "officer", copy, "merges", into=copy)) == (409, "alert.itself")
    merged = await done(world, "officer", copy, "merges", into=kept, reason="同一台炉")
    assert (merged["stage"], merged["merged_into"]) == ("merged", kept)
    survivor = await alert(world, kept)
    # A graver duplicate raises what remains, and whoever knows of it hears of that.
    assert (survivor["severity"], survivor["stage"]) == ("red", "open")
    assert refusal(await act(world, "officer", copy, "acknowledgements")) == (409, "alert.already_resolved")
    third = str(await one_alert(world))
    assert refusal(await act(world, "officer", third, "merges", into=copy)) == (409, "alert.merge_target")
    # The same trouble again is the survivor's.
    await world.handle(spike(second.meter_id, level=3))
    assert await world.scalar("SELECT count(*) FROM alert") == 3
    await world.handle(spike_over(first), 2)
    assert (await alert(world, kept))["stage"] == "open"
    assert (await kinds(world, copy))[-1] == "merged"
    assert "absorbed" in await kinds(world, kept)
    async with world.client() as client:
        assert (await client.get(f"/v1/alerts/{copy}/trail")).json()["intact"] is True
        dupes = await client.get("/v1/alerts", params={"filter[merged_into]": kept})
        assert [item["id"] for item in dupes.json()["items"]] == [copy]


async def test_merge_is_taken_back_and_each_goes_its_own_way(world: World) -> None:
    first, second = spike(uuid4()), spike(uuid4())
    await world.handle(first, 1)
    await world.handle(second, 1)
    kept, copy = [str(row.id) for row in await world.rows("SELECT id FROM alert ORDER BY number")]
    await done(world, "officer", copy, "merges", into=kept)
    apart = await done(world, "officer", copy, "unmerges", reason="另一台炉")
    assert (apart["stage"], apart["merged_into"]) == ("open", None)
    await world.handle(spike_over(second), 2)
    assert [(await alert(world, one))["stage"] for one in (kept, copy)] == ["open", "closed"]
    assert refusal(await act(world, "officer", copy, "unmerges")) == (409, "alert.act_not_possible")


async def test_unmerged_alert_is_closed_when_its_condition_ended_meanwhile(world: World) -> None:
    first, second = spike(uuid4()), spike(uuid4())
    await world.handle(first, 1)
    await world.handle(second, 1)
    kept, copy = [str(row.id) for row in await world.rows("SELECT id FROM alert ORDER BY number")]
    await done(world, "officer", copy, "merges", into=kept)
    await world.handle(spike_over(second), 2)
    assert (await done(world, "officer", copy, "unmerges"))["stage"] == "closed"
    assert (await alert(world, kept))["stage"] == "open"


async def test_duplicates_of_a_duplicate_are_carried_along(world: World) -> None:
    ids = [await one_alert(world) for _ in range(3)]
    await done(world, "officer", ids[0], "merges", into=ids[1])
    await done(world, "officer", ids[1], "merges", into=ids[2])
    assert [(await alert(world, one))["merged_into"] for one in ids] == [ids[2], ids[2], None]
    assert (await done(world, "officer", ids[0], "unmerges"))["stage"] == "open"


async def test_enterprises_alert_is_linked_to_the_substations_as_its_cause(world: World) -> None:
    await world.handle(shortage())
    cause = str(await world.scalar("SELECT id FROM alert"))
    effect = await one_alert(world)
    link = await done(world, "officer", effect, "links", alert_id=cause, relation="caused_by", reason="同一变电站")
    assert (link["relation"], link["alert_id"]) == ("caused_by", cause)
    again = await act(world, "officer", effect, "links", alert_id=cause, relation="caused_by")
    assert refusal(again) == (409, "alert.link_stands")
    circle = await act(world, "officer", cause, "links", alert_id=effect, relation="caused_by")
    assert refusal(circle) == (409, "alert.link_cycle")
    await done(world, "officer", cause, "links", alert_id=effect)
    async with world.client() as client:
        (caused, related) = (await client.get(f"/v1/alerts/{cause}/links")).json()["items"]
        assert (caused["relation"], caused["alert_id"], related["relation"]) == ("cause_of", effect, "related")
        path = f"/v1/alerts/{cause}/links"
        assert (await client.delete(f"{path}/{caused['id']}")).status_code == 204
        assert (await client.delete(f"{path}/{caused['id']}")).status_code == 404
        assert len((await client.get(path)).json()["items"]) == 1
    assert (await kinds(world, effect))[-3:] == ["linked", "linked", "unlinked"]


async def test_nobody_links_or_merges_with_what_is_not_theirs(world: World) -> None:
    own = await one_alert(world)
    await world.handle(spike(uuid4()), region_code=OTHER_COUNTY)
    foreign = str(await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1"))
    for path, body in (("links", {"alert_id": foreign}), ("merges", {"into": foreign})):
        assert (await act(world, "officer", own, path, **body)).status_code == 404
    for path, body in (
        ("handlings", {"note": "x"}),
        ("assignments", {"unit_id": str(uuid4())}),
        ("severity-changes", {"severity": "red", "reason": "x"}),
        ("verifications", {}),
        ("reopenings", {"reason": "x"}),
        ("merges", {"into": own}),
        ("unmerges", {}),
        ("links", {"alert_id": own}),
    ):
        assert (await act(world, "supervisor", foreign, path, **body)).status_code == 404, path
    async with world.client("officer") as client:
        for path in ("handlings", "links", "story"):
            assert (await client.get(f"/v1/alerts/{foreign}/{path}")).status_code == 404


async def test_each_item_answers_for_itself_when_many_are_acted_on(world: World) -> None:
    fresh, taken, over = [await one_alert(world) for _ in range(3)]
    await done(world, "leader", taken, "acknowledgements")
    await done(world, "leader", over, "resolutions", note="done")
    body = {"alert_ids": [over, fresh, str(uuid4()), taken], "action": {"act": "acknowledge", "note": "一并处理"}}
    async with world.client("officer") as client:
        answer = await client.post("/v1/alerts/bulk-actions", json=body)
        assert answer.status_code == 200, answer.text
        result = answer.json()
        assert (result["done"], result["failed"]) == (1, 3)
        assert [item["code"] for item in result["items"]] == [
            "alert.already_resolved",
            None,
            "alert.not_found",
            "alert.already_acknowledged",
        ]
        assert result["items"][3]["params"]["acknowledged_by"] == "leader"
        assert result["items"][3]["detail"]
        assert (await client.post("/v1/alerts/bulk-actions", json={**body, "alert_ids": []})).status_code == 422
        verify = {"alert_ids": [over], "action": {"act": "verify"}}
        assert (await client.post("/v1/alerts/bulk-actions", json=verify)).status_code == 403
    assert (await alert(world, fresh))["acknowledged_by"] == "officer"
    async with world.client("supervisor") as client:
        actions: list[dict[str, Any]] = [
            {"act": "handle", "note": "x"},
            {"act": "comment", "text": "x"},
            {"act": "change_severity", "severity": "orange", "reason": "x"},
            {"act": "assign", "person_id": str(world.people["officer"])},
            {"act": "merge", "into": taken},
        ]
        for action in actions:
            answer = await client.post("/v1/alerts/bulk-actions", json={"alert_ids": [fresh], "action": action})
            assert answer.json()["done"] == 1, answer.text
        actions = [{"act": "verify", "accepted": False, "note": "no"}, {"act": "resolve", "note": "x"}]
        for action in actions:
            answer = await client.post("/v1/alerts/bulk-actions", json={"alert_ids": [over], "action": action})
            assert answer.json()["done"] == 1, answer.text


async def test_act_is_refused_when_the_caller_saw_another_version(world: World) -> None:
    alert_id = await one_alert(world)
    await done(world, "officer", alert_id, "acknowledgements")
    async with world.client() as client:
        path, body = f"/v1/alerts/{alert_id}/handlings", {"note": "x"}
        assert (await client.post(path, json=body, headers={"If-Match": '"1"'})).status_code == 412
        assert (await client.post(path, json=body, headers={"If-Match": '"2"'})).status_code == 201


async def test_broken_promises_are_counted_and_found(world: World) -> None:
    alert_id = await one_alert(world)
    await one_alert(world)
    promised = (MORNING + timedelta(hours=1)).isoformat()
    await done(world, "officer", alert_id, "acknowledgements", promised_at=promised)
    await done(world, "officer", alert_id, "handlings", note="x")
    await world.advance(hours=1)
    assert (await alert(world, alert_id))["stage"] == "open"
    async with world.client() as client:
        for params, expected in (
            ({"filter[promises_broken][gte]": "1"}, 1),
            ({"filter[stage]": "open"}, 2),
            ({"filter[stage][in]": "handling,closed"}, 0),
            ({"filter[acknowledged_by]": "officer"}, 1),
        ):
            answer = await client.get("/v1/alerts", params=params)
            assert len(answer.json()["items"]) == expected, params


async def test_story_is_told_in_order_of_time_from_the_reading_to_the_end(world: World) -> None:
    first = spike(uuid4(), level=3, opened_at=MORNING, evidence_at=(MORNING - timedelta(minutes=15),))
    await world.handle(first, 1, time=MORNING - timedelta(minutes=1))
    alert_id = str(await world.scalar("SELECT id FROM alert"))
    await world.advance(minutes=15)
    await done(world, "officer", alert_id, "acknowledgements")
    await done(world, "officer", alert_id, "handlings", note="on site")
    await world.handle(spike_over(first), 2)
    async with world.client() as client:
        items = (await client.get(f"/v1/alerts/{alert_id}/story")).json()["items"]
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    parts = [(item["part"], item["kind"]) for item in items if item["kind"] != "received"]
    assert parts[:3] == [("reading", "measured"), ("detection", "detected"), ("trail", "opened")]
    assert ("notification", "opened") in parts
    assert ("delivery", "pending") in parts
    assert ("trail", "escalated") in parts
    assert ("detection", "ended") in parts
    detected = items[1]
    assert detected["known_at"] > detected["at"]
    async with world.client("viewer") as client:
        assert (await client.get(f"/v1/alerts/{alert_id}/story")).status_code == 200
    world.callers.known["enterprise"] = caller("ent", Role.ENTERPRISE, COUNTY, enterprise_id=uuid4())
    async with world.client("enterprise") as client:
        assert (await client.get(f"/v1/alerts/{alert_id}/story")).status_code == 403


@pytest.mark.parametrize("seed", [7, 11])
async def test_no_path_skips_and_no_key_is_live_twice_when_anything_happens_in_any_order(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)
    meters = [uuid4() for _ in range(3)]
    opened: dict[UUID, Any] = {}
    versions: dict[UUID, int] = {}

    async def alerts_of(*stages: str) -> list[str]:
        async with world.client("admin") as client:
            items = (await client.get("/v1/alerts", params={"limit": 200})).json()["items"]
        return [item["id"] for item in items if not stages or item["stage"] in stages]

    async def event() -> None:
        meter = chance.choice(meters)
        known = opened.get(meter)
        if known is None or chance.random() < 0.3:
            known = opened[meter] = spike(meter, level=chance.randint(1, 3))
        identity = known.condition_id
        versions[identity] = versions.get(identity, 0) + 1
        if chance.random() < 0.35:
            await world.handle(spike_over(known), versions[identity], region_code=TOWN)
            opened.pop(meter, None)
        else:
            changed = known.model_copy(update={"level": chance.randint(1, 3)})
            await world.handle(changed, versions[identity], region_code=TOWN)

    async def person() -> None:
        ids = await alerts_of()
        if not ids:
            return
        name, alert_id = chance.choice(["officer", "leader", "supervisor"]), chance.choice(ids)
        acts: list[tuple[str, dict[str, Any]]] = [
            ("acknowledgements", {}),
            ("acknowledgements", {"takes_over": True}),
            ("handlings", {"note": "x"}),
            ("resolutions", {"note": "x"}),
            ("verifications", {}),
            ("verifications", {"accepted": False, "note": "x"}),
            ("reopenings", {"reason": "x"}),
            ("severity-changes", {"severity": chance.choice(["blue", "red"]), "reason": "x"}),
            ("merges", {"into": chance.choice(ids)}),
            ("unmerges", {}),
        ]
        path, body = chance.choice(acts)
        answer = await act(world, name, alert_id, path, **body)
        assert answer.status_code in (201, 403, 409), answer.text

    for _ in range(45):
        await chance.choice([event, person, person, person])()
        if chance.random() < 0.2:
            await world.advance(hours=chance.randint(1, 30))
    doubled = await world.rows(
        "SELECT dedup_key FROM alert WHERE status <> 'resolved' GROUP BY dedup_key HAVING count(*) > 1"
    )
    assert doubled == []
    edges = {(before.value, after.value) for (before, _), after in TRANSITIONS.items()}
    for alert_id in await alerts_of():
        async with world.client("admin") as client:
            assert (await client.get(f"/v1/alerts/{alert_id}/trail")).json()["intact"] is True
        stages = [
            row.stage
            for row in await world.rows(
                "SELECT convert_from(payload, 'UTF8')::jsonb ->> 'stage' AS stage FROM outbox"
                " WHERE subject = :id ORDER BY aggregate_version",
                id=alert_id,
            )
        ]
        steps = [pair for pair in pairwise(stages) if pair[0] != pair[1]]
        # A resolution may imply the acknowledgement, which then has no event of its own.
        assert set(steps) <= edges | {("open", "resolved")}, stages
    # Nobody who is chased has lost their clock.
    lost = await world.rows(
        "SELECT 1 FROM alert WHERE status <> 'resolved' AND NOT EXISTS"
        " (SELECT 1 FROM escalation_timer WHERE alert_id = alert.id AND state = 'pending')"
    )
    assert lost == []


async def test_nothing_waits_for_ever_when_merges_and_events_meet(world: World) -> None:
    pairs = [(spike(uuid4(), level=1), spike(uuid4(), level=1)) for _ in range(4)]
    for pair in pairs:
        for opened in pair:
            await world.handle(opened, 1)
    ids = [str(row.id) for row in await world.rows("SELECT id FROM alert ORDER BY number")]
    acts: list[Any] = []
    for place, (first, second) in enumerate(pairs):
        left, right = ids[2 * place], ids[2 * place + 1]
        acts += [
            act(world, "officer", left, "merges", into=right),
            act(world, "leader", right, "merges", into=left),
            world.handle(first.model_copy(update={"level": 3}), 2),
            world.handle(second.model_copy(update={"level": 2}), 2),
        ]
    results = await asyncio.gather(*acts)
    merged = [result.status_code for result in results if isinstance(result, httpx.Response)]
    # Of two that would be each other's duplicate one is.
    assert sorted(merged) == [201] * 4 + [409] * 4
    live = await world.rows("SELECT severity FROM alert WHERE status <> 'resolved'")
    assert [row.severity for row in live] == ["red"] * 4


async def test_false_alarm_is_said_in_the_event_and_forgotten_when_it_opens_again(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client() as client:
        body = {"note": "试车", "is_true_alarm": False}
        answer = await client.post(f"/v1/alerts/{alert_id}/resolutions", json=body)
        assert (answer.status_code, answer.json()["is_true_alarm"]) == (201, False)
        payload = await world.scalar("SELECT payload FROM outbox WHERE type = 'alerts.alert.resolved.v1'")
        assert json.loads(payload)["is_true_alarm"] is False
        answer = await client.post(f"/v1/alerts/{alert_id}/reopenings", json={"reason": "还在继续"})
        assert answer.json()["is_true_alarm"] is None
