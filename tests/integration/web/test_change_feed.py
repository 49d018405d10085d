from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update
from sqlmodel import col

from libs.common.contracts.base import Topic
from libs.common.database import Database
from libs.common.outbox.tables import OutboxRow
from libs.common.security.principal import Principal, Role
from libs.common.web.change_feed import ChangePage, read_changes
from libs.common.web.problems import MalformedRequest
from tests.support.web import CALLERS, NOW

THINGS = Topic("test.thing.v1", "test", "Things.")
OTHERS = Topic("test.other.v1", "test", "Others.")
ENTERPRISE = UUID(int=5)


async def _record(database: Database, position: int | None, **values: Any) -> UUID:
    event_id = uuid4()
    row = {
        "event_id": event_id,
        "position": position,
        "topic": THINGS.name,
        "type": "test.thing.changed.v1",
        "source": "/test",
        "subject": "t1",
        "aggregate_version": 2,
        "region_code": "421224",
        "occurred_at": NOW,
        "recorded_at": NOW + timedelta(seconds=1),
        "payload": b'{"name":"x"}',
        **values,
    }
    async with database.transaction() as session:
        await session.execute(insert(OutboxRow).values(**row))
    return event_id


async def _read(
    database: Database, after: str | None = None, caller: Principal = CALLERS["officer"], **options: Any
) -> ChangePage:
    async with database.session() as session:
        return await read_changes(session, caller, [THINGS], after=after, **options)


async def test_changes_come_in_order_when_read_from_the_start(database: Database) -> None:
    await _record(database, 2, aggregate_version=2)
    await _record(database, 1, aggregate_version=1)
    await _record(database, 3, topic=OTHERS.name)
    await _record(database, 4, aggregate_version=3, type="test.thing.removed.v1")
    await _record(database, 5, aggregate_version=4, type="", payload=None)

    page = await _read(database, deleted_types=frozenset({"test.thing.removed.v1"}))

    assert [(item.change, item.version) for item in page.items] == [
        ("created", 1),
        ("changed", 2),
        ("deleted", 3),
        ("deleted", 4),
    ]
    assert page.items[0].data == {"name": "x"}
    assert page.items[3].data is None
    assert not page.has_more


async def test_reader_misses_nothing_when_it_resumes(database: Database) -> None:
    for position in range(1, 8):
        await _record(database, position, subject=str(position))

    read: list[str] = []
    after, has_more = None, True
    while has_more:
        page = await _read(database, after, limit=3)
        read += [item.id for item in page.items]
        after, has_more = page.next_cursor, page.has_more
    await _record(database, 8, subject="8")
    late = await _read(database, after)

    assert read == [str(position) for position in range(1, 8)]
    assert [item.id for item in late.items] == ["8"]


async def test_row_is_withheld_when_it_has_no_position_yet(database: Database) -> None:
    await _record(database, 1, subject="1")
    waiting = await _record(database, None, subject="2")

    before = await _read(database)
    async with database.transaction() as session:
        await session.execute(update(OutboxRow).where(col(OutboxRow.event_id) == waiting).values(position=2))
    after = await _read(database, before.next_cursor)

    assert [item.id for item in before.items] == ["1"]
    assert [item.id for item in after.items] == ["2"]


async def test_cursor_advances_when_the_caller_may_see_none_of_it(database: Database) -> None:
    await _record(database, 1, region_code="421221")
    await _record(database, 2, region_code=None)

    page = await _read(database)
    admin = await _read(database, caller=CALLERS["admin"])

    assert page.items == []
    assert page.next_cursor == admin.next_cursor
    assert len(admin.items) == 2


async def test_enterprise_sees_its_own_only_when_it_reads(database: Database) -> None:
    await _record(database, 1, subject="own", enterprise_id=ENTERPRISE)
    await _record(database, 2, subject="other", enterprise_id=UUID(int=6))
    await _record(database, 3, subject="nobody's")
    caller = Principal("e", Role.ENTERPRISE, "421224", enterprise_id=ENTERPRISE)

    page = await _read(database, caller=caller)

    assert [item.id for item in page.items] == ["own"]


async def test_cursor_is_kept_when_nothing_is_new(database: Database) -> None:
    empty = await _read(database)
    await _record(database, 1)
    first = await _read(database)
    again = await _read(database, first.next_cursor)

    assert (empty.items, empty.next_cursor) == ([], None)
    assert (again.items, again.next_cursor, again.has_more) == ([], first.next_cursor, False)


@pytest.mark.parametrize("after", ["nonsense", ""])
async def test_cursor_is_refused_when_it_is_not_of_this_feed(database: Database, after: str) -> None:
    with pytest.raises(MalformedRequest):
        await _read(database, after)


async def test_cursor_is_refused_when_it_comes_from_another_feed(database: Database) -> None:
    await _record(database, 1)
    cursor = (await _read(database)).next_cursor
    async with database.session() as session:
        with pytest.raises(MalformedRequest):
            await read_changes(session, CALLERS["officer"], [OTHERS], after=cursor)
