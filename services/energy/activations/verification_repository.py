"""SQL of what is known of responses: tracks while orders run, editions of their verification."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.activations.repository import ids_of
from services.energy.activations.tables import (
    ActivationMeterRow,
    ActivationOrderRow,
    ActivationTrackRow,
    ActivationVerificationRow,
)
from services.energy.metering.indexes import is_among


async def tracks_of(session: AsyncSession, order_ids: Collection[UUID]) -> dict[UUID, ActivationTrackRow]:
    """What is known of orders while they run."""
    statement = select(ActivationTrackRow).where(col(ActivationTrackRow.order_id) == ids_of(order_ids))
    return {row.order_id: row for row in await session.scalars(statement)}


async def verifications_of(session: AsyncSession, order_id: UUID) -> list[ActivationVerificationRow]:
    """Editions of an order's verification, the newest first."""
    statement = (
        select(ActivationVerificationRow)
        .where(col(ActivationVerificationRow.order_id) == order_id)
        .order_by(col(ActivationVerificationRow.edition).desc())
    )
    return list(await session.scalars(statement))


async def current_verifications(
    session: AsyncSession, order_ids: Collection[UUID]
) -> dict[UUID, ActivationVerificationRow]:
    """The edition that holds of each order that has one."""
    statement = (
        select(ActivationVerificationRow)
        .join(ActivationOrderRow, col(ActivationOrderRow.id) == col(ActivationVerificationRow.order_id))
        .where(
            col(ActivationVerificationRow.order_id) == ids_of(order_ids),
            col(ActivationVerificationRow.edition) == col(ActivationOrderRow.edition),
        )
    )
    return {row.order_id: row for row in await session.scalars(statement)}


@dataclass(frozen=True, slots=True)
class Touched:
    """A verified order with one of the meters it rests on, and the definition of its baseline."""

    activation_id: UUID
    order_id: UUID
    meter_index: int
    starts_at: datetime
    ends_at: datetime
    baseline: dict[str, Any]


async def verified_touching(session: AsyncSession, meters: Sequence[int]) -> list[Touched]:
    """Verified orders that any of the meters belongs to, once for each."""
    statement = (
        select(
            col(ActivationOrderRow.activation_id),
            col(ActivationOrderRow.id),
            col(ActivationMeterRow.meter_index),
            col(ActivationOrderRow.starts_at),
            col(ActivationOrderRow.ends_at),
            col(ActivationVerificationRow.baseline),
        )
        .join(ActivationMeterRow, col(ActivationMeterRow.order_id) == col(ActivationOrderRow.id))
        .join(
            ActivationVerificationRow,
            and_(
                col(ActivationVerificationRow.order_id) == col(ActivationOrderRow.id),
                col(ActivationVerificationRow.edition) == col(ActivationOrderRow.edition),
            ),
        )
        .where(is_among(ActivationMeterRow.meter_index, meters))
        .order_by(col(ActivationOrderRow.activation_id), col(ActivationOrderRow.id))
    )
    return [Touched(*row) for row in await session.execute(statement)]
