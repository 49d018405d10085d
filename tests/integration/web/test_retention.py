"""What is forgotten, what stays, and that nobody misses it unawares."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col

from libs.common.clock import ManualClock
from libs.common.contracts.base import Topic
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.inbox.repository import seen
from libs.common.inbox.tables import InboxRow
from libs.common.outbox.envelope import Headers
from libs.common.outbox.relay import Relay
from libs.common.outbox.tables import OutboxRow
from libs.common.retention import HISTORY, forget_handled, forget_published, retention_jobs
from libs.common.scheduler import SchedulerRunner
from libs.common.security.principal import SYSTEM
from libs.common.web.change_feed import ChangePage, read_changes
from libs.common.web.problems import ChangesForgotten
from tests.support.messaging import NOON, TOPIC, common_database, edge, record_progress

DAY = timedelta(days=1)
QUIET = Topic("test.quiet.v1", "test", "Nothing happens here.")


class Swallowing:
    """A broker that acknowledges everything."""

    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> None:
        return None


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    async with common_database(fresh_database("retention")) as database:
        yield database


async def published(database: Database, *, days_ago: int, number: int = 1) -> None:
    """Events of that age that the relay has published."""
    async with edge(database) as ctx:
        ids = [await record_progress(ctx, new_id(), 1) for _ in range(number)]
    async with database.engine.connect() as connection:
        await Relay(database, Swallowing()).relay_once(connection)
    async with database.transaction() as session:
        await session.execute(
            update(OutboxRow).where(col(OutboxRow.event_id).in_(ids)).values(recorded_at=NOON - days_ago * DAY)
        )


async def positions(database: Database) -> list[int | None]:
    async with database.session() as session:
        return list(
            (await session.scalars(select(col(OutboxRow.position)).order_by(col(OutboxRow.position)))).all()
        )


async def read(database: Database, after: str | None = None, topic: Topic = TOPIC) -> ChangePage:
    async with database.session() as session:
        return await read_changes(session, SYSTEM, [topic], after=after)


async def test_beginning_is_forgotten_when_it_is_older_than_the_history(database: Database) -> None:
    await published(database, days_ago=91, number=2)
    await published(database, days_ago=89)
    # Younger rows before it keep an old one: the history has no holes.
    await published(database, days_ago=95)
    await published(database, days_ago=1)
    async with edge(database) as ctx:
        assert await forget_published(ctx) == 2
    assert await positions(database) == [3, 4, 5]


async def test_unpublished_event_stays_when_it_is_old(database: Database) -> None:
    await published(database, days_ago=100)
    await published(database, days_ago=100)
    async with database.transaction() as session:
        await session.execute(update(OutboxRow).where(col(OutboxRow.position) == 1).values(published_at=None))
    async with edge(database) as ctx:
        assert await forget_published(ctx) == 0


async def test_positions_count_on_when_everything_was_forgotten(database: Database) -> None:
    await published(database, days_ago=100, number=3)
    async with edge(database) as ctx:
        assert await forget_published(ctx) == 2
    assert await positions(database) == [3]
    await published(database, days_ago=0)
    assert await positions(database) == [3, 4]


async def test_reader_is_told_when_it_resumes_before_the_history(database: Database) -> None:
    await published(database, days_ago=100)
    early = (await read(database)).next_cursor
    await published(database, days_ago=100, number=2)
    recent = (await read(database)).next_cursor
    await published(database, days_ago=1)
    async with edge(database) as ctx:
        assert await forget_published(ctx) == 3
    with pytest.raises(ChangesForgotten):
        await read(database, early)
    assert len((await read(database, recent)).items) == 1
    assert len((await read(database)).items) == 1


async def test_reader_of_a_quiet_topic_goes_on_when_others_were_forgotten(database: Database) -> None:
    await published(database, days_ago=100)
    cursor = (await read(database, topic=QUIET)).next_cursor
    await published(database, days_ago=100)
    cursor = (await read(database, cursor, QUIET)).next_cursor
    await published(database, days_ago=1)
    async with edge(database) as ctx:
        assert await forget_published(ctx) == 2
    assert (await read(database, cursor, QUIET)).items == []


async def test_handled_events_are_forgotten_when_no_topic_can_bring_them_again(database: Database) -> None:
    async with edge(database) as ctx:
        for days_ago in (36, 34):
            await seen(ctx.session, "checker", new_id(), NOON - days_ago * DAY)
        assert await forget_handled(ctx) == 1
        assert await ctx.session.scalar(select(func.count()).select_from(InboxRow)) == 1


async def test_jobs_forget_when_their_night_comes(database: Database) -> None:
    await published(database, days_ago=100, number=2)
    clock = ManualClock(NOON)
    runner = SchedulerRunner(database, clock, retention_jobs(history=HISTORY))
    await runner.run_due()
    clock.advance(DAY)
    assert await runner.run_due() == 3
    assert await positions(database) == [2]
    async with database.session() as session:
        done = await session.execute(text("SELECT job FROM job_occurrence WHERE status = 'done' ORDER BY job"))
        assert [row.job for row in done] == ["retention.idempotency", "retention.inbox", "retention.outbox"]
