"""What comes after a message that nobody answers: the next ways, then the stand-in; at once where nothing arrives.

Every function that acts takes an alert that its caller holds locked. Whoever records that a delivery failed
does not: it writes down what is due now, and the runner does it under the alert's lock.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from services.alerts.muting import service as muting
from services.alerts.notifications import repository, service, way_repository, wishes
from services.alerts.notifications.domain.forms import asks_for_answer
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.domain.ways import WayPolicy
from services.alerts.notifications.reaching import Recipient, recipients_of, stand_in_for
from services.alerts.notifications.tables import NotificationRow
from services.alerts.notifications.way_tables import FollowUpRow
from services.alerts.routing import service as routing
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow


async def after_failure(
    ctx: Context, delivery_id: UUID | None, *, paused_channel: UUID | None = None, why: str = "undelivered"
) -> None:
    """A delivery failed for good, a call was not answered, a channel rests: go on at once for those whom nothing
    else reaches.
    """
    reasons: dict[UUID, tuple[NotificationRow, str]] = {}
    if paused_channel is not None:
        for notification in await way_repository.hopeless(ctx.session, channel_id=paused_channel):
            reasons[notification.id] = (notification, "channel_paused")
    if delivery_id is not None:
        for notification in await way_repository.hopeless(ctx.session, delivery_id=delivery_id):
            reasons[notification.id] = (notification, why)
    # By id: two who do this at once do not wait for each other crosswise.
    for _, (notification, reason) in sorted(reasons.items()):
        if asks_for_answer(Reason(notification.reason)):
            await _go_on(ctx, notification, reason)


async def _go_on(ctx: Context, notification: NotificationRow, why: str) -> None:
    if await way_repository.bring_forward(ctx.session, notification.id, ctx.now, why):
        return
    assert notification.alert_id is not None
    unreachable = FollowUpRow(
        id=ctx.new_id(),
        alert_id=notification.alert_id,
        notification_id=notification.id,
        kind="unreachable",
        stage=0,
        why=why,
        due_at=ctx.now,
        created_at=ctx.now,
    )
    await way_repository.add_unreachable(ctx.session, unreachable)


async def fire(ctx: Context, alert: AlertRow, follow_up: FollowUpRow) -> bool:
    """Do what is due for the locked alert; False when it has become void, as somebody has answered meanwhile."""
    notification = await repository.get_notification(ctx.session, follow_up.notification_id)
    if alert.status == AlertStatus.OPEN and await muting.is_quiet(ctx, alert):
        # Nobody is told while it is muted; afterwards what was to follow still does.
        follow_up.due_at = ctx.now + muting.LOOK_AGAIN
        await ctx.session.flush()
        return False
    is_wanted = alert.status == AlertStatus.OPEN and notification.unreachable_at is None
    follow_up.state, follow_up.ended_at = ("done" if is_wanted else "void"), ctx.now
    await ctx.session.flush()
    if not is_wanted:
        return False
    policy = await wishes.policy_for(ctx, Severity(alert.severity), alert.region_code)
    # A policy may have been shortened since, or the alert's severity have changed.
    is_stage = follow_up.kind == "stage" and follow_up.stage < len(policy.stages)
    if is_stage and not policy.stages[follow_up.stage].stand_in:
        await _next_ways(ctx, alert, policy, notification, follow_up)
    elif is_stage or follow_up.kind == "unreachable":
        await _pass_on(ctx, alert, notification, follow_up.why or "unanswered")
    return True


async def _next_ways(
    ctx: Context, alert: AlertRow, policy: WayPolicy, notification: NotificationRow, follow_up: FollowUpRow
) -> None:
    recipient = await _recipient(ctx, notification)
    kinds = policy.stages[follow_up.stage].kinds
    ways = () if recipient is None else tuple(way for way in recipient.ways if way.kind in kinds and not way.rests)
    if recipient is None or not ways:
        await _pass_on(ctx, alert, notification, follow_up.why or "no_way")
        return
    region = await routing.region_name(ctx, alert.region_code)
    service.write_deliveries(
        ctx, alert, trail.state_of(alert), replace(recipient, ways=ways), notification, region
    )
    entry = {
        "notification_id": str(notification.id),
        "name": recipient.name,
        "person_id": str(recipient.person_id),
        "post": recipient.post,
        "ways": [way.kind for way in ways],
    }
    facts = {
        "reason": notification.reason,
        "step": notification.step,
        "stage": follow_up.stage,
        "why": follow_up.why or "unanswered",
        "recipients": [entry],
    }
    trail.append(ctx, alert, TrailKind.NOTIFIED, facts)
    has = frozenset(ChannelKind(way.kind) for way in recipient.ways)
    service.plan_next(ctx, alert, policy, notification, has, follow_up.stage, ctx.now)
    await ctx.session.flush()


async def _pass_on(ctx: Context, alert: AlertRow, notification: NotificationRow, why: str) -> None:
    """The person is out of reach: the stand-in is told at once, and the trail says why."""
    assert notification.person_id is not None
    notification.unreachable_at = ctx.now
    person = await routing.find_person(ctx, notification.person_id)
    told = {person_id for person_id, _ in await repository.told(ctx.session, alert.id) if person_id is not None}
    stand_in = (
        None
        if person is None
        else await stand_in_for(ctx, person, notification.post or "", on_duty=notification.on_duty, known=told)
    )
    facts = {
        "notification_id": str(notification.id),
        "person_id": str(notification.person_id),
        "name": notification.recipient_name,
        "post": notification.post,
        "why": why,
        "errors": await repository.errors_of(ctx.session, notification.id),
        "stand_in": None if stand_in is None else {"person_id": str(stand_in.person_id), "name": stand_in.name},
    }
    trail.append(ctx, alert, TrailKind.UNREACHABLE, facts)
    await ctx.session.flush()
    if stand_in is not None:
        await service.tell(ctx, alert, trail.state_of(alert), Reason.STAND_IN, [stand_in], step=notification.step)


async def _recipient(ctx: Context, notification: NotificationRow) -> Recipient | None:
    """The person of the notification with the ways they have now; None when they are no longer there."""
    assert notification.person_id is not None
    person = await routing.find_person(ctx, notification.person_id)
    if person is None:
        return None
    (recipient,) = await recipients_of(
        ctx, [person], notification.post or "", on_duty=notification.on_duty, with_stand_ins=False
    )
    return recipient
