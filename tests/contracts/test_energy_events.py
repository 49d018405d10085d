"""The energy service's events: what the service writes is what the examples show and consumers decode."""

import json
from typing import Any

import pytest

from libs.common.contracts.base import EventPayload
from libs.common.contracts.catalogue import EVENTS, example, topics_of
from libs.common.contracts.energy import (
    CONDITION,
    OWNER,
    READINGS,
    ActivationOrderPayload,
    ActivationPayload,
    ConditionKind,
    CurtailmentPlanApprovedV1,
    EnergyConditionClearedV1,
    EnergyConditionOpenedV1,
    MeterRegisteredV1,
    SettlementFrozenV1,
)
from libs.common.outbox.envelope import decode

OURS = [event for event in EVENTS if event.topic.owner == OWNER]


def record(event_type: str) -> tuple[dict[str, str], bytes]:
    sample: dict[str, Any] = example(event_type)
    return sample["headers"], json.dumps(sample["body"]).encode()


@pytest.mark.parametrize("contract", OURS, ids=lambda event: event.event_type)
def test_example_is_decoded_as_a_consumer_does(contract: Any) -> None:
    headers, body = record(contract.event_type)
    event = decode(headers, body, {contract.event_type: contract})
    assert event is not None
    assert isinstance(event.payload, contract)
    assert event.source == f"/{OWNER}"
    # What goes out again is what came in: no field is lost or renamed on the way.
    assert json.loads(event.payload.model_dump_json()) == json.loads(body)


def test_opened_and_cleared_share_topic_and_key_and_rise_in_version() -> None:
    opened, _ = record(EnergyConditionOpenedV1.event_type)
    cleared, _ = record(EnergyConditionClearedV1.event_type)
    assert EnergyConditionOpenedV1.topic is EnergyConditionClearedV1.topic is CONDITION
    assert opened["ce_subject"] == cleared["ce_subject"]
    assert int(opened["ce_aggregateversion"]) < int(cleared["ce_aggregateversion"])


def test_subject_is_the_aggregates_id() -> None:
    subjects: tuple[tuple[type[EventPayload], str], ...] = (
        (MeterRegisteredV1, "meter_id"),
        (EnergyConditionOpenedV1, "condition_id"),
        (CurtailmentPlanApprovedV1, "plan_id"),
        *((event, "activation_id") for event in ActivationPayload.__subclasses__()),
        *((event, "order_id") for event in ActivationOrderPayload.__subclasses__()),
        (SettlementFrozenV1, "settlement_id"),
        (CurtailmentPlanApprovedV1, "plan_id"),
    )
    for contract, name in subjects:
        sample = example(contract.event_type)
        assert sample["headers"]["ce_subject"] == sample["body"][name]


def test_topics_are_the_services_own_and_readings_never_leave_as_events() -> None:
    assert READINGS in topics_of(OWNER)
    assert all(topic.name.startswith("energy.") for topic in topics_of(OWNER))
    assert all(event.topic is not READINGS for event in EVENTS)


def test_unknown_field_of_a_later_release_is_passed_over() -> None:
    headers, body = record(EnergyConditionOpenedV1.event_type)
    later = json.dumps(json.loads(body) | {"tariff": "peak"}).encode()
    event = decode(headers, later, {EnergyConditionOpenedV1.event_type: EnergyConditionOpenedV1})
    assert event is not None
    assert event.payload.kind is ConditionKind.SPIKE  # type: ignore[attr-defined]
