"""SQL of the exchange: profiles, kinds, the versions of an alert, and what the feed shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.alerts import ALERT, AlertOpenedV1
from libs.common.outbox.tables import OutboxRow
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.change_feed import visible_events
from services.alerts.exchange.tables import EventKindRow, ExchangeProfileRow, NationalMessageRow
from services.alerts.trail.tables import TrailRow

EVERYWHERE = ""
# What concerns the office alone is no message to others.
_INTERNAL = tuple(f"alerts.alert.{name}.v1" for name in ("commented", "handled", "assigned", "linked"))


@dataclass(frozen=True, slots=True)
class Version:
    """One event of an alert: what changed it to this version."""

    alert_id: UUID
    version: int
    position: int | None
    type: str
    at: datetime
    state: dict[str, Any]


async def find_profile(session: AsyncSession, region_code: str) -> ExchangeProfileRow | None:
    """The profile of the region or the nearest above it, else the one for everywhere."""
    try:
        chain = [region_code, *regions.ancestors(region_code), EVERYWHERE]
    except regions.InvalidRegionCode:
        chain = [EVERYWHERE]
    statement = select(ExchangeProfileRow).where(col(ExchangeProfileRow.region_code).in_(chain))
    found = {row.region_code: row for row in await session.scalars(statement)}
    return next((found[code] for code in chain if code in found), None)


async def get_profile(session: AsyncSession, region_code: str, *, lock: bool = False) -> ExchangeProfileRow | None:
    statement = select(ExchangeProfileRow).where(col(ExchangeProfileRow.region_code) == region_code)
    return (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()


async def list_profiles(session: AsyncSession, principal: Principal) -> Sequence[ExchangeProfileRow]:
    """Profiles of the caller's regions, of those above and of everywhere."""
    visible = dated_scope(col(ExchangeProfileRow.region_code), principal, EVERYWHERE)
    statement = select(ExchangeProfileRow).where(visible).order_by(col(ExchangeProfileRow.region_code))
    return (await session.scalars(statement)).all()


async def find_kind(session: AsyncSession, condition_kind: str) -> EventKindRow | None:
    """The kind's own row, else the one that speaks for all others."""
    statement = select(EventKindRow).where(col(EventKindRow.condition_kind).in_([condition_kind, EVERYWHERE]))
    found = {row.condition_kind: row for row in await session.scalars(statement)}
    return found.get(condition_kind, found.get(EVERYWHERE))


async def get_kind(session: AsyncSession, condition_kind: str, *, lock: bool = False) -> EventKindRow | None:
    statement = select(EventKindRow).where(col(EventKindRow.condition_kind) == condition_kind)
    return (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()


async def list_kinds(session: AsyncSession) -> Sequence[EventKindRow]:
    return (await session.scalars(select(EventKindRow).order_by(col(EventKindRow.condition_kind)))).all()


async def versions_of(session: AsyncSession, alert_id: UUID) -> list[Version]:
    """The versions that are messages to others and still remembered, in order; a remark is none."""
    statement = (
        select(OutboxRow)
        .where(
            col(OutboxRow.subject) == str(alert_id),
            col(OutboxRow.topic) == ALERT.name,
            col(OutboxRow.type).not_in(_INTERNAL),
            col(OutboxRow.payload).is_not(None),
        )
        .order_by(col(OutboxRow.aggregate_version))
    )
    return [_version(row) for row in await session.scalars(statement)]


async def texts_at(session: AsyncSession, alert_id: UUID, at: datetime) -> dict[str, Any]:
    """The texts an alert had at an instant, by its trail; empty when the trail names none."""
    statement = (
        select(col(TrailRow.facts))
        .where(
            col(TrailRow.alert_id) == alert_id,
            col(TrailRow.at) <= at,
            col(TrailRow.facts).contains('"text_zh":'),
        )
        .order_by(col(TrailRow.seq).desc())
        .limit(1)
    )
    facts = await session.scalar(statement)
    return {} if facts is None else dict(orjson.loads(facts))


async def page_of_feed(
    session: AsyncSession, principal: Principal, *, before: int | None, after: int | None, limit: int
) -> tuple[list[Version], bool]:
    """Messages the caller may see, newest first, and whether there are more that way.

    `before` goes to older ones; `after` takes those just above a position, so that a reader who comes back misses
    none.
    """
    position = col(OutboxRow.position)
    statement = select(OutboxRow).where(
        visible_events(principal, [ALERT.name]),
        position.is_not(None),
        col(OutboxRow.type).not_in(_INTERNAL),
    )
    if after is not None:
        statement = statement.where(position > after).order_by(position)
    else:
        statement = statement.where(true() if before is None else position < before).order_by(position.desc())
    rows = (await session.scalars(statement.limit(limit + 1))).all()
    found = [_version(row) for row in rows[:limit]]
    found.sort(key=lambda version: version.position or 0, reverse=True)
    return found, len(rows) > limit


async def oldest_position(session: AsyncSession) -> int | None:
    return await session.scalar(select(func.min(OutboxRow.position)))


async def openings(session: AsyncSession, alert_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When alerts opened, of those whose opening is remembered."""
    statement = select(OutboxRow).where(
        col(OutboxRow.subject).in_([str(alert_id) for alert_id in alert_ids]),
        col(OutboxRow.topic) == ALERT.name,
        col(OutboxRow.type) == AlertOpenedV1.event_type,
    )
    return {UUID(row.subject): row.occurred_at for row in await session.scalars(statement)}


async def find_national(session: AsyncSession, alert_id: UUID, version: int) -> NationalMessageRow | None:
    return await session.get(NationalMessageRow, (alert_id, version))


async def list_national(session: AsyncSession, alert_id: UUID) -> Sequence[NationalMessageRow]:
    statement = select(NationalMessageRow).where(col(NationalMessageRow.alert_id) == alert_id)
    return (await session.scalars(statement.order_by(col(NationalMessageRow.version)))).all()


async def claim_national(
    session: AsyncSession, alert_id: UUID, version: int, identifier: str, at: datetime
) -> bool:
    """Take the identifier for the message; False when another message has it, or this one has another."""
    statement = (
        insert(NationalMessageRow)
        .values(alert_id=alert_id, version=version, identifier=identifier, given_at=at)
        .on_conflict_do_nothing()
        .returning(col(NationalMessageRow.identifier))
    )
    return await session.scalar(statement) is not None


def _version(row: OutboxRow) -> Version:
    assert row.payload is not None
    return Version(
        UUID(row.subject),
        row.aggregate_version,
        row.position,
        row.type,
        row.occurred_at,
        orjson.loads(row.payload),
    )
