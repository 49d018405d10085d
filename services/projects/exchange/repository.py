"""SQL of imports and bulk edits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.exchange.domain.faults import Fault
from services.projects.exchange.tables import (
    BulkEditRow,
    ImportContentRow,
    ImportFaultRow,
    ImportProgressRow,
    ImportRow,
)
from services.projects.ledger.repository import reach_of
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import region_filter

# One import at a time in a database: two would wait for each other's rows, and take the offices' time twice.
_AT_WORK = 7_310_500_017
_FAULT = (
    "import_id",
    "number",
    "sheet",
    "row",
    "column",
    "heading",
    "field",
    "code",
    "value",
    "message_zh",
    "message_en",
)
# Those who answer for a region see what was imported into it; others see what they sent.
_OVERSEERS = frozenset({Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER})

IMPORTS = Listing(
    fields={
        "id": FilterField(col(ImportRow.id), UUID),
        "entity": FilterField(col(ImportRow.entity)),
        "mode": FilterField(col(ImportRow.mode)),
        "state": FilterField(col(ImportRow.state)),
        "region_code": region_filter(col(ImportRow.region_code)),
        "created_by": FilterField(col(ImportRow.created_by)),
        "created_at": FilterField(col(ImportRow.created_at), datetime),
    },
    sortable=("created_at",),
    default_sort="-created_at",
)
FAULTS = Listing(
    fields={
        "number": FilterField(col(ImportFaultRow.number), int),
        "sheet": FilterField(col(ImportFaultRow.sheet)),
        "row": FilterField(col(ImportFaultRow.row), int),
        "column": FilterField(col(ImportFaultRow.column)),
        "field": FilterField(col(ImportFaultRow.field)),
        "code": FilterField(col(ImportFaultRow.code)),
    },
    key="number",
)


def _visible(principal: Principal) -> Any:
    own = col(ImportRow.created_by) == principal.subject
    if principal.role not in _OVERSEERS or principal.is_enterprise_bound:
        return own
    return or_(own, region_scope(col(ImportRow.region_code), principal))


async def find_import(session: AsyncSession, principal: Principal, import_id: UUID) -> ImportRow | None:
    statement = select(ImportRow).where(col(ImportRow.id) == import_id, _visible(principal))
    return (await session.scalars(statement)).first()


async def find_progress(session: AsyncSession, import_id: UUID) -> ImportProgressRow | None:
    statement = select(ImportProgressRow).where(col(ImportProgressRow.import_id) == import_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def list_imports(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (import, progress or None)."""
    statement: Select[Any] = (
        select(ImportRow, ImportProgressRow)  # type: ignore[assignment] # one Any stands for the pair
        .outerjoin(ImportProgressRow, col(ImportProgressRow.import_id) == col(ImportRow.id))
        .where(_visible(principal))
    )
    return await query.page(session, statement)


async def list_faults(session: AsyncSession, import_id: UUID, query: ListQuery) -> Page[ImportFaultRow]:
    return await query.page(session, select(ImportFaultRow).where(col(ImportFaultRow.import_id) == import_id))


async def all_faults(session: AsyncSession, import_id: UUID) -> list[ImportFaultRow]:
    statement = select(ImportFaultRow).where(col(ImportFaultRow.import_id) == import_id)
    return list((await session.scalars(statement.order_by(col(ImportFaultRow.number)))).all())


async def add_content(session: AsyncSession, content_id: UUID, part: int, data: bytes) -> None:
    session.add(ImportContentRow(content_id=content_id, part=part, data=data))
    await session.flush()
    session.expunge_all()


async def read_content(session: AsyncSession, content_id: UUID) -> AsyncIterator[bytes]:
    """The file's parts, in order; nothing once it is forgotten."""
    part = 0
    statement = select(col(ImportContentRow.data)).where(col(ImportContentRow.content_id) == content_id)
    while (data := await session.scalar(statement.where(col(ImportContentRow.part) == part))) is not None:
        yield data
        part += 1


async def has_content(session: AsyncSession, content_id: UUID) -> bool:
    found = select(ImportContentRow).where(
        col(ImportContentRow.content_id) == content_id, col(ImportContentRow.part) == 0
    )
    return bool(await session.scalar(select(found.exists())))


async def forget_content(session: AsyncSession, before: datetime) -> int:
    """Delete the files of imports that ended and began before; returns how many parts went."""
    kept = select(col(ImportRow.content_id)).where(
        or_(col(ImportRow.created_at) >= before, col(ImportRow.state) == "queued")
    )
    result = await session.execute(
        delete(ImportContentRow).where(col(ImportContentRow.content_id).not_in(kept)),
        execution_options={"synchronize_session": False},
    )
    return int(getattr(result, "rowcount", 0))


async def forget_previews(session: AsyncSession, before: datetime) -> int:
    """Delete edits that were looked at and never applied."""
    result = await session.execute(
        delete(BulkEditRow).where(col(BulkEditRow.state) == "preview", col(BulkEditRow.created_at) < before),
        execution_options={"synchronize_session": False},
    )
    return int(getattr(result, "rowcount", 0))


async def has_queued(session: AsyncSession) -> bool:
    """Whether an import waits, or is at work."""
    return bool(await session.scalar(select(select(ImportRow).where(col(ImportRow.state) == "queued").exists())))


async def take_import(session: AsyncSession) -> ImportRow | None:
    """The oldest import that waits, locked while this transaction lasts; None while another is at work."""
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_AT_WORK))):
        return None
    statement = (
        select(ImportRow)
        .where(col(ImportRow.state) == "queued")
        .order_by(col(ImportRow.created_at), col(ImportRow.id))
        .limit(1)
        # Rows of its progress refer to it, and are written by another transaction meanwhile.
        .with_for_update(key_share=True, skip_locked=True)
    )
    return (await session.scalars(statement)).first()


async def lock_import(session: AsyncSession, import_id: UUID) -> ImportRow | None:
    """The import if it waits; None while it is at work, for whoever wants to take it back."""
    statement = select(ImportRow).where(col(ImportRow.id) == import_id).with_for_update(skip_locked=True)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def begin_attempt(session: AsyncSession, import_id: UUID, at: datetime) -> int:
    """Count one more attempt; returns which it is."""
    fresh = {"phase": "reading", "rows": 0, "done": 0, "errors": 0, "at": at}
    statement = insert(ImportProgressRow).values(import_id=import_id, attempts=1, **fresh)
    counted = statement.on_conflict_do_update(
        index_elements=["import_id"], set_={**fresh, "attempts": ImportProgressRow.attempts + 1}
    ).returning(col(ImportProgressRow.attempts))
    return int((await session.execute(counted)).scalar_one())


async def note_progress(
    session: AsyncSession, import_id: UUID, at: datetime, *, phase: str, rows: int, done: int, errors: int
) -> None:
    await session.execute(
        update(ImportProgressRow)
        .where(col(ImportProgressRow.import_id) == import_id)
        .values(phase=phase, rows=rows, done=done, errors=errors, at=at)
    )


async def insert_faults(session: AsyncSession, import_id: UUID, faults: Sequence[Fault]) -> None:
    if faults:
        connection = await raw_connection(session)
        rows = [{"import_id": import_id, "number": number, **asdict(one)} for number, one in enumerate(faults, 1)]
        records = [tuple(row[name] for name in _FAULT) for row in rows]
        await connection.copy_records_to_table("import_fault", records=records, columns=_FAULT)


async def find_bulk_edit(session: AsyncSession, edit_id: UUID) -> BulkEditRow | None:
    statement = select(BulkEditRow).where(col(BulkEditRow.id) == edit_id).with_for_update()
    return (await session.scalars(statement)).first()


async def selected_projects(
    session: AsyncSession, principal: Principal, conditions: Iterable[Any], limit: int
) -> list[UUID]:
    """Ids of the projects that the caller may see and the conditions select, at most ``limit``; ordered."""
    statement = (
        select(col(ProjectRow.id))
        .where(*reach_of(principal), *conditions)
        .order_by(col(ProjectRow.id))
        .limit(limit)
    )
    return list((await session.scalars(statement)).all())
