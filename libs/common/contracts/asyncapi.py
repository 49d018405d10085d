"""The AsyncAPI 3 document of all topics, generated from the contracts; committed under ``docs/asyncapi``."""

from __future__ import annotations

from typing import Any

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.catalogue import EVENTS, TOPICS, example

_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_aggregateversion",
    ],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string"},
        "ce_subject": {"type": "string", "description": "Id of the aggregate, also the record's key"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it occurred"},
        "ce_aggregateversion": {"type": "string", "description": "Rises by one with each event of the aggregate"},
        "ce_region": {"type": "string", "description": "Region code at the time of the occurrence"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
    },
}


def _message(event: type[EventPayload]) -> dict[str, Any]:
    sample = example(event.event_type)
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": (event.__doc__ or event.event_type).strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": event.model_json_schema(mode="serialization"),
        },
        "examples": [{"headers": sample["headers"], "payload": sample["body"]}],
    }


def _channel(topic: Topic) -> dict[str, Any]:
    messages = {
        event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}
        for event in EVENTS
        if event.topic == topic
    }
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": messages,
        "bindings": {
            "kafka": {
                "topicConfiguration": {"cleanup.policy": ["compact" if topic.compacted else "delete"]},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _channel_id(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def build_asyncapi(version: str) -> dict[str, Any]:
    """The document as a JSON object; only topics with public events are in it."""
    public = [topic for topic in TOPICS if any(event.topic == topic for event in EVENTS)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Duban events",
            "version": version,
            "description": "CloudEvents 1.0 in binary mode on Kafka. The owner of a topic alone writes to it.",
        },
        "defaultContentType": "application/json",
        "channels": {_channel_id(topic): _channel(topic) for topic in public},
        "operations": {
            f"publish-{_channel_id(topic)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
                "summary": f"{topic.owner} publishes: {topic.description}",
            }
            for topic in public
        },
        "components": {
            "schemas": {"CloudEventHeaders": _HEADERS},
            "messages": {event.__name__: _message(event) for event in EVENTS},
        },
    }
