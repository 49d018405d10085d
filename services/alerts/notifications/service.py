"""Telling people and systems of an alert's change: rows written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, AlertStatus, Severity
from libs.common.put import put
from libs.common.registry.queries import Person
from libs.common.remember import is_new, note_holder
from services.alerts.muting import service as muting
from services.alerts.notifications import dead_letters, repository, way_repository
from services.alerts.notifications.choosing import choose
from services.alerts.notifications.composing import compose_delivery
from services.alerts.notifications.domain.forms import asks_for_answer
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.domain.ways import WayPolicy, next_stage
from services.alerts.notifications.reaching import Recipient, Way, recipients_of, way_of
from services.alerts.notifications.tables import ChannelRow, NotificationRow
from services.alerts.notifications.way_tables import FollowUpRow
from services.alerts.routing import changes
from services.alerts.routing import service as routing
from services.alerts.storms import service as storms
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow

__all__ = [
    "Recipient",
    "Way",
    "reach",
    "recipient_of",
    "tell",
    "tell_subscribers",
    "told_before",
    "write_deliveries",
]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one recipient."""

    notification: NotificationRow
    ways: tuple[Way, ...]
    held_until: datetime | None = None


async def reach(
    ctx: Context, people: Sequence[Person], post: str, region_code: str, *, on_duty: bool = False
) -> list[Recipient]:
    """The people of a rung with their ways, and the channels that the post itself has in the region.

    Whoever has no way that works is followed by the stand-in. `on_duty`: quiet hours do not count.
    """
    recipients = await recipients_of(ctx, people, post, on_duty=on_duty)
    channels = await repository.channels_of_post(ctx.session, post, region_code)
    return recipients + [Recipient("post", channel.name, post, ways=(way_of(channel),)) for channel in channels]


async def told_before(ctx: Context, alert: AlertRow) -> list[Recipient]:
    """Everybody who was told of this alert and is still there."""
    seen = await repository.told(ctx.session, alert.id)
    recipients: dict[tuple[str, str], Recipient] = {}
    for person_id, post in seen:
        person = None if person_id is None else await routing.find_person(ctx, person_id)
        people = [] if person is None else [person]
        found = await recipients_of(ctx, people, post or "", with_stand_ins=False)
        channels = await repository.channels_of_post(ctx.session, post or "", alert.region_code)
        found += [Recipient("post", channel.name, post, ways=(way_of(channel),)) for channel in channels]
        for recipient in found:
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
    """Write notifications and deliveries for the recipients, and an entry of the trail that names them.

    Of a muted alert nobody is told; who has been told too much already finds it in the next digest, and the trail
    says that apart.
    """
    if not recipients:
        return
    if reason is Reason.RESOLVED:
        # Whoever slept through it hears of its end, not of its beginning.
        await dead_letters.discard_held(ctx, alert.id, "resolved in quiet hours")
    if await muting.is_quiet(ctx, alert):
        return
    overrun = await storms.overrun(ctx, alert, [recipient.key for recipient in recipients])
    region = await routing.region_name(ctx, alert.region_code)
    entries: dict[TrailKind, list[dict[str, Any]]] = {TrailKind.NOTIFIED: [], TrailKind.HELD_FOR_DIGEST: []}
    for recipient, notification in await _note_all(ctx, alert, reason, recipients, step):
        is_held = recipient.key in overrun
        written = await _write(ctx, alert, payload, reason, recipient, notification, region, is_held=is_held)
        storms.note(ctx, alert, written.notification.id, recipient.key, reason.value, held=is_held)
        kind = TrailKind.HELD_FOR_DIGEST if is_held else TrailKind.NOTIFIED
        entries[kind].append(_entry(written, recipient))
    for kind, named in entries.items():
        if named:
            trail.append(ctx, alert, kind, {"reason": reason.value, "step": step, "recipients": named})


async def tell_subscribers(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """Write a delivery for each system whose subscription wants this event; of a muted alert only its end."""
    await changes.note(ctx, alert)
    channels = await repository.subscriptions(
        ctx.session, alert.region_code, Severity(alert.severity), payload.event_type
    )
    if not channels:
        return
    # A system that was told of the opening must not keep the alert for ever.
    if alert.status != AlertStatus.RESOLVED and await muting.is_quiet(ctx, alert):
        return
    region = await routing.region_name(ctx, alert.region_code)
    recipients = [Recipient("subscription", channel.name, None, ways=(way_of(channel),)) for channel in channels]
    for recipient, notification in await _note_all(ctx, alert, Reason.CHANGED, recipients, None):
        await _write(ctx, alert, payload, Reason.CHANGED, recipient, notification, region)


def recipient_of(channel: ChannelRow) -> Recipient:
    """A channel as somebody to be told, whoever reads it."""
    return Recipient(channel.recipient, channel.name, channel.post, ways=(way_of(channel),))


def write_deliveries(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    recipient: Recipient,
    notification: NotificationRow,
    region: str,
    *,
    not_before: datetime | None = None,
) -> None:
    """The deliveries of a notification, which is in the database, by the recipient's ways; left to be flushed."""
    reason = Reason(notification.reason)
    for way in recipient.ways:
        row = compose_delivery(ctx, alert, payload, reason, recipient, notification, way, region)
        row.not_before = not_before
        put(ctx.session, row, alert.id)


def plan_next(
    ctx: Context,
    alert: AlertRow,
    policy: WayPolicy,
    notification: NotificationRow,
    has: frozenset[ChannelKind],
    stage: int,
    begins_at: datetime,
) -> None:
    """Leave to be written what comes if nobody answers by then: the next stage that this person has ways for."""
    following = next_stage(policy, stage, has)
    if following is None:
        return
    minutes = policy.stages[following].after_minutes - policy.stages[stage].after_minutes
    note_holder(ctx.session, alert.id)
    row = FollowUpRow(
        id=ctx.new_id(),
        alert_id=alert.id,
        notification_id=notification.id,
        kind="stage",
        stage=following,
        due_at=begins_at + timedelta(minutes=minutes),
        created_at=ctx.now,
    )
    put(ctx.session, row, alert.id)


async def _note_all(
    ctx: Context, alert: AlertRow, reason: Reason, recipients: Sequence[Recipient], step: int | None
) -> list[tuple[Recipient, NotificationRow]]:
    """A notification for each of the recipients, written at once: what follows refers to them."""
    noted = [(recipient, _notification(ctx, alert, reason, recipient, step)) for recipient in recipients]
    for _, notification in noted:
        put(ctx.session, notification, alert.id)
    if ctx.session.new:
        await ctx.session.flush()
    return noted


def _notification(
    ctx: Context, alert: AlertRow, reason: Reason, recipient: Recipient, step: int | None
) -> NotificationRow:
    return NotificationRow(
        id=ctx.new_id(),
        alert_id=alert.id,
        alert_version=alert.version,
        reason=reason.value,
        step=step,
        recipient_kind=recipient.kind,
        person_id=recipient.person_id,
        recipient_name=recipient.name,
        post=recipient.post,
        in_place_of=None if recipient.in_place_of is None else recipient.in_place_of.person_id,
        on_duty=recipient.on_duty,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
        created_at=ctx.now,
    )


async def _write(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    region: str,
    *,
    is_held: bool = False,
) -> Written:
    if recipient.in_place_of is not None and reason is not Reason.STAND_IN:
        _leave_why(ctx, alert, recipient)
    if is_held:
        return Written(notification, ())
    if recipient.kind != "person" or not recipient.ways:
        write_deliveries(ctx, alert, payload, recipient, notification, region)
        return Written(notification, recipient.ways)
    return await _write_staged(ctx, alert, payload, reason, recipient, notification, region)


async def _write_staged(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    region: str,
) -> Written:
    """A person's first ways now, or when their quiet hours end; the later ones if nobody has answered by then."""
    assert recipient.person_id is not None
    choice = await choose(ctx, recipient, Severity(alert.severity), alert.region_code)
    write_deliveries(
        ctx,
        alert,
        payload,
        replace(recipient, ways=choice.ways),
        notification,
        region,
        not_before=choice.held_until,
    )
    if not is_new(ctx.session, alert.id):
        await way_repository.void_follow_ups(ctx.session, alert.id, recipient.person_id, ctx.now)
    if asks_for_answer(reason) and alert.status == AlertStatus.OPEN and choice.stage < len(choice.policy.stages):
        begins_at = choice.held_until or ctx.now
        plan_next(ctx, alert, choice.policy, notification, choice.has, choice.stage, begins_at)
    return Written(notification, choice.ways, choice.held_until)


def _leave_why(ctx: Context, alert: AlertRow, recipient: Recipient) -> None:
    """Why somebody else is told: the trail names both."""
    absent = recipient.in_place_of
    assert absent is not None
    facts = {
        "person_id": str(absent.person_id),
        "name": absent.name,
        "post": recipient.post,
        "why": "no_way",
        "stand_in": {"person_id": str(recipient.person_id), "name": recipient.name},
    }
    trail.append(ctx, alert, TrailKind.UNREACHABLE, facts)


def _entry(written: Written, recipient: Recipient) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "notification_id": _plain(written.notification.id),
        "name": recipient.name,
        "person_id": _plain(recipient.person_id),
        "post": recipient.post,
        "ways": [way.kind for way in written.ways],
    }
    if recipient.in_place_of is not None:
        entry["in_place_of"] = recipient.in_place_of.name
    if written.held_until is not None:
        entry["held_until"] = written.held_until.isoformat()
    return entry


def _plain(identity: UUID | None) -> str | None:
    return None if identity is None else str(identity)
