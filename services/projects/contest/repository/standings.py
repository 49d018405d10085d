"""SQL of frozen standings."""

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.contest.tables import ContestEntryRow, ContestRow, ContestStandingRow


def _published() -> Select[tuple[ContestRow, ContestStandingRow]]:
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
