"""SQL of receivers: how often one failed, how long it is left alone, and what waits for it.

Rests are real time by the database's clock, so that workers on several machines agree.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.webhooks.tables import WebhookDeliveryRow, WebhookSubscriptionRow


async def cancel(session: AsyncSession, subscription_id: UUID, at: datetime) -> None:
    """Give up what still waits for a subscription that has ended."""
    await session.execute(
        update(WebhookDeliveryRow)
        .where(
            col(WebhookDeliveryRow.subscription_id) == subscription_id,
            col(WebhookDeliveryRow.status) == "pending",
        )
        .values(status="cancelled", completed_at=at)
        .execution_options(synchronize_session=False)
    )


async def count_failure(session: AsyncSession, subscription_id: UUID) -> tuple[int, float]:
    """How many attempts have now failed in a row, and for how many real seconds there was no success."""
    failing_since = func.coalesce(col(WebhookSubscriptionRow.failing_since), func.clock_timestamp())
    row = (
        await session.execute(
            update(WebhookSubscriptionRow)
            .where(col(WebhookSubscriptionRow.id) == subscription_id)
            .values(failures_in_a_row=WebhookSubscriptionRow.failures_in_a_row + 1, failing_since=failing_since)
            .returning(
                col(WebhookSubscriptionRow.failures_in_a_row),
                func.extract("epoch", func.clock_timestamp() - col(WebhookSubscriptionRow.failing_since)),
            )
            .execution_options(synchronize_session=False)
        )
    ).one()
    return row[0], float(row[1])


async def works(session: AsyncSession, subscription_id: UUID) -> None:
    """Forget earlier failures; no write where there were none."""
    await session.execute(
        update(WebhookSubscriptionRow)
        .where(
            col(WebhookSubscriptionRow.id) == subscription_id,
            col(WebhookSubscriptionRow.failures_in_a_row) > 0,
        )
        .values(failures_in_a_row=0, failing_since=None, rest_until=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def wake(session: AsyncSession, subscription_id: UUID) -> None:
    """Everything kept for the subscription is due now."""
    await works(session, subscription_id)
    await session.execute(
        update(WebhookDeliveryRow)
        .where(
            col(WebhookDeliveryRow.subscription_id) == subscription_id,
            col(WebhookDeliveryRow.status) == "pending",
        )
        .values(next_attempt_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def keep_former_secret(session: AsyncSession, subscription_id: UUID, sealed: str, seconds: float) -> None:
    """Sign with the secret that was replaced as well, for so long."""
    await session.execute(
        update(WebhookSubscriptionRow)
        .where(col(WebhookSubscriptionRow.id) == subscription_id)
        .values(
            previous_secret_sealed=sealed,
            previous_secret_until=func.clock_timestamp() + timedelta(seconds=seconds),
        )
        .execution_options(synchronize_session=False)
    )


async def rest(session: AsyncSession, subscription_id: UUID, seconds: float) -> None:
    """Leave the receiver alone for so long."""
    await session.execute(
        update(WebhookSubscriptionRow)
        .where(col(WebhookSubscriptionRow.id) == subscription_id)
        .values(rest_until=func.clock_timestamp() + timedelta(seconds=seconds))
        .execution_options(synchronize_session=False)
    )
