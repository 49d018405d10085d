import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.database import COMMON_METADATA, Database
from libs.common.ids import new_id
from libs.common.security.append_only import append_only_ddl
from libs.common.security.audit import (
    ChainHead,
    audit,
    chain_head,
    link_audit_records,
    link_due_records,
    verify_chain,
)
from libs.common.security.principal import Principal, Role
from libs.common.security.tables import (
    APPEND_ONLY_TABLES,
    AuditLinkRow,
    AuditPendingRow,
    AuditRecordRow,
)

OFFICER = Principal("account-1", Role.OFFICER, "421224")
NOW = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
TABLES = [
    COMMON_METADATA.tables[str(row.__tablename__)] for row in (AuditRecordRow, AuditLinkRow, AuditPendingRow)
]

Opened = Callable[[], AbstractAsyncContextManager[Context]]


async def _create(dsn: str) -> None:
    database = Database(dsn)
    async with database.engine.begin() as connection:
        await connection.run_sync(COMMON_METADATA.create_all, tables=TABLES)
        for statement in append_only_ddl(*APPEND_ONLY_TABLES):
            await connection.execute(text(statement))
    await database.close()


@pytest.fixture
async def database(template_database: Callable[..., str]) -> AsyncIterator[Database]:
    database = Database(template_database("audit", _create))
    yield database
    await database.close()


@pytest.fixture
def opened(database: Database) -> Opened:
    @asynccontextmanager
    async def context() -> AsyncIterator[Context]:
        async with database.transaction() as session:
            yield Context(session=session, now=NOW, new_id=new_id, principal=OFFICER)

    return context


async def _write(opened: Opened, count: int) -> None:
    async with opened() as ctx:
        for number in range(count):
            detail = {"on": date(2026, 9, 15), "by": uuid4(), "yuan": 1.5e8, "说明": f"第{number}次"}
            await audit(ctx, "project.sign", "project", f"p-{number}", detail)


async def _link(database: Database, limit: int = 1000) -> int:
    async with database.transaction() as session:
        return await link_audit_records(session, limit=limit)


async def _tamper(database: Database, statement: str) -> None:
    """What somebody with the database's password can do."""
    async with database.transaction() as session:
        for table in APPEND_ONLY_TABLES:
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        await session.execute(text(statement))
        for table in APPEND_ONLY_TABLES:
            await session.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only"))


async def _reasons(database: Database, anchor: ChainHead | None = None) -> list[tuple[int | None, str]]:
    async with database.session() as session:
        report = await verify_chain(session, anchor=anchor, batch=3)
    return [(fault.sequence, fault.reason) for fault in report.faults]


async def test_the_chain_holds_when_records_are_linked_in_pieces(database: Database, opened: Opened) -> None:
    await _write(opened, 5)
    assert await _link(database, limit=3) == 3
    await _write(opened, 4)
    async with database.session() as session:
        report = await verify_chain(session)
    assert (report.linked, report.waiting, report.intact) == (3, 6, True)
    assert await _link(database) == 6
    assert await _link(database) == 0
    async with database.session() as session:
        report = await verify_chain(session, batch=2)
        assert report.head == await chain_head(session) == ChainHead(9, report.head.hash if report.head else "")
    assert (report.linked, report.waiting, report.intact) == (9, 0, True)


async def test_all_that_waits_is_linked_when_the_job_runs(database: Database, opened: Opened) -> None:
    await _write(opened, 7)
    async with opened() as ctx:
        await link_due_records(ctx, NOW)
    async with database.session() as session:
        assert (await verify_chain(session)).linked == 7


async def test_the_chain_is_whole_when_it_is_empty(database: Database) -> None:
    async with database.session() as session:
        report = await verify_chain(session)
        assert await chain_head(session) is None
    assert (report.linked, report.head, report.intact) == (0, None, True)


async def _audit_and_fail(opened: Opened) -> None:
    async with opened() as ctx:
        await audit(ctx, "project.sign", "project", "p")
        raise ZeroDivisionError


async def test_no_record_is_left_when_the_audited_change_is_rolled_back(
    database: Database, opened: Opened
) -> None:
    with pytest.raises(ZeroDivisionError):
        await _audit_and_fail(opened)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM audit_record")) == 0
    assert await _link(database) == 0


async def test_a_record_says_who_did_what_when_it_is_written(database: Database, opened: Opened) -> None:
    async with opened() as ctx:
        await audit(ctx, "project.sign", "project", "p-1", {"on": date(2026, 9, 15)}, result="refused")
    async with database.session() as session:
        row = (await session.execute(text("SELECT * FROM audit_record"))).one()
    assert (row.at, row.actor, row.actor_kind, row.actor_role) == (NOW, "account-1", "person", "officer")
    assert (row.actor_region_code, row.action, row.object_type) == ("421224", "project.sign", "project")
    assert (row.object_id, row.result, row.detail) == ("p-1", "refused", {"on": "2026-09-15"})


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET record_id = record_id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_changes_are_refused_when_a_table_is_append_only(
    database: Database, opened: Opened, table: str, change: str
) -> None:
    await _write(opened, 1)
    await _link(database)
    statement = change.format(table)
    if table == "audit_record":
        statement = statement.replace("record_id", "id")
    async with database.session() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text(statement))
        await session.rollback()
        await session.execute(text("SET session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        (
            "UPDATE audit_record SET action = 'project.read' WHERE object_id = 'p-3'",
            [(4, "its record or its hash was changed")],
        ),
        (
            "UPDATE audit_record SET detail = jsonb_set(detail, '{yuan}', '1') WHERE object_id = 'p-3'",
            [(4, "its record or its hash was changed")],
        ),
        (
            "DELETE FROM audit_record WHERE object_id = 'p-6'",
            [(7, "its record is gone")],
        ),
        (
            "UPDATE audit_link SET hash = repeat('0', 64) WHERE sequence = 2",
            [(2, "its record or its hash was changed"), (3, "does not continue the link before it")],
        ),
        (
            "DELETE FROM audit_link WHERE sequence = 5",
            [
                (6, "links before this one are missing"),
                (None, "1 records or notes are neither linked nor waiting as they should"),
            ],
        ),
    ],
)
async def test_tampering_shows_when_the_chain_is_verified(
    database: Database, opened: Opened, statement: str, faults: list[tuple[int | None, str]]
) -> None:
    await _write(opened, 8)
    await _link(database)
    await _tamper(database, statement)
    assert await _reasons(database) == faults


async def test_a_record_that_vanishes_before_its_link_shows_when_verified(
    database: Database, opened: Opened
) -> None:
    await _write(opened, 2)
    await _tamper(database, "DELETE FROM audit_record WHERE object_id = 'p-0'")
    assert len(await _reasons(database)) == 1
    assert await _link(database) == 1
    assert len(await _reasons(database)) == 1


async def test_a_chain_that_was_cut_short_shows_when_an_older_head_is_known(
    database: Database, opened: Opened
) -> None:
    await _write(opened, 4)
    await _link(database)
    async with database.session() as session:
        head = await chain_head(session)
    assert head is not None
    assert await _reasons(database, anchor=head) == []
    await _tamper(database, "DELETE FROM audit_link WHERE sequence = 4")
    await _tamper(database, "DELETE FROM audit_record WHERE object_id = 'p-3'")
    assert await _reasons(database) == []
    assert await _reasons(database, anchor=head) == [(4, "the anchor is not part of the chain")]


async def test_a_record_is_linked_later_when_its_transaction_commits_late(
    database: Database, opened: Opened
) -> None:
    async with opened() as slow:
        await audit(slow, "project.sign", "project", "slow")
        await _write(opened, 2)
        assert await _link(database) == 2
    assert await _link(database) == 1
    assert await _reasons(database) == []


async def test_one_linker_works_when_several_start_at_once(database: Database, opened: Opened) -> None:
    await _write(opened, 50)
    done = await asyncio.gather(*(_link(database) for _ in range(6)))
    assert sum(done) == 50
    assert await _reasons(database) == []


async def test_writers_do_not_wait_for_each_other_when_they_audit(opened: Opened) -> None:
    # Two open transactions have both audited; with a lock on the head the second would hang until the first ends.
    async with opened() as first, opened() as second:
        await audit(first, "project.sign", "project", "a")
        await asyncio.wait_for(audit(second, "project.sign", "project", "b"), timeout=60)


async def test_a_session_that_knows_the_rows_is_not_believed_when_verifying(
    database: Database, opened: Opened
) -> None:
    await _write(opened, 1)
    await _link(database)
    async with database.session() as session:
        held: AsyncSession = session
        assert (await verify_chain(held)).intact
        await held.commit()
        await _tamper(database, "UPDATE audit_record SET action = 'nothing'")
        assert not (await verify_chain(held)).intact
