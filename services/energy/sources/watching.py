"""Judging how feeds do: on time, late, silent. A silence is told once when it begins and once when it ends."""

from __future__ import annotations

from typing import Final

import structlog

from libs.common.context import Context
from libs.common.contracts.energy import FeedRecoveredV1, FeedSilentV1
from libs.common.outbox.record import record_event
from libs.common.registry.queries import work_calendar
from libs.common.workdays import SHANGHAI, UnknownCalendarYear
from services.energy.feeds.tables import FeedSourceRow
from services.energy.sources import repository
from services.energy.sources.domain.schedule import FeedState, IsWorkday, Standing, standing
from services.energy.sources.service import schedule_of

KIND: Final = "feed_silent"

_UNWATCHED: Final = frozenset({FeedState.PAUSED, FeedState.UNSCHEDULED})

log = structlog.get_logger(__name__)


async def judge_feeds(ctx: Context) -> int:
    """Bring all feeds up to date; returns how many changed their state."""
    is_workday = (await work_calendar(ctx.session)).is_working_day
    changed = 0
    for row in await repository.all_feeds(ctx.session):
        try:
            changed += await judge(ctx, row, is_workday)
        except UnknownCalendarYear as error:
            # No guess: the feed stays as it was until the year's notice is recorded.
            log.warning("feeds.not_judged", feed=row.code, cause=str(error))
    return changed


async def judge(ctx: Context, row: FeedSourceRow, is_workday: IsWorkday) -> bool:
    """Bring a locked feed up to date; returns whether its state is another one."""
    news = await repository.heard(ctx.session, row)
    if news is not None:
        row.last_receipt_id, row.last_received_at = news.receipt_id, news.received_at
        if news.newest_at is not None and (row.last_reading_at is None or news.newest_at > row.last_reading_at):
            row.last_reading_at = news.newest_at
    since = max(filter(None, (row.last_received_at, row.watched_from)))
    found = standing(schedule_of(row), since, ctx.now, is_workday, is_active=row.is_active)
    row.expected_at = found.expected_at
    if row.silence_id is None and found.state is FeedState.SILENT:
        await _tell_silent(ctx, row, found)
    elif row.silence_id is not None and found.state is not FeedState.SILENT:
        await _tell_recovered(ctx, row, found)
    if row.state == found.state.value:
        return False
    row.state, row.state_since = found.state.value, ctx.now
    return True


async def end_silence(ctx: Context, row: FeedSourceRow) -> None:
    """A feed that is removed is no longer missed."""
    if row.silence_id is not None:
        row.is_active = False
        await judge(ctx, row, lambda _: True)


async def _tell_silent(ctx: Context, row: FeedSourceRow, found: Standing) -> None:
    assert found.expected_at is not None
    row.silence_id = ctx.new_id()
    minutes = int(found.lateness.total_seconds() // 60)
    expected = found.expected_at.astimezone(SHANGHAI)
    last = None if row.last_received_at is None else row.last_received_at.astimezone(SHANGHAI)
    payload = FeedSilentV1(
        condition_id=row.silence_id,
        kind=KIND,
        feed_id=row.id,
        feed_code=row.code,
        feed_name=row.name,
        owner=row.owner,
        transport=row.transport,
        enterprise_id=row.enterprise_id,
        expected_at=found.expected_at,
        last_received_at=row.last_received_at,
        last_reading_at=row.last_reading_at,
        late_minutes=minutes,
        explanation_zh=(
            f"应于 {expected:%m-%d %H:%M} 到达的数据已迟 {minutes} 分钟；"
            + ("登记以来未收到数据" if last is None else f"最近一次 {last:%m-%d %H:%M}")
        ),
        explanation_en=(
            f"Data due at {expected:%m-%d %H:%M} are {minutes} minutes late; "
            + ("none came since registration" if last is None else f"last at {last:%m-%d %H:%M}")
        ),
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.silence_id),
        aggregate_version=1,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        ordered_by=str(row.id),
    )


async def _tell_recovered(ctx: Context, row: FeedSourceRow, found: Standing) -> None:
    assert row.silence_id is not None
    is_heard = row.last_received_at is not None and row.last_received_at >= row.watched_from
    reason = found.state.value if found.state in _UNWATCHED else "heard" if is_heard else "rescheduled"
    payload = FeedRecoveredV1(
        condition_id=row.silence_id,
        kind=KIND,
        feed_id=row.id,
        feed_code=row.code,
        recovered_at=ctx.now,
        reason=reason,
        last_received_at=row.last_received_at,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.silence_id),
        aggregate_version=2,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        ordered_by=str(row.id),
    )
    row.silence_id = None
