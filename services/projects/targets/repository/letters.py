"""SQL of responsibility letters."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.targets.domain.letters import LetterState
from services.projects.targets.tables import (
    TargetLetterCounterRow,
    TargetLetterRevisionRow,
    TargetLetterRow,
    TargetSignatureRow,
)

LETTERS = Listing(
    fields={
        "id": FilterField(col(TargetLetterRow.id), UUID),
        "number": FilterField(col(TargetLetterRow.number)),
        "region_code": region_filter(col(TargetLetterRow.region_code)),
        "year": FilterField(col(TargetLetterRow.year), int),
        "main_id": FilterField(col(TargetLetterRow.main_id), UUID),
        "issuer_unit_id": FilterField(col(TargetLetterRow.issuer_unit_id), UUID),
        "unit_id": FilterField(col(TargetLetterRow.unit_id), UUID),
        "person_id": FilterField(col(TargetLetterRow.person_id), UUID),
        "state": FilterField(col(TargetLetterRow.state), LetterState),
        "signed_on": FilterField(col(TargetLetterRow.signed_on), date),
    },
    sortable=("number", "year", "signed_on"),
    default_sort="-year,number",
)


async def find_letter(session: AsyncSession, letter_id: UUID, *, lock: bool = False) -> TargetLetterRow | None:
    statement = select(TargetLetterRow).where(col(TargetLetterRow.id) == letter_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def letters_of_party(
    session: AsyncSession, year: int, issuer_unit_id: UUID, unit_id: UUID, person_id: UUID | None
) -> list[TargetLetterRow]:
    """Letters between two parties for a year that were not withdrawn, in order of their numbers."""
    statement = (
        select(TargetLetterRow)
        .where(
            col(TargetLetterRow.year) == year,
            col(TargetLetterRow.issuer_unit_id) == issuer_unit_id,
            col(TargetLetterRow.unit_id) == unit_id,
            col(TargetLetterRow.person_id).is_not_distinct_from(person_id),
            col(TargetLetterRow.state) != LetterState.WITHDRAWN.value,
        )
        .order_by(col(TargetLetterRow.sequence))
    )
    return list((await session.scalars(statement)).all())


async def next_number(session: AsyncSession, region_code: str, year: int) -> int:
    """The next of a region and year; who fails gives it back."""
    statement = (
        insert(TargetLetterCounterRow)
        .values(region_code=region_code, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["region_code", "year"], set_={"last": col(TargetLetterCounterRow.last) + 1}
        )
        .returning(col(TargetLetterCounterRow.last))
    )
    return int((await session.execute(statement)).scalar_one())


async def signatures_of(session: AsyncSession, letter_id: UUID) -> list[TargetSignatureRow]:
    """All signatures, those of earlier revisions too, in the order in which they were recorded."""
    statement = (
        select(TargetSignatureRow)
        .where(col(TargetSignatureRow.letter_id) == letter_id)
        .order_by(col(TargetSignatureRow.id))
    )
    return list((await session.scalars(statement)).all())


async def revisions_of(session: AsyncSession, letter_id: UUID) -> list[TargetLetterRevisionRow]:
    statement = (
        select(TargetLetterRevisionRow)
        .where(col(TargetLetterRevisionRow.letter_id) == letter_id)
        .order_by(col(TargetLetterRevisionRow.revision))
    )
    return list((await session.scalars(statement)).all())


async def list_letters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[TargetLetterRow]:
    own = region_scope(col(TargetLetterRow.region_code), principal)
    return await query.page(session, select(TargetLetterRow).where(own))


def visible_letters(principal: Principal) -> Select[Any]:
    return select(col(TargetLetterRow.id)).where(region_scope(col(TargetLetterRow.region_code), principal))
