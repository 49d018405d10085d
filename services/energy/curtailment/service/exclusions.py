"""Times in which a user is not to be called: told by the office, or held by an activation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common.context import Context
from services.energy.curtailment import borne_repository, repository
from services.energy.curtailment.errors import ExclusionPeriodInverted
from services.energy.curtailment.tables import CurtailmentExclusionRow, CurtailmentUserRow

MAX_DURATION: Final = timedelta(days=366)


class ExclusionCause(StrEnum):
    """检修 maintenance, an activation that is under way (有序用电执行中), or something else."""

    MAINTENANCE = "maintenance"
    ACTIVATION = "activation"
    OTHER = "other"


async def exclude(
    ctx: Context,
    user: CurtailmentUserRow,
    cause: ExclusionCause,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    reference: UUID | None = None,
) -> CurtailmentExclusionRow:
    """Keep a user out of selections for a time. Raises ExclusionPeriodInverted."""
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at or ends_at - starts_at > MAX_DURATION:
        raise ExclusionPeriodInverted(
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), max_days=MAX_DURATION.days
        )
    row = CurtailmentExclusionRow(
        id=ctx.new_id(),
        user_id=user.id,
        cause=cause.value,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        reference=reference,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def withdraw(ctx: Context, user: CurtailmentUserRow, exclusion_id: UUID) -> CurtailmentExclusionRow:
    """It does not hold any more; withdrawn again, it stays so. Raises ExclusionNotFound."""
    row = await borne_repository.get_exclusion(ctx.session, user.id, exclusion_id)
    _end(ctx, row)
    return row


async def hold(
    ctx: Context,
    enterprise_ids: Collection[UUID],
    starts_at: datetime,
    ends_at: datetime,
    *,
    reference: UUID,
    reason: str,
) -> int:
    """An activation (``reference``) takes these enterprises for a time; said again, the time is as said last.

    Enterprises that are no users are passed over. Returns how many are held. Raises ExclusionPeriodInverted.
    """
    users = await repository.users_by_enterprise(ctx.session, enterprise_ids)
    known = {row.user_id: row for row in await borne_repository.exclusions_by_reference(ctx.session, reference)}
    for user in sorted(users.values(), key=lambda one: one.code):
        row = known.pop(user.id, None)
        if row is None:
            await exclude(ctx, user, ExclusionCause.ACTIVATION, starts_at, ends_at, reason, reference)
        elif (row.starts_at, row.ends_at) != (starts_at, ends_at):
            row.starts_at, row.ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    for row in known.values():
        _end(ctx, row)
    await ctx.session.flush()
    return len(users)


async def release(ctx: Context, reference: UUID) -> None:
    """The activation is over or was called off: its enterprises are free again."""
    for row in await borne_repository.exclusions_by_reference(ctx.session, reference):
        _end(ctx, row)
    await ctx.session.flush()


def _end(ctx: Context, row: CurtailmentExclusionRow) -> None:
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = ctx.now, ctx.principal.subject
