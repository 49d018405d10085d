"""The Alertmanager's webhook message (version 4), for receivers that were made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from services.alerts.routing.domain.fingerprints import fingerprint
from services.alerts.trail.labels import labels_of
from services.alerts.trail.tables import EXTERNAL, AlertRow

ABSENT = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Item:
    """One alert of a message; `ends_at` is None while it lasts."""

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    generator_url: str

    @property
    def status(self) -> str:
        return "firing" if self.ends_at is None else "resolved"


def item_of(alert: AlertRow, now: datetime) -> Item:
    """An alert as the Alertmanager's receivers know alerts; one whose end lies ahead still lasts."""
    labels = labels_of(alert)
    ended = alert.resolved_at if alert.status == "resolved" else None
    return Item(
        fingerprint(labels),
        labels,
        annotations_of(alert),
        alert.occurred_at,
        ended if ended is not None and ended <= now else None,
        str(alert.facts.get("generator_url", "")) if alert.source == EXTERNAL else "",
    )


def annotations_of(alert: AlertRow) -> dict[str, str]:
    """Those that came with the alert; of our own alerts their texts."""
    if alert.source == EXTERNAL:
        return dict(alert.facts.get("annotations", {}))
    return texts_of(alert)


def texts_of(alert: Any) -> dict[str, str]:
    """The texts of one of our own alerts, or of a row that has them, as annotations."""
    return {
        "summary": alert.title_zh,
        "description": alert.text_zh,
        "summary_en": alert.title_en,
        "description_en": alert.text_en,
    }


def message(
    items: Sequence[Item],
    *,
    receiver: str,
    group_key: str,
    group_labels: Mapping[str, str],
    external_url: str = "",
    max_alerts: int = 0,
) -> str:
    """The body of the message; beyond `max_alerts` (0: no bound) alerts are only counted."""
    shown = items[:max_alerts] if max_alerts else items
    body = {
        "receiver": receiver,
        "status": "firing" if any(item.ends_at is None for item in items) else "resolved",
        "alerts": [_shape(item) for item in shown],
        "groupLabels": dict(group_labels),
        "commonLabels": common([item.labels for item in shown]),
        "commonAnnotations": common([item.annotations for item in shown]),
        "externalURL": external_url,
        "version": "4",
        "groupKey": group_key,
        "truncatedAlerts": len(items) - len(shown),
    }
    return orjson.dumps(body).decode()


def body_of_one(alert: AlertRow, *, receiver: str) -> str:
    """The message about one alert for a channel of this format."""
    item = item_of(alert, alert.updated_at)
    return message([item], receiver=receiver, group_key=f"{{}}:{{{item.fingerprint}}}", group_labels={})


def common(sets: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of the sets have alike."""
    if not sets:
        return {}
    found = dict(sets[0])
    for other in sets[1:]:
        found = {name: value for name, value in found.items() if other.get(name) == value}
        if not found:
            break
    return found


def _shape(item: Item) -> dict[str, Any]:
    return {
        "status": item.status,
        "labels": dict(item.labels),
        "annotations": dict(item.annotations),
        "startsAt": instant(item.starts_at),
        "endsAt": ABSENT if item.ends_at is None else instant(item.ends_at),
        "generatorURL": item.generator_url,
        "fingerprint": item.fingerprint,
    }


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
