"""Messages that others composed: about many alerts, or about none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from services.alerts.notifications.choosing import choose
from services.alerts.notifications.composing import priority_of
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.notifications.reaching import Recipient, Way
from services.alerts.notifications.tables import DeliveryRow, NotificationRow


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """A message as it is written: who is told, and what by each way."""

    notification: NotificationRow
    deliveries: tuple[DeliveryRow, ...]


def compose_plain(
    ctx: Context,
    recipient: Recipient,
    *,
    reason: PlainReason,
    region_code: str,
    severity: Severity,
    words_of: Callable[[Way, UUID], tuple[str, str]],
    alert_id: UUID | None = None,
    held_until: datetime | None = None,
) -> PlainMessage:
    """A notification with a subject and a body for each of the recipient's ways; see :func:`write_plain`."""
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
    deliveries = []
    for way in recipient.ways:
        subject, body = words_of(way, notification.id)
        deliveries.append(
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
    return PlainMessage(notification, tuple(deliveries))


async def write_all(ctx: Context, messages: Sequence[PlainMessage]) -> None:
    """Write messages; however many, with a statement for the notifications and one for the deliveries."""
    if not messages:
        return
    ctx.session.add_all(message.notification for message in messages)
    # The deliveries refer to them: they have to be there first.
    await ctx.session.flush()
    ctx.session.add_all(delivery for message in messages for delivery in message.deliveries)
    await ctx.session.flush()


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
    message = compose_plain(
        ctx,
        recipient,
        reason=reason,
        region_code=region_code,
        severity=severity,
        words_of=words_of,
        alert_id=alert_id,
        held_until=held_until,
    )
    await write_all(ctx, [message])
    return message.notification, recipient
