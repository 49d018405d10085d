"""SQL of instructions."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.duties.domain.duty import PENDING
from services.projects.duties.repository import duty_fields
from services.projects.instructions.domain.instruction import ExtensionStatus, SubjectType
from services.projects.instructions.tables import (
    InstructionCounterRow,
    InstructionDeputyRow,
    InstructionExtensionRow,
    InstructionRow,
    InstructionStepRow,
    InstructionUnitRow,
)
from services.projects.registry.repository import region_filter

_PENDING = [status.value for status in PENDING]


def _assisted_by(column: Any, key: Any) -> Any:
    return exists().where(col(InstructionUnitRow.instruction_id) == column, col(InstructionUnitRow.unit_id) == key)


INSTRUCTIONS = Listing(
    fields={
        **duty_fields(InstructionRow),
        "number": FilterField(col(InstructionRow.number)),
        "year": FilterField(col(InstructionRow.year), int),
        "region_code": region_filter(col(InstructionRow.region_code)),
        "issuer_region_code": region_filter(col(InstructionRow.issuer_region_code)),
        "subject_type": FilterField(col(InstructionRow.subject_type), SubjectType),
        "subject_id": FilterField(col(InstructionRow.subject_id), UUID),
        "project_id": FilterField(col(InstructionRow.project_id), UUID),
        "lead_unit_id": FilterField(col(InstructionRow.owner_unit_id), UUID),
        "assisting_unit_id": FilterField(col(InstructionRow.id), UUID, frozenset(), own={"eq": _assisted_by}),
        "instructed_by_person_id": FilterField(col(InstructionRow.instructed_by_person_id), UUID),
        "issued_on": FilterField(col(InstructionRow.issued_on), date),
        "text": FilterField(col(InstructionRow.text)),
        "pending": FilterField(col(InstructionRow.status).in_(_PENDING), bool, frozenset({"eq"})),
    },
    sortable=("due_on", "issued_on", "number"),
    default_sort="-issued_on",
)
STEPS = Listing(
    fields={
        "version": FilterField(col(InstructionStepRow.version), int),
        "action": FilterField(col(InstructionStepRow.action)),
    },
    key="version",
)
EXTENSIONS = Listing(
    fields={
        "id": FilterField(col(InstructionExtensionRow.id), UUID),
        "status": FilterField(col(InstructionExtensionRow.status), ExtensionStatus),
        "until": FilterField(col(InstructionExtensionRow.until), date),
    },
)


async def next_sequence(session: AsyncSession, region_code: str, year: int) -> int:
    """The next number of a region's year. Others wait for this transaction; a rollback gives the number back."""
    statement = insert(InstructionCounterRow).values(region_code=region_code, year=year, last=1)
    raised = statement.on_conflict_do_update(
        index_elements=["region_code", "year"],
        set_={"last": InstructionCounterRow.__table__.c.last + 1},  # type: ignore[attr-defined]
    )
    return int((await session.execute(raised.returning(col(InstructionCounterRow.last)))).scalar_one())


async def find_instruction(
    session: AsyncSession, instruction_id: UUID, *, lock: bool = False
) -> InstructionRow | None:
    """The row; with ``lock`` nobody else changes the instruction until this transaction ends."""
    statement = select(InstructionRow).where(col(InstructionRow.id) == instruction_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def units_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Assisting units by instruction, in the order in which they were named."""
    statement = (
        select(col(InstructionUnitRow.instruction_id), col(InstructionUnitRow.unit_id))
        .where(col(InstructionUnitRow.instruction_id).in_(list(ids)))
        .order_by(col(InstructionUnitRow.position))
    )
    found: dict[UUID, list[UUID]] = {}
    for instruction_id, unit_id in await session.execute(statement):
        found.setdefault(instruction_id, []).append(unit_id)
    return found


async def unit_rows(session: AsyncSession, instruction_id: UUID) -> list[InstructionUnitRow]:
    statement = select(InstructionUnitRow).where(col(InstructionUnitRow.instruction_id) == instruction_id)
    return list((await session.scalars(statement)).all())


async def deputies_of(session: AsyncSession, instruction_id: UUID) -> list[InstructionDeputyRow]:
    statement = (
        select(InstructionDeputyRow)
        .where(col(InstructionDeputyRow.instruction_id) == instruction_id)
        .order_by(col(InstructionDeputyRow.authorised_at), col(InstructionDeputyRow.person_id))
    )
    return list((await session.scalars(statement)).all())


async def pending_extension(session: AsyncSession, instruction_id: UUID) -> InstructionExtensionRow | None:
    statement = select(InstructionExtensionRow).where(
        col(InstructionExtensionRow.instruction_id) == instruction_id,
        col(InstructionExtensionRow.status) == ExtensionStatus.PENDING.value,
    )
    return (await session.scalars(statement)).first()


async def find_extension(
    session: AsyncSession, instruction_id: UUID, extension_id: UUID
) -> InstructionExtensionRow | None:
    """The request; the caller holds the instruction's lock."""
    row = await session.get(InstructionExtensionRow, extension_id, populate_existing=True)
    return row if row is not None and row.instruction_id == instruction_id else None


async def feedback_of(session: AsyncSession, instruction_id: UUID) -> list[InstructionStepRow]:
    statement = (
        select(InstructionStepRow)
        .where(
            col(InstructionStepRow.instruction_id) == instruction_id, col(InstructionStepRow.action) == "fed_back"
        )
        .order_by(col(InstructionStepRow.version))
    )
    return list((await session.scalars(statement)).all())


def _scope(principal: Principal) -> ColumnElement[bool]:
    """What the caller's subtree handles or issued; nothing for enterprises."""
    if principal.is_enterprise_bound:
        return false()
    return or_(
        region_scope(col(InstructionRow.region_code), principal),
        region_scope(col(InstructionRow.issuer_region_code), principal),
    )


def visible_instructions(principal: Principal) -> Select[Any]:
    """Ids of the instructions that the caller may see, as a query."""
    return select(col(InstructionRow.id)).where(_scope(principal))


async def list_instructions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (instruction, ids of assisting units): what the caller's subtree handles or issued."""
    page = await query.page(session, select(InstructionRow).where(_scope(principal)))
    units = await units_of(session, [row.id for row in page.items])
    return Page([(row, units.get(row.id, [])) for row in page.items], page.next_cursor)


async def list_steps(session: AsyncSession, instruction_id: UUID, query: ListQuery) -> Page[InstructionStepRow]:
    statement = select(InstructionStepRow).where(col(InstructionStepRow.instruction_id) == instruction_id)
    return await query.page(session, statement)


async def list_extensions(
    session: AsyncSession, instruction_id: UUID, query: ListQuery
) -> Page[InstructionExtensionRow]:
    statement = select(InstructionExtensionRow).where(
        col(InstructionExtensionRow.instruction_id) == instruction_id
    )
    return await query.page(session, statement)


async def due_instructions(session: AsyncSession, until: date, also: Collection[UUID]) -> list[UUID]:
    """Ids of pending instructions due up to a day, and of those ``also``, in one order."""
    due = col(InstructionRow.status).in_(_PENDING) & (col(InstructionRow.due_on) <= until)
    statement = select(col(InstructionRow.id)).where(or_(due, col(InstructionRow.id).in_(also)))
    return list((await session.scalars(statement.order_by(col(InstructionRow.id)))).all())
