"""Telling a target of a group: a system by the Alertmanager's message, people by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from services.alerts.grouping import gathering
from services.alerts.grouping.domain.due import News, Told
from services.alerts.grouping.tables import GroupRow
from services.alerts.notifications import plain
from services.alerts.notifications import repository as notices
from services.alerts.notifications import service as notifications
from services.alerts.notifications.alertmanager import Item, message
from services.alerts.notifications.domain.message import Language, PlainReason, Reason
from services.alerts.notifications.plain import PlainMessage
from services.alerts.notifications.senders.alertmanager import with_timeout
from services.alerts.notifications.service import Recipient, Way
from services.alerts.notifications.tables import ALERTMANAGER
from services.alerts.routing import service as people
from services.alerts.routing.domain.specs import Receiver, WebhookTarget
from services.alerts.routing.domain.tree import Route
from services.alerts.trail import repository as records
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.many import News as TrailNews
from services.alerts.trail.tables import AlertRow


@dataclass(frozen=True, slots=True)
class Target:
    """One of those a receiver names; `key` is what is remembered of it."""

    key: str
    tells_resolved: bool = True
    webhook: WebhookTarget | None = None
    post: str | None = None
    person_id: UUID | None = None
    channel_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Flush:
    """A group at the moment of a flush: its audible alerts, as they are for outsiders."""

    group: GroupRow
    route: Route
    receiver: Receiver
    alerts: Sequence[AlertRow]
    items: Mapping[UUID, Item]
    external_url: str

    @property
    def key(self) -> str:
        labels = ", ".join(f'{name}="{value}"' for name, value in sorted(self.group.labels.items()))
        return f"{self.route.key}:{{{labels}}}"


def targets_of(receiver: Receiver) -> list[Target]:
    found = [
        Target(f"webhook:{place}:{one.url}", one.send_resolved, webhook=one)
        for place, one in enumerate(receiver.webhooks)
    ]
    found += [Target(f"post:{post}", post=post) for post in receiver.posts]
    found += [Target(f"person:{one}", person_id=one) for one in receiver.person_ids]
    found += [Target(f"channel:{one}", channel_id=one) for one in receiver.channel_ids]
    return found


async def tell_people(
    ctx: Context, flush: Flush, target: Target, alerts: Sequence[AlertRow], why: News, told: Told | None
) -> None:
    """Write what the people or the channel of a target are told of the alerts; the trail of each names it."""
    recipients = await _recipients(ctx, flush.group.region_code, target)
    known = frozenset() if told is None else told.firing
    fresh = [alert for alert in alerts if flush.items[alert.id].fingerprint not in known]
    if why is not News.REPEATED and len(alerts) == 1:
        await _tell_singly(ctx, alerts[0], recipients, is_new=bool(fresh))
        return
    for recipient in recipients:
        await gathering.send(
            ctx,
            recipient,
            alerts,
            region_code=flush.group.region_code,
            reason=PlainReason.GROUPED,
            link=gathering.link(flush.external_url, "/v1/alerts"),
            kind=TrailKind.TOLD_IN_GROUP,
            facts={"receiver": flush.receiver.name, "group": flush.key, "news": why.value},
            body_of=lambda: _message(flush, alerts, 0),
        )


def message_to_system(
    ctx: Context, flush: Flush, webhook: WebhookTarget, alerts: Sequence[AlertRow]
) -> PlainMessage:
    """What a system is told of the alerts."""
    target = with_timeout(webhook.url, webhook.timeout_seconds)
    way = Way(ALERTMANAGER, target, Language.ZH_CN)
    return plain.compose_plain(
        ctx,
        Recipient("system", flush.receiver.name, None, ways=(way,)),
        reason=PlainReason.GROUPED,
        region_code=flush.group.region_code,
        severity=gathering.gravest_of(alerts),
        words_of=lambda _way, _id: (flush.receiver.name, _message(flush, alerts, webhook.max_alerts)),
        alert_id=alerts[0].id if len(alerts) == 1 else None,
    )


def told_to_system(flush: Flush, message: PlainMessage, alerts: Sequence[AlertRow]) -> list[TrailNews]:
    """What the trail of each alert says of the message."""
    notification_id = str(message.notification.id)
    facts = {"receiver": flush.receiver.name, "group": flush.key, "notification_id": notification_id}
    return [TrailNews(alert.id, TrailKind.TOLD_IN_GROUP, facts) for alert in alerts]


def _message(flush: Flush, alerts: Sequence[AlertRow], max_alerts: int) -> str:
    items = sorted((flush.items[alert.id] for alert in alerts), key=lambda item: item.fingerprint)
    return message(
        items,
        receiver=flush.receiver.name,
        group_key=flush.key,
        group_labels=flush.group.labels,
        external_url=flush.external_url,
        max_alerts=max_alerts,
    )


async def _tell_singly(ctx: Context, alert: AlertRow, recipients: Sequence[Recipient], *, is_new: bool) -> None:
    locked = await records.lock(ctx.session, alert.id)
    if locked is None:
        return
    reason = Reason.RESOLVED if locked.status == "resolved" else Reason.OPENED if is_new else Reason.REMINDED
    await notifications.tell(ctx, locked, trail.state_of(locked), reason, recipients)
    await ctx.session.flush()


async def reached(ctx: Context, receiver: Receiver, region_code: str) -> list[Recipient]:
    """The people and channels that the receiver stands for in the region."""
    return [
        recipient
        for target in targets_of(receiver)
        if target.webhook is None
        for recipient in await _recipients(ctx, region_code, target)
    ]


async def unknown_of(ctx: Context, receiver: Receiver) -> list[tuple[str, UUID]]:
    """Channels that the caller does not see and people whom nobody knows.

    The field that names them, and the id.
    """
    channels = [
        ("channel_ids", channel_id)
        for channel_id in receiver.channel_ids
        if await notices.find_channel(ctx.session, ctx.principal, channel_id) is None
    ]
    persons = [
        ("person_ids", person_id)
        for person_id in receiver.person_ids
        if await people.find_person(ctx, person_id) is None
    ]
    return channels + persons


async def _recipients(ctx: Context, region_code: str, target: Target) -> list[Recipient]:
    if target.channel_id is not None:
        channel = await notices.channel_in_use(ctx.session, target.channel_id)
        return [] if channel is None else [notifications.recipient_of(channel)]
    if target.person_id is not None:
        person = await people.find_person(ctx, target.person_id)
        found = [] if person is None else [person]
        reached = await notifications.reach(ctx, found, "", region_code)
    else:
        post = target.post or ""
        found = await people.people_for(ctx, post, region_code)
        reached = await notifications.reach(ctx, found, post, region_code)
    return [recipient for recipient in reached if recipient.ways]
