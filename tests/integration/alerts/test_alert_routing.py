"""Who is told by which route, how many alerts at a time, and what a storm becomes."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.common.ids import new_id
from services.alerts.grouping.jobs import GroupRunner
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, TOWN, World, breached, spike, spike_over

RECEIVER_URL = "http://localhost:9/hook"


def runner(world: World) -> GroupRunner:
    return GroupRunner(world.database, world.clock, new_id, external_url="https://duban.example.test")


def tree(**root: Any) -> dict[str, Any]:
    """A tree whose root tells one system, and whose child tells another of spikes."""
    return {
        "definition": {
            "root": {
                "receiver": "all",
                "group_by": ["condition_kind"],
                "group_wait_seconds": 2,
                "group_interval_seconds": 60,
                "repeat_interval_seconds": 3600,
                **root,
            },
            "receivers": [
                {"name": "all", "webhooks": [{"url": RECEIVER_URL}]},
                {"name": "spikes", "webhooks": [{"url": "http://localhost:9/spikes", "send_resolved": False}]},
                {"name": "leaders", "posts": ["leader"]},
                {"name": "chased", "policy_code": "grid"},
            ],
            "intervals": [
                {"name": "lunch", "windows": [{"days": "working", "start_time": "12:00", "end_time": "13:00"}]}
            ],
        },
        "reason": "首次",
    }


async def put_tree(world: World, body: dict[str, Any], region: str = COUNTY, name: str = "supervisor") -> Any:
    async with world.client(name) as client:
        answer = await client.put(f"/v1/route-trees/{region}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def sent(world: World) -> list[dict[str, Any]]:
    """The Alertmanager's messages written so far, oldest first, by receiver and number of alerts."""
    rows = await world.rows("SELECT body FROM delivery WHERE kind = 'alertmanager' ORDER BY id")
    return [json.loads(row.body) for row in rows]


async def pass_time(world: World, **by: float) -> None:
    world.clock.advance(timedelta(**by))
    await runner(world).work()


async def test_alert_is_sent_in_its_group_when_the_wait_is_over(world: World) -> None:
    await put_tree(world, tree())
    meter = uuid4()
    first = spike(meter)
    await world.handle(first)
    await world.handle(spike(uuid4()))
    await world.handle(breached())
    await pass_time(world)
    assert await sent(world) == []
    await pass_time(world, seconds=2)
    messages = await sent(world)
    assert sorted(len(message["alerts"]) for message in messages) == [1, 2]
    message = next(message for message in messages if len(message["alerts"]) == 2)
    assert (message["version"], message["receiver"], message["status"]) == ("4", "all", "firing")
    assert message["groupLabels"] == {"condition_kind": "spike"}
    assert message["externalURL"] == "https://duban.example.test"
    assert message["commonLabels"]["region_code"] == COUNTY
    # One is over: the group hears of it at its next turn, once.
    await world.handle(spike_over(first), 2)
    await pass_time(world, seconds=60)
    await pass_time(world, seconds=60)
    later = (await sent(world))[2:]
    assert [(message["status"], len(message["alerts"])) for message in later] == [("firing", 2)]
    assert sorted(alert["status"] for alert in later[0]["alerts"]) == ["firing", "resolved"]
    kinds = await world.rows('SELECT DISTINCT kind FROM alert_trail WHERE facts LIKE \'%"receiver":"all"%\'')
    assert [row.kind for row in kinds] == ["told_in_group"]


async def test_group_is_repeated_until_somebody_has_taken_everything_up(world: World) -> None:
    await put_tree(world, tree(repeat_interval_seconds=100))
    await world.handle(spike(uuid4(), level=3))
    await pass_time(world, seconds=2)
    await pass_time(world, seconds=120)
    assert len(await sent(world)) == 2
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client() as client:
        await client.post(f"/v1/alerts/{alert_id}/acknowledgements", json={})
    await pass_time(world, seconds=240)
    assert len(await sent(world)) == 2


async def test_first_child_that_matches_takes_the_alert_unless_it_says_go_on(world: World) -> None:
    child = {"receiver": "spikes", "matchers": [{"name": "condition_kind", "value": "spike"}]}
    town = {"receiver": "leaders", "region_code": TOWN}
    await put_tree(world, tree(routes=[{**child, "continues": True}, town]))
    async with world.client() as client:
        for labels, region, expected in (
            ({"condition_kind": "spike"}, COUNTY, ["spikes"]),
            ({"condition_kind": "spike"}, TOWN, ["spikes", "leaders"]),
            ({"condition_kind": "drop"}, TOWN, ["leaders"]),
            ({"condition_kind": "drop"}, COUNTY, ["all"]),
        ):
            answer = await client.post("/v1/routes/test", json={"labels": labels, "region_code": region})
            assert [route["receiver"] for route in answer.json()["routes"]] == expected, labels
        told = answer.json()["routes"][0]
        assert (told["systems"], told["group_wait_seconds"]) == ([RECEIVER_URL], 2)
        outside = await client.post("/v1/routes/test", json={"labels": {}, "region_code": OTHER_COUNTY})
        assert outside.status_code == 404


async def test_route_is_quiet_in_its_hours_and_speaks_after_them(world: World) -> None:
    await put_tree(world, tree(mute_intervals=["lunch"], group_interval_seconds=600))
    # 12:30 in Shanghai.
    world.clock.set(MORNING + timedelta(hours=4))
    await world.handle(spike(uuid4()))
    await pass_time(world, seconds=2)
    assert await sent(world) == []
    async with world.client() as client:
        answer = await client.post("/v1/routes/test", json={"labels": {}, "region_code": COUNTY})
        assert answer.json()["routes"][0]["resting"] == ["lunch"]
    for _ in range(4):
        await pass_time(world, seconds=600)
    assert len(await sent(world)) == 1


async def test_policy_of_the_route_chases_when_it_names_one(world: World) -> None:
    codes = [row.code for row in await world.rows("SELECT DISTINCT code FROM escalation_policy")]
    rule_policy = await world.scalar(
        "SELECT definition->>'policy_code' FROM alert_rule WHERE code = 'energy.spike'"
    )
    other = next(code for code in codes if code != rule_policy)
    body = tree()
    body["definition"]["receivers"][0] = {"name": "all", "policy_code": other}
    await put_tree(world, body)
    await world.handle(spike(uuid4()))
    name = await world.scalar("SELECT policy->>'name_en' FROM alert")
    expected = await world.scalar("SELECT definition->>'name_en' FROM escalation_policy WHERE code = :c", c=other)
    assert name == expected


async def test_people_of_a_post_get_one_message_when_a_group_has_several_alerts(world: World) -> None:
    body = tree(receiver="leaders")
    await put_tree(world, body)
    for _ in range(3):
        await world.handle(spike(uuid4()))
    await pass_time(world, seconds=2)
    (row,) = await world.rows(
        "SELECT d.subject, d.body, n.recipient_name FROM delivery d "
        "JOIN notification n ON n.id = d.notification_id WHERE n.reason = 'grouped'"
    )
    assert row.recipient_name.startswith("leader")
    assert "3 条" in row.subject
    assert "通山县：3 条" in row.body


async def test_single_alert_of_a_group_is_told_in_its_own_words(world: World) -> None:
    await put_tree(world, tree(receiver="leaders"))
    await world.handle(spike(uuid4()))
    await pass_time(world, seconds=2)
    reasons = await world.rows("SELECT reason, recipient_name FROM notification ORDER BY id")
    assert [row.reason for row in reasons] == ["opened", "opened"]
    assert reasons[1].recipient_name.startswith("leader")


async def test_new_tree_moves_live_alerts_to_their_new_groups(world: World) -> None:
    await put_tree(world, tree())
    await world.handle(spike(uuid4()))
    await pass_time(world, seconds=2)
    changed = tree(routes=[{"receiver": "spikes", "matchers": [{"name": "condition_kind", "value": "spike"}]}])
    assert (await put_tree(world, changed))["revision"] == 2
    await pass_time(world)
    await pass_time(world, seconds=60)
    assert [message["receiver"] for message in await sent(world)] == ["all", "spikes"]
    async with world.client("supervisor") as client:
        revisions = (await client.get(f"/v1/route-trees/{COUNTY}/revisions")).json()["items"]
        assert [revision["revision"] for revision in revisions] == [2, 1]
        left = await client.post(f"/v1/route-trees/{COUNTY}/withdrawals", json={"reason": "回到全市"})
        assert left.json()["withdrawn"]
        answer = await client.post("/v1/routes/test", json={"labels": {}, "region_code": COUNTY})
        assert answer.json()["tree_revision"] == 0


async def test_narrowest_tree_decides_when_several_hold(world: World) -> None:
    await put_tree(world, tree(receiver="spikes"), "all", "admin")
    await put_tree(world, tree())
    async with world.client("admin") as client:
        for region, expected in ((TOWN, COUNTY), (OTHER_COUNTY, "")):
            answer = await client.post("/v1/routes/test", json={"labels": {}, "region_code": region})
            assert answer.json()["tree_region"] == expected
    async with world.client("supervisor") as client:
        seen = {one["region_code"] for one in (await client.get("/v1/route-trees")).json()["items"]}
        assert seen == {"", COUNTY}
        refused = await client.put("/v1/route-trees/all", json=tree())
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"root": {"receiver": "nobody"}}, 422, "request.malformed"),
        ({"root": {"receiver": "all", "mute_intervals": ["never"]}}, 422, "request.malformed"),
        (
            {
                "root": {
                    "receiver": "all",
                    "routes": [{"matchers": [{"name": "a", "value": "((", "is_regex": True}]}],
                }
            },
            422,
            "request.malformed",
        ),
        (
            {"receivers": [{"name": "all", "webhooks": [{"url": "http://169.254.169.254/latest"}]}]},
            409,
            "route_tree.target_refused",
        ),
        ({"receivers": [{"name": "all", "channel_ids": [str(uuid4())]}]}, 409, "route_tree.target_refused"),
        ({"receivers": [{"name": "all", "person_ids": [str(uuid4())]}]}, 409, "route_tree.target_refused"),
        ({"receivers": [{"name": "all", "policy_code": "none"}]}, 409, "route_tree.unknown_policy"),
    ],
)
async def test_tree_is_refused_when_it_names_what_does_not_exist(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    body = tree()
    body["definition"] |= {"root": {"receiver": "all"}} | change
    async with world.client("supervisor") as client:
        answer = await client.put(f"/v1/route-trees/{COUNTY}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_muted_alert_waits_in_its_group_until_the_mute_ends(world: World) -> None:
    await put_tree(world, tree())
    async with world.client("supervisor") as client:
        body = {
            "matchers": [{"name": "condition_kind", "value": "spike"}],
            "reason": "r",
            "ends_at": (MORNING + timedelta(minutes=10)).isoformat(),
        }
        assert (await client.post("/v1/silences", json=body)).status_code == 201
    await world.handle(spike(uuid4()))
    await pass_time(world, seconds=2)
    await pass_time(world, minutes=5)
    assert await sent(world) == []
    await pass_time(world, minutes=6)
    assert len(await sent(world)) == 1


async def storm(world: World, alerts: int, *, red: int = 0) -> None:
    """So many alerts within a minute, all for the officer of the county."""
    for start in range(0, alerts, 25):
        await world.handle_all(
            [spike(uuid4(), level=3 if number < red else 1) for number in range(start, min(start + 25, alerts))]
        )


async def digest(world: World) -> None:
    await runner(world).keep()


async def test_storm_becomes_a_digest_when_one_recipient_is_told_too_much(world: World) -> None:
    await storm(world, 500, red=5)
    singly = await world.scalar("SELECT count(*) FROM storm_notice WHERE NOT held")
    held = await world.scalar("SELECT count(*) FROM storm_notice WHERE held")
    assert (singly, held) == (20, 480)
    await digest(world)
    assert await world.scalar("SELECT count(*) FROM digest") == 0
    world.clock.advance(timedelta(seconds=61))
    await digest(world)
    await digest(world)
    (row,) = await world.rows("SELECT id, alerts, counts FROM digest")
    assert row.alerts == 480
    assert row.counts["severity"] == {"yellow": 480}
    delivery = await world.rows(
        "SELECT subject, body FROM delivery WHERE notification_id = (SELECT notification_id FROM digest)"
    )
    assert len(delivery) == 1
    assert "480" in delivery[0].subject
    body = delivery[0].body
    assert "通山县：480 条" in body
    assert body.count("【黄色】") == 10
    assert f"/v1/digests/{row.id}" in body
    # None is lost: each alert says in which digest it was told, and the digest lists each.
    told = await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'told_in_digest'")
    assert told == 480
    async with world.client() as client:
        detail = (await client.get(f"/v1/digests/{row.id}")).json()
        assert len({one["alert_id"] for one in detail["told"]}) == 480
        some = detail["told"][0]["alert_id"]
        assert (await client.get(f"/v1/alerts/{some}/trail")).json()["intact"]
    async with world.client("stranger") as client:
        assert (await client.get(f"/v1/digests/{row.id}")).status_code == 404


async def test_red_alert_goes_through_singly_when_others_are_held(world: World) -> None:
    await storm(world, 22)
    await world.handle(spike(uuid4(), level=3))
    rows = await world.rows("SELECT severity, held FROM storm_notice ORDER BY created_at, notification_id")
    assert [row.held for row in rows] == [False] * 20 + [True, True, False]


async def test_limits_are_data_when_a_region_wants_its_own(world: World) -> None:
    limits = {"singly": 2, "red_singly": 3, "window_seconds": 60, "digest_seconds": 5, "named": 1}
    async with world.client("supervisor") as client:
        assert (await client.put(f"/v1/storm-limits/{COUNTY}", json=limits)).status_code == 200
        assert (await client.put("/v1/storm-limits/all", json=limits)).status_code == 404
        wrong = await client.put(f"/v1/storm-limits/{COUNTY}", json={**limits, "red_singly": 1})
        assert wrong.status_code == 422
        listed = (await client.get("/v1/storm-limits")).json()["items"]
        assert {one["region_code"]: one["singly"] for one in listed} == {"": 20, COUNTY: 2}
    await storm(world, 4, red=4)
    held = await world.rows("SELECT held FROM storm_notice ORDER BY created_at, notification_id")
    assert [row.held for row in held] == [False, False, False, True]
