"""Messages that others composed: about many alerts, or about none."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from libs.common.context import Context
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.notifications.service import Recipient, Way
from services.alerts.notifications.tables import DeliveryRow, NotificationRow


async def write_plain(
    ctx: Context,
    recipient: Recipient,
    *,
    reason: PlainReason,
    region_code: str,
    words_of: Callable[[Way], tuple[str, str]],
    alert_id: UUID | None = None,
) -> NotificationRow:
    """A notification with a subject and a body for each way that others composed; the trail is theirs as well."""
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
        subject, body = words_of(way)
        ctx.session.add(
            DeliveryRow(
                id=ctx.new_id(),
                notification_id=notification.id,
                alert_id=alert_id,
                channel_id=way.channel_id,
                region_code=region_code,
                kind=way.kind,
                target=way.target,
                language=way.language.value,
                subject=subject,
                body=body,
                created_at=ctx.now,
            )
        )
    await ctx.session.flush()
    return notification
