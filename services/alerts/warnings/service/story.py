"""The whole story of an alert in order of time: reading, detection, receipt, notifications, chase, work, end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from services.alerts.notifications.tables import AttemptRow, DeliveryRow, NotificationRow
from services.alerts.trail import repository as trail
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.reading import facts_of_entries
from services.alerts.warnings import repository
from services.alerts.warnings.service.acts import get_alert
from services.alerts.warnings.tables import RuleEventRow

# Of one instant: what was measured comes before what was made of it, and that before who was told.
_ORDER = {"reading": 0, "detection": 1, "receipt": 2, "trail": 3, "notification": 4, "delivery": 5}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened; `at` is its own time, `known_at` when this service learned of it, if later."""

    at: datetime
    part: str
    kind: str
    known_at: datetime | None
    facts: dict[str, Any]


async def tell_story(ctx: Context, alert_id: UUID) -> list[Chapter]:
    """Everything about the alert, oldest first. Raises AlertNotFound."""
    await get_alert(ctx, alert_id)
    session = ctx.session
    chapters: list[Chapter] = []
    for event in await repository.list_events_of(session, alert_id):
        chapters += _of_event(event)
    entries = await trail.list_entries(session, alert_id)
    shown = await facts_of_entries(session, entries)
    chapters += [_of_entry(entry, facts) for entry, facts in zip(entries, shown, strict=True)]
    told = await repository.list_told(session, alert_id)
    ids = [delivery.id for _, delivery in told if delivery is not None]
    attempts = await repository.list_attempts_of(session, ids)
    chapters += _of_notifications(told, attempts)
    return sorted(chapters, key=lambda chapter: (chapter.at, _ORDER[chapter.part]))


def _of_event(row: RuleEventRow) -> Iterator[Chapter]:
    payload = row.payload
    identity = {"event_id": str(row.event_id), "type": row.type, "condition_id": row.condition_id}
    evidence = payload.get("evidence_at") or []
    if evidence:
        figures = {
            name: payload.get(name) for name in ("meter_no", "value_kw", "expected_low_kw", "expected_high_kw")
        }
        yield Chapter(
            datetime.fromisoformat(evidence[0]), "reading", "measured", None, {"evidence_at": evidence, **figures}
        )
    is_end = "cleared_at" in payload or "cleared_on" in payload or "recovered_at" in payload
    kind = "ended" if is_end else "detected" if row.version == 1 else "stated_anew"
    yield Chapter(row.occurred_at, "detection", kind, row.received_at, {**identity, "figures": payload})
    yield Chapter(row.received_at, "receipt", "received", None, identity)


def _of_entry(entry: Entry, shown: dict[str, Any]) -> Chapter:
    return Chapter(entry.at, "trail", entry.kind, None, {"seq": entry.seq, "actor": entry.actor, **shown})


def _of_notifications(
    told: Sequence[tuple[NotificationRow, DeliveryRow | None]], attempts: Sequence[AttemptRow]
) -> Iterator[Chapter]:
    by_delivery: dict[UUID, list[dict[str, Any]]] = {}
    for attempt in attempts:
        by_delivery.setdefault(attempt.delivery_id, []).append(
            {
                "number": attempt.number,
                # Of the world outside: real time, not the stack's.
                "started_at_real": attempt.started_at,
                "outcome": attempt.outcome,
                "status_code": attempt.status_code,
                "error": attempt.error,
            }
        )
    seen: set[UUID] = set()
    for notification, delivery in told:
        who: dict[str, Any] = {
            "notification_id": str(notification.id),
            "name": notification.recipient_name,
            "person_id": None if notification.person_id is None else str(notification.person_id),
            "post": notification.post,
        }
        if notification.id not in seen:
            seen.add(notification.id)
            facts = {**who, "recipient_kind": notification.recipient_kind, "step": notification.step}
            yield Chapter(notification.created_at, "notification", notification.reason, None, facts)
        if delivery is not None:
            facts = {
                **who,
                "delivery_id": str(delivery.id),
                "channel_kind": delivery.kind,
                "target": delivery.target,
                "last_error": delivery.last_error,
                "attempts": by_delivery.get(delivery.id, []),
            }
            at = delivery.completed_at or delivery.created_at
            yield Chapter(at, "delivery", delivery.status, None, facts)
