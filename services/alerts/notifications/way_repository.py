"""SQL of policies of ways, preferences, follow-ups and one-time links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.alerts import Severity
from libs.common.remember import remembered
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.notifications.repository import region_chain
from services.alerts.notifications.tables import ChannelRow, DeliveryRow, NotificationRow
from services.alerts.notifications.way_tables import FollowUpRow, PreferenceRow, ReceiptLinkRow, WayPolicyRow
from services.alerts.trail.tables import AlertRow


@remembered
async def find_policy(
    session: AsyncSession, severity: Severity, region_code: str, at: datetime
) -> WayPolicyRow | None:
    """The newest revision begun by `at` of the narrowest region that has one."""
    chain = region_chain(region_code)
    statement = (
        select(WayPolicyRow)
        .where(
            col(WayPolicyRow.severity) == severity.value,
            col(WayPolicyRow.valid_from) <= at,
            or_(col(WayPolicyRow.region_code).is_(None), col(WayPolicyRow.region_code).in_(chain)),
        )
        .order_by(col(WayPolicyRow.revision).desc())
    )
    rows = (await session.scalars(statement)).all()
    for code in (*chain, None):
        for row in rows:
            if row.region_code == code:
                return row
    return None


async def list_policies(session: AsyncSession, at: datetime) -> list[WayPolicyRow]:
    """The newest begun revision of each severity and region."""
    statement = (
        select(WayPolicyRow)
        .where(col(WayPolicyRow.valid_from) <= at)
        .order_by(col(WayPolicyRow.severity), col(WayPolicyRow.region_code).nulls_first())
        .order_by(col(WayPolicyRow.revision).desc())
    )
    newest: dict[tuple[str, str | None], WayPolicyRow] = {}
    for row in await session.scalars(statement):
        newest.setdefault((row.severity, row.region_code), row)
    return list(newest.values())


async def list_revisions(
    session: AsyncSession, severity: Severity, region_code: str | None
) -> Sequence[WayPolicyRow]:
    """All revisions for a severity and region, newest first."""
    statement = select(WayPolicyRow).where(
        col(WayPolicyRow.severity) == severity.value,
        col(WayPolicyRow.region_code).is_not_distinct_from(region_code),
    )
    return (await session.scalars(statement.order_by(col(WayPolicyRow.revision).desc()))).all()


@remembered
async def find_preference(session: AsyncSession, person_id: UUID) -> PreferenceRow | None:
    statement = select(PreferenceRow).where(col(PreferenceRow.person_id) == person_id)
    return (await session.scalars(statement)).one_or_none()


async def lock_preference(session: AsyncSession, person_id: UUID) -> PreferenceRow | None:
    statement = select(PreferenceRow).where(col(PreferenceRow.person_id) == person_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


@remembered
async def list_preferences(session: AsyncSession, person_ids: tuple[UUID, ...]) -> Sequence[PreferenceRow]:
    statement = select(PreferenceRow).where(col(PreferenceRow.person_id).in_(list(person_ids)))
    return (await session.scalars(statement)).all()


async def void_follow_ups(session: AsyncSession, alert_id: UUID, person_id: UUID | None, at: datetime) -> None:
    """What was to come for this person is replaced by what is told now."""
    notifications = select(col(NotificationRow.id)).where(
        col(NotificationRow.alert_id) == alert_id, col(NotificationRow.person_id) == person_id
    )
    await session.execute(
        update(FollowUpRow)
        .where(col(FollowUpRow.state) == "pending", col(FollowUpRow.notification_id).in_(notifications))
        .values(state="void", ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def lock_due_alert(session: AsyncSession, now: datetime) -> UUID | None:
    """An alert whose follow-up is due, locked, as by every other change of it; those worked on are passed over."""
    statement = (
        select(col(AlertRow.id))
        .join(FollowUpRow, col(FollowUpRow.alert_id) == col(AlertRow.id))
        .where(
            col(FollowUpRow.state) == "pending",
            col(FollowUpRow.due_at) <= now,
            col(FollowUpRow.available_at) <= func.clock_timestamp(),
        )
        .order_by(col(FollowUpRow.due_at))
        .limit(1)
        .with_for_update(of=AlertRow, skip_locked=True)
    )
    return await session.scalar(statement)


async def due_follow_up(session: AsyncSession, alert_id: UUID, now: datetime) -> FollowUpRow | None:
    """The alert's earliest follow-up that is due; the alert has to be locked."""
    statement = (
        select(FollowUpRow)
        .where(
            col(FollowUpRow.alert_id) == alert_id,
            col(FollowUpRow.state) == "pending",
            col(FollowUpRow.due_at) <= now,
            col(FollowUpRow.available_at) <= func.clock_timestamp(),
        )
        .order_by(col(FollowUpRow.due_at), col(FollowUpRow.id))
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def record_failure(session: AsyncSession, follow_up_id: UUID, error: str, longest_wait: float) -> None:
    """Let a follow-up that could not be done rest, longer each time."""
    wait = func.least(func.power(2, FollowUpRow.failures), longest_wait)
    await session.execute(
        update(FollowUpRow)
        .where(col(FollowUpRow.id) == follow_up_id)
        .values(
            failures=FollowUpRow.failures + 1,
            last_error=error[:500],
            available_at=func.clock_timestamp() + wait * timedelta(seconds=1),
        )
        .execution_options(synchronize_session=False)
    )


async def list_late(session: AsyncSession, due_before: datetime, limit: int = 100) -> Sequence[FollowUpRow]:
    """Pending follow-ups that should have been done before `due_before`, the latest first."""
    statement = (
        select(FollowUpRow)
        .where(col(FollowUpRow.state) == "pending", col(FollowUpRow.due_at) < due_before)
        .order_by(col(FollowUpRow.due_at))
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def lock_failures(session: AsyncSession) -> None:
    """Until the transaction ends nobody else judges who is out of reach.

    Two whose last ways fail at once would each take the other's for one that still serves. To be taken after
    channels and deliveries and before alerts.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("alerts.failures"))))


async def hopeless(
    session: AsyncSession, *, delivery_id: UUID | None = None, channel_id: UUID | None = None
) -> list[NotificationRow]:
    """Notifications of this failed delivery, or with deliveries that wait for this channel, that no other way
    serves.

    Only those to persons who are not known to be out of reach already, and of one alert: for what a digest or a
    group told, each alert's own chase goes on.
    """
    mine = (
        col(DeliveryRow.id) == delivery_id
        if delivery_id is not None
        else and_(col(DeliveryRow.channel_id) == channel_id, col(DeliveryRow.status) == "pending")
    )
    affected = select(col(DeliveryRow.notification_id)).where(mine, col(DeliveryRow.notification_id).is_not(None))
    serves = (
        exists()
        .where(
            col(DeliveryRow.notification_id) == col(NotificationRow.id),
            or_(
                col(DeliveryRow.status) == "delivered",
                and_(
                    col(DeliveryRow.status) == "pending",
                    or_(
                        col(DeliveryRow.channel_id).is_(None),
                        ~exists().where(
                            col(ChannelRow.id) == col(DeliveryRow.channel_id),
                            or_(col(ChannelRow.paused_at).is_not(None), col(ChannelRow.enabled).is_(False)),
                        ),
                    ),
                ),
            ),
        )
        .correlate(NotificationRow)
    )
    statement = select(NotificationRow).where(
        col(NotificationRow.id).in_(affected),
        col(NotificationRow.recipient_kind) == "person",
        col(NotificationRow.alert_id).is_not(None),
        col(NotificationRow.reason).not_in([reason.value for reason in PlainReason]),
        col(NotificationRow.unreachable_at).is_(None),
        ~serves,
    )
    return list((await session.scalars(statement.order_by(col(NotificationRow.id)))).all())


async def bring_forward(session: AsyncSession, notification_id: UUID, at: datetime, why: str) -> bool:
    """What was to follow the notification is due at once; False when nothing was."""
    moved = await session.scalars(
        update(FollowUpRow)
        .where(col(FollowUpRow.notification_id) == notification_id, col(FollowUpRow.state) == "pending")
        .values(due_at=func.least(FollowUpRow.due_at, at), why=why)
        .returning(col(FollowUpRow.id))
        .execution_options(synchronize_session=False)
    )
    return bool(moved.all())


async def add_unreachable(session: AsyncSession, follow_up: FollowUpRow) -> None:
    """Once: a second one for the same notification changes nothing."""
    values = {name: getattr(follow_up, name) for name in ("id", "alert_id", "notification_id", "kind", "stage")}
    await session.execute(
        insert(FollowUpRow)
        .values(
            **values,
            why=follow_up.why,
            due_at=follow_up.due_at,
            state="pending",
            created_at=follow_up.created_at,
            failures=0,
        )
        .on_conflict_do_nothing()
    )


async def add_links(session: AsyncSession, links: Sequence[tuple[str, UUID, UUID, UUID]], hours: float) -> None:
    """One-time links by (digest, delivery, alert, person), good for so many hours of real time; once a
    delivery.
    """
    if not links:
        return
    expires_at = func.clock_timestamp() + timedelta(hours=hours)
    await session.execute(
        insert(ReceiptLinkRow)
        .values(
            [
                {
                    "token_hash": digest,
                    "delivery_id": delivery_id,
                    "alert_id": alert_id,
                    "person_id": person_id,
                    "expires_at": expires_at,
                }
                for digest, delivery_id, alert_id, person_id in links
            ]
        )
        .on_conflict_do_nothing()
    )


async def find_link(
    session: AsyncSession, digest: str, *, lock: bool = False
) -> tuple[ReceiptLinkRow, DeliveryRow, bool] | None:
    """The link, its delivery, and whether it has expired by now."""
    statement = (
        select(ReceiptLinkRow, DeliveryRow, col(ReceiptLinkRow.expires_at) <= func.clock_timestamp())
        .join(DeliveryRow, col(DeliveryRow.id) == col(ReceiptLinkRow.delivery_id))
        .where(col(ReceiptLinkRow.token_hash) == digest)
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update()
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else (found[0], found[1], bool(found[2]))


async def use_link(session: AsyncSession, digest: str) -> bool:
    """Use a link up; False when it was before."""
    used = await session.scalar(
        update(ReceiptLinkRow)
        .where(col(ReceiptLinkRow.token_hash) == digest, col(ReceiptLinkRow.used_at).is_(None))
        .values(used_at=func.clock_timestamp())
        .returning(col(ReceiptLinkRow.delivery_id))
        .execution_options(synchronize_session=False)
    )
    return used is not None
