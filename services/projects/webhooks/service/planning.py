"""From the outbox to deliveries: what is new is looked at once for each subscription, in order, by position.

The relay gives positions in commit-visible order, so nothing before the last position looked at is still to come.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import orjson
import structlog

from libs.common.context import Context
from libs.common.outbox.tables import OutboxRow
from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from services.projects.identity.service.grants import NotOurs, granted_now
from services.projects.webhooks import repository
from services.projects.webhooks.domain.selection import envelope
from services.projects.webhooks.service.events import offered
from services.projects.webhooks.service.pausing import pause_with_warning
from services.projects.webhooks.service.subscriptions import selection_of
from services.projects.webhooks.tables import WebhookSubscriptionRow

BATCH = 500

log = structlog.get_logger(__name__)


async def plan_deliveries(ctx: Context, subscription_id: UUID, *, batch: int = BATCH) -> int:
    """Look at the next events for one subscription; returns how many deliveries were made.

    A paused one is not looked at: it goes on from its position when it is resumed. Somebody else's turn is left.
    """
    row = await repository.take_subscription(ctx.session, subscription_id)
    if row is None:
        return 0
    first, last = await repository.feed_ends(ctx.session)
    if last <= row.position:
        return 0
    owner = await _owner_of(ctx, row)
    if owner is None:
        await pause_with_warning(ctx, row, "owner_revoked")
        return 0
    start, gap_at = row.position, None
    if first > start + 1:
        # It was paused for longer than the history is kept: said in the subscription, and gone on from there.
        start, gap_at = first - 1, ctx.now
        log.warning("webhook.history_gap", subscription_id=str(row.id), missed=first - 1 - row.position)
    selection = selection_of(row)
    events = await repository.events_after(
        ctx.session,
        owner,
        selection.topics_among(offered()),
        row.region_code,
        after=start,
        until=last,
        limit=batch,
    )
    deliveries = []
    for event in events:
        data = None if event.payload is None else orjson.loads(event.payload)
        if selection.wants(event.topic, event.type, event.region_code, event.subject, data):
            deliveries.append(_delivery(ctx, row, event, data))
    await repository.add_deliveries(ctx.session, deliveries)
    reached = events[-1].position if len(events) == batch else last
    assert reached is not None, "only events with a position are read"
    await repository.move_on(ctx.session, row.id, reached, gap_at)
    return len(deliveries)


async def _owner_of(ctx: Context, row: WebhookSubscriptionRow) -> Principal | None:
    """The owner with what it is granted now; None when that is nothing any more."""
    try:
        return await granted_now(ctx, row.owner)
    except NotOurs:
        # Another issuer's account: it is granted what it was when it last changed the subscription.
        role = Role(row.owner_role)
        return Principal(
            subject=row.owner,
            role=role,
            region_code=row.owner_region_code,
            enterprise_id=row.owner_enterprise_id,
            scopes=ROLE_SCOPES[role],
        )


def _delivery(ctx: Context, row: WebhookSubscriptionRow, event: OutboxRow, data: Any) -> dict[str, Any]:
    body = envelope(
        event_id=event.event_id,
        event_type=event.type,
        topic=event.topic,
        subject=event.subject,
        version=event.aggregate_version,
        region_code=event.region_code,
        occurred_at=event.occurred_at,
        data=data,
    )
    return {
        "id": ctx.new_id(),
        "subscription_id": row.id,
        "event_id": event.event_id,
        "position": event.position,
        "topic": event.topic,
        "type": body["type"],
        "subject": event.subject,
        "aggregate_version": event.aggregate_version,
        "sequence_key": f"{event.topic}:{event.ordered_by or event.subject}",
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "status": "pending",
        "attempts": 0,
        "attempts_forgiven": 0,
        "created_at": ctx.now,
    }
