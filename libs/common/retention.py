"""How long a service remembers what it has published, handled and answered.

Ages are stack time except where a row bears real time. What is left alone: failed occurrences and the newest of
a job (the scheduler prunes the others), the audit record (never deleted by the software), and deleted rows of the
registry's replica, whose version is what keeps an old record from reviving them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, not_, select
from sqlmodel import col

from libs.common.context import Context
from libs.common.inbox.tables import InboxRow
from libs.common.outbox.tables import OutboxRow
from libs.common.scheduler import CatchUp, Job, cron
from libs.common.web.idempotency import forget_expired

# The history that change feeds and streams can resume in.
HISTORY = timedelta(days=90)
# Longer than any topic keeps an event (two weeks): what can come again is still known.
HANDLED = timedelta(days=35)


async def forget_published(ctx: Context, *, keep: timedelta = HISTORY) -> int:
    """Delete the beginning of the outbox, up to the first event that is younger or unpublished; returns how many.

    Only a whole beginning goes, so that a reader can tell from its cursor that it missed something. The newest
    position stays: the relay counts on from it.
    """
    position = col(OutboxRow.position)
    is_forgettable = (col(OutboxRow.recorded_at) < ctx.now - keep) & col(OutboxRow.published_at).is_not(None)
    # Walks the index of positions over what will go, and stops there.
    first_kept = await ctx.session.scalar(
        select(position).where(position.is_not(None), not_(is_forgettable)).order_by(position).limit(1)
    )
    newest = await ctx.session.scalar(select(func.max(position)))
    if newest is None:
        return 0
    before = newest if first_kept is None else min(first_kept, newest)
    return _count(await ctx.session.execute(delete(OutboxRow).where(position < before)))


async def forget_handled(ctx: Context, *, keep: timedelta = HANDLED) -> int:
    """Delete inbox rows older than ``keep``; returns how many."""
    return _count(await ctx.session.execute(delete(InboxRow).where(col(InboxRow.received_at) < ctx.now - keep)))


def retention_jobs(*, history: timedelta = HISTORY, handled: timedelta = HANDLED) -> tuple[Job, ...]:
    """The jobs every service puts into its ``schedule.py``: by night, once for all the days that were missed."""

    async def outbox(ctx: Context, due: datetime) -> None:
        await forget_published(ctx, keep=history)

    async def inbox(ctx: Context, due: datetime) -> None:
        await forget_handled(ctx, keep=handled)

    async def idempotency(ctx: Context, due: datetime) -> None:
        await forget_expired(ctx.session)

    return (
        Job("retention.outbox", cron("20 3 * * *"), outbox, CatchUp.LATEST),
        Job("retention.inbox", cron("30 3 * * *"), inbox, CatchUp.LATEST),
        Job("retention.idempotency", cron("40 * * * *"), idempotency, CatchUp.LATEST),
    )


def _count(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
