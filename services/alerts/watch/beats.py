"""Watchers tell that they look, so that others notice when one does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from libs.common.context import Context
from services.alerts.watch.domain.beats import Beat, step_between
from services.alerts.watch.tables import BeatRow


async def beat(ctx: Context, name: str, rate: float) -> float:
    """Record a look of the watcher; answers by how many seconds the stack's clock stepped since its last one."""
    earlier = await ctx.session.get(BeatRow, name, with_for_update=True, populate_existing=True)
    real_at = await ctx.session.scalar(select(func.clock_timestamp()))
    assert real_at is not None
    values = {"stack_at": ctx.now, "rate": rate, "real_at": real_at}
    if earlier is not None:
        before = Beat(earlier.stack_at, earlier.rate, earlier.real_at)
        for field, value in values.items():
            setattr(earlier, field, value)
        await ctx.session.flush()
        return step_between(before, Beat(ctx.now, rate, real_at))
    statement = (
        insert(BeatRow).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    await ctx.session.execute(statement)
    return 0.0


async def silent(ctx: Context, names: Sequence[str], real_seconds: float) -> dict[str, float]:
    """Which of the watchers once looked and have not for so long; by how many real seconds.

    Long by both clocks: a job that waits for the stack's time is not silent while that stands still.
    """
    age = func.extract("epoch", func.clock_timestamp() - col(BeatRow.real_at))
    statement = select(col(BeatRow.name), age).where(
        col(BeatRow.name).in_(list(names)),
        age > real_seconds,
        col(BeatRow.stack_at) < ctx.now - timedelta(seconds=real_seconds),
    )
    return {name: float(seconds) for name, seconds in await ctx.session.execute(statement)}
