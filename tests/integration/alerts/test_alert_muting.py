"""Silences, inhibition and maintenance: who is not told, what the trail says of it, and how the chase goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.common.security.principal import Role
from services.alerts.grouping import keeper
from tests.support.alerts import CITY, COUNTY, MORNING, OTHER_COUNTY, World, breached, caller, spike, spike_over

HOUR = timedelta(hours=1)


async def made(world: World, path: str, body: dict[str, Any], name: str = "supervisor") -> dict[str, Any]:
    async with world.client(name) as client:
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


def quiet(**facts: Any) -> dict[str, Any]:
    """A silence of spikes for an hour."""
    return {
        "matchers": [{"name": "condition_kind", "value": "spike"}],
        "reason": "试车",
        "ends_at": (MORNING + HOUR).isoformat(),
    } | facts


async def trail(world: World, *kinds: str) -> list[Any]:
    rows = await world.rows("SELECT kind, facts FROM alert_trail ORDER BY alert_id, seq")
    return [row for row in rows if not kinds or row.kind in kinds]


async def keep(world: World) -> None:
    async with world.edge() as ctx:
        await keeper.keep(ctx)


async def told(world: World) -> list[str]:
    return [row.reason for row in await world.rows("SELECT reason FROM notification ORDER BY id")]


async def test_nobody_is_told_and_the_trail_says_why_when_an_alert_opens_in_a_silence(world: World) -> None:
    silence = await made(world, "/v1/silences", quiet())
    assert (silence["region_code"], silence["state"], silence["created_by"]) == (COUNTY, "active", "supervisor")
    await world.handle(spike(uuid4(), level=3))
    assert await told(world) == []
    (entry,) = await trail(world, "muted")
    assert silence["id"] in entry.facts
    async with world.client() as client:
        (alert,) = (await client.get("/v1/alerts")).json()["items"]
        assert [(one["kind"], one["source_id"]) for one in alert["muted_by"]] == [("silence", silence["id"])]
        assert alert["labels"]["condition_kind"] == "spike"
        assert alert["labels"]["region_code"] == COUNTY
        assert (await client.get(f"/v1/alerts/{alert['id']}/trail")).json()["intact"]


async def test_chase_begins_with_a_fresh_clock_when_the_silence_ends(world: World) -> None:
    await made(world, "/v1/silences", quiet())
    await world.handle(spike(uuid4(), level=3))
    assert await world.advance(minutes=59) == 0
    await world.advance(minutes=1)
    assert await told(world) == ["opened"]
    assert [row.kind for row in await trail(world)] == ["opened", "muted", "unmuted", "notified"]
    # Fifteen minutes of a red alert count from now, not from the opening.
    assert await world.advance(minutes=14) == 0
    assert await world.advance(minutes=1) == 1
    assert await told(world) == ["opened", "escalated"]


async def test_climb_rests_and_goes_on_anew_when_a_silence_comes_and_is_ended_early(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    silence = await made(world, "/v1/silences", quiet())
    await keep(world)
    assert [row.kind for row in await trail(world, "muted")] == ["muted"]
    assert await world.advance(minutes=40) == 0
    assert await told(world) == ["opened"]
    async with world.client("supervisor") as client:
        path = f"/v1/silences/{silence['id']}/expirations"
        first, second = await client.post(path), await client.post(path)
        assert (first.status_code, first.json()["state"]) == (201, "expired")
        assert second.json()["version"] == first.json()["version"]
    await keep(world)
    await keep(world)
    assert [row.kind for row in await trail(world, "muted", "unmuted")] == ["muted", "unmuted"]
    assert await world.advance(minutes=14) == 0
    assert await world.advance(minutes=1) == 1
    assert await told(world) == ["opened", "escalated"]


async def test_promise_is_kept_in_view_when_a_silence_passes_over_it(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client() as client:
        body = {"promised_at": (MORNING + timedelta(minutes=30)).isoformat()}
        assert (await client.post(f"/v1/alerts/{alert_id}/acknowledgements", json=body)).status_code == 201
    await made(world, "/v1/silences", quiet())
    assert await world.advance(minutes=45) == 0
    assert await world.advance(minutes=15) == 1
    assert (await told(world))[-1] == "promise_broken"


async def test_other_county_is_told_when_a_county_silences_its_own(world: World) -> None:
    await made(world, "/v1/silences", quiet())
    await world.add_person("officer", region_code=OTHER_COUNTY, name="邻县（演示）")
    await world.handle(spike(uuid4(), level=3), region_code=OTHER_COUNTY)
    assert await told(world) == ["opened"]
    async with world.client("supervisor") as client:
        refused = await client.post("/v1/silences", json=quiet(region_code=OTHER_COUNTY))
        assert refused.status_code == 404
        above = await client.post("/v1/silences", json=quiet(region_code=CITY))
        assert above.status_code == 404
    async with world.client("stranger") as client:
        assert (await client.get("/v1/silences")).json()["items"] == []


async def test_county_sees_and_does_not_end_a_silence_that_the_city_holds_over_it(world: World) -> None:
    silence = await made(world, "/v1/silences", quiet(region_code=CITY), "admin")
    async with world.client("supervisor") as client:
        (seen,) = (await client.get("/v1/silences")).json()["items"]
        assert seen["id"] == silence["id"]
        assert (await client.post(f"/v1/silences/{silence['id']}/expirations")).status_code == 404


async def test_silence_is_refused_when_it_makes_no_sense(world: World) -> None:
    async with world.client("supervisor") as client:
        for facts, status, code in (
            ({"matchers": []}, 422, "request.malformed"),
            ({"matchers": [{"name": "a", "value": "((", "is_regex": True}]}, 422, "mute.invalid_matchers"),
            ({"matchers": [{"name": "a", "value": ".*", "is_regex": True}]}, 422, "mute.invalid_matchers"),
            ({"ends_at": MORNING.isoformat()}, 409, "mute.ends_in_past"),
            ({"ends_at": (MORNING + timedelta(days=400)).isoformat()}, 409, "mute.too_long"),
            ({"reason": ""}, 422, "request.malformed"),
            ({"colour": "red"}, 422, "request.malformed"),
        ):
            answer = await client.post("/v1/silences", json=quiet(**facts))
            assert (answer.status_code, answer.json()["code"]) == (status, code), facts
    async with world.client("viewer") as client:
        assert (await client.post("/v1/silences", json=quiet())).status_code == 403


async def test_silence_is_changed_only_as_it_was_seen_and_before_its_end(world: World) -> None:
    silence = await made(world, "/v1/silences", quiet())
    path = f"/v1/silences/{silence['id']}"
    later = {"ends_at": (MORNING + 3 * HOUR).isoformat()}
    async with world.client("supervisor") as client:
        assert (await client.patch(path, json=later)).status_code == 428
        changed = await client.patch(path, json=later, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        assert (await client.patch(path, json=later, headers={"If-Match": '"1"'})).status_code == 412
        world.clock.advance(4 * HOUR)
        late = await client.patch(path, json={"reason": "x"}, headers={"If-Match": '"2"'})
        assert (late.status_code, late.json()["code"]) == (409, "mute.expired")
        assert (await client.get(path)).json()["state"] == "expired"
    audited = await world.rows("SELECT action, result FROM audit_record WHERE object_type = 'silences'")
    assert ("POST /v1/silences", "done") in {(row.action, row.result) for row in audited}


async def test_author_is_reminded_once_when_the_silence_ends_soon(world: World) -> None:
    author = world.people["officer"]
    world.callers.known["author"] = caller("author", Role.OFFICER, COUNTY, person_id=author)
    await made(world, "/v1/silences", quiet(remind_minutes=10), "author")
    for minutes, expected in ((49, 0), (1, 1), (5, 1)):
        world.clock.advance(timedelta(minutes=minutes))
        async with world.edge() as ctx:
            await keeper.look_after_ends(ctx)
        assert (await told(world)).count("mute_ends") == expected
    (delivery,) = await world.rows("SELECT subject, body, alert_id FROM delivery")
    assert "静默" in delivery.subject
    assert "试车" in delivery.body
    assert delivery.alert_id is None


async def test_enterprise_is_quiet_when_its_substation_has_an_alert_of_its_own(world: World) -> None:
    rule = await made(
        world,
        "/v1/inhibition-rules",
        {
            "name": "变电站抑制企业",
            "source_matchers": [{"name": "condition_kind", "value": "approval_breached"}],
            "target_matchers": [{"name": "condition_kind", "value": "spike"}],
            "equal": ["region_code"],
            "reason": "同一原因",
        },
    )
    station = breached()
    await world.handle(station)
    await world.handle(spike(uuid4(), level=1))
    (entry,) = await trail(world, "muted")
    assert rule["id"] in entry.facts
    before = await told(world)
    # The source is dealt with: what it held back is told within a minute.
    station_alert = await world.scalar("SELECT id FROM alert WHERE condition_kind <> 'spike'")
    async with world.client() as client:
        answer = await client.post(f"/v1/alerts/{station_alert}/resolutions", json={"note": "ok"})
        assert answer.status_code == 201
    await world.advance(minutes=1)
    assert (await told(world))[len(before) :].count("opened") == 1


async def test_red_alert_is_told_when_a_rule_would_inhibit_it(world: World) -> None:
    everything = [{"name": "region_code", "value": COUNTY}]
    body = {"name": "n", "source_matchers": everything, "target_matchers": everything, "reason": "r"}
    body["source_matchers"] = [{"name": "condition_kind", "value": "approval_breached"}]
    await made(world, "/v1/inhibition-rules", body)
    await world.handle(breached())
    before = len(await told(world))
    meter = uuid4()
    opened = spike(meter, level=1)
    await world.handle(opened)
    assert len(await told(world)) == before
    # It becomes red: nobody foresaw that.
    await world.handle(spike(meter, level=3, condition_id=opened.condition_id), 2)
    await world.advance(minutes=1)
    assert "opened" in (await told(world))[before:]


async def test_maintenance_holds_in_its_hours_when_it_recurs_on_the_calendar(world: World) -> None:
    meter = uuid4()
    await made(
        world,
        "/v1/maintenance-windows",
        {
            "name": "午间检修",
            "object_type": "meter",
            "object_id": str(meter),
            "windows": [{"days": "working", "start_time": "12:00", "end_time": "13:00"}],
            "reason": "例行",
        },
    )
    # A Tuesday at 12:10 in Shanghai.
    world.clock.set(datetime(2026, 9, 15, 4, 10, tzinfo=UTC))
    await world.handle(spike(meter, level=3))
    await world.handle(spike(uuid4(), level=3))
    assert await told(world) == ["opened"]
    # It looks again at 13:00, when the other has climbed already.
    await world.advance(minutes=50)
    assert (await told(world)).count("opened") == 2
    # The same hour of a holiday is no hour of maintenance.
    world.clock.set(datetime(2026, 10, 2, 4, 10, tzinfo=UTC))
    async with world.client() as client:
        tested = await client.post(
            "/v1/routes/test",
            json={
                "labels": {},
                "region_code": COUNTY,
                "object_type": "meter",
                "object_id": str(meter),
            },
        )
    assert tested.json()["muted_by"] == []


@pytest.mark.parametrize(
    "facts", [{"windows": []}, {"object_id": "x"}, {"windows": [{"start_time": "25:00"}], "ends_at": None}]
)
async def test_maintenance_is_refused_when_it_has_neither_end_nor_hours(
    world: World, facts: dict[str, Any]
) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post("/v1/maintenance-windows", json={"name": "n", "reason": "r", **facts})
    assert answer.status_code == 422


async def test_everything_of_a_mute_is_gone_when_its_alert_is_resolved(world: World) -> None:
    await made(world, "/v1/silences", quiet())
    opened = spike(uuid4(), level=3)
    await world.handle(opened)
    await world.handle(spike_over(opened), 2)
    await keep(world)
    assert await world.scalar("SELECT count(*) FROM alert_mute") == 0
    assert await told(world) == []


async def test_silences_are_not_read_with_every_alert_when_they_are_over(world: World) -> None:
    await made(world, "/v1/silences", quiet())
    world.clock.advance(2 * HOUR)
    async with world.edge() as ctx:
        await keeper.look_after_ends(ctx)
    assert await world.scalar("SELECT ended_by FROM silence") == "time"
