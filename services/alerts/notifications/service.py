"""Telling people and systems of an alert's change: rows written in the change's own transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, AlertStatus, Severity
from libs.common.registry.queries import Person
from services.alerts.muting import service as muting
from services.alerts.notifications import alertmanager, repository
from services.alerts.notifications.domain.message import Language, Reason, Telling, compose
from services.alerts.notifications.tables import STANDARD, ChannelRow, DeliveryRow, NotificationRow
from services.alerts.notifications.wording import wording
from services.alerts.routing import changes
from services.alerts.routing import service as routing
from services.alerts.storms import service as storms
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody; `channel_id` is None for the registry's own mail address."""

    kind: str
    target: str
    language: Language
    channel_id: UUID | None = None
    format: str = STANDARD


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, and how; without a way nobody is reached."""

    kind: str
    name: str
    post: str | None
    person_id: UUID | None = None
    ways: tuple[Way, ...] = field(default=())

    @property
    def key(self) -> str:
        """Who it is, to count what one recipient is told: a person, or a channel that is nobody's own."""
        if self.person_id is not None:
            return f"person:{self.person_id}"
        return f"channel:{self.ways[0].channel_id}" if self.ways else f"{self.kind}:{self.name}"


async def reach(ctx: Context, people: Sequence[Person], post: str, region_code: str) -> list[Recipient]:
    """The people of a rung with their ways, and the channels that the post itself has in the region."""
    recipients = [
        Recipient("person", person.name, post, person.person_id, ways)
        for person, ways in await _ways_of(ctx, people)
    ]
    channels = await repository.channels_of_post(ctx.session, post, region_code)
    return recipients + [Recipient("post", channel.name, post, ways=(_way(channel),)) for channel in channels]


async def told_before(ctx: Context, alert: AlertRow) -> list[Recipient]:
    """Everybody who was told of this alert and is still there."""
    seen = await repository.told(ctx.session, alert.id)
    recipients: dict[tuple[str, str], Recipient] = {}
    for person_id, post in seen:
        person = None if person_id is None else await routing.find_person(ctx, person_id)
        people = [] if person is None else [person]
        for recipient in await reach(ctx, people, post or "", alert.region_code):
            # A post's channel counts for each person of the post, but is told once.
            recipients.setdefault((recipient.kind, str(recipient.person_id or recipient.ways)), recipient)
    return list(recipients.values())


async def tell(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipients: Sequence[Recipient],
    *,
    step: int | None = None,
) -> None:
    """Write notifications and deliveries for the recipients, and one entry of the trail that names them.

    Of a muted alert nobody is told; who has been told too much already finds it in the next digest.
    """
    if not recipients or await muting.is_quiet(ctx, alert):
        return
    overrun = await storms.overrun(ctx, alert, [recipient.key for recipient in recipients])
    written: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    region = await routing.region_name(ctx, alert.region_code)
    for recipient in recipients:
        is_held = recipient.key in overrun
        row = await _write(ctx, alert, payload, reason, recipient, region, step, is_held=is_held)
        storms.note(ctx, alert, row.id, recipient.key, reason.value, held=is_held)
        (held if is_held else written).append(
            {
                "notification_id": row.id,
                "name": recipient.name,
                "person_id": recipient.person_id,
                "post": recipient.post,
                "ways": [way.kind for way in recipient.ways],
            }
        )
    for kind, entries in ((TrailKind.NOTIFIED, written), (TrailKind.HELD_FOR_DIGEST, held)):
        if entries:
            facts = {"reason": reason.value, "step": step, "recipients": _plain(entries)}
            trail.append(ctx, alert, kind, facts)


async def tell_subscribers(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """Write a delivery for each system whose subscription wants this event; of a muted alert only its end."""
    await changes.note(ctx, alert)
    channels = await repository.subscriptions(
        ctx.session, alert.region_code, Severity(alert.severity), payload.event_type
    )
    if not channels:
        return
    # A system that was told of the opening must not keep the alert for ever.
    if await muting.is_quiet(ctx, alert) and alert.status != AlertStatus.RESOLVED:
        return
    region = await routing.region_name(ctx, alert.region_code)
    for channel in channels:
        recipient = Recipient("subscription", channel.name, None, ways=(_way(channel),))
        await _write(ctx, alert, payload, Reason.CHANGED, recipient, region, None)


def recipient_of(channel: ChannelRow) -> Recipient:
    """A channel as somebody to be told, whoever reads it."""
    return Recipient(channel.recipient, channel.name, channel.post, ways=(_way(channel),))


async def _ways_of(ctx: Context, people: Sequence[Person]) -> list[tuple[Person, tuple[Way, ...]]]:
    if not people:
        return []
    by_person: dict[UUID, list[ChannelRow]] = {}
    for channel in await repository.channels_of_people(ctx.session, [person.person_id for person in people]):
        assert channel.person_id is not None
        by_person.setdefault(channel.person_id, []).append(channel)
    found = []
    for person in people:
        own = by_person.get(person.person_id, [])
        ways = [_way(channel) for channel in own]
        # The registry's address is used as well, unless the person has chosen another for mail; a paused channel
        # keeps what is sent to it, and replaces nothing.
        if person.email and not any(channel.kind == "mail" and channel.paused_at is None for channel in own):
            ways.append(Way("mail", person.email, Language.ZH_CN))
        found.append((person, tuple(ways)))
    return found


def _way(channel: ChannelRow) -> Way:
    return Way(channel.kind, channel.target, Language(channel.language), channel.id, channel.format)


async def _write(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    region: str,
    step: int | None,
    *,
    is_held: bool = False,
) -> NotificationRow:
    notification = NotificationRow(
        id=ctx.new_id(),
        alert_id=alert.id,
        alert_version=alert.version,
        reason=reason.value,
        step=step,
        recipient_kind=recipient.kind,
        person_id=recipient.person_id,
        recipient_name=recipient.name,
        post=recipient.post,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
        created_at=ctx.now,
    )
    ctx.session.add(notification)
    # The deliveries refer to it: it has to be there first.
    await ctx.session.flush()
    for way in () if is_held else recipient.ways:
        ctx.session.add(_delivery(ctx, alert, payload, reason, recipient, notification, way, region))
    await ctx.session.flush()
    return notification


def _delivery(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    way: Way,
    region: str,
) -> DeliveryRow:
    words = compose(
        _telling(alert, region),
        reason,
        way.language,
        wording(way.language),
        recipient=recipient.name,
        post=recipient.post,
    )
    is_mail = way.kind == "mail"
    return DeliveryRow(
        id=ctx.new_id(),
        notification_id=notification.id,
        alert_id=alert.id,
        channel_id=way.channel_id,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
        kind=way.kind,
        target=way.target,
        language=way.language.value,
        subject=words.subject,
        body=words.body if is_mail else _body(ctx, way, alert, payload, reason, recipient, notification),
        created_at=ctx.now,
    )


def _telling(alert: AlertRow, region: str) -> Telling:
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


def _body(
    ctx: Context,
    way: Way,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
) -> str:
    if way.format == STANDARD:
        return _webhook_body(ctx, alert, payload, reason, recipient, notification)
    return alertmanager.body_of_one(alert, receiver=recipient.name)


def _webhook_body(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
) -> str:
    """Standard Webhooks: ``type`` ("alert.opened", …), ``timestamp`` (the stack's time), ``data``."""
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
    envelope = {"type": name, "timestamp": ctx.now.isoformat(), "data": data}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def _plain(written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: str(value) if isinstance(value, UUID) else value for name, value in entry.items()}
        for entry in written
    ]
