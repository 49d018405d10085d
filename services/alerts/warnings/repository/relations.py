"""SQL of the relations between alerts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from services.alerts.trail.repository import alert_scope
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.tables import LinkRow


def _standing() -> ColumnElement[bool]:
    return col(LinkRow.removed_at).is_(None)


async def find_link(session: AsyncSession, alert_id: UUID, other_id: UUID, relation: str) -> LinkRow | None:
    """The standing link of exactly these two in this direction."""
    statement = select(LinkRow).where(
        col(LinkRow.alert_id) == alert_id,
        col(LinkRow.other_id) == other_id,
        col(LinkRow.relation) == relation,
        _standing(),
    )
    return (await session.scalars(statement)).one_or_none()


async def find_standing_link(session: AsyncSession, link_id: UUID, alert_id: UUID) -> LinkRow | None:
    """A standing link of the alert, whichever side it is on."""
    statement = select(LinkRow).where(
        col(LinkRow.id) == link_id,
        or_(col(LinkRow.alert_id) == alert_id, col(LinkRow.other_id) == alert_id),
        _standing(),
    )
    return (await session.scalars(statement)).one_or_none()


async def is_cause_of(session: AsyncSession, cause_id: UUID, effect_id: UUID) -> bool:
    """Whether one alert is, directly or not, a cause of the other."""
    chain = select(literal(effect_id, Uuid()).label("id")).cte("chain", recursive=True)
    chain = chain.union(
        select(col(LinkRow.other_id)).where(
            col(LinkRow.alert_id) == chain.c.id, col(LinkRow.relation) == "caused_by", _standing()
        )
    )
    return await session.scalar(select(chain.c.id).where(chain.c.id == cause_id).limit(1)) is not None


async def list_links(
    session: AsyncSession, principal: Principal, alert_id: UUID
) -> list[tuple[LinkRow, AlertRow]]:
    """Standing links of an alert with the other alerts, as far as the caller may see these."""
    is_other = or_(
        and_(col(LinkRow.alert_id) == alert_id, col(AlertRow.id) == col(LinkRow.other_id)),
        and_(col(LinkRow.other_id) == alert_id, col(AlertRow.id) == col(LinkRow.alert_id)),
    )
    statement: Any = (
        select(LinkRow, AlertRow)
        .join(AlertRow, is_other)
        .where(_standing(), alert_scope(principal))
        .order_by(col(LinkRow.id))
    )
    return [(link, other) for link, other in await session.execute(statement)]
