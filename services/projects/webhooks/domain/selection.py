"""Which events a subscription wants, and what a receiver gets of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common import regions


@dataclass(frozen=True, slots=True)
class Offered:
    """A topic that systems outside may have, with the types of its events."""

    topic: str
    description: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted of a region and below; empty ``topics`` and ``types`` want all that is offered."""

    region_code: str
    topics: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    project_id: UUID | None = None

    def topics_among(self, offered: Iterable[Offered]) -> frozenset[str]:
        """The topics in which something wanted may stand."""
        if not self.topics and not self.types:
            return frozenset(one.topic for one in offered)
        return frozenset(
            one.topic for one in offered if one.topic in self.topics or self.types.intersection(one.types)
        )

    def wants(self, topic: str, event_type: str, region_code: str | None, subject: str, data: Any) -> bool:
        """Whether the event is wanted; who may see it is judged elsewhere."""
        if (self.topics or self.types) and topic not in self.topics and event_type not in self.types:
            return False
        if region_code is None or not _contains(self.region_code, region_code):
            return False
        return self.project_id is None or _is_about(str(self.project_id), subject, data)


def unknown_in(wanted: Collection[str], known: Iterable[str]) -> list[str]:
    return sorted(set(wanted) - set(known))


def envelope(
    *,
    event_id: UUID,
    event_type: str,
    topic: str,
    subject: str,
    version: int,
    region_code: str | None,
    occurred_at: datetime,
    data: Any,
) -> dict[str, Any]:
    """What is sent: ``type``, ``timestamp`` and ``data`` as Standard Webhooks asks, and what orders events.

    A deletion on a topic of latest states has no type and no data: it is ``<service>.<subject>.deleted.v1``.
    """
    name, _, version_of_topic = topic.rpartition(".")
    return {
        "type": event_type or f"{name}.deleted.{version_of_topic}",
        "timestamp": occurred_at.isoformat(),
        "id": str(event_id),
        "subject": subject,
        "version": version,
        "region_code": region_code,
        "data": data,
    }


def _is_about(project_id: str, subject: str, data: Any) -> bool:
    if subject == project_id:
        return True
    if not isinstance(data, Mapping):
        return False
    owned = data.get("owner_type") == "project" and data.get("owner_id") == project_id
    return owned or data.get("project_id") == project_id


def _contains(scope: str, code: str) -> bool:
    try:
        return regions.contains(scope, code)
    except regions.InvalidRegionCode:
        return False
