"""The Alertmanager's interface as its clients drive it: amtool, karma, Grafana and Prometheus."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from libs.common.ids import new_id
from libs.common.web.serving import bind, serve
from services.alerts.alertmanager import upkeep
from services.alerts.alertmanager.domain import configuration
from services.alerts.alertmanager.jobs import ExternalIntake, Membership, forget_ended
from services.alerts.grouping.jobs import GroupRunner
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, TOWN, World, spike
from tests.support.ports import reserve_ports

# The id of no silence.
NOBODY = "01999999-0000-7000-8000-000000000000"

CONFIGURATION = """
global:
  resolve_timeout: 10m
route:
  receiver: default
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1m
  repeat_interval: 4h
  routes:
    - receiver: pages
      matchers: ['severity="critical"', 'team=~"grid|plant"']
      mute_time_intervals: [nights]
receivers:
  - name: default
    webhook_configs: [{url: 'http://user:secret@localhost:9/token', send_resolved: true}]
  - name: pages
inhibit_rules:
  - source_matchers: ['alertname="Down"']
    target_matchers: ['alertname="Slow"']
    equal: [instance]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: '22:00', end_time: '24:00'}]
        weekdays: ['monday:friday']
        location: Asia/Shanghai
"""


async def take(world: World) -> None:
    await ExternalIntake(world.database, world.clock, new_id).take_all()


async def configure(world: World, text: str = CONFIGURATION) -> None:
    async with world.edge() as ctx:
        await upkeep.put_in_force(ctx, configuration.read(text))


async def post(world: World, *alerts: dict[str, Any], name: str = "officer") -> httpx.Response:
    async with world.client(name) as client:
        return await client.post("/api/v2/alerts", json=list(alerts))


async def listed(world: World, name: str = "officer", **params: Any) -> list[dict[str, Any]]:
    async with world.client(name) as client:
        answer = await client.get("/api/v2/alerts", params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found


def down(instance: str = "a:1", **facts: Any) -> dict[str, Any]:
    return {"labels": {"alertname": "Down", "severity": "critical", "instance": instance}, **facts}


async def test_alert_is_listed_as_clients_know_it_when_it_was_posted(world: World) -> None:
    answer = await post(world, down(annotations={"summary": "gone"}, generatorURL="http://p/g"))
    assert (answer.status_code, answer.content) == (200, b"")
    (alert,) = await listed(world)
    assert alert == {
        "labels": {"alertname": "Down", "severity": "critical", "instance": "a:1"},
        "annotations": {"summary": "gone"},
        "generatorURL": "http://p/g",
        "fingerprint": alert["fingerprint"],
        "startsAt": "2026-09-15T00:30:00.000Z",
        "endsAt": "2026-09-15T00:35:00.000Z",
        "updatedAt": "2026-09-15T00:30:00.000Z",
        "receivers": [{"name": "default"}],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
    }
    assert len(alert["fingerprint"]) == 16


async def test_labels_stay_the_senders_when_a_person_weighs_the_alert_otherwise(world: World) -> None:
    await post(world, down())
    await take(world)
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client("supervisor") as client:
        path = f"/v1/alerts/{alert_id}/severity-changes"
        answer = await client.post(path, json={"severity": "blue", "reason": "known"})
        assert answer.status_code == 201, answer.text
        assert (answer.json()["severity"], answer.json()["labels"]["severity"]) == ("blue", "critical")
    (alert,) = await listed(world)
    assert alert["labels"] == down()["labels"]


async def test_alert_that_a_person_opened_again_is_the_one_that_fires_anew(world: World) -> None:
    await post(world, down())
    await take(world)
    await post(world, down(endsAt=world.clock.now().isoformat()))
    await take(world)
    (row,) = await world.rows("SELECT id, status, verified_at FROM alert")
    assert (row.status, row.verified_at) == ("resolved", world.clock.now())
    world.clock.advance(timedelta(minutes=1))
    async with world.client() as client:
        answer = await client.post(f"/v1/alerts/{row.id}/reopenings", json={"reason": "not over"})
        assert answer.status_code == 201, answer.text
    world.clock.advance(timedelta(minutes=1))
    await post(world, down(startsAt=world.clock.now().isoformat()))
    await take(world)
    assert [tuple(one) for one in await world.rows("SELECT id, status FROM alert")] == [(row.id, "open")]


async def test_end_that_the_sender_tells_verifies_what_a_person_resolved(world: World) -> None:
    await post(world, down())
    await take(world)
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client() as client:
        answer = await client.post(f"/v1/alerts/{alert_id}/resolutions", json={"note": "restarted"})
        assert answer.json()["stage"] == "resolved"
    await post(world, down(endsAt=world.clock.now().isoformat()))
    await take(world)
    async with world.client() as client:
        alert = (await client.get(f"/v1/alerts/{alert_id}")).json()
        assert (alert["stage"], alert["resolution"]) == ("closed", "restarted")
        assert (await client.get(f"/v1/alerts/{alert_id}/trail")).json()["intact"]


async def test_posted_alert_is_one_of_ours_when_it_was_taken(world: World) -> None:
    await post(world, down(annotations={"summary": "gone", "description": "no answer"}))
    await take(world)
    async with world.client() as client:
        (alert,) = (await client.get("/v1/alerts")).json()["items"]
        assert (alert["source"], alert["severity"], alert["region_code"]) == ("alertmanager", "red", COUNTY)
        assert (alert["title_en"], alert["text_en"]) == ("gone", "no answer")
        assert alert["labels"] == {"alertname": "Down", "severity": "critical", "instance": "a:1"}
        assert (await client.get(f"/v1/alerts/{alert['id']}/trail")).json()["intact"]
    events = await world.rows("SELECT type, aggregate_version FROM outbox ORDER BY sequence")
    assert [tuple(event) for event in events] == [("alerts.alert.opened.v1", 1)]
    # Nobody is chased unless a route names a policy: its own system tells people.
    assert await world.scalar("SELECT count(*) FROM notification") == 0
    # The same again is no news; its end is.
    await post(world, down(annotations={"summary": "gone", "description": "no answer"}))
    await take(world)
    world.clock.advance(timedelta(minutes=6))
    await take(world)
    row = (await world.rows("SELECT status, resolved_at, version FROM alert"))[0]
    assert tuple(row) == ("resolved", MORNING + timedelta(minutes=5), 2)
    assert await listed(world) == []
    # It comes back as a new alert.
    await post(world, down())
    await take(world)
    assert await world.scalar("SELECT count(*) FROM alert") == 2


async def test_policy_of_a_route_chases_an_alert_of_another_system(world: World) -> None:
    code = await world.scalar("SELECT code FROM escalation_policy LIMIT 1")
    body = {
        "definition": {
            "root": {"receiver": "chased"},
            "receivers": [{"name": "chased", "policy_code": code}],
        },
        "reason": "r",
    }
    async with world.client("supervisor") as client:
        assert (await client.put(f"/v1/route-trees/{COUNTY}", json=body)).status_code == 200
    await post(world, down())
    await take(world)
    assert await world.scalar("SELECT count(*) FROM notification") == 1
    await post(world, down(endsAt=(MORNING + timedelta(seconds=1)).isoformat()))
    world.clock.advance(timedelta(seconds=2))
    await take(world)
    assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'pending'") == 0
    assert (await world.rows("SELECT reason FROM notification ORDER BY id"))[-1].reason == "resolved"


def at(minutes: float) -> str:
    return (MORNING + timedelta(minutes=minutes)).isoformat()


@pytest.mark.parametrize(
    ("sendings", "expected"),
    [
        # No start: the end if there is one, else now; no end: now and the timeout.
        ([{"endsAt": at(3)}], ("00:33:00", "00:33:00")),
        ([{"startsAt": "0001-01-01T00:00:00.000Z", "endsAt": "0001-01-01T00:00:00Z"}], ("00:30:00", "00:35:00")),
        # The earliest start of spans that overlap.
        ([{"startsAt": at(-1)}, {"startsAt": at(-2)}], ("00:28:00", "00:35:00")),
        ([{"startsAt": at(-2)}, {"startsAt": at(-1)}], ("00:28:00", "00:35:00")),
        # An end that somebody sent is not moved by a timeout that is earlier.
        ([{"startsAt": at(-2), "endsAt": at(60)}, {"startsAt": at(-1)}], ("00:28:00", "01:30:00")),
        # A timeout's end gives way to one that was sent.
        ([{"startsAt": at(-2)}, {"startsAt": at(-1), "endsAt": at(2)}], ("00:28:00", "00:32:00")),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_sendings_of_one_alert_are_merged_when_they_overlap(
    world: World, sendings: list[dict[str, Any]], expected: tuple[str, str], at_once: bool
) -> None:
    alerts = [down(**sending) for sending in sendings]
    if at_once:
        assert (await post(world, *alerts)).status_code == 200
    else:
        for alert in alerts:
            await post(world, alert)
    row = (await world.rows("SELECT starts_at, ends_at FROM external_alert"))[0]
    assert tuple(f"{instant:%H:%M:%S}" for instant in row) == expected


async def test_valid_alerts_are_kept_when_others_of_the_batch_are_not(world: World) -> None:
    answer = await post(world, down(), {"labels": {"a": ""}}, down("b:1", startsAt=at(2), endsAt=at(1)))
    assert answer.status_code == 400
    assert answer.json().splitlines() == [
        "at least one label pair required",
        "start time must be before end time",
    ]
    assert len(await listed(world)) == 1


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/api/v2/alerts", {"json": {"labels": {}}}, 422),
        ("POST", "/api/v2/alerts", {"json": [{"labels": {"a": 1}}]}, 422),
        ("POST", "/api/v2/alerts", {"json": [{"annotations": {}}]}, 422),
        ("POST", "/api/v2/alerts", {"json": [{"labels": {"a": "b"}, "startsAt": "yesterday"}]}, 422),
        ("POST", "/api/v2/alerts", {"content": "[]", "headers": {"content-type": "text/plain"}}, 415),
        ("POST", "/api/v2/alerts", {"content": "[", "headers": {"content-type": "application/json"}}, 400),
        ("GET", "/api/v2/alerts", {"params": {"filter": "a=~(("}}, 400),
        ("GET", "/api/v2/alerts", {"params": {"filter": "nothing"}}, 400),
        ("GET", "/api/v2/alerts", {"params": {"receiver": "(("}}, 400),
        ("GET", "/api/v2/alerts", {"params": {"active": "perhaps"}}, 422),
        ("POST", "/api/v2/silences", {"json": {"matchers": []}}, 422),
        ("GET", "/api/v2/silence/not-an-id", {}, 422),
        ("GET", f"/api/v2/silence/{NOBODY}", {}, 404),
        ("DELETE", f"/api/v2/silence/{NOBODY}", {}, 404),
        ("GET", "/api/v1/alerts", {}, 410),
        ("POST", "/api/v1/alerts", {"json": []}, 410),
        ("GET", "/api/v2/nothing", {}, 404),
        ("GET", "/-/healthy", {}, 200),
        ("GET", "/-/ready", {}, 200),
        ("POST", "/-/reload", {}, 200),
        ("OPTIONS", "/api/v2/alerts", {}, 204),
    ],
)
async def test_status_is_the_one_clients_expect_when_asked(
    world: World, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    async with world.client() as client:
        answer = await client.request(method, path, **sent)
    assert answer.status_code == status, answer.text
    if path.startswith("/api/v2/") and "nothing" not in path:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-store"
    if status == 422:
        assert set(answer.json()) == {"code", "message"}
    if status == 400 and method == "GET":
        assert isinstance(answer.json(), str)
    if status == 404 and "silence/" in path:
        assert answer.content == b""


def silence(**facts: Any) -> dict[str, Any]:
    return {
        "matchers": [{"name": "alertname", "value": "Down", "isRegex": False}],
        "startsAt": at(-5),
        "endsAt": at(60),
        "createdBy": "me",
        "comment": "known",
    } | facts


async def set_silence(world: World, **facts: Any) -> str:
    async with world.client() as client:
        answer = await client.post("/api/v2/silences", json=silence(**facts))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["silenceID"])


async def test_silence_is_shared_when_it_is_set_by_either_interface(world: World) -> None:
    await post(world, down())
    await world.handle(spike(uuid4(), level=3))
    identity = await set_silence(world)
    ours = {
        "matchers": [{"name": "condition_kind", "value": "spike"}],
        "reason": "试车",
        "ends_at": at(30),
    }
    async with world.client() as client:
        made = (await client.post("/v1/silences", json=ours)).json()
        assert {one["id"] for one in (await client.get("/v1/silences")).json()["items"]} == {identity, made["id"]}
        first, second = (await client.get("/api/v2/silences")).json()
        assert [first["id"], second["id"]] == [made["id"], identity]
        assert (second["startsAt"], second["status"]) == ("2026-09-15T00:30:00.000Z", {"state": "active"})
        assert second["matchers"] == [{"name": "alertname", "value": "Down", "isRegex": False, "isEqual": True}]
    states = {
        (alert["labels"]["alertname"], alert["status"]["state"], *alert["status"]["silencedBy"])
        for alert in await listed(world)
    }
    own = next(state for state in states if state[0] != "Down")
    assert states == {("Down", "suppressed", identity), (own[0], "suppressed", made["id"])}
    assert await listed(world, silenced="false") == []
    assert len(await listed(world, active="false")) == 2


async def test_silence_keeps_its_id_when_its_end_moves_and_not_when_its_labels_do(world: World) -> None:
    identity = await set_silence(world)
    world.clock.advance(timedelta(minutes=1))
    assert await set_silence(world, id=identity, startsAt=at(0), endsAt=at(90)) == identity
    other = [{"name": "alertname", "value": "Up", "isRegex": False}]
    changed = await set_silence(world, id=identity, matchers=other, endsAt=at(90))
    assert changed != identity
    async with world.client() as client:
        states = [(one["id"], one["status"]["state"]) for one in (await client.get("/api/v2/silences")).json()]
        assert states == [(changed, "active"), (identity, "expired")]
        found = (await client.get("/api/v2/silences", params={"filter": "alertname=Up"})).json()
        assert [one["id"] for one in found] == [changed]
        assert (await client.get("/api/v2/silences", params={"expired": "false"})).json() == found
        for _ in range(2):
            assert (await client.delete(f"/api/v2/silence/{changed}")).status_code == 200
        gone = await client.post("/api/v2/silences", json=silence(id=str(uuid4())))
        assert gone.status_code == 404
        for facts in (
            {"endsAt": at(-1)},
            {"startsAt": at(70)},
            {"matchers": [{"name": "a", "value": ".*", "isRegex": True}]},
            {"matchers": [{"name": "a", "value": "((", "isRegex": True}]},
        ):
            refused = await client.post("/api/v2/silences", json=silence(**facts))
            assert refused.status_code == 400, facts
            assert isinstance(refused.json(), str)


async def test_list_is_narrowed_when_filters_ask(world: World) -> None:
    await configure(world)
    team = {"labels": {"alertname": "Slow", "severity": "critical", "team": "grid", "区": "通山"}}
    await post(world, down(), down("b:1"), team)
    for params, expected in (
        ({"filter": ["alertname=Down", 'instance=~"a.*"']}, 1),
        ({"filter": "alertname!=Down"}, 1),
        ({"filter": "区=通山"}, 1),
        ({"filter": "team="}, 2),
        ({"filter": "team!="}, 1),
        ({"receiver": "pag.*"}, 1),
        ({"receiver": "pag"}, 0),
    ):
        assert len(await listed(world, **params)) == expected, params
    fingerprints = [alert["fingerprint"] for alert in await listed(world)]
    assert fingerprints == sorted(fingerprints)
    async with world.client() as client:
        groups = (await client.get("/api/v2/alerts/groups")).json()
        assert [(group["receiver"]["name"], group["labels"], len(group["alerts"])) for group in groups] == [
            ("default", {"alertname": "Down"}, 2),
            ("pages", {"alertname": "Slow"}, 1),
        ]
        assert (await client.get("/api/v2/receivers")).json() == [{"name": "default"}, {"name": "pages"}]


async def test_status_holds_the_configuration_in_the_files_own_words(world: World) -> None:
    await configure(world)
    await Membership(world.database, world.clock, name="one", address="127.0.0.1:9094").join()
    async with world.client() as client:
        status = (await client.get("/api/v2/status")).json()
        metrics = (await client.get("/metrics")).text
    assert status["cluster"]["peers"] == [{"name": "one", "address": "127.0.0.1:9094"}]
    version = status["versionInfo"]["version"]
    assert f'alertmanager_build_info{{branch="",goversion="",revision="duban",version="{version}"}}' in metrics
    original = status["config"]["original"]
    assert "secret" not in original
    assert "token" not in original
    again = configuration.read(original)
    first = configuration.read(CONFIGURATION)
    assert (again.tree.root, again.tree.intervals) == (first.tree.root, first.tree.intervals)
    assert [rule.source for rule in again.inhibitions] == [rule.source for rule in first.inhibitions]
    assert yaml.safe_load(original)["global"] == {"resolve_timeout": "10m"}


async def test_configuration_changes_nothing_when_it_is_read_again(world: World) -> None:
    await configure(world)
    await configure(world)
    assert await world.scalar("SELECT count(*) FROM route_tree") == 1
    assert await world.scalar("SELECT count(*) FROM inhibition_rule") == 1
    await configure(world, CONFIGURATION.replace('alertname="Slow"', 'alertname="Late"'))
    live = await world.rows("SELECT target_matchers FROM inhibition_rule WHERE ended_by IS NULL")
    assert [row.target_matchers[0]["value"] for row in live] == ["Late"]


async def test_alert_reaches_its_webhook_and_is_inhibited_by_the_rule_of_the_file(world: World) -> None:
    await configure(world)
    slow = {"labels": {"alertname": "Slow", "instance": "a:1"}}
    await post(world, down(), slow)
    await take(world)
    (quiet,) = await listed(world, filter="alertname=Slow")
    (loud,) = await listed(world, filter="alertname=Down")
    assert quiet["status"]["inhibitedBy"] == [loud["fingerprint"]]
    assert await listed(world, inhibited="false") == [loud]
    world.clock.advance(timedelta(seconds=1))
    groups = GroupRunner(world.database, world.clock, new_id, external_url="http://am")
    await groups.work()
    rows = await world.rows("SELECT target, body FROM delivery WHERE kind = 'alertmanager'")
    assert [row.target for row in rows] == ["http://user:secret@localhost:9/token"]
    assert '"alertname":"Down"' in rows[0].body
    assert "Slow" not in rows[0].body


async def test_callers_see_and_change_their_own_region_only(world: World) -> None:
    await post(world, down(), {"labels": {"alertname": "T", "region_code": TOWN}})
    # Who speaks for another region is not believed: the alert stays in the sender's own.
    await post(world, {"labels": {"alertname": "O", "region_code": OTHER_COUNTY}})
    rows = await world.rows("SELECT labels, region_code FROM external_alert ORDER BY labels")
    assert [row.region_code for row in rows] == [COUNTY, COUNTY, TOWN]
    assert await listed(world, "stranger") == []
    identity = await set_silence(world)
    async with world.client("stranger") as client:
        assert (await client.delete(f"/api/v2/silence/{identity}")).status_code == 404
    async with world.client("viewer") as client:
        assert (await client.post("/api/v2/alerts", json=[down()])).status_code == 403
        assert (await client.get("/api/v2/alerts")).status_code == 200
    async with world.client("nobody") as client:
        assert (await client.get("/api/v2/alerts")).status_code == 401


async def test_nothing_is_doubled_when_two_take_at_once(world: World) -> None:
    await post(world, *(down(f"h{number}:1") for number in range(50)))
    await asyncio.gather(*(take(world) for _ in range(3)))
    assert await world.scalar("SELECT count(*) FROM alert") == 50
    assert await world.scalar("SELECT count(*) FROM outbox") == 50
    assert await world.scalar("SELECT count(*) FROM external_alert WHERE NOT live") == 0


async def test_alert_is_not_opened_again_when_a_person_resolved_it_before_its_end(world: World) -> None:
    await post(world, down())
    await take(world)
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client() as client:
        answer = await client.post(f"/v1/alerts/{alert_id}/resolutions", json={"note": "known"})
        assert answer.status_code == 201
    await post(world, down())
    await take(world)
    assert await world.scalar("SELECT count(*) FROM alert") == 1
    world.clock.advance(timedelta(days=6))
    await take(world)
    async with world.edge() as ctx:
        await forget_ended(ctx, ctx.now)
    assert await world.scalar("SELECT count(*) FROM external_alert") == 0


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    port = reserve_ports(1)
    serving = asyncio.create_task(serve(world.app, "127.0.0.1", port, listener=bind("127.0.0.1", port)))
    async with httpx.AsyncClient(timeout=60) as client:
        while not serving.done():
            try:
                await client.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                continue
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def amtool(url: str, credentials: Path, *arguments: str) -> str:
    """What amtool says to these arguments."""
    program = shutil.which("amtool")
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program,
        f"--alertmanager.url={url}",
        f"--http.config.file={credentials}",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_operator_goes_through_a_day_with_amtool_or_as_it_would(world: World, tmp_path: Path) -> None:
    """Add an alert, see it, silence it, see that, expire the silence, ask the routes."""
    await configure(world)
    world.clock.set(datetime.now(MORNING.tzinfo))
    if shutil.which("amtool") is None:
        await post(world, down())
        identity = await set_silence(world, startsAt=world.clock.now().isoformat(), endsAt=_in_an_hour(world))
        assert await listed(world, silenced="false") == []
        async with world.client() as client:
            assert (await client.delete(f"/api/v2/silence/{identity}")).status_code == 200
        assert len(await listed(world, silenced="false")) == 1
        return
    credentials = tmp_path / "http.yml"
    credentials.write_text("authorization:\n  credentials: officer\n")
    async with served(world) as url:
        await amtool(url, credentials, "alert", "add", "Down", "severity=critical", "--annotation=summary=gone")
        assert "gone" in await amtool(url, credentials, "alert", "query", "Down")
        said = await amtool(url, credentials, "silence", "add", "Down", "-c", "known", "-a", "me", "-d", "1h")
        identity = said.split()[-1]
        # The silence begins by amtool's clock, which runs on while ours stands still.
        world.clock.set(datetime.now(MORNING.tzinfo))
        assert identity in await amtool(url, credentials, "silence", "query")
        assert "gone" not in await amtool(url, credentials, "alert", "query", "Down")
        assert "gone" in await amtool(url, credentials, "alert", "query", "-s", "Down")
        await amtool(url, credentials, "silence", "expire", identity)
        world.clock.set(datetime.now(MORNING.tzinfo))
        assert "gone" in await amtool(url, credentials, "alert", "query", "Down")
        assert "pages" in await amtool(url, credentials, "config", "routes", "show")
        routed = await amtool(url, credentials, "config", "routes", "test", "severity=critical", "team=grid")
        assert "pages" in routed


def _in_an_hour(world: World) -> str:
    return (world.clock.now() + timedelta(hours=1)).isoformat()
