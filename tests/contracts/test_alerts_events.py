"""The committed examples of the alerts service's events: what it writes is what others read."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.common.contracts import alerts
from libs.common.contracts.base import EventPayload
from libs.common.contracts.catalogue import BY_TYPE, EVENTS, example
from libs.common.outbox.envelope import decode, encode_headers
from services.alerts.trail.domain.chain import BEGINNING
from services.alerts.trail.service import state_of
from services.alerts.trail.tables import AlertRow

OPENED_AT = datetime(2026, 9, 15, 3, 15, tzinfo=UTC)
LATER = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
PERSON = "person:01926f4e-7f00-7000-8000-000000000301"
OTHER = UUID("01926f4e-7f00-7000-8000-000000000502")
LABELS = {
    "rule": "energy.spike",
    "severity": "orange",
    "region_code": "421224",
    "object_type": "meter",
    "object_id": "01926f4e-7f00-7000-8000-000000000201",
    "condition_kind": "spike",
}
OWN = [event for event in EVENTS if event.topic == alerts.ALERT]

# What stands in an alert after each change, and what the event adds to it.
CHANGES: dict[type[EventPayload], tuple[dict[str, Any], dict[str, Any]]] = {
    alerts.AlertOpenedV1: ({}, {}),
    alerts.AlertAmendedV1: (
        {"severity": "red", "labels": LABELS | {"severity": "red"}},
        {"amended_by": PERSON, "reason": "影响居民供电"},
    ),
    alerts.AlertAcknowledgedV1: (
        {"status": "acknowledged"},
        {
            "acknowledged_by": PERSON,
            "promised_at": datetime(2026, 9, 15, 9, 0, tzinfo=UTC),
        },
    ),
    alerts.AlertHandledV1: (
        {"status": "acknowledged", "handling_at": LATER},
        {"handling_id": UUID("01926f4e-7f00-7000-8000-000000000701"), "handled_by": PERSON},
    ),
    alerts.AlertAssignedV1: (
        {
            "responsible_person_id": UUID("01926f4e-7f00-7000-8000-000000000302"),
            "responsible_unit_id": UUID("01926f4e-7f00-7000-8000-000000000401"),
        },
        {"assigned_by": PERSON, "reason": "分管冶金园区"},
    ),
    alerts.AlertEscalatedV1: ({"escalation_level": 1}, {"post": "leader"}),
    alerts.AlertCommentedV1: ({}, {"comment_by": PERSON}),
    alerts.AlertResolvedV1: (
        {"status": "resolved", "verified_at": LATER},
        {"resolved_by": "system", "reason": "returned"},
    ),
    alerts.AlertClosedV1: (
        {"status": "resolved", "verified_at": LATER},
        {"verified_by": PERSON, "reason": "已现场核实"},
    ),
    alerts.AlertReopenedV1: ({}, {"reopened_by": PERSON, "reason": "原因未查明"}),
    alerts.AlertMergedV1: (
        {"status": "resolved", "merged_into": OTHER},
        {"merged_into": OTHER, "merged_by": PERSON, "reason": "同一台炉"},
    ),
    alerts.AlertUnmergedV1: ({}, {"unmerged_from": OTHER, "unmerged_by": PERSON, "reason": "另一台炉"}),
    alerts.AlertLinkedV1: (
        {},
        {"other_alert_id": OTHER, "relation": "caused_by", "linked": True, "linked_by": PERSON},
    ),
}


def alert(**changes: Any) -> AlertRow:
    values: dict[str, Any] = {
        "id": UUID("01926f4e-7f00-7000-8000-000000000501"),
        "number": 12,
        "rule_code": "energy.spike",
        "rule_revision": 1,
        "severity": "orange",
        "judged_severity": "orange",
        "told_severity": "orange",
        "dedup_key": "meter:01926f4e-7f00-7000-8000-000000000201:spike",
        "labels": LABELS,
        "status": "open",
        "title_zh": "1号矿热炉（演示）（M-0001）用电突增至 2,340 千瓦",
        "title_en": "Furnace 1 (demo) (M-0001): consumption jumped to 2,340 kW",
        "text_zh": "",
        "text_en": "",
        "object_type": "meter",
        "object_id": "01926f4e-7f00-7000-8000-000000000201",
        "condition_kind": "spike",
        "region_code": "421224",
        "enterprise_id": UUID("01926f4e-7f00-7000-8000-000000000101"),
        "facts": {},
        "source_event_id": UUID("5f0c1a52-31c7-5b0e-9f5a-2f1c0e6b7a11"),
        "occurred_at": OPENED_AT,
        "received_at": datetime(2026, 9, 15, 3, 30, 2, tzinfo=UTC),
        "updated_at": OPENED_AT,
        "policy": {},
        "escalation_level": 0,
        "trail_head": BEGINNING,
    }
    return AlertRow(**{**values, **changes})


def written(event: type[EventPayload]) -> EventPayload:
    """The event as the service makes it from an alert's row."""
    changes, extra = CHANGES[event]
    return event(**state_of(alert(**changes)).model_dump(), **extra)


def test_every_event_of_the_service_has_its_case() -> None:
    assert set(CHANGES) == set(OWN)


@pytest.mark.parametrize("event", OWN, ids=lambda event: event.event_type)
def test_service_writes_the_example_when_the_alert_changes(event: type[EventPayload]) -> None:
    committed = example(event.event_type)
    payload = written(event)
    assert json.loads(payload.model_dump_json()) == committed["body"]
    headers = encode_headers(
        event_id=UUID(committed["headers"]["ce_id"]),
        event_type=event.event_type,
        source="/alerts",
        subject=str(alert().id),
        time=datetime.fromisoformat(committed["headers"]["ce_time"]),
        aggregate_version=int(committed["headers"]["ce_aggregateversion"]),
        region_code="421224",
        traceparent=committed["headers"]["traceparent"],
    )
    assert {name: value.decode() for name, value in headers} == committed["headers"]


@pytest.mark.parametrize("event", OWN, ids=lambda event: event.event_type)
def test_reader_gets_the_same_facts_when_it_reads_the_example(event: type[EventPayload]) -> None:
    committed = example(event.event_type)
    read = decode(committed["headers"], json.dumps(committed["body"]).encode(), BY_TYPE)
    assert read is not None
    assert read.payload == written(event)
    assert read.subject == str(alert().id)


@pytest.mark.parametrize("event", OWN, ids=lambda event: event.event_type)
def test_reader_goes_on_when_a_later_release_adds_a_field(event: type[EventPayload]) -> None:
    committed = example(event.event_type)
    body = {**committed["body"], "added_later": 1}
    read = decode(committed["headers"], json.dumps(body).encode(), BY_TYPE)
    assert read is not None
    assert read.payload == written(event)
