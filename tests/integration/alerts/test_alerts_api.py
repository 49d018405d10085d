"""Alerts over HTTP: reading, handling, scope, rules and policies as data."""

from typing import Any
from uuid import uuid4

import pytest

from libs.common.security.principal import Role
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, caller, spike, spike_over, stalled


async def one_alert(world: World, **facts: Any) -> str:
    await world.handle(spike(uuid4(), **facts))
    return str(await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1"))


async def test_list_is_filtered_sorted_and_paged_when_asked(world: World) -> None:
    for level in (1, 2, 3):
        await world.handle(spike(uuid4(), level=level))
    await world.handle(stalled(level=1))
    async with world.client() as client:
        page = (await client.get("/v1/alerts", params={"limit": 3})).json()
        assert [item["number"] for item in page["items"]] == sorted(
            (item["number"] for item in page["items"]), reverse=True
        )
        rest = (await client.get("/v1/alerts", params={"limit": 3, "cursor": page["next_cursor"]})).json()
        assert len(rest["items"]) == 1
        for params, expected in (
            ({"filter[severity]": "red"}, 1),
            ({"filter[severity][in]": "red,orange"}, 2),
            ({"filter[object_type]": "project"}, 1),
            ({"filter[rule_code]": "energy.spike"}, 3),
            ({"filter[status]": "resolved"}, 0),
            ({"filter[region_code][within]": "421200"}, 4),
            ({"filter[region_code][within]": "421221"}, 0),
            ({"filter[updated_at][gte]": MORNING.isoformat()}, 4),
        ):
            answer = await client.get("/v1/alerts", params=params)
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["items"]) == expected, params
        assert (await client.get("/v1/alerts", params={"filter[colour]": "red"})).status_code == 422


async def test_trail_is_whole_and_shows_who_did_what_when_an_alert_is_handled(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client("officer") as client:
        path = f"/v1/alerts/{alert_id}"
        assert (await client.post(f"{path}/comments", json={"text": "on my way"})).status_code == 201
        assert (await client.post(f"{path}/acknowledgements", json={"note": "mine"})).status_code == 201
        done = await client.post(f"{path}/resolutions", json={"note": "furnace shut down"})
        assert (done.status_code, done.json()["status"]) == (201, "resolved")
        again = await client.post(f"{path}/resolutions", json={"note": "again"})
        assert (again.status_code, again.json()["code"]) == (409, "alert.already_resolved")
        trail = (await client.get(f"{path}/trail")).json()
        assert trail["intact"] is True
        assert [entry["kind"] for entry in trail["items"]] == [
            "opened",
            "notified",
            "commented",
            "acknowledged",
            "resolved",
            "notified",
        ]
        assert trail["items"][4]["actor"] == "officer"
        assert trail["items"][4]["facts"] == {"reason": "furnace shut down"}
        alert = await client.get(path)
        assert alert.headers["ETag"] == '"4"'
        same = await client.get(path, headers={"If-None-Match": '"4"'})
        assert same.status_code == 304


async def test_tampering_shows_when_somebody_rewrites_the_trail_as_the_owner(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.database.transaction() as session:
        connection = await session.connection()
        for statement in (
            "ALTER TABLE alert_trail DISABLE TRIGGER ALL",
            "UPDATE alert_trail SET facts = replace(facts, 'yellow', 'blue') WHERE seq = 1",
            "ALTER TABLE alert_trail ENABLE ALWAYS TRIGGER alert_trail_append_only",
        ):
            await connection.exec_driver_sql(statement)
    async with world.client() as client:
        trail = (await client.get(f"/v1/alerts/{alert_id}/trail")).json()
    assert (trail["intact"], trail["first_broken"]) == (False, 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/trail", None),
        ("GET", "/notifications", None),
        ("POST", "/acknowledgements", {"note": "x"}),
        ("POST", "/resolutions", {"note": "x"}),
        ("POST", "/comments", {"text": "x"}),
    ],
)
async def test_alert_is_not_there_when_it_belongs_to_another_county(
    world: World, method: str, path: str, body: dict[str, str] | None
) -> None:
    alert_id = await one_alert(world)
    async with world.client("stranger") as client:
        answer = await client.request(method, f"/v1/alerts/{alert_id}{path}", json=body)
        unknown = await client.request(method, f"/v1/alerts/{uuid4()}{path}", json=body)
        assert answer.status_code == unknown.status_code == 404
        assert answer.json()["code"] == unknown.json()["code"]
        assert (await client.get("/v1/alerts")).json()["items"] == []
        assert (await client.get("/v1/deliveries")).json()["items"] == []
        await world.place_events()
        assert (await client.get("/v1/alerts/changes")).json()["items"] == []


async def test_enterprise_sees_and_acknowledges_its_own_alerts_only(world: World) -> None:
    mine, other = uuid4(), uuid4()
    world.callers.known["enterprise"] = caller("ent", Role.ENTERPRISE, COUNTY, enterprise_id=mine)
    own = await one_alert(world, enterprise_id=mine)
    foreign = await one_alert(world, enterprise_id=other)
    async with world.client("enterprise") as client:
        assert [item["id"] for item in (await client.get("/v1/alerts")).json()["items"]] == [own]
        assert (await client.get(f"/v1/alerts/{foreign}")).status_code == 404
        assert (await client.post(f"/v1/alerts/{foreign}/acknowledgements", json={})).status_code == 404
        assert (await client.post(f"/v1/alerts/{own}/acknowledgements", json={})).status_code == 201
        # Who is watched does not say when the matter is closed, nor sees whom the office told.
        assert (await client.post(f"/v1/alerts/{own}/resolutions", json={"note": "x"})).status_code == 403
        assert (await client.get(f"/v1/alerts/{own}/notifications")).status_code == 403
        assert (await client.get(f"/v1/alerts/{own}/trail")).status_code == 403
        assert (await client.get("/v1/channels")).status_code == 403


async def test_viewer_reads_and_writes_nothing(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client("viewer") as client:
        assert (await client.get(f"/v1/alerts/{alert_id}")).status_code == 200
        assert (await client.post(f"/v1/alerts/{alert_id}/comments", json={"text": "x"})).status_code == 403


async def test_change_feed_tells_everything_when_read_from_the_start(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client() as client:
        await client.post(f"/v1/alerts/{alert_id}/comments", json={"text": "x"})
        await world.place_events()
        feed = (await client.get("/v1/alerts/changes")).json()
        assert [(item["change"], item["type"]) for item in feed["items"]] == [
            ("created", "alerts.alert.opened.v1"),
            ("changed", "alerts.alert.commented.v1"),
        ]
        later = (await client.get("/v1/alerts/changes", params={"after": feed["next_cursor"]})).json()
        assert later["items"] == []


async def test_notifications_say_who_was_told_and_how(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client() as client:
        (item,) = (await client.get(f"/v1/alerts/{alert_id}/notifications")).json()["items"]
    assert (item["post"], item["reason"], item["step"]) == ("officer", "opened", 0)
    assert [delivery["target"] for delivery in item["deliveries"]] == ["officer@example.test"]


async def edited_rule(world: World, **changes: Any) -> dict[str, Any]:
    async with world.client("admin") as client:
        answer = await client.get("/v1/alert-rules/energy.spike")
        assert answer.status_code == 200, answer.text
    return {**answer.json()["definition"], **changes}


async def test_new_revision_decides_when_a_rule_is_changed(world: World) -> None:
    rule = await edited_rule(world, condition='kind == "spike" and deviation_percent >= 50')
    async with world.client("admin") as client:
        saved = await client.put("/v1/alert-rules/energy.spike", json={"definition": rule})
        assert (saved.status_code, saved.json()["revision"]) == (200, 2)
        assert len((await client.get("/v1/alert-rules/energy.spike/revisions")).json()["items"]) == 2
    await world.handle(spike(uuid4(), deviation_percent=38.0))
    # A comparison with nothing is no reason to fail.
    await world.handle(spike(uuid4(), deviation_percent=None))
    assert await world.scalar("SELECT count(*) FROM alert") == 0
    await world.handle(spike(uuid4(), deviation_percent=60.0))
    assert await world.scalar("SELECT rule_revision FROM alert") == 2


@pytest.mark.parametrize(
    ("changes", "pointer", "word"),
    [
        ({"condition": "loudness > 3"}, "/condition", "loudness"),
        ({"condition": "level +"}, "/condition", "syntax"),
        ({"condition": "level * 2"}, "/condition", "neither"),
        ({"condition": 'kind =~ "(a+)+"'}, "/condition", "regular"),
        ({"title_zh": "{colour}"}, "/title_zh", "colour"),
        ({"title_en": "{meter_no.__class__}"}, "/title_en", "__class__"),
        ({"text_en": "{value_kw:>99999}"}, "/text_en", "form"),
        ({"opened_type": "energy.condition.cleared.v2"}, "/opened_type", "known"),
        ({"cleared_type": "projects.condition.cleared.v1"}, "/cleared_type", "energy.condition.cleared.v1"),
        ({"severity": {"cases": [{"when": "nope", "severity": "red"}]}}, "/severity/cases/0/when", "nope"),
    ],
)
async def test_rule_is_refused_with_its_fault_when_it_cannot_work(
    world: World, changes: dict[str, Any], pointer: str, word: str
) -> None:
    rule = await edited_rule(world, **changes)
    async with world.client("admin") as client:
        answer = await client.put("/v1/alert-rules/energy.spike", json={"definition": rule})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "rule.invalid")
    assert body["errors"][0]["pointer"] == pointer
    assert word in body["errors"][0]["message"]


async def test_rule_of_a_county_decides_there_and_is_changed_by_its_own_people(world: World) -> None:
    rule = await edited_rule(
        world, region_code=COUNTY, severity={"cases": [{"when": "value_kw > 2000", "severity": "red"}]}
    )
    async with world.client("supervisor") as client:
        general = await client.put(
            "/v1/alert-rules/energy.spike", json={"definition": {**rule, "region_code": None}}
        )
        assert general.status_code == 404
        assert (
            await client.put("/v1/alert-rules/energy.spike_421224", json={"definition": rule})
        ).status_code == 200
    async with world.client("stranger") as client:
        foreign = await client.put("/v1/alert-rules/energy.spike_421224", json={"definition": rule})
        assert foreign.status_code == 404
    await world.handle(spike(uuid4(), level=1))
    await world.handle(spike(uuid4(), level=1), region_code=OTHER_COUNTY)
    rows = await world.rows("SELECT region_code, severity, rule_code FROM alert ORDER BY number")
    assert [tuple(row) for row in rows] == [
        (COUNTY, "red", "energy.spike_421224"),
        (OTHER_COUNTY, "yellow", "energy.spike"),
    ]


async def test_alert_waits_for_a_person_when_its_rule_knows_no_clearing(world: World) -> None:
    rule = await edited_rule(world, cleared_type=None)
    async with world.client("admin") as client:
        assert (await client.put("/v1/alert-rules/energy.spike", json={"definition": rule})).status_code == 200
    opened = spike(uuid4())
    await world.handle(opened)
    await world.handle(spike_over(opened), 2)
    assert await world.scalar("SELECT status FROM alert") == "open"
    assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'condition_cleared'") == 1


async def test_running_chase_keeps_its_policy_when_the_policy_changes(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    async with world.client("admin") as client:
        policy = (await client.get("/v1/escalation-policies/energy")).json()["definition"]
        policy["rungs"][1]["after"]["red"] = "5m"
        saved = await client.put("/v1/escalation-policies/energy", json={"definition": policy})
        assert (saved.status_code, saved.json()["revision"]) == (200, 3)
        del policy["clocks"]["red"]
        refused = await client.put("/v1/escalation-policies/energy", json={"definition": policy})
        assert refused.status_code == 422
    await world.handle(spike(uuid4(), level=3))
    assert await world.advance(minutes=5) == 1
    assert await world.advance(minutes=10) == 1


async def test_unknown_policy_is_refused_when_a_rule_names_it(world: World) -> None:
    rule = await edited_rule(world, policy_code="nowhere")
    async with world.client("admin") as client:
        answer = await client.put("/v1/alert-rules/energy.spike", json={"definition": rule})
    assert (answer.status_code, answer.json()["code"]) == (409, "rule.unknown_policy")


async def test_findings_are_for_administrators_only(world: World) -> None:
    async with world.client("officer") as client:
        assert (await client.get("/v1/findings")).status_code == 403
    async with world.client("admin") as client:
        assert (await client.get("/v1/findings")).json() == {"items": []}


async def test_comment_is_made_once_when_its_request_is_repeated(world: World) -> None:
    alert_id = await one_alert(world)
    async with world.client() as client:
        answers = [
            await client.post(
                f"/v1/alerts/{alert_id}/comments", json={"text": "x"}, headers={"Idempotency-Key": "one"}
            )
            for _ in range(2)
        ]
    assert answers[0].json() == answers[1].json()
    assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'commented'") == 1


async def test_officer_decides_on_nobody_elses_channels(world: World) -> None:
    world.callers.known["self"] = caller("self", Role.OFFICER, COUNTY, person_id=world.people["officer"])
    body = {"name": "演示", "kind": "mail", "target": "me@example.test"}
    async with world.client("self") as client:
        own = await client.post("/v1/channels", json={**body, "person_id": str(world.people["officer"])})
        assert own.status_code == 201, own.text
        assert "secret_sealed" not in own.json()
        other = await client.post("/v1/channels", json={**body, "person_id": str(world.people["leader"])})
        assert other.status_code == 403
        nobody = await client.post("/v1/channels", json={**body, "person_id": str(uuid4())})
        assert (nobody.status_code, nobody.json()["code"]) == (409, "channel.unknown_recipient")
        both = await client.post("/v1/channels", json={**body, "person_id": str(uuid4()), "post": "leader"})
        assert both.status_code == 422
        etag = own.headers["ETag"]
        path = f"/v1/channels/{own.json()['id']}"
        assert (await client.patch(path, json={"name": "y"})).status_code == 428
        changed = await client.patch(
            path, json={"name": "y", "target": "you@example.test"}, headers={"If-Match": etag}
        )
        assert (changed.status_code, changed.json()["target"]) == (200, "you@example.test")
        assert (await client.patch(path, json={"name": "z"}, headers={"If-Match": etag})).status_code == 412
