"""SQL of alerts that wait for their verification, and of how long they may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.tables import NotificationRow
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.tables import VerificationLimitRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that somebody resolved and nobody has verified; when its verifiers were last reminded."""

    alert_id: UUID
    region_code: str
    resolved_at: datetime
    reminded_at: datetime | None


async def list_unverified(session: AsyncSession, resolved_before: datetime) -> list[Waiting]:
    """Those resolved before then, the longest waiting first."""
    reminded = (
        select(func.max(col(NotificationRow.created_at)))
        .where(
            col(NotificationRow.alert_id) == col(AlertRow.id),
            col(NotificationRow.reason) == Reason.VERIFICATION_DUE.value,
            # It may have been opened again and resolved anew since.
            col(NotificationRow.created_at) > col(AlertRow.resolved_at),
        )
        .correlate(AlertRow)
        .scalar_subquery()
    )
    statement = (
        select(col(AlertRow.id), col(AlertRow.region_code), col(AlertRow.resolved_at), reminded)
        .where(
            col(AlertRow.status) == "resolved",
            col(AlertRow.verified_at).is_(None),
            col(AlertRow.merged_into).is_(None),
            col(AlertRow.resolved_at) < resolved_before,
        )
        .order_by(col(AlertRow.resolved_at))
    )
    rows = await session.execute(statement)
    return [Waiting(alert_id, code, at, last) for alert_id, code, at, last in rows if at is not None]


async def list_verification_limits(session: AsyncSession) -> Sequence[VerificationLimitRow]:
    """All of them by region, the newest first."""
    statement = select(VerificationLimitRow).order_by(
        col(VerificationLimitRow.region_code), col(VerificationLimitRow.valid_from).desc()
    )
    return (await session.scalars(statement)).all()
