"""SQL of claims: which deliveries are due, which of them may leave now, and that they are ours for a while.

Leases are real time by the database's clock, so that workers on several machines agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.notifications import circuit, quota_book
from services.alerts.notifications.outgoing import GatewayAccess, Outgoing
from services.alerts.notifications.quota_book import Due
from services.alerts.notifications.tables import STANDARD, AttemptRow, ChannelRow, DeliveryRow, GatewayRow


async def claim(
    session: AsyncSession,
    *,
    limit: int,
    lease_seconds: float,
    now: datetime,
    busy: Collection[UUID] = (),
) -> list[Outgoing]:
    """Take due deliveries for `lease_seconds`, the graver first.

    Those of paused, disabled or `busy` channels and gateways are left, but for the test of a channel and one
    message to see whether a paused one works again; so are those whose recipient is quiet (`now` is the stack's
    time), and what exceeds a quota is put off.
    """
    probes = await circuit.due_probes(session, limit)
    rows = await session.execute(
        select(
            col(DeliveryRow.id),
            col(DeliveryRow.kind),
            col(DeliveryRow.channel_id),
            col(DeliveryRow.gateway_id),
            col(ChannelRow.limits),
            col(GatewayRow.limits),
        )
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .outerjoin(GatewayRow, col(GatewayRow.id) == col(DeliveryRow.gateway_id))
        .where(
            col(DeliveryRow.status) == "pending",
            col(DeliveryRow.next_attempt_at) <= func.clock_timestamp(),
            or_(col(DeliveryRow.not_before).is_(None), col(DeliveryRow.not_before) <= now),
            _is_open(busy, probes),
        )
        .order_by(col(DeliveryRow.priority), col(DeliveryRow.next_attempt_at))
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    due = [Due(*row) for row in rows]
    ids = await quota_book.take(session, due)
    if not ids:
        return []
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids))
        .values(
            attempts=DeliveryRow.attempts + 1,
            # Until then it is ours; a worker that dies leaves it due again.
            next_attempt_at=func.clock_timestamp() + timedelta(seconds=lease_seconds),
        )
        .execution_options(synchronize_session=False)
    )
    claimed = await _outgoing(session, ids)
    await session.execute(
        insert(AttemptRow), [{"delivery_id": outgoing.id, "number": outgoing.attempt} for outgoing in claimed]
    )
    return claimed


def _is_open(busy: Collection[UUID], probes: Collection[UUID]) -> ColumnElement[bool]:
    return and_(
        or_(
            col(DeliveryRow.channel_id).is_(None),
            and_(
                col(ChannelRow.enabled).is_(True),
                or_(col(ChannelRow.paused_at).is_(None), col(DeliveryRow.reason) == "test"),
                col(ChannelRow.id).not_in(list(busy)),
            ),
            col(DeliveryRow.id).in_(list(probes)),
        ),
        or_(
            col(DeliveryRow.gateway_id).is_(None),
            and_(col(GatewayRow.enabled).is_(True), col(GatewayRow.id).not_in(list(busy))),
        ),
    )


async def _outgoing(session: AsyncSession, ids: Collection[UUID]) -> list[Outgoing]:
    rows = await session.execute(
        select(
            DeliveryRow, col(ChannelRow.secret_sealed), col(ChannelRow.format), col(ChannelRow.options), GatewayRow
        )
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .outerjoin(GatewayRow, col(GatewayRow.id) == col(DeliveryRow.gateway_id))
        .where(col(DeliveryRow.id).in_(list(ids)))
        .order_by(col(DeliveryRow.priority), col(DeliveryRow.id))
        .execution_options(populate_existing=True)
    )
    return [
        Outgoing(
            id=row.id,
            alert_id=row.alert_id,
            kind=row.kind,
            target=row.target,
            subject=row.subject,
            body=row.body,
            language=row.language,
            attempt=row.attempts,
            forgiven=row.attempts_forgiven,
            channel_id=row.channel_id,
            secret_sealed=secret_sealed,
            format=form or STANDARD,
            options=options or {},
            gateway=access_of(gateway),
            person_id=row.person_id,
            notification_id=row.notification_id,
            reason=row.reason,
        )
        for row, secret_sealed, form, options, gateway in rows
    ]


def access_of(gateway: GatewayRow | None) -> GatewayAccess | None:
    if gateway is None:
        return None
    return GatewayAccess(gateway.id, gateway.version, gateway.settings, gateway.secrets_sealed)


async def mark_interrupted(session: AsyncSession, claimed: Sequence[Outgoing]) -> int:
    """Name earlier attempts without an end for what they are; returns how many (each a possible duplicate)."""
    repeated = [outgoing for outgoing in claimed if outgoing.attempt > 1]
    if not repeated:
        return 0
    earlier = or_(
        *(
            and_(col(AttemptRow.delivery_id) == outgoing.id, col(AttemptRow.number) < outgoing.attempt)
            for outgoing in repeated
        )
    )
    marked = await session.scalars(
        update(AttemptRow)
        .where(earlier, col(AttemptRow.finished_at).is_(None))
        .values(outcome="interrupted", finished_at=func.clock_timestamp())
        .returning(col(AttemptRow.number))
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())
