"""What one delivery holds: the words of its channel's form, or the event that systems are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, Severity
from services.alerts.notifications import alertmanager
from services.alerts.notifications.domain import forms
from services.alerts.notifications.domain.kinds import Form, traits_of
from services.alerts.notifications.domain.message import Language, Reason, Telling
from services.alerts.notifications.reaching import Recipient, Way
from services.alerts.notifications.tables import ALERTMANAGER, CLOUDEVENTS, DeliveryRow, NotificationRow
from services.alerts.notifications.wording import wording
from services.alerts.trail.tables import AlertRow

_WEIGHT = {severity.value: weight for weight, severity in enumerate(reversed(Severity))}
_LEAST = len(_WEIGHT) - 1
# Tests are waited for by somebody.
_TEST_PRIORITY = 0


def compose_delivery(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    way: Way,
    region: str,
) -> DeliveryRow:
    """The row of one message by one way; not yet added."""
    traits = traits_of(way.kind)
    may_answer = traits.is_personal and recipient.person_id is not None and forms.asks_for_answer(reason)
    subject, content = forms.content(
        traits.form,
        telling_of(alert, region),
        reason,
        way.language,
        wording(way.language),
        recipient=recipient.name,
        post=recipient.post,
        alert_id=alert.id,
        may_answer=may_answer,
    )
    body = (
        event_body(ctx, alert, payload, reason, recipient, notification, way)
        if traits.form is Form.ENVELOPE
        else _as_body(content)
    )
    return DeliveryRow(
        id=ctx.new_id(),
        notification_id=notification.id,
        alert_id=alert.id,
        channel_id=way.channel_id,
        gateway_id=way.gateway_id,
        person_id=recipient.person_id,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
        reason=reason.value,
        priority=priority_of(alert.severity),
        kind=way.kind,
        target=way.target,
        language=way.language.value,
        subject=subject,
        body=body,
        created_at=ctx.now,
    )


def compose_test(ctx: Context, way: Way, name: str, region_code: str | None) -> DeliveryRow:
    """A message that tries a channel."""
    words = wording(way.language)
    telling = Telling(
        number=0,
        severity=Severity.BLUE.value,
        status="open",
        titles=dict.fromkeys(Language, words["test.title"]),
        texts=dict.fromkeys(Language, words["test.text"]),
        object_name=name,
        region_name=region_code or "–",
        occurred_at=ctx.now,
        promised_at=None,
        resolution=None,
    )
    form, delivery_id = traits_of(way.kind).form, ctx.new_id()
    subject, content = forms.content(
        form, telling, Reason.TEST, way.language, words, recipient=name, post=None, alert_id=None, may_answer=False
    )
    body = _as_body(content)
    if form is Form.ENVELOPE:
        body = envelope(ctx, way, "channel.test", {"name": name}, identity=delivery_id)
    return DeliveryRow(
        id=delivery_id,
        channel_id=way.channel_id,
        gateway_id=way.gateway_id,
        region_code=region_code,
        reason=Reason.TEST.value,
        priority=_TEST_PRIORITY,
        kind=way.kind,
        target=way.target,
        language=way.language.value,
        subject=subject,
        body=body,
        created_at=ctx.now,
    )


def telling_of(alert: AlertRow, region: str) -> Telling:
    return Telling(
        number=alert.number or 0,
        severity=alert.severity,
        status=alert.status,
        titles={Language.ZH_CN: alert.title_zh, Language.EN: alert.title_en},
        texts={Language.ZH_CN: alert.text_zh, Language.EN: alert.text_en},
        object_name=alert.object_name or alert.object_label or alert.object_id,
        region_name=region,
        occurred_at=alert.occurred_at,
        promised_at=alert.promised_at,
        resolution=alert.resolution,
    )


def event_body(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    way: Way,
) -> str:
    """Standard Webhooks: ``type`` ("alert.opened", …), ``timestamp`` (the stack's time), ``data``.

    A channel that asks for CloudEvents gets the same data in a CloudEvent 1.0 as structured JSON; one that reads
    the Alertmanager's messages gets such a one about this alert.
    """
    if way.format == ALERTMANAGER:
        return alertmanager.body_of_one(alert, receiver=recipient.name)
    data: dict[str, Any] = {
        **payload.model_dump(mode="json"),
        "version": alert.version,
        "object_label": alert.object_label,
        "object_name": alert.object_name,
        "text_zh": alert.text_zh,
        "text_en": alert.text_en,
        "notification_id": str(notification.id),
        "notification_reason": reason.value,
        "recipient": {
            "kind": recipient.kind,
            "name": recipient.name,
            "post": recipient.post,
            "person_id": None if recipient.person_id is None else str(recipient.person_id),
        },
    }
    # alerts.alert.opened.v1 on Kafka; receivers outside know one kind of thing from us.
    name = payload.event_type.removeprefix("alerts.").rpartition(".")[0]
    return envelope(
        ctx, way, name, data, identity=notification.id, subject=str(alert.id), event_type=payload.event_type
    )


def envelope(
    ctx: Context,
    way: Way,
    name: str,
    data: Mapping[str, Any],
    *,
    identity: UUID,
    subject: str | None = None,
    event_type: str | None = None,
) -> str:
    """What a webhook of a system says: Standard Webhooks, or a CloudEvent where the channel asks for one."""
    if way.format != CLOUDEVENTS:
        return _dumped({"type": name, "timestamp": ctx.now.isoformat(), "data": data})
    event = {
        "specversion": "1.0",
        "id": str(identity),
        "source": "/alerts",
        "type": event_type or name,
        "time": ctx.now.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return _dumped(event if subject is None else {**event, "subject": subject})


def short_message(title: str, after: str, reason: str) -> str:
    """What an SMS says of other things than an alert: of the title what there is room for before `after`."""
    fields = dict.fromkeys(("number", "severity", "region", "object", "post"), "") | {"reason": reason}
    return _dumped({"title": title, "before": "", "subject": title, "after": after, "fields": fields})


def priority_of(severity: str) -> int:
    """What goes first where not everything may: 0 red … 3 blue."""
    return _WEIGHT.get(severity, _LEAST)


def _as_body(content: dict[str, Any] | str) -> str:
    return content if isinstance(content, str) else _dumped(content)


def _dumped(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
