"""SQL of who takes part, with the names that the registry and the ledger have for them now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.contest.domain.participants import Participant, ParticipantKind
from services.projects.contest.tables import ContestParticipantRow
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow, RegionRow, UnitRow

PARTICIPANTS = Listing(
    fields={
        "id": FilterField(col(ContestParticipantRow.id), UUID),
        "region_code": region_filter(col(ContestParticipantRow.region_code)),
        "unit_id": FilterField(col(ContestParticipantRow.unit_id), UUID),
        "enterprise_id": FilterField(col(ContestParticipantRow.enterprise_id), UUID),
        "project_id": FilterField(col(ContestParticipantRow.project_id), UUID),
        "from_on": FilterField(col(ContestParticipantRow.from_on), date),
        "to_on": FilterField(col(ContestParticipantRow.to_on), date),
    },
    sortable=("region_code", "from_on"),
    default_sort="region_code",
)


def _named() -> Any:
    """Participations with what the registry and the ledger call their subjects now."""
    return (
        select(
            ContestParticipantRow,
            col(RegionRow.name),
            col(UnitRow.code),
            col(UnitRow.name),
            col(UnitRow.region_code),
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            col(EnterpriseRow.region_code),
            col(ProjectRow.code),
            col(ProjectRow.name),
            col(ProjectRow.region_code),
            col(ProjectRow.enterprise_id),
        )
        .join(RegionRow, col(RegionRow.code) == col(ContestParticipantRow.region_code))
        .outerjoin(UnitRow, col(UnitRow.unit_id) == col(ContestParticipantRow.unit_id))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ContestParticipantRow.enterprise_id))
        .outerjoin(ProjectRow, col(ProjectRow.id) == col(ContestParticipantRow.project_id))
    )


def participant_of(found: Any) -> Participant:
    """A row of ``_named``: where the registry says the subject is now, whatever it said at the entry."""
    row: ContestParticipantRow = found[0]
    if row.unit_id is not None:
        code, name, region = found[2:5]
        return Participant(
            id=row.id,
            kind=ParticipantKind.DEPARTMENT,
            region_code=region,
            code=code,
            name=name,
            subject_id=row.unit_id,
        )
    if row.enterprise_id is not None:
        code, name, region = found[5:8]
        return Participant(
            id=row.id,
            kind=ParticipantKind.ENTERPRISE,
            region_code=region,
            code=code,
            name=name,
            subject_id=row.enterprise_id,
            enterprise_id=row.enterprise_id,
        )
    if row.project_id is not None:
        code, name, region, enterprise_id = found[8:12]
        return Participant(
            id=row.id,
            kind=ParticipantKind.PROJECT,
            region_code=region,
            code=code,
            name=name,
            subject_id=row.project_id,
            enterprise_id=enterprise_id,
        )
    return Participant(
        id=row.id,
        kind=ParticipantKind.TOWNSHIP,
        region_code=row.region_code,
        code=row.region_code,
        name=found[1],
    )


async def participants_on(session: AsyncSession, contest_id: UUID, day: date) -> tuple[Participant, ...]:
    """Who takes part on a day, in order of their codes."""
    row = ContestParticipantRow
    statement = _named().where(
        col(row.contest_id) == contest_id,
        col(row.from_on) <= day,
        or_(col(row.to_on).is_(None), col(row.to_on) > day),
    )
    found = [participant_of(one) for one in await session.execute(statement)]
    return tuple(sorted(found, key=lambda one: (one.code, one.id)))


async def list_participants(session: AsyncSession, contest_id: UUID, query: ListQuery) -> Page[Any]:
    return await query.page(session, _named().where(col(ContestParticipantRow.contest_id) == contest_id))


async def named_participants(session: AsyncSession, ids: Collection[UUID]) -> list[Any]:
    """Participations by their ids, with names, in order of the ids."""
    statement = (
        _named()
        .where(col(ContestParticipantRow.id).in_(list(ids)))
        .order_by(col(ContestParticipantRow.id))
        .execution_options(populate_existing=True)
    )
    return list(await session.execute(statement))


async def find_participant(
    session: AsyncSession, participant_id: UUID, *, lock: bool = False
) -> ContestParticipantRow | None:
    statement = select(ContestParticipantRow).where(col(ContestParticipantRow.id) == participant_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def participations_of(session: AsyncSession, contest_id: UUID) -> list[ContestParticipantRow]:
    """All of a contest whose row the caller holds, ended ones too."""
    statement = select(ContestParticipantRow).where(col(ContestParticipantRow.contest_id) == contest_id)
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def lock_participants(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ContestParticipantRow]:
    """By id, locked in one order."""
    statement = (
        select(ContestParticipantRow)
        .where(col(ContestParticipantRow.id).in_(list(ids)))
        .order_by(col(ContestParticipantRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in await session.scalars(statement)}


async def regions_of_projects(session: AsyncSession, project_ids: Collection[UUID]) -> dict[UUID, str]:
    statement = select(col(ProjectRow.id), col(ProjectRow.region_code)).where(
        col(ProjectRow.id).in_(list(project_ids))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
