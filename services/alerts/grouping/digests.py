"""Digests: what was held for a recipient in a storm is told in one message, at intervals; each alert names it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import Person
from services.alerts.grouping import gathering
from services.alerts.notifications import repository as notices
from services.alerts.notifications import service as notifications
from services.alerts.notifications.alertmanager import item_of, message
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.notifications.service import Recipient
from services.alerts.routing import service as people
from services.alerts.storms import repository
from services.alerts.storms import service as storms
from services.alerts.storms.domain.digest import counted
from services.alerts.storms.tables import DigestRow, StormNoticeRow
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow


async def send_due(ctx: Context, *, external_url: str) -> int:
    """Make the digests whose time has come; answers how many. Two at once make no recipient's digest twice."""
    made = 0
    for key, since, region_code in await repository.recipients_waiting(ctx.session):
        limit = await storms.limit_for(ctx, region_code)
        interval = timedelta(seconds=limit.digest_seconds if limit is not None else 0)
        if since + interval > ctx.now or not await repository.try_lock_recipient(ctx.session, key):
            continue
        held = await repository.waiting(ctx.session, key)
        if held:
            named = gathering.NAMED if limit is None else limit.named
            await _send(ctx, key, held, external_url=external_url, named=named)
            made += 1
    return made


async def _send(
    ctx: Context, key: str, held: list[tuple[StormNoticeRow, AlertRow]], *, external_url: str, named: int
) -> None:
    alerts = list({alert.id: alert for _, alert in held}.values())
    region_code = _region_of(alerts)
    recipient = await _recipient(ctx, key, region_code)
    digest_id = ctx.new_id()
    link = gathering.link(external_url, f"/v1/digests/{digest_id}")
    row = await gathering.send(
        ctx,
        recipient,
        alerts,
        region_code=region_code,
        reason=PlainReason.DIGEST,
        link=link,
        kind=TrailKind.TOLD_IN_DIGEST,
        facts={"digest_id": str(digest_id)},
        body_of=lambda: message(
            [item_of(alert, ctx.now) for alert in alerts],
            receiver=recipient.name,
            group_key=f"digest:{digest_id}",
            group_labels={},
            external_url=external_url,
        ),
        named=named,
    )
    counts = counted(await gathering.gathered(ctx, alerts, "zh-CN"))
    ctx.session.add(
        DigestRow(
            id=digest_id,
            notification_id=row.id,
            recipient_key=key,
            recipient_name=recipient.name,
            person_id=recipient.person_id,
            region_code=region_code,
            alerts=len(alerts),
            counts=counts.as_json(),
            first_at=min(alert.occurred_at for alert in alerts),
            last_at=max(alert.occurred_at for alert in alerts),
            created_at=ctx.now,
        )
    )
    await ctx.session.flush()
    await repository.assign(ctx.session, digest_id, [notice.notification_id for notice, _ in held])


async def _recipient(ctx: Context, key: str, region_code: str) -> Recipient:
    """Whom the key stands for, as they are reached now; without a way what was held is still written down."""
    kind, _, identity = key.partition(":")
    if kind == "person":
        person: Person | None = await people.find_person(ctx, UUID(identity))
        reached = [] if person is None else await notifications.reach(ctx, [person], "", region_code)
        own = [recipient for recipient in reached if recipient.person_id is not None]
        return own[0] if own else Recipient("person", identity, None, UUID(identity))
    if kind == "channel":
        channel = await notices.channel_in_use(ctx.session, UUID(identity))
        if channel is not None:
            return notifications.recipient_of(channel)
    return Recipient(kind, identity, None)


def _region_of(alerts: list[AlertRow]) -> str:
    """The region of most of the alerts: who sees that may see the digest."""
    codes = [alert.region_code for alert in alerts]
    return max(sorted(set(codes)), key=codes.count)
