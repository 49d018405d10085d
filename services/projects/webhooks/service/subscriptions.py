"""Keeping subscriptions: what is wanted, where it goes, the secret that signs it, pausing and ending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.envelope import Envelope
from libs.common.web.problems import FieldError, NotFound
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.signing import new_secret
from services.projects.ledger.service.ledger import Ledger
from services.projects.registry.service.recording import demand_region
from services.projects.webhooks import queue, receivers, repository
from services.projects.webhooks.domain.selection import Selection, envelope
from services.projects.webhooks.errors import (
    AddressRefused,
    DeliveryPending,
    RegionRequired,
    SubscriptionEnded,
)
from services.projects.webhooks.service.events import PING, demand_offered
from services.projects.webhooks.service.pausing import pause_by_hand, settle_warning
from services.projects.webhooks.tables import WebhookDeliveryRow, WebhookSubscriptionRow

SECRET_PURPOSE = "webhook-subscription-secret"  # noqa: S105 - the name of a purpose, not a secret


@dataclass(frozen=True, slots=True)
class WebhookGuard:
    """What subscriptions are checked and sealed with; a replaced secret signs on for ``overlap_seconds``."""

    envelope: Envelope
    allowed: AllowedHosts
    overlap_seconds: float

    def demand_url(self, url: str) -> None:
        """Raises AddressRefused."""
        try:
            self.allowed.check_url(url)
        except RefusedAddress as error:
            fault = FieldError(f"webhook.address.{error.reason}", "/url")
            raise AddressRefused(reason=error.reason, errors=[fault]) from error

    def seal(self, secret: str) -> str:
        return self.envelope.seal(secret.encode(), SECRET_PURPOSE)

    def open(self, sealed: str) -> str:
        return self.envelope.open(sealed, SECRET_PURPOSE).decode()


def selection_of(row: WebhookSubscriptionRow) -> Selection:
    return Selection(row.region_code, frozenset(row.topics), frozenset(row.event_types), row.project_id)


async def create_subscription(
    ctx: Context, guard: WebhookGuard, ledger: Ledger, facts: dict[str, Any]
) -> tuple[WebhookSubscriptionRow, str]:
    """The new subscription and its secret, which is shown this once. It is told of what happens from now on.

    Raises AddressRefused, UnknownEvents, RegionRequired, UnknownRegion, and NotFound for a region or project
    that is not the caller's.
    """
    principal = ctx.principal
    guard.demand_url(facts["url"])
    demand_offered(facts["topics"], facts["event_types"])
    region_code = facts["region_code"] or principal.region_code
    if region_code is None:
        raise RegionRequired(errors=[FieldError("fact.required", "/region_code")])
    await _demand_place(ctx, ledger, region_code, facts["project_id"])
    secret = new_secret()
    _, last = await repository.feed_ends(ctx.session)
    row = WebhookSubscriptionRow(
        **(facts | {"region_code": region_code}),
        id=ctx.new_id(),
        owner=principal.subject,
        owner_kind=principal.kind,
        owner_role=principal.role.value,
        secret_sealed=guard.seal(secret),
        position=last,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    _note_grants(ctx, row)
    ctx.session.add(row)
    await ctx.session.flush()
    return row, secret


async def get_subscription(ctx: Context, subscription_id: UUID, *, lock: bool = False) -> WebhookSubscriptionRow:
    """Raises NotFound."""
    row = await repository.find_subscription(ctx.session, ctx.principal, subscription_id, lock=lock)
    if row is None:
        raise NotFound
    return row


async def change_subscription(
    ctx: Context, guard: WebhookGuard, ledger: Ledger, row: WebhookSubscriptionRow, facts: dict[str, Any]
) -> None:
    """Apply changes to a locked subscription; ``paused`` False lets it go on with what was kept for it.

    Raises as :func:`create_subscription`.
    """
    paused = facts.pop("paused", None)
    if "url" in facts:
        guard.demand_url(facts["url"])
    demand_offered(facts.get("topics", ()), facts.get("event_types", ()))
    if facts.get("region_code", "") is None:
        raise RegionRequired(errors=[FieldError("fact.required", "/region_code")])
    if "region_code" in facts or "project_id" in facts:
        project_id = facts.get("project_id", row.project_id)
        await _demand_place(ctx, ledger, facts.get("region_code", row.region_code), project_id)
    for name, value in facts.items():
        setattr(row, name, value)
    if ctx.principal.subject == row.owner:
        _note_grants(ctx, row)
    if paused is True:
        pause_by_hand(ctx, row)
    elif paused is False:
        row.paused_at = row.paused_reason = None
    await _advance(ctx, row)
    if paused is False:
        await receivers.wake(ctx.session, row.id)
        await settle_warning(ctx, row, "resumed")


async def rotate_secret(ctx: Context, guard: WebhookGuard, row: WebhookSubscriptionRow) -> str:
    """A new secret for a locked subscription, shown this once; the old one signs beside it for a while."""
    former, secret = row.secret_sealed, new_secret()
    row.secret_sealed = guard.seal(secret)
    await _advance(ctx, row)
    await receivers.keep_former_secret(ctx.session, row.id, former, guard.overlap_seconds)
    return secret


async def end_subscription(ctx: Context, row: WebhookSubscriptionRow) -> None:
    """End a locked subscription: what still waits for it is not sent any more; the record of the rest stays."""
    row.deleted_at = ctx.now
    await _advance(ctx, row)
    await receivers.cancel(ctx.session, row.id, ctx.now)
    await settle_warning(ctx, row, "removed")


async def ping(ctx: Context, row: WebhookSubscriptionRow) -> WebhookDeliveryRow:
    """A message that says nothing but that it arrives."""
    event_id = ctx.new_id()
    body = envelope(
        event_id=event_id,
        event_type=PING,
        topic="webhook",
        subject=str(row.id),
        version=row.version,
        region_code=row.region_code,
        occurred_at=ctx.now,
        data={"subscription_id": str(row.id), "name": row.name},
    )
    delivery = WebhookDeliveryRow(
        id=ctx.new_id(),
        subscription_id=row.id,
        event_id=event_id,
        position=row.position,
        topic="webhook",
        type=PING,
        subject=str(row.id),
        aggregate_version=row.version,
        # A ping waits for nobody.
        sequence_key=f"ping:{event_id}",
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        created_at=ctx.now,
    )
    ctx.session.add(delivery)
    await ctx.session.flush()
    return delivery


async def redeliver(ctx: Context, delivery_id: UUID) -> WebhookDeliveryRow:
    """Send it again, with the same id. Raises NotFound, DeliveryPending, SubscriptionEnded."""
    found = await repository.find_delivery(ctx.session, ctx.principal, delivery_id, lock=True)
    if found is None:
        raise NotFound
    delivery, subscription = found
    if subscription.deleted_at is not None:
        raise SubscriptionEnded
    if delivery.status == "pending":
        raise DeliveryPending(attempts=delivery.attempts)
    await queue.repeat(ctx.session, subscription.id, delivery.id)
    await ctx.session.refresh(delivery)
    return delivery


async def _demand_place(ctx: Context, ledger: Ledger, region_code: str, project_id: UUID | None) -> None:
    await demand_region(ctx, region_code)
    if project_id is not None:
        await ledger.read(ctx, project_id)


def _note_grants(ctx: Context, row: WebhookSubscriptionRow) -> None:
    """What the owner is granted, as its credential says: all we know of another issuer's account."""
    principal = ctx.principal
    row.owner_kind, row.owner_role = principal.kind, principal.role.value
    row.owner_region_code, row.owner_enterprise_id = principal.region_code, principal.enterprise_id


async def _advance(ctx: Context, row: WebhookSubscriptionRow) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
