"""CloudEvents 1.0 in Kafka's binary mode: attributes as ``ce_`` headers, the payload as the JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from libs.common.contracts.base import Event, EventPayload

Headers = list[tuple[str, bytes]]


class MalformedEvent(Exception):
    """A record that is not an event of the contract: it can never succeed and belongs to the dead letters."""


def encode_headers(
    *,
    event_id: UUID,
    event_type: str,
    source: str,
    subject: str,
    time: datetime,
    aggregate_version: int,
    region_code: str | None,
    traceparent: str | None,
) -> Headers:
    """The Kafka headers of one event."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": event_type,
        "ce_source": source,
        "ce_subject": subject,
        "ce_time": time.isoformat(),
        "ce_aggregateversion": str(aggregate_version),
        "content-type": "application/json",
    }
    if region_code is not None:
        headers["ce_region"] = region_code
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return [(name, value.encode()) for name, value in headers.items()]


def header_map(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text, a null one as empty; raises :class:`MalformedEvent` when one is not UTF-8."""
    try:
        return {name: (value or b"").decode() for name, value in headers}
    except UnicodeDecodeError as error:
        raise MalformedEvent(f"a header is not UTF-8: {error}") from error


def decode(
    headers: Mapping[str, str], value: bytes, contracts: Mapping[str, type[EventPayload]]
) -> Event[EventPayload] | None:
    """The event of a record, or None for a type this release does not know (contracts are additive).

    Raises :class:`MalformedEvent` naming what is wrong.
    """
    if headers.get("ce_specversion") != "1.0":
        raise MalformedEvent("header ce_specversion is not 1.0")
    event_type = headers.get("ce_type", "")
    contract = contracts.get(event_type)
    if contract is None:
        return None
    try:
        time = datetime.fromisoformat(headers["ce_time"])
        event_id = UUID(headers["ce_id"])
        version = int(headers["ce_aggregateversion"])
        source, subject = headers["ce_source"], headers["ce_subject"]
    except KeyError as error:
        raise MalformedEvent(f"header {error.args[0]} is missing") from error
    except ValueError as error:
        raise MalformedEvent(f"a header has no valid value: {error}") from error
    if time.tzinfo is None:
        raise MalformedEvent("header ce_time has no zone")
    try:
        payload = contract.model_validate_json(value)
    except ValidationError as error:
        raise MalformedEvent(f"body does not fit {event_type}: {error}") from error
    return Event(
        id=event_id,
        type=event_type,
        source=source,
        subject=subject,
        time=time,
        aggregate_version=version,
        region_code=headers.get("ce_region"),
        payload=payload,
        traceparent=headers.get("traceparent"),
    )
