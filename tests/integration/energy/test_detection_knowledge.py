"""What the detector is told: expected events, outages, verdicts; and that a replay is told the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np

from libs.common.context import Context
from libs.common.contracts.alerts import AlertResolvedV1, AlertStatus, Severity
from libs.common.contracts.base import Event
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.feedback.handlers import on_alert_resolved
from services.energy.ingest.detectors import Detectors
from tests.support.energy import NEIGHBOUR, TODAY, Site, slot_at, usual_curve

LEARNED = [TODAY - timedelta(days=age) for age in range(35, 0, -1)]


@asynccontextmanager
async def watched(site: Site, *, is_killed: bool = False) -> AsyncIterator[Detectors]:
    """A worker and its detectors."""
    async with site.worker(is_killed=is_killed) as consumer:
        yield consumer._handler._detectors  # type: ignore[attr-defined]


async def told(site: Site, detectors: Detectors) -> None:
    """Once the worker knows all that is on record."""

    async def is_told() -> bool:
        wanted = await site.rows(
            "SELECT (SELECT max(mark) FROM detection_fact), (SELECT count(*) FROM expected_event), "
            "(SELECT count(*) FROM detection_fact WHERE key LIKE 'event:%')"
        )
        mark, events, known = wanted[0]
        return bool(detectors.knowledge.mark == mark and known >= events)

    await site.until(is_told)


async def learn(site: Site, *meters: str) -> None:
    await site.register(*meters)
    await site.merged(await site.post_curves([usual_curve(meter, day) for day in LEARNED for meter in meters]))


async def follow(site: Site, meter: str, values: list[float], slot: int) -> None:
    last = datetime.fromisoformat(slot_at(slot + len(values) - 1))
    site.clock.set(max(site.clock.now(), last + timedelta(minutes=15)))
    readings = [
        {"meter_no": meter, "at": slot_at(slot + number), "value": value} for number, value in enumerate(values)
    ]
    await site.merged(await site.post_readings(readings))


def event(meter: str, first: int, end: int, **facts: Any) -> dict[str, Any]:
    return {
        "scope": "meter",
        "code": meter,
        "cause": "maintenance",
        "starts_at": slot_at(first),
        "ends_at": slot_at(end),
        "reason": "2号炉检修",
    } | facts


async def post(site: Site, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    async with site.client() as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def kinds_of(site: Site, meter: str) -> list[tuple[str, str, str | None]]:
    items = (await site.get("/v1/conditions", limit=100))["items"]
    return sorted(
        (item["kind"], item["status"], item["clear_reason"]) for item in items if item["meter_no"] == meter
    )


async def test_maintenance_is_no_news_but_going_on_after_its_end_is(site: Site) -> None:
    async with watched(site) as detectors:
        await learn(site, "M1", "M2")
        await post(site, "/v1/expected-events", event("M1", 40, 50))
        await told(site, detectors)
        # Both stand still for ten slots; M1 goes on for an hour.
        await follow(site, "M1", [0.0] * 10, 40)
        await follow(site, "M2", [0.0] * 10, 40)
        assert await kinds_of(site, "M1") == []
        assert [kind for kind, status, _ in await kinds_of(site, "M2") if status == "open"] == ["dead", "drop"]
        await follow(site, "M1", [0.0] * 5, 50)
        assert [kind for kind, status, _ in await kinds_of(site, "M1") if status == "open"] == ["dead", "drop"]
        await follow(site, "M1", [1000.0, 1002.0, 1001.0, 999.0], 55)
    assert [item for item in await kinds_of(site, "M1") if item[1] == "open"] == []


async def test_condition_that_was_announced_afterwards_clears_as_expected(site: Site) -> None:
    async with watched(site) as detectors:
        await learn(site, "M1", "M2")
        for meter in ("M1", "M2"):
            await follow(site, meter, [3400.0, 3500.0], 40)
        spike = await post(site, "/v1/expected-events", event("M1", 38, 60, cause="test_run", kinds=["spike"]))
        await told(site, detectors)
        assert await kinds_of(site, "M1") == [("spike", "cleared", "expected")]
        assert await kinds_of(site, "M2") == [("spike", "open", None)]
        await follow(site, "M1", [3600.0] * 4, 42)
        assert await kinds_of(site, "M1") == [("spike", "cleared", "expected")]
        # It is called off: what comes from now on is judged.
        async with site.client() as client:
            gone = await client.delete(f"/v1/expected-events/{spike['id']}")
            assert gone.json()["status"] == "withdrawn"
        await site.until(lambda: _forgotten(detectors))
        await follow(site, "M1", [3700.0], 46)
        assert ("spike", "open", None) in await kinds_of(site, "M1")
    rows = await site.rows("SELECT payload FROM outbox WHERE type = 'energy.condition.cleared.v1'")
    assert [json.loads(row[0])["reason"] for row in rows] == ["expected"]


def margin_of(detectors: Detectors, meter_no: str) -> float:
    rules = detectors.knowledge.rules
    number = rules.pick([(meter_no, "421224")], np.array([20_000]))[0]
    return float(rules.table[number]["spike_margin"])


async def _forgotten(detectors: Detectors) -> bool:
    return not len(detectors.knowledge.expected)


async def test_planned_outage_silences_what_a_meter_without_supply_shows(site: Site) -> None:
    async with watched(site) as detectors:
        await learn(site, "M1")
        outage = {
            "scope": "meter",
            "code": "M1",
            "starts_at": slot_at(40),
            "ends_at": slot_at(52),
            "reason": "检修",
        }
        await post(site, "/v1/planned-outages", outage)
        await site.until(lambda: _has_stretches(detectors))
        await follow(site, "M1", [0.0] * 12 + [1000.0, 1003.0], 40)
        assert await kinds_of(site, "M1") == []


async def _has_stretches(detectors: Detectors) -> bool:
    return len(detectors.knowledge.expected) > 0


async def test_expected_events_by_scope_and_reach(site: Site) -> None:
    await site.register("M1", enterprise_id=None)
    region = await post(site, "/v1/expected-events", event("421224", 0, 10, scope="region", external_id="A"))
    again = event("421224", 0, 10, scope="region", external_id="A")
    assert (await post(site, "/v1/expected-events", again, 200))["version"] == 1
    moved = event("421224", 0, 12, scope="region", external_id="A", kinds=["dead", "drop"])
    changed = await post(site, "/v1/expected-events", moved, 200)
    assert (changed["id"], changed["version"], changed["kinds"]) == (region["id"], 2, ["dead", "drop"])
    assert (await post(site, "/v1/expected-events", event("M1", 10, 10), 409))["code"].endswith("inverted")
    assert (await post(site, "/v1/expected-events", event("M9", 0, 10), 404))["code"] == "meter.not_found"
    nobody = event(str(uuid4()), 0, 10, scope="enterprise")
    assert (await post(site, "/v1/expected-events", nobody, 404))["code"] == "expected_event.enterprise_unknown"
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as client:
        assert (await client.get(f"/v1/expected-events/{region['id']}")).status_code == 404
        assert (await client.post("/v1/expected-events", json=event("421224", 0, 9, scope="region"))).is_error
    path = f"/v1/expected-events/{region['id']}"
    async with site.client() as client:
        assert (await client.patch(path, json={"reason": "x"})).status_code == 428
        patched = await client.patch(path, json={"ends_at": slot_at(20)}, headers={"If-Match": '"2"'})
        assert (patched.json()["version"], patched.headers["etag"]) == (3, '"3"')
        await client.delete(path)
        late = await client.patch(path, json={"reason": "y"}, headers={"If-Match": '"4"'})
        assert late.json()["code"] == "expected_event.withdrawn"


async def test_false_alarms_widen_the_meters_own_limits_within_bounds_until_reset(site: Site) -> None:
    async with watched(site) as detectors:
        await learn(site, "M1", "M2")
        await follow(site, "M1", [3400.0], 40)
        (condition,) = (await site.get("/v1/conditions"))["items"]
        path = f"/v1/conditions/{condition['id']}/verdicts"
        verdict = await post(site, path, {"is_true": False, "note": "换炉衬"})
        assert (verdict["factor_before"], verdict["factor_after"]) == (1.0, 1.2)
        assert (await post(site, path, {"is_true": False}, 200))["factor_after"] == 1.2
        await told(site, detectors)
        assert np.allclose([margin_of(detectors, no) for no in ("M1", "M2")], [1.6 * 1.2, 1.6])
        shown = await site.get(f"/v1/conditions/{condition['id']}")
        assert (shown["verdict"], shown["verdict_note"]) == (False, "换炉衬")
        # Whoever thinks better of it takes the first verdict back.
        assert (await post(site, path, {"is_true": True}))["factor_after"] == round(1 / 1.05, 4)
        (factor,) = (await site.get("/v1/detection-factors"))["items"]
        assert (factor["meter_no"], factor["true_verdicts"], factor["false_verdicts"]) == ("M1", 1, 0)
        async with site.client() as client:
            reset = await client.delete("/v1/detection-factors/M1/spike")
            assert (reset.json()["factor"], reset.json()["true_verdicts"]) == (1.0, 0)
            unknown = await client.delete("/v1/detection-factors/M2/spike")
            assert unknown.json()["code"] == "detection.factor_not_found"
        await told(site, detectors)
        assert np.isclose(margin_of(detectors, "M1"), 1.6)
    assert len((await site.get(path))["items"]) == 2
    async with site.client("stranger") as client:
        assert (await client.post(path, json={"is_true": True})).status_code in {403, 404}


async def test_verdict_comes_with_the_resolution_of_the_alert(site: Site) -> None:
    async with site.worker():
        await learn(site, "M1")
        await follow(site, "M1", [3400.0], 40)
    (condition,) = (await site.get("/v1/conditions"))["items"]
    meter_id = (await site.get("/v1/meters/M1"))["meter_id"]
    payload = AlertResolvedV1(
        alert_id=new_id(),
        number=1,
        rule_code="energy.spike",
        severity=Severity.YELLOW,
        status=AlertStatus.RESOLVED,
        title_zh="突增",
        title_en="Spike",
        object_type="meter",
        object_id=meter_id,
        condition_kind="spike",
        region_code="421224",
        occurred_at=datetime.fromisoformat(condition["opened_at"]),
        received_at=site.clock.now(),
        escalation_level=0,
        source_event_id=new_id(),
        resolved_by="officer",
        reason="误报，检修试车",
        is_true_alarm=False,
    )
    await _resolve(site, payload)
    await _resolve(site, payload.model_copy(update={"object_id": "not a meter"}))
    await _resolve(site, payload.model_copy(update={"is_true_alarm": None}))
    shown = await site.get(f"/v1/conditions/{condition['id']}")
    assert (shown["verdict"], shown["verdict_by"], shown["verdict_note"]) == (False, "officer", "误报，检修试车")
    (verdict,) = (await site.get(f"/v1/conditions/{condition['id']}/verdicts"))["items"]
    assert (verdict["source"], verdict["factor_after"]) == ("alert", 1.2)


async def _resolve(site: Site, payload: AlertResolvedV1) -> None:
    event_read = Event(
        id=new_id(),
        type=payload.event_type,
        source="/alerts",
        subject=str(payload.alert_id),
        time=payload.occurred_at,
        aggregate_version=2,
        region_code="421224",
        payload=payload,
    )
    async with site.database.transaction() as session:
        await on_alert_resolved(Context(session, site.clock.now(), new_id, SYSTEM), event_read)


async def test_replay_is_told_what_was_known_at_each_record(site: Site) -> None:
    """No checkpoint is kept, so a second worker learns everything from the log; told otherwise it would differ."""
    site.settings = site.settings.model_copy(update={"checkpoint_seconds": 1000.0})
    async with watched(site, is_killed=True) as detectors:
        await learn(site, "M1", "M2")
        await post(site, "/v1/expected-events", event("M1", 40, 60))
        await told(site, detectors)
        await follow(site, "M1", [200.0, 210.0, 205.0], 40)
        await follow(site, "M2", [3400.0, 1000.0, 1001.0], 40)
        (condition,) = [item for item in (await site.get("/v1/conditions"))["items"] if item["meter_no"] == "M2"]
        await post(site, f"/v1/conditions/{condition['id']}/verdicts", {"is_true": False})
        async with site.client() as client:
            for item in (await site.get("/v1/expected-events"))["items"]:
                await client.delete(f"/v1/expected-events/{item['id']}")
        await site.until(lambda: _forgotten(detectors))
        await told(site, detectors)
        await follow(site, "M1", [1000.0, 1002.0], 43)
        await follow(site, "M2", [1003.0, 3000.0], 43)
        before = dumped(detectors)
    assert len(await site.rows("SELECT 1 FROM detector_adoption")) >= 3
    async with watched(site) as restored:
        await site.until(lambda: _is_as(restored, before))


async def _is_as(detectors: Detectors, before: dict[int, bytes]) -> bool:
    return dumped(detectors) == before


def dumped(detectors: Detectors) -> dict[int, bytes]:
    """The whole memory by partition."""
    return {
        number: memory.states[96].dump(np.sort(memory.states[96].meter_index))
        for number, memory in sorted(detectors._memories.items())
        if 96 in memory.states
    }
