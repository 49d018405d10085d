"""Examples of seals, the ledger's editions and notices: what the service writes is what others read."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from libs.common.contracts.accountability import AccountabilityFrozenV1
from libs.common.contracts.base import FOREVER, EventPayload
from libs.common.contracts.catalogue import BY_TYPE, example
from libs.common.contracts.handovers import EVENTS as HANDOVERS
from libs.common.contracts.heartbeat import HeartbeatBegunV1
from libs.common.contracts.notices import EVENTS as NOTICES
from libs.common.contracts.trail import TRAIL, TrailSealedV1
from libs.common.outbox.envelope import decode, encode_headers
from services.alerts.seals.domain.seal import Seal
from services.alerts.seals.keys import is_signed_by, key_id_of

OWN: tuple[type[EventPayload], ...] = (
    TrailSealedV1,
    AccountabilityFrozenV1,
    *NOTICES,
    *HANDOVERS,
    HeartbeatBegunV1,
)


@pytest.mark.parametrize("event", OWN, ids=lambda event: event.event_type)
def test_example_is_what_the_service_writes_and_what_others_read(event: type[EventPayload]) -> None:
    committed: dict[str, Any] = example(event.event_type)
    read = decode(committed["headers"], json.dumps({**committed["body"], "added_later": 1}).encode(), BY_TYPE)
    assert read is not None
    assert json.loads(read.payload.model_dump_json()) == committed["body"]
    headers = encode_headers(
        event_id=UUID(committed["headers"]["ce_id"]),
        event_type=event.event_type,
        source="/alerts",
        subject=committed["headers"]["ce_subject"],
        time=datetime.fromisoformat(committed["headers"]["ce_time"]),
        aggregate_version=int(committed["headers"]["ce_aggregateversion"]),
        region_code=committed["headers"].get("ce_region"),
        traceparent=committed["headers"]["traceparent"],
    )
    assert {name: value.decode() for name, value in headers} == committed["headers"]


def test_seal_of_the_example_proves_itself() -> None:
    event = TrailSealedV1.model_validate(example(TrailSealedV1.event_type)["body"])
    facts = event.model_dump(exclude={"public_key"})
    assert Seal(**facts).computed_digest() == event.digest
    assert key_id_of(event.public_key) == event.key_id
    assert is_signed_by(event.public_key, event.digest, event.signature)


def test_seals_are_kept_for_ever_in_one_order() -> None:
    assert (TRAIL.partitions, TRAIL.retention_hours, TRAIL.compacted) == (1, FOREVER, False)
