"""What the service produces has the shape of the committed examples; from the outbox to the topic."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer

from libs.common.contracts import projects
from libs.common.contracts.catalogue import EVENTS, example, topics_of
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import header_map
from libs.common.outbox.relay import Relay
from tests.integration.projects.conftest import PASSWORD
from tests.integration.projects.lives import live_among_authorities, live_as_an_investor, live_in_a_park
from tests.integration.projects.lives_of_approvals import (
    live_as_a_document,
    live_as_an_approval,
    live_at_the_gate,
)
from tests.integration.projects.lives_of_bulletins import live_in_a_bulletin
from tests.integration.projects.lives_of_cadences import live_in_a_rhythm
from tests.integration.projects.lives_of_contests import live_in_a_contest
from tests.integration.projects.lives_of_duties import (
    live_as_a_problem,
    live_as_an_instruction,
    live_in_meetings,
    live_under_leaders,
    live_with_visits,
)
from tests.integration.projects.lives_of_economy import live_in_the_economy
from tests.integration.projects.lives_of_support import live_with_support
from tests.integration.projects.lives_of_targets import live_under_a_target

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

CREDIT_CODE = "91350100M000100Y43"


async def record_facts(office: Office) -> None:
    """Money, contract, milestones, plans and output of a project; ``li`` is another than the recorder."""
    path = await office.started("P-2", days_ago=70)
    slip = {"on": "2026-08-20", "amount_yuan": 20_000_000, "source": "own", "payer": "x"}
    for number, ending in enumerate(("verification", "rejection", "withdrawal")):
        arrival = await office.done("POST", f"{path}/funds-arrivals", {**slip, "evidence": f"slip {number}"})
        said = {"verification": {}, "rejection": {"note": "none came"}, "withdrawal": {"reason": "twice"}}[ending]
        await office.done("POST", f"{path}/funds-arrivals/{arrival['id']}/{ending}", said, by="li")
    parties = [{"name": "county", "role": "government"}, {"name": "x", "role": "investor"}]
    contract = {"number": "7", "parties": parties, "amount_yuan": 140_000_000}
    await office.done("PUT", f"{path}/contract", contract)
    await office.done("POST", f"{path}/contract/acts", {"kind": "start", "due_on": "2026-09-30"})
    await office.done("PUT", f"{path}/formalities/eia", {"actual_on": "2026-06-01", "number": "7"})
    await office.done("PUT", f"{path}/plan-curve", {"points": [{"month": "2026-12-01", "percent": 100}]})
    await office.done("PUT", f"{path}/annual-plans/2026", {"amount_yuan": 60_000_000})
    for step in ({"stage": "completed"}, {"stage": "in_production", "first_output": "x"}):
        await office.done("POST", f"{path}/stage-changes", {"on": "2026-08-01", **step})
    entry = {"month": "2026-08-01", "output_value_yuan": 5_600_000, "tax_yuan": 1, "physical_output": 8}
    await office.done("POST", f"{path}/output-entries", entry)


async def serve(office: Office, project: str, unit_id: str, enterprise_id: str) -> str:
    """What the office does about a project and an enterprise; answers the id of its leader."""
    leader = {"name": "li (demo)", "unit_id": unit_id, "region_code": "421224", "post": "leader"}
    leader_id = str((await office.done("PUT", "/v1/persons/li", leader))["person_id"])
    await office.staff("li", "leader", "421224", person_id=leader_id)
    minutes = await live_in_meetings(office, project, unit_id)
    await live_under_leaders(office, project, leader_id, minutes)
    await live_as_a_problem(office, project, unit_id)
    await live_with_visits(office, enterprise_id)
    await live_as_an_instruction(office, project, unit_id, leader_id)
    await live_as_a_document(office, project)
    await live_as_an_approval(office, project, unit_id, leader_id)
    await live_at_the_gate(office, leader_id)
    return leader_id


async def sign_in_and_out(office: Office) -> None:
    tokens = (await office.sign_in("li", PASSWORD)).json()
    await office.http.post("/v1/tokens/revoke", json={"refresh_token": tokens["refresh_token"]})


async def live_a_little(office: Office) -> None:
    """Enough of a life to record every type of event once."""
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "office", "region_code": "421224"})
    person = {"name": "chen (demo)", "unit_id": unit["unit_id"], "region_code": "421224", "post": "officer"}
    await office.done("PUT", "/v1/persons/chen", person)
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    works = await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", enterprise)
    await office.done("PUT", "/v1/calendar-days/2026-10-10", {"working": True})
    await office.done("POST", "/v1/api-keys", {"name": "feed", "role": "feed", "region_code": "421224"})
    account = await office.staff("chen", "officer", "421224")
    await office.done("POST", f"/v1/accounts/{account['id']}/revocations")
    path = await office.started(days_ago=70)
    await office.done("PATCH", path, {"name": "renamed"}, headers={"If-Match": "*"})
    body = {"milestone": "capacity", "planned_on": "2027-12-31", "reason": "equipment is late"}
    await office.done("POST", f"{path}/replans", body)
    leader_id = await serve(office, path, unit["unit_id"], works["enterprise_id"])
    await record_facts(office)
    await office.done("POST", "/v1/condition-scans")
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-09-15", "percent": 52})
    await office.done("POST", f"{path}/investment-entries", {"month": "2026-08-01", "amount_yuan": 3_200_000})
    await live_in_a_park(office, works["enterprise_id"])
    await live_as_an_investor(office)
    await live_among_authorities(office, works["enterprise_id"], unit["unit_id"])
    await live_in_a_rhythm(office, "P-1", leader_id)
    await live_in_the_economy(office, CREDIT_CODE)
    await live_with_support(office, works["enterprise_id"])
    await live_in_a_contest(office)
    await live_in_a_bulletin(office)
    await sign_in_and_out(office)
    # Last: its year comes to an end.
    await live_under_a_target(office, unit["unit_id"], leader_id)


async def test_every_type_is_produced_in_the_shape_of_its_example(office: Office) -> None:
    await live_a_little(office)
    produced: dict[str, dict[str, Any]] = {}
    for topic in topics_of(projects.OWNER):
        for event in await office.events(topic.name):
            produced[event.type] = json.loads(event.payload or b"null")
    own = [event.event_type for event in EVENTS if event.topic.owner == projects.OWNER]
    assert set(produced) == set(own)
    for event_type, body in produced.items():
        sample = example(event_type)["body"]
        assert set(body) == set(sample), event_type
        for name, value in body.items():
            if value is not None and sample[name] is not None:
                assert type(value) is type(sample[name]), f"{event_type}: {name}"


@pytest.mark.parametrize("rounds", [2])
async def test_relay_takes_the_outbox_to_its_topics_in_order(
    office: Office, kafka_bootstrap: str, topic_prefix: str, rounds: int
) -> None:
    await ensure_topics(
        kafka_bootstrap, topics_of(projects.OWNER), prefix=topic_prefix, partitions=2, replication=1
    )
    path = await office.started(days_ago=70)
    await office.done(
        "PUT", f"/v1/enterprises/{CREDIT_CODE}", {"name": "x", "region_code": "421224", "sector_code": "31"}
    )
    await office.done("DELETE", f"/v1/enterprises/{CREDIT_CODE}")
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test-relay")
    await publisher.start()
    try:
        # Run again by hand: what was published is not published twice.
        async with office.database.engine.connect() as connection:
            relay = Relay(office.database, publisher, topic_prefix=topic_prefix)
            published = [await relay.relay_once(connection) for _ in range(rounds)]
    finally:
        await publisher.stop()
    assert published[0] > 0
    assert published[1:] == [0] * (rounds - 1)
    project_id = path.rsplit("/", 1)[1]
    records = await _read(
        kafka_bootstrap, [f"{topic_prefix}{topic.name}" for topic in topics_of(projects.OWNER)], published[0]
    )
    mine = [record for record in records if record.key == project_id.encode()]
    headers = [header_map(record.headers) for record in mine]
    assert [(header["ce_type"], header["ce_aggregateversion"]) for header in headers] == [
        ("projects.project.registered.v1", "1"),
        ("projects.project.stage_entered.v1", "2"),
        ("projects.project.stage_entered.v1", "3"),
    ]
    assert {header["ce_region"] for header in headers} == {"421224101"}
    (tombstone,) = [record for record in records if record.value is None]
    assert tombstone.topic == f"{topic_prefix}projects.enterprise.v1"

    feed = await office.done("GET", "/v1/projects/changes", params={"limit": 2})
    assert ([item["change"] for item in feed["items"]], feed["has_more"]) == (["created", "changed"], True)
    rest = await office.done("GET", "/v1/projects/changes", params={"after": feed["next_cursor"]})
    assert [item["version"] for item in rest["items"]] == [3]
    await office.staff("jiayu", "officer", "421221")
    assert (await office.done("GET", "/v1/projects/changes", by="jiayu"))["items"] == []


async def _read(bootstrap: str, topics: list[str], count: int) -> list[Any]:
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        records: list[Any] = []
        async with asyncio.timeout(120):
            while len(records) < count:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    records += batch
        return records
    finally:
        await consumer.stop()
