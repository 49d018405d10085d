"""Who is told singly and who has to wait for a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.put import put
from libs.common.remember import memory_of, write_gathered
from libs.common.security.scope import ensure_region
from services.alerts.routing.trees import EVERYWHERE, chain
from services.alerts.storms import repository
from services.alerts.storms.tables import StormLimitRow, StormNoticeRow
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow

# What is remembered: by this, and since when, how many each recipient was told.
_COUNTS = "storms.told_singly"


async def limit_for(ctx: Context, region_code: str) -> StormLimitRow | None:
    """The narrowest limit in force for the region; the one for everywhere is shipped."""
    codes = chain(region_code)
    found = await repository.limits(ctx.session, codes, ctx.now)
    return next((found[code] for code in codes if code in found), None)


async def overrun(ctx: Context, alert: AlertRow, keys: Iterable[str]) -> frozenset[str]:
    """Those of the recipients who have been told enough for now, so that this waits for their digest.

    A red alert goes through singly up to a bound of its own.
    """
    wanted = sorted(set(keys))
    limit = await limit_for(ctx, alert.region_code)
    if limit is None or not wanted:
        return frozenset()
    since = ctx.now - timedelta(seconds=limit.window_seconds)
    told = await _told_singly(ctx, wanted, since)
    most = limit.red_singly if alert.severity == Severity.RED else limit.singly
    return frozenset(key for key in wanted if told.get(key, 0) >= most)


async def _told_singly(ctx: Context, keys: Sequence[str], since: datetime) -> dict[str, int]:
    """How many each was told singly; where a transaction tells of many alerts, read once and counted on."""
    memory = memory_of(ctx.session)
    if memory is None:
        return await repository.told_singly(ctx.session, keys, since)
    counts: dict[str, int] = memory.kept.setdefault((_COUNTS, since), {})
    unread = [key for key in keys if key not in counts]
    if unread:
        await write_gathered(ctx.session)
        read = await repository.told_singly(ctx.session, unread, since)
        counts |= {key: read.get(key, 0) for key in unread}
    return counts


def _count_on(session: AsyncSession, key: str) -> None:
    memory = memory_of(session)
    if memory is None:
        return
    for known, counts in memory.kept.items():
        if known[0] == _COUNTS and key in counts:
            counts[key] += 1


def note(
    ctx: Context, alert: AlertRow, notification_id: UUID, recipient_key: str, reason: str, *, held: bool
) -> None:
    """Remember what a recipient was given, or what is kept for the digest."""
    if not held:
        _count_on(ctx.session, recipient_key)
    row = StormNoticeRow(
        notification_id=notification_id,
        alert_id=alert.id,
        recipient_key=recipient_key,
        reason=reason,
        severity=alert.severity,
        region_code=alert.region_code,
        held=held,
        created_at=ctx.now,
    )
    put(ctx.session, row, alert.id)


async def save_limit(ctx: Context, region_code: str, facts: Mapping[str, Any]) -> StormLimitRow:
    """A region's limits from now on (``""``: everywhere).

    Raises NotFound for a region that is not the caller's.
    """
    ensure_region(ctx.principal, region_code or None)
    row = StormLimitRow(
        **facts, region_code=region_code or EVERYWHERE, valid_from=ctx.now, changed_by=actor_of(ctx.principal)
    )
    merged = await ctx.session.merge(row)
    await ctx.session.flush()
    return merged
