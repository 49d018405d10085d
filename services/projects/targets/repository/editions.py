"""SQL of frozen periods and of misses."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.conditions.tables import ConditionRow
from services.projects.registry.repository import region_filter
from services.projects.targets.domain.accounts import Consequence, MissState
from services.projects.targets.domain.standing import Verdict
from services.projects.targets.tables import (
    TargetEditionEntryRow,
    TargetEditionRow,
    TargetMissRow,
    TargetMissStepRow,
    TargetRow,
)

EDITIONS = Listing(
    fields={
        "id": FilterField(col(TargetEditionRow.id), UUID),
        "region_code": region_filter(col(TargetEditionRow.region_code)),
        "year": FilterField(col(TargetEditionRow.year), int),
        "quarter": FilterField(col(TargetEditionRow.quarter), int),
        "edition": FilterField(col(TargetEditionRow.edition), int),
        "frozen_at": FilterField(col(TargetEditionRow.frozen_at), datetime),
    },
    sortable=("year", "quarter", "edition", "frozen_at"),
    default_sort="-frozen_at",
)
ENTRIES = Listing(
    fields={
        "position": FilterField(col(TargetEditionEntryRow.position), int),
        "target_id": FilterField(col(TargetEditionEntryRow.target_id), UUID),
        "region_code": region_filter(col(TargetEditionEntryRow.region_code)),
        "unit_id": FilterField(col(TargetEditionEntryRow.unit_id), UUID),
        "person_id": FilterField(col(TargetEditionEntryRow.person_id), UUID),
        "verdict": FilterField(col(TargetEditionEntryRow.verdict), Verdict),
        "score": FilterField(col(TargetEditionEntryRow.score), Decimal),
    },
    sortable=("score",),
    default_sort="position",
    key="position",
)
MISSES = Listing(
    fields={
        "id": FilterField(col(TargetMissRow.id), UUID),
        "target_id": FilterField(col(TargetMissRow.target_id), UUID),
        "year": FilterField(col(TargetMissRow.year), int),
        "region_code": region_filter(col(TargetMissRow.region_code)),
        "unit_id": FilterField(col(TargetMissRow.unit_id), UUID),
        "person_id": FilterField(col(TargetMissRow.person_id), UUID),
        "state": FilterField(col(TargetMissRow.state), MissState),
        "consequence": FilterField(col(TargetMissRow.consequence), Consequence),
        "completion_percent": FilterField(col(TargetMissRow.completion_percent), Decimal),
    },
    sortable=("year", "completion_percent"),
    default_sort="-year",
)
STEPS = Listing(
    fields={"version": FilterField(col(TargetMissStepRow.version), int)}, default_sort="version", key="version"
)


async def latest_edition(
    session: AsyncSession, region_code: str, year: int, quarter: int | None
) -> TargetEditionRow | None:
    statement = (
        select(TargetEditionRow)
        .where(
            col(TargetEditionRow.region_code) == region_code,
            col(TargetEditionRow.year) == year,
            col(TargetEditionRow.quarter).is_not_distinct_from(quarter),
        )
        .order_by(col(TargetEditionRow.edition).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def find_edition(session: AsyncSession, edition_id: UUID) -> TargetEditionRow | None:
    return await session.get(TargetEditionRow, edition_id)


async def entries_of(session: AsyncSession, edition_id: UUID) -> list[TargetEditionEntryRow]:
    statement = (
        select(TargetEditionEntryRow)
        .where(col(TargetEditionEntryRow.edition_id) == edition_id)
        .order_by(col(TargetEditionEntryRow.position))
    )
    return list((await session.scalars(statement)).all())


async def list_editions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[TargetEditionRow]:
    own = region_scope(col(TargetEditionRow.region_code), principal)
    return await query.page(session, select(TargetEditionRow).where(own))


async def list_entries(session: AsyncSession, edition_id: UUID, query: ListQuery) -> Page[TargetEditionEntryRow]:
    statement = select(TargetEditionEntryRow).where(col(TargetEditionEntryRow.edition_id) == edition_id)
    return await query.page(session, statement)


async def misses_of_year(session: AsyncSession, region_code: str, year: int) -> list[TargetMissRow]:
    """The misses of a region's subtree, locked in one order."""
    statement = (
        select(TargetMissRow)
        .where(
            col(TargetMissRow.region_code).startswith(regions.prefix(region_code)),
            col(TargetMissRow.year) == year,
        )
        .order_by(col(TargetMissRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def find_miss(session: AsyncSession, miss_id: UUID, *, lock: bool = False) -> TargetMissRow | None:
    statement = select(TargetMissRow).where(col(TargetMissRow.id) == miss_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_misses(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[TargetMissRow]:
    own = region_scope(col(TargetMissRow.region_code), principal)
    return await query.page(session, select(TargetMissRow).where(own))


async def list_steps(session: AsyncSession, miss_id: UUID, query: ListQuery) -> Page[TargetMissStepRow]:
    statement = select(TargetMissStepRow).where(col(TargetMissStepRow.miss_id) == miss_id)
    return await query.page(session, statement)


async def standing_misses(
    session: AsyncSession, principal: Principal, region_code: str, year: int
) -> Sequence[TargetMissRow]:
    """The misses that count: those that were lifted are left out."""
    statement = (
        select(TargetMissRow)
        .where(
            region_scope(col(TargetMissRow.region_code), principal),
            col(TargetMissRow.region_code).startswith(regions.prefix(region_code)),
            col(TargetMissRow.year) == year,
            col(TargetMissRow.state) != MissState.LIFTED.value,
        )
        .order_by(col(TargetMissRow.code))
    )
    return (await session.scalars(statement)).all()


async def answerable(
    session: AsyncSession, principal: Principal, region_code: str, year: int
) -> list[tuple[UUID | None, UUID | None, int]]:
    """(unit, person, standing targets of the year) of everybody who answers for any."""
    statement = (
        select(col(TargetRow.responsible_unit_id), col(TargetRow.responsible_person_id), func.count())
        .where(
            region_scope(col(TargetRow.region_code), principal),
            col(TargetRow.region_code).startswith(regions.prefix(region_code)),
            col(TargetRow.first_year) <= year,
            col(TargetRow.last_year) >= year,
            col(TargetRow.withdrawn_on).is_(None),
            col(TargetRow.responsible_unit_id).is_not(None),
        )
        .group_by(col(TargetRow.responsible_unit_id), col(TargetRow.responsible_person_id))
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]


async def warnings_of_year(
    session: AsyncSession, region_code: str, first: date, last: date, kinds: Sequence[str]
) -> list[Any]:
    """(unit, person, kind, how many) of conditions of targets that opened in a period."""
    statement = (
        select(
            col(ConditionRow.responsible_unit_id),
            col(ConditionRow.responsible_person_id),
            col(ConditionRow.kind),
            func.count(),
        )
        .where(
            col(ConditionRow.subject_type) == "target",
            col(ConditionRow.kind).in_(kinds),
            col(ConditionRow.region_code).startswith(regions.prefix(region_code)),
            col(ConditionRow.opened_on).between(first, last),
        )
        .group_by(
            col(ConditionRow.responsible_unit_id), col(ConditionRow.responsible_person_id), col(ConditionRow.kind)
        )
    )
    return list(await session.execute(statement))
