"""SQL of the letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.dead_letters.errors import LetterNotFound
from libs.common.dead_letters.tables import DeadLetterRow
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page

LETTERS = Listing(
    fields={
        "id": FilterField(col(DeadLetterRow.id), UUID),
        "consumer": FilterField(col(DeadLetterRow.consumer)),
        "topic": FilterField(col(DeadLetterRow.topic)),
        "event_type": FilterField(col(DeadLetterRow.event_type)),
        "region_code": FilterField(col(DeadLetterRow.region_code)),
        "state": FilterField(col(DeadLetterRow.state)),
        "received_at": FilterField(col(DeadLetterRow.received_at), datetime),
    },
    sortable=("received_at",),
    default_sort="-received_at",
)


async def add_letters(session: AsyncSession, letters: Sequence[Mapping[str, Any]]) -> int:
    """Keep letters; those that are known already stay as they are. Answers how many are new."""
    if not letters:
        return 0
    # A batch that was rolled back may have set one record aside twice: it is one letter.
    unlike = {letter["id"]: dict(letter) for letter in letters}
    statement = insert(DeadLetterRow).values(list(unlike.values())).on_conflict_do_nothing()
    return len((await session.scalars(statement.returning(col(DeadLetterRow.id)))).all())


async def count_waiting(session: AsyncSession) -> int:
    statement = select(func.count()).select_from(DeadLetterRow).where(col(DeadLetterRow.state) == "waiting")
    return await session.scalar(statement) or 0


async def page_letters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """Letters of the caller's subtree; those without a region are for who is bound to none."""
    statement = select(DeadLetterRow).where(region_scope(col(DeadLetterRow.region_code), principal))
    return await query.page(session, statement)


async def get_letter(
    session: AsyncSession, principal: Principal, letter_id: UUID, *, lock: bool = False
) -> DeadLetterRow:
    """Raises LetterNotFound."""
    statement = select(DeadLetterRow).where(
        col(DeadLetterRow.id) == letter_id, region_scope(col(DeadLetterRow.region_code), principal)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise LetterNotFound
    return row
