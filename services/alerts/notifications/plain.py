"""Messages that others composed: about many alerts, or about none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from services.alerts.notifications.choosing import choose
from services.alerts.notifications.composing import priority_of
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.notifications.reaching import Recipient, Way
from services.alerts.notifications.tables import DeliveryRow, NotificationRow


async def write_plain(
    ctx: Context,
    recipient: Recipient,
    *,
    reason: PlainReason,
    region_code: str,
    severity: Severity,
    words_of: Callable[[Way, UUID], tuple[str, str]],
    alert_id: UUID | None = None,
) -> tuple[NotificationRow, Recipient]:
    """A notification with a subject and a body for each way that others composed; the trail is theirs as well.

    A person is told by the ways that `severity`, the gravest of what the message is about, asks for at first, and
    after their quiet hours where those hold. Answers the recipient with the ways that were taken. `words_of` is
    given the way and the notification's id.
    """
    held_until: datetime | None = None
    if recipient.person_id is not None and recipient.ways:
        choice = await choose(ctx, recipient, severity, region_code)
        recipient, held_until = replace(recipient, ways=choice.ways), choice.held_until
    notification = NotificationRow(
        id=ctx.new_id(),
        alert_id=alert_id,
        alert_version=0,
        reason=reason.value,
        recipient_kind=recipient.kind,
        person_id=recipient.person_id,
        recipient_name=recipient.name,
        post=recipient.post,
        region_code=region_code,
        created_at=ctx.now,
    )
    ctx.session.add(notification)
    await ctx.session.flush()
    for way in recipient.ways:
        subject, body = words_of(way, notification.id)
        ctx.session.add(
            DeliveryRow(
                id=ctx.new_id(),
                notification_id=notification.id,
                alert_id=alert_id,
                channel_id=way.channel_id,
                gateway_id=way.gateway_id,
                person_id=recipient.person_id,
                region_code=region_code,
                reason=reason.value,
                priority=priority_of(severity.value),
                kind=way.kind,
                target=way.target,
                language=way.language.value,
                subject=subject,
                body=body,
                not_before=held_until,
                created_at=ctx.now,
            )
        )
    await ctx.session.flush()
    return notification, recipient
