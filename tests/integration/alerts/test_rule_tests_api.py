"""Keeping rules and trying them: revisions with who and why, differences, tests against what was."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.support.alerts import COUNTY, OTHER_COUNTY, World, spike, spike_over


async def definition(world: World, code: str = "energy.spike", **changes: Any) -> dict[str, Any]:
    async with world.client("admin") as client:
        found = await client.get(f"/v1/alert-rules/{code}")
        assert found.status_code == 200, found.text
    return {**found.json()["definition"], **changes}


async def test_rule_is_created_revised_switched_and_compared_with_who_and_why(world: World) -> None:
    rule = await definition(world, region_code=COUNTY, condition='kind == "spike" and level >= 2')
    body = {"code": "energy.spike_own", "definition": rule, "reason": "熔炼企业集中"}
    async with world.client("supervisor") as client:
        made = await client.post("/v1/alert-rules", json=body)
        assert (made.status_code, made.json()["revision"], made.headers["ETag"]) == (201, 1, '"1"'), made.text
        again = await client.post("/v1/alert-rules", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "rule.exists")
        path = "/v1/alert-rules/energy.spike_own"
        rule["condition"] = 'kind == "spike" and level >= 3'
        stale = await client.put(path, json={"definition": rule}, headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        revised = await client.put(path, json={"definition": rule, "reason": "太多"}, headers={"If-Match": '"1"'})
        assert revised.json()["revision"] == 2
        assert (
            await client.put(path, json={"definition": rule}, headers={"If-None-Match": "*"})
        ).status_code == 412
        off = await client.post(f"{path}/disablements", json={"reason": "检修期间"})
        assert (off.status_code, off.json()["definition"]["enabled"]) == (201, False)
        twice = await client.post(f"{path}/disablements", json={"reason": "x"})
        assert (twice.status_code, twice.json()["code"]) == (409, "rule.unchanged")
        history = (await client.get(f"{path}/revisions")).json()["items"]
        assert [(it["revision"], it["changed_by"], it["reason"]) for it in history] == [
            (3, "supervisor", "检修期间"),
            (2, "supervisor", "太多"),
            (1, "supervisor", "熔炼企业集中"),
        ]
        compared = (await client.get(f"{path}/differences", params={"earlier": 1, "later": 3})).json()
        assert [(it["pointer"], it["before"], it["after"]) for it in compared["items"]] == [
            ("/condition", 'kind == "spike" and level >= 2', 'kind == "spike" and level >= 3'),
            ("/enabled", True, False),
        ]
        assert [it["pointer"] for it in (await client.get(f"{path}/differences")).json()["items"]] == ["/enabled"]
        assert (await client.get(f"{path}/revisions/2")).json()["reason"] == "太多"
        assert (await client.get(f"{path}/revisions/9")).status_code == 404
        assert (await client.post(f"{path}/enablements", json={"reason": "检修结束"})).json()["revision"] == 4
    async with world.client("stranger") as client:
        assert (await client.post(f"{path}/disablements", json={"reason": "x"})).status_code == 404


async def test_rules_are_listed_by_what_they_say_when_asked(world: World) -> None:
    rule = await definition(world, region_code=COUNTY, enabled=False, route="night")
    async with world.client("admin") as client:
        await client.put("/v1/alert-rules/energy.spike_own", json={"definition": rule})
        for params, expected in (
            ({"filter[enabled]": "false"}, {"energy.spike_own"}),
            ({"filter[route]": "night"}, {"energy.spike_own"}),
            ({"filter[region_code][within]": "421200"}, {"energy.spike_own"}),
            ({"filter[code][prefix]": "energy.sp"}, {"energy.spike", "energy.spike_own"}),
            (
                {"filter[policy_code]": "grid"},
                {
                    "energy.supply_shortage",
                    "energy.shortage_forecast",
                    "energy.non_response",
                    "energy.generation_outage",
                },
            ),
        ):
            answer = await client.get("/v1/alert-rules", params=params)
            assert {item["code"] for item in answer.json()["items"]} == expected, params
        first = (await client.get("/v1/alert-rules", params={"limit": 2})).json()
        rest = (await client.get("/v1/alert-rules", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        assert len({item["code"] for item in first["items"] + rest["items"]}) == 4


async def test_draft_is_tried_on_what_was_and_changes_nothing(world: World) -> None:
    first, second = spike(uuid4(), level=1), spike(uuid4(), level=2)
    await world.handle(first, 1)
    await world.handle(second, 1)
    await world.handle(spike(uuid4(), level=3), 1, region_code=OTHER_COUNTY)
    world.clock.advance(timedelta(minutes=20))
    await world.handle(first.model_copy(update={"level": 3, "value_kw": 3100.0}), 2)
    world.clock.advance(timedelta(minutes=40))
    await world.handle(spike_over(first, "corrected"), 3)
    before = await world.scalar("SELECT count(*) FROM alert")
    draft = await definition(world, condition='kind == "spike" and level >= 2', min_duration_minutes=10)
    async with world.client("supervisor") as client:
        answer = await client.post(
            "/v1/alert-rules/test", json={"code": "energy.spike", "definition": draft, "days": 7}
        )
        assert answer.status_code == 200, answer.text
        tried = answer.json()
        # The other county's event is not this caller's to see.
        assert (tried["events"], tried["alert_count"]) == (4, 2)
        worse = next(alert for alert in tried["alerts"] if alert["ended"])
        # It lasted since it opened, but only its second event met the condition: it opened then.
        assert [step["effect"] for step in worse["steps"]] == ["opened", "cleared"]
        assert worse["steps"][0]["texts"]["text_en"].startswith("11:15 3,100 kW")
        assert worse["steps"][-1]["reason"] == "corrected"
        saved = await client.post("/v1/alert-rules/test", json={"code": "energy.spike", "days": 1})
        assert [alert["severity"] for alert in saved.json()["alerts"]] == ["red", "orange"]
        tests = (await client.get("/v1/alert-rules/energy.spike/tests")).json()["items"]
        assert [it["run_by"] for it in tests] == ["supervisor", "supervisor"]
        broken = await client.post(
            "/v1/alert-rules/test", json={"definition": {**draft, "condition": "levle > 1"}}
        )
        assert (broken.status_code, broken.json()["errors"][0]["pointer"]) == (422, "/condition")
        assert "character 1" in broken.json()["errors"][0]["message"]
        elsewhere = await client.post(
            "/v1/alert-rules/test", json={"code": "energy.spike", "region_code": OTHER_COUNTY}
        )
        assert elsewhere.status_code == 404
        assert (await client.post("/v1/alert-rules/test", json={"code": "energy.nope"})).status_code == 404
        assert (await client.post("/v1/alert-rules/test", json={"days": 1})).status_code == 422
    assert await world.scalar("SELECT count(*) FROM alert") == before
    assert await world.scalar("SELECT max(revision) FROM alert_rule WHERE code = 'energy.spike'") == 1


async def test_event_without_an_answer_is_named_when_a_draft_cannot_judge_it(world: World) -> None:
    event_id = uuid4()
    await world.handle(spike(uuid4(), deviation_percent=None), event_id=event_id)
    draft = await definition(world, condition="deviation_percent > 30")
    async with world.client("admin") as client:
        tried = (await client.post("/v1/alert-rules/test", json={"definition": draft})).json()
    assert (tried["alert_count"], tried["unanswered_count"]) == (0, 1)
    assert tried["unanswered"][0]["event_id"] == str(event_id)
    # Without a code it stands beside the shipped rule, which decides what the draft does not.
    assert tried["decided_by_others"] == {"energy.spike": 1}


async def test_rule_is_switched_on_only_after_a_test_of_its_very_words_when_it_wants_one(world: World) -> None:
    draft = await definition(world, region_code=COUNTY, requires_test=True)
    async with world.client("admin") as client:
        path = "/v1/alert-rules/energy.careful"
        refused = await client.put(path, json={"definition": draft})
        assert (refused.status_code, refused.json()["code"]) == (409, "rule.untested")
        # Switched off it may be kept, to be worked on.
        assert (await client.put(path, json={"definition": {**draft, "enabled": False}})).status_code == 200
        untested = await client.post(f"{path}/enablements", json={"reason": "go"})
        assert (untested.status_code, untested.json()["code"]) == (409, "rule.untested")
        assert (await client.post("/v1/alert-rules/test", json={"code": "energy.careful"})).status_code == 200
        assert (await client.post(f"{path}/enablements", json={"reason": "go"})).status_code == 201
        # Neither other words nor dropping the demand goes without a test.
        for changes in ({"condition": 'kind == "spike" and level >= 2'}, {"requires_test": False, "priority": 3}):
            other = await client.put(path, json={"definition": {**draft, **changes}})
            assert (other.status_code, other.json()["code"]) == (409, "rule.untested")


async def test_faults_are_said_in_the_readers_language_with_their_place(world: World) -> None:
    rule = await definition(world, condition='level > 1 and knd == "spike"', title_zh="{colour}")
    async with world.client("admin") as client:
        answer = await client.put(
            "/v1/alert-rules/energy.spike", json={"definition": rule}, headers={"Accept-Language": "zh-CN"}
        )
    first, second = answer.json()["errors"]
    assert first["message"].startswith("第 15 个字符处的名称 knd 未知")
    assert second["code"] == "rule.fault.unknown_name"
