"""SQL of frozen standings."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.tables import (
    ContestEntryRow,
    ContestParticipantRow,
    ContestRow,
    ContestSourceRow,
    ContestStandingRow,
)
from services.projects.registry.repository import region_filter

STANDINGS = Listing(
    fields={
        "id": FilterField(col(ContestStandingRow.id), UUID),
        "contest_id": FilterField(col(ContestStandingRow.contest_id), UUID),
        "kind": FilterField(col(ContestRow.kind), ParticipantKind),
        "region_code": region_filter(col(ContestRow.region_code)),
        "year": FilterField(col(ContestRow.year), int),
        "quarter": FilterField(col(ContestStandingRow.quarter), int),
        "edition": FilterField(col(ContestStandingRow.edition), int),
        "frozen_at": FilterField(col(ContestStandingRow.frozen_at), datetime),
    },
    sortable=("year", "quarter", "edition", "frozen_at"),
    default_sort="-frozen_at",
)
ENTRIES = Listing(
    fields={
        "position": FilterField(col(ContestEntryRow.position), int),
        "participant_id": FilterField(col(ContestEntryRow.participant_id), UUID),
        "region_code": region_filter(col(ContestEntryRow.region_code)),
        "code": FilterField(col(ContestEntryRow.code)),
        "name": FilterField(col(ContestEntryRow.name)),
        "rank": FilterField(col(ContestEntryRow.rank), int),
        "score": FilterField(col(ContestEntryRow.score), Decimal),
        "is_disqualified": FilterField(col(ContestEntryRow.is_disqualified), bool),
    },
    sortable=("name",),
    default_sort="position",
    key="position",
)


def _published() -> Any:
    return select(ContestRow, ContestStandingRow).join(
        ContestStandingRow, col(ContestStandingRow.contest_id) == col(ContestRow.id)
    )


async def find_published(
    session: AsyncSession, contest: str | UUID, quarter: int, edition: int | None
) -> tuple[ContestRow, ContestStandingRow] | None:
    """An edition of a quarter, the latest where none is named, with its contest."""
    named = col(ContestRow.id) == contest if isinstance(contest, UUID) else col(ContestRow.code) == contest
    statement = _published().where(named, col(ContestStandingRow.quarter) == quarter)
    if edition is not None:
        statement = statement.where(col(ContestStandingRow.edition) == edition)
    row = (await session.execute(statement.order_by(col(ContestStandingRow.edition).desc()).limit(1))).first()
    return None if row is None else (row[0], row[1])


async def published_in(
    session: AsyncSession, region_code: str, year: int, quarter: int
) -> list[tuple[ContestRow, ContestStandingRow]]:
    """The latest edition of each contest that the region holds."""
    statement = (
        _published()
        .where(
            col(ContestRow.region_code) == region_code,
            col(ContestRow.year) == year,
            col(ContestStandingRow.quarter) == quarter,
        )
        .ext(distinct_on(col(ContestRow.code)))
        .order_by(col(ContestRow.code), col(ContestStandingRow.edition).desc())
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def entries_of(session: AsyncSession, standing_id: UUID) -> list[ContestEntryRow]:
    statement = (
        select(ContestEntryRow)
        .where(col(ContestEntryRow.standing_id) == standing_id)
        .order_by(col(ContestEntryRow.position))
    )
    return list((await session.scalars(statement)).all())


async def last_frozen_quarter(session: AsyncSession, contest_id: UUID) -> int | None:
    statement = select(func.max(ContestStandingRow.quarter)).where(
        col(ContestStandingRow.contest_id) == contest_id
    )
    return await session.scalar(statement)


async def latest_standing(session: AsyncSession, contest_id: UUID, quarter: int) -> ContestStandingRow | None:
    statement = (
        select(ContestStandingRow)
        .where(col(ContestStandingRow.contest_id) == contest_id, col(ContestStandingRow.quarter) == quarter)
        .order_by(col(ContestStandingRow.edition).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def read_standing(
    session: AsyncSession, principal: Principal, standing_id: UUID
) -> tuple[ContestRow, ContestStandingRow] | None:
    """An edition of a contest of the caller's region, of one below or of one above."""
    seen = dated_scope(col(ContestRow.region_code), principal)
    row = (await session.execute(_published().where(col(ContestStandingRow.id) == standing_id, seen))).first()
    return None if row is None else (row[0], row[1])


async def list_standings(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, _published().where(dated_scope(col(ContestRow.region_code), principal)))


async def quarters_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    statement = select(col(ContestStandingRow.id), col(ContestStandingRow.quarter)).where(
        col(ContestStandingRow.id).in_(list(ids))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def list_entries(session: AsyncSession, standing_id: UUID, query: ListQuery) -> Page[ContestEntryRow]:
    return await query.page(
        session, select(ContestEntryRow).where(col(ContestEntryRow.standing_id) == standing_id)
    )


async def find_entry(session: AsyncSession, standing_id: UUID, participant_id: UUID) -> ContestEntryRow | None:
    return await session.get(ContestEntryRow, (standing_id, participant_id))


async def sources_of(
    session: AsyncSession, standing_id: UUID, participant_id: UUID | None = None
) -> list[ContestSourceRow]:
    """The facts behind an edition, or behind one participant of it."""
    statement = select(ContestSourceRow).where(col(ContestSourceRow.standing_id) == standing_id)
    if participant_id is not None:
        statement = statement.where(col(ContestSourceRow.participant_id) == participant_id)
    return list(await session.scalars(statement.order_by(col(ContestSourceRow.component))))


async def all_participant_ids(session: AsyncSession, contest_id: UUID) -> list[UUID]:
    statement = select(col(ContestParticipantRow.id)).where(col(ContestParticipantRow.contest_id) == contest_id)
    return list(await session.scalars(statement))
