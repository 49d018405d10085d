"""Conditions of the alerts service itself: the committed examples are what it writes and what others read."""

import json
from typing import Any

import pytest

from libs.common.contracts.alerts_conditions import (
    CONDITION,
    EVENTS,
    ServiceConditionClearedV1,
    ServiceConditionKind,
    ServiceConditionOpenedV1,
)
from libs.common.contracts.catalogue import BY_TYPE, example, topics_of
from libs.common.outbox.envelope import decode
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.watch.service import FindingKind


@pytest.mark.parametrize("contract", EVENTS, ids=lambda event: event.event_type)
def test_example_is_decoded_as_a_consumer_does(contract: Any) -> None:
    committed = example(contract.event_type)
    event = decode(committed["headers"], json.dumps(committed["body"]).encode(), BY_TYPE)
    assert event is not None
    assert isinstance(event.payload, contract)
    assert (event.source, event.subject) == ("/alerts", committed["body"]["condition_id"])
    assert json.loads(event.payload.model_dump_json()) == committed["body"]


def test_opened_and_cleared_share_topic_and_key_and_rise_in_version() -> None:
    opened, cleared = (example(contract.event_type)["headers"] for contract in EVENTS)
    assert ServiceConditionOpenedV1.topic is ServiceConditionClearedV1.topic is CONDITION
    assert opened["ce_subject"] == cleared["ce_subject"]
    assert int(opened["ce_aggregateversion"]) < int(cleared["ce_aggregateversion"])
    assert CONDITION in topics_of("alerts")


def test_rules_may_speak_of_every_condition() -> None:
    assert OPENING[ServiceConditionOpenedV1.event_type][1] == ServiceConditionClearedV1.event_type
    assert {kind.value for kind in ServiceConditionKind} <= {kind.value for kind in FindingKind}
