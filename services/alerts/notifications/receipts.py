"""Receipts: that a message arrived and was read; by reports of providers, by its reader, by its link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from services.alerts.notifications import followups, repository, way_repository
from services.alerts.notifications.domain.http_template import HttpTemplate, as_word, at_pointer
from services.alerts.notifications.errors import DeliveryNotFound
from services.alerts.notifications.links import digest_of
from services.alerts.notifications.tables import DeliveryRow
from services.alerts.notifications.way_tables import ReceiptLinkRow
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind

_LONGEST_TOKEN = 64
_MOST_REPORTS = 1000


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A one-time link that was found, with what it speaks of."""

    link: ReceiptLinkRow
    delivery: DeliveryRow
    is_expired: bool

    @property
    def is_used(self) -> bool:
        return self.link.used_at is not None


async def find_link(ctx: Context, token: str, *, lock: bool = False) -> OpenLink | None:
    """The link of a token, None for one that was never given out. Changes nothing."""
    if not token or len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    found = await way_repository.find_link(ctx.session, digest_of(token), lock=lock)
    return None if found is None else OpenLink(*found)


async def mark_read(ctx: Context, delivery: DeliveryRow, via: str) -> bool:
    """Write down that its reader has read it, once; False when they had before."""
    if delivery.read_at is not None:
        return False
    delivery.read_at = ctx.now
    await ctx.session.flush()
    alert = None if delivery.alert_id is None else await alerts.lock(ctx.session, delivery.alert_id)
    if alert is not None:
        facts = {"delivery_id": str(delivery.id), "person_id": str(delivery.person_id), "via": via}
        trail.append(ctx, alert, TrailKind.READ, facts | {"kind": delivery.kind})
        await ctx.session.flush()
    return True


async def read_own(ctx: Context, delivery_id: UUID) -> DeliveryRow:
    """The caller has read what was sent to them. Raises DeliveryNotFound, also for what was sent to others."""
    delivery = await repository.find_delivery(ctx.session, ctx.principal, delivery_id, lock=True)
    if delivery is None or ctx.principal.person_id is None or delivery.person_id != ctx.principal.person_id:
        raise DeliveryNotFound
    await mark_read(ctx, delivery, "console")
    return delivery


async def take_reports(ctx: Context, gateway_id: UUID, template: HttpTemplate, document: Any) -> int:
    """A provider's reports: what arrived, what did not, which call was answered; returns how many were of ours.

    What did not arrive has failed, and whoever it was for is reached in another way at once.
    """
    rules = template.reports
    if rules is None:
        return 0
    spoken_of: list[tuple[DeliveryRow, str]] = []
    for report in _reports(document, rules.items):
        name = as_word(at_pointer(report, rules.id_pointer))
        delivery = await repository.find_reported(ctx.session, gateway_id, name) if name else None
        if delivery is not None:
            spoken_of.append((delivery, as_word(at_pointer(report, rules.status_pointer))))
    failed = [(delivery, status) for delivery, status in spoken_of if status in rules.failed]
    if failed:
        await way_repository.lock_failures(ctx.session)
    for delivery, status in spoken_of:
        if status in rules.arrived:
            delivery.received_at = delivery.received_at or ctx.now
    for delivery, status in failed:
        if delivery.status == "delivered" and delivery.received_at is None:
            await _fail(ctx, delivery, status)
    await ctx.session.flush()
    return len(spoken_of)


async def _fail(ctx: Context, delivery: DeliveryRow, status: str) -> None:
    delivery.status, delivery.completed_at = "failed", ctx.now
    delivery.error_code, delivery.last_error = f"report.{status}"[:100], f"reported: {status}"[:300]
    await ctx.session.flush()
    await _leave_failure(ctx, delivery)


async def _leave_failure(ctx: Context, delivery: DeliveryRow) -> None:
    alert = None if delivery.alert_id is None else await alerts.lock(ctx.session, delivery.alert_id)
    if alert is None:
        return
    facts = {
        "delivery_id": str(delivery.id),
        "kind": delivery.kind,
        "error": delivery.last_error,
        "error_code": delivery.error_code,
        "attempts": delivery.attempts,
    }
    trail.append(ctx, alert, TrailKind.UNDELIVERED, facts)
    await ctx.session.flush()
    why = "not_answered" if delivery.kind == "voice" else "undelivered"
    await followups.after_failure(ctx, delivery.id, why=why)


def _reports(document: Any, items: str | None) -> Iterable[Any]:
    found = document if items is None else at_pointer(document, items)
    reports = found if isinstance(found, list) else [found]
    return [report for report in reports[:_MOST_REPORTS] if isinstance(report, dict)]
