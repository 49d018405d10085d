"""Telling people and systems of an alert's change: rows written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, AlertStatus, Severity
from libs.common.registry.queries import Person
from services.alerts.notifications import dead_letters, repository, way_repository, wishes
from services.alerts.notifications.composing import compose_delivery
from services.alerts.notifications.domain.forms import asks_for_answer
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.domain.ways import Preferences, WayPolicy, kinds_now, next_stage, quiet_until
from services.alerts.notifications.reaching import Recipient, Way, recipients_of, way_of
from services.alerts.notifications.tables import NotificationRow
from services.alerts.notifications.way_tables import FollowUpRow
from services.alerts.routing import service as routing
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow

__all__ = ["Recipient", "Way", "reach", "tell", "tell_subscribers", "told_before", "write_deliveries"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one recipient."""

    notification: NotificationRow
    ways: tuple[Way, ...]
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """By which ways people are told of an alert now: the policy, and what each of them wishes."""

    policy: WayPolicy
    wishes: Mapping[UUID, Preferences]


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
    """Write notifications and deliveries for the recipients, and one entry of the trail that names them."""
    if not recipients:
        return
    if reason is Reason.RESOLVED:
        # Whoever slept through it hears of its end, not of its beginning.
        await dead_letters.discard_held(ctx, alert.id, "resolved in quiet hours")
    region = await routing.region_name(ctx, alert.region_code)
    people = [recipient.person_id for recipient in recipients if recipient.person_id is not None]
    rules = Rules(
        await wishes.policy_for(ctx, Severity(alert.severity), alert.region_code),
        await wishes.wishes_of_people(ctx, people),
    )
    written = [
        await _write(ctx, alert, payload, reason, recipient, region, step, rules) for recipient in recipients
    ]
    entries = [_entry(each, recipient) for each, recipient in zip(written, recipients, strict=True)]
    trail.append(ctx, alert, TrailKind.NOTIFIED, {"reason": reason.value, "step": step, "recipients": entries})


async def tell_subscribers(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """Write a delivery for each system whose subscription wants this event."""
    channels = await repository.subscriptions(
        ctx.session, alert.region_code, Severity(alert.severity), payload.event_type
    )
    if not channels:
        return
    region = await routing.region_name(ctx, alert.region_code)
    for channel in channels:
        recipient = Recipient("subscription", channel.name, None, ways=(way_of(channel),))
        await _write(ctx, alert, payload, Reason.CHANGED, recipient, region, None)


async def write_deliveries(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    recipient: Recipient,
    notification: NotificationRow,
    region: str,
    *,
    not_before: datetime | None = None,
) -> None:
    """The deliveries of a notification by the recipient's ways."""
    reason = Reason(notification.reason)
    for way in recipient.ways:
        row = compose_delivery(ctx, alert, payload, reason, recipient, notification, way, region)
        row.not_before = not_before
        ctx.session.add(row)
    await ctx.session.flush()


async def plan_next(
    ctx: Context,
    alert: AlertRow,
    policy: WayPolicy,
    notification: NotificationRow,
    has: frozenset[ChannelKind],
    stage: int,
    begins_at: datetime,
) -> None:
    """Write down what comes if nobody answers by then: the next stage that this person has ways for."""
    following = next_stage(policy, stage, has)
    if following is None:
        return
    minutes = policy.stages[following].after_minutes - policy.stages[stage].after_minutes
    ctx.session.add(
        FollowUpRow(
            id=ctx.new_id(),
            alert_id=alert.id,
            notification_id=notification.id,
            kind="stage",
            stage=following,
            due_at=begins_at + timedelta(minutes=minutes),
            created_at=ctx.now,
        )
    )
    await ctx.session.flush()


async def _write(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    region: str,
    step: int | None,
    rules: Rules | None = None,
) -> Written:
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
        in_place_of=None if recipient.in_place_of is None else recipient.in_place_of.person_id,
        on_duty=recipient.on_duty,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
        created_at=ctx.now,
    )
    ctx.session.add(notification)
    # The deliveries refer to it: it has to be there first.
    await ctx.session.flush()
    if recipient.in_place_of is not None and reason is not Reason.STAND_IN:
        _leave_why(ctx, alert, recipient)
    if recipient.kind != "person" or not recipient.ways or rules is None:
        await write_deliveries(ctx, alert, payload, recipient, notification, region)
        return Written(notification, recipient.ways)
    return await _write_staged(ctx, alert, payload, reason, recipient, notification, region, rules)


async def _write_staged(
    ctx: Context,
    alert: AlertRow,
    payload: AlertState,
    reason: Reason,
    recipient: Recipient,
    notification: NotificationRow,
    region: str,
    rules: Rules,
) -> Written:
    """A person's first ways now, or when their quiet hours end; the later ones if nobody has answered by then."""
    assert recipient.person_id is not None
    severity, policy = Severity(alert.severity), rules.policy
    chosen = rules.wishes.get(recipient.person_id, Preferences())
    has = frozenset(ChannelKind(way.kind) for way in recipient.ways)
    kinds, stage = kinds_now(policy, 0, has, chosen, severity)
    ways = tuple(way for way in recipient.ways if way.kind in kinds)
    held_until = quiet_until(policy, chosen, severity, ctx.now, on_duty=recipient.on_duty)
    await write_deliveries(
        ctx, alert, payload, replace(recipient, ways=ways), notification, region, not_before=held_until
    )
    if reason is not Reason.OPENED:
        await way_repository.void_follow_ups(ctx.session, alert.id, recipient.person_id, ctx.now)
    if asks_for_answer(reason) and alert.status == AlertStatus.OPEN and stage < len(policy.stages):
        await plan_next(ctx, alert, policy, notification, has, stage, held_until or ctx.now)
    return Written(notification, ways, held_until)


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
