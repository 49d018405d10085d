"""One message about many alerts, for people and their channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from libs.common.context import Context
from libs.common.registry.queries import region_names
from services.alerts.notifications import plain
from services.alerts.notifications.domain.message import Language, PlainReason
from services.alerts.notifications.service import Recipient, Way
from services.alerts.notifications.tables import ALERTMANAGER, NotificationRow
from services.alerts.storms.domain.digest import Gathered, compose, counted, gravest
from services.alerts.storms.wording import wording
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.many import append_to_all
from services.alerts.trail.tables import AlertRow

NAMED = 10


async def gathered(ctx: Context, alerts: Sequence[AlertRow], language: str) -> list[Gathered]:
    """The alerts as a digest in this language speaks of them."""
    names = await region_names(ctx.session, sorted({alert.region_code for alert in alerts}))
    is_english = language == Language.EN
    return [
        Gathered(
            alert_id=alert.id,
            number=alert.number or 0,
            severity=alert.severity,
            status=alert.status,
            title=alert.title_en if is_english else alert.title_zh,
            kind=alert.condition_kind,
            region=names.get(alert.region_code, alert.region_code),
            object_name=alert.object_name or alert.object_label or alert.object_id,
            occurred_at=alert.occurred_at,
        )
        for alert in alerts
    ]


async def send(
    ctx: Context,
    recipient: Recipient,
    alerts: Sequence[AlertRow],
    *,
    region_code: str,
    reason: PlainReason,
    link: str,
    kind: TrailKind,
    facts: Mapping[str, Any],
    body_of: Callable[[], str],
    named: int = NAMED,
) -> NotificationRow:
    """Write the message for each of the recipient's ways, and an entry in the trail of each alert.

    `body_of` makes the body for channels that read the Alertmanager's messages. The alerts must not have been
    changed in this session: their trails are written beside it.
    """
    words = {way.language.value: await gathered(ctx, alerts, way.language.value) for way in recipient.ways}

    def words_of(way: Way) -> tuple[str, str]:
        told = words[way.language.value]
        written = compose(told, wording(way.language.value), recipient=recipient.name, link=link, named=named)
        if way.format == ALERTMANAGER:
            return written.subject, body_of()
        if way.kind == "webhook":
            return written.subject, _webhook(ctx, told, recipient, reason, link, named, written.body)
        return written.subject, written.body

    row = await plain.write_plain(ctx, recipient, reason=reason, region_code=region_code, words_of=words_of)
    entry = {
        **facts,
        "notification_id": str(row.id),
        "recipient": recipient.name,
        "person_id": None if recipient.person_id is None else str(recipient.person_id),
        "ways": [way.kind for way in recipient.ways],
        "alerts": len(alerts),
    }
    await append_to_all(ctx, [alert.id for alert in alerts], kind, lambda _: entry)
    return row


def link(external_url: str, path: str) -> str:
    return f"{external_url.rstrip('/')}{path}"


def _webhook(
    ctx: Context,
    told: Sequence[Gathered],
    recipient: Recipient,
    reason: PlainReason,
    link: str,
    named: int,
    text: str,
) -> str:
    """Standard Webhooks: ``type`` "alert.digest", the counts, the gravest, and the ids of all."""
    data = {
        "notification_reason": reason.value,
        "recipient": {"kind": recipient.kind, "name": recipient.name, "post": recipient.post},
        "count": len(told),
        "counts": counted(told).as_json(),
        "gravest": [
            {
                "alert_id": str(alert.alert_id),
                "number": alert.number,
                "severity": alert.severity,
                "title": alert.title,
                "region": alert.region,
            }
            for alert in gravest(told, named)
        ],
        "alert_ids": [str(alert.alert_id) for alert in told],
        "text": text,
        "link": link,
    }
    return orjson.dumps({"type": "alert.digest", "timestamp": ctx.now.isoformat(), "data": data}).decode()
