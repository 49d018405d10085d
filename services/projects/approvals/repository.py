"""SQL of approvals, and the way between rows and the domain's values."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.approvals.domain.case import Case, CaseDocument, CaseOutcome, CaseStatus
from services.projects.approvals.domain.clock import Pause, PauseGround
from services.projects.approvals.domain.matters import AuthorityLevel, Matter
from services.projects.approvals.tables import (
    ApprovalCaseRow,
    ApprovalChangeRow,
    ApprovalDocumentRow,
    ApprovalMatterRow,
    ApprovalNumberRow,
    ApprovalPauseRow,
    PauseGroundRow,
)
from services.projects.registry.repository import region_filter
from services.projects.registry.service.placing import columns_of

_CASE = TypeAdapter(Case)
_MATTER = TypeAdapter(Matter)
_GROUND = TypeAdapter(PauseGround)
_CASE_COLUMNS = tuple(spec.name for spec in fields(Case) if spec.name not in {"documents", "pauses"})
_MATTER_FIELDS = {spec.name for spec in fields(Matter)}
_GROUND_FIELDS = {spec.name for spec in fields(PauseGround)}

MATTERS = Listing(
    fields={
        "id": FilterField(col(ApprovalMatterRow.id), UUID),
        "code": FilterField(col(ApprovalMatterRow.code)),
        "name": FilterField(col(ApprovalMatterRow.name)),
        "authority_level": FilterField(col(ApprovalMatterRow.authority_level), AuthorityLevel),
        "region_code": region_filter(col(ApprovalMatterRow.region_code)),
        "unit_id": FilterField(col(ApprovalMatterRow.unit_id), UUID),
        "template": FilterField(col(ApprovalMatterRow.template)),
        "valid_from": FilterField(col(ApprovalMatterRow.valid_from), date),
        "valid_to": FilterField(col(ApprovalMatterRow.valid_to), date),
    },
    sortable=("code", "name", "region_code", "valid_from"),
    default_sort="code,region_code,valid_from",
)
GROUNDS = Listing(
    fields={
        "id": FilterField(col(PauseGroundRow.id), UUID),
        "code": FilterField(col(PauseGroundRow.code)),
        "region_code": region_filter(col(PauseGroundRow.region_code)),
        "valid_from": FilterField(col(PauseGroundRow.valid_from), date),
    },
    sortable=("code", "region_code", "valid_from"),
    default_sort="code,region_code,valid_from",
)
CASES = Listing(
    fields={
        "id": FilterField(col(ApprovalCaseRow.id), UUID),
        "code": FilterField(col(ApprovalCaseRow.code)),
        "matter_code": FilterField(col(ApprovalCaseRow.matter_code)),
        "matter_name": FilterField(col(ApprovalCaseRow.matter_name)),
        "authority_level": FilterField(col(ApprovalCaseRow.authority_level), AuthorityLevel),
        "region_code": region_filter(col(ApprovalCaseRow.region_code)),
        "project_id": FilterField(col(ApprovalCaseRow.project_id), UUID),
        "enterprise_id": FilterField(col(ApprovalCaseRow.enterprise_id), UUID),
        "unit_id": FilterField(col(ApprovalCaseRow.unit_id), UUID),
        "status": FilterField(col(ApprovalCaseRow.status), CaseStatus),
        "outcome": FilterField(col(ApprovalCaseRow.outcome), CaseOutcome),
        "owner_person_id": FilterField(col(ApprovalCaseRow.owner_person_id), UUID),
        "agent_person_id": FilterField(col(ApprovalCaseRow.agent_person_id), UUID),
        "green_channel": FilterField(col(ApprovalCaseRow.green_reason).is_not(None), bool, frozenset({"eq"})),
        "applied_on": FilterField(col(ApprovalCaseRow.applied_on), date),
        "accepted_on": FilterField(col(ApprovalCaseRow.accepted_on), date),
        "due_on": FilterField(col(ApprovalCaseRow.due_on), date),
        "statutory_due_on": FilterField(col(ApprovalCaseRow.statutory_due_on), date),
        "decided_on": FilterField(col(ApprovalCaseRow.decided_on), date),
    },
    sortable=("code", "applied_on", "accepted_on", "due_on", "decided_on"),
)
CHANGES = Listing(
    fields={
        "version": FilterField(col(ApprovalChangeRow.version), int),
        "action": FilterField(col(ApprovalChangeRow.action)),
    },
    key="version",
)


def matter_of(row: ApprovalMatterRow) -> Matter:
    return _MATTER.validate_python(row.model_dump(include=_MATTER_FIELDS))


def ground_of(row: PauseGroundRow) -> PauseGround:
    return _GROUND.validate_python(row.model_dump(include=_GROUND_FIELDS))


async def matters_named(session: AsyncSession, code: str) -> list[Matter]:
    """All entries of one matter that are or will be in force somewhere."""
    statement = select(ApprovalMatterRow).where(
        col(ApprovalMatterRow.code) == code, col(ApprovalMatterRow.template).is_(None)
    )
    return [matter_of(row) for row in await session.scalars(statement)]


async def matter_rows(session: AsyncSession, code: str, region_code: str | None) -> list[ApprovalMatterRow]:
    """The entries of one matter and exactly this region, in order of time."""
    statement = select(ApprovalMatterRow).where(
        col(ApprovalMatterRow.code) == code,
        col(ApprovalMatterRow.region_code).is_not_distinct_from(region_code),
        col(ApprovalMatterRow.template).is_(None),
    )
    return list((await session.scalars(statement.order_by(col(ApprovalMatterRow.valid_from)))).all())


async def matters_of_region(session: AsyncSession, region_code: str, on: date) -> list[Matter]:
    """Matters of exactly this region in force on a day."""
    statement = select(ApprovalMatterRow).where(
        col(ApprovalMatterRow.region_code) == region_code, col(ApprovalMatterRow.template).is_(None)
    )
    matters = [matter_of(row) for row in await session.scalars(statement)]
    return [matter for matter in matters if matter.holds_on(on)]


async def template_matters(session: AsyncSession, template: str) -> list[Matter]:
    statement = select(ApprovalMatterRow).where(col(ApprovalMatterRow.template) == template)
    return [matter_of(row) for row in await session.scalars(statement.order_by(col(ApprovalMatterRow.code)))]


async def grounds_named(session: AsyncSession, code: str) -> list[PauseGround]:
    statement = select(PauseGroundRow).where(col(PauseGroundRow.code) == code)
    return [ground_of(row) for row in await session.scalars(statement)]


async def ground_names(session: AsyncSession, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The latest names (zh, en) of grounds by code."""
    statement = (
        select(col(PauseGroundRow.code), col(PauseGroundRow.name_zh), col(PauseGroundRow.name_en))
        .where(col(PauseGroundRow.code).in_(list(codes)))
        .order_by(col(PauseGroundRow.valid_from))
    )
    return {code: (zh, en) for code, zh, en in await session.execute(statement)}


async def ground_rows(session: AsyncSession, code: str, region_code: str | None) -> list[PauseGroundRow]:
    statement = select(PauseGroundRow).where(
        col(PauseGroundRow.code) == code, col(PauseGroundRow.region_code).is_not_distinct_from(region_code)
    )
    return list((await session.scalars(statement.order_by(col(PauseGroundRow.valid_from)))).all())


async def list_matters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(ApprovalMatterRow).where(dated_scope(col(ApprovalMatterRow.region_code), principal))
    return await query.page(session, statement)


async def list_grounds(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(PauseGroundRow).where(dated_scope(col(PauseGroundRow.region_code), principal))
    return await query.page(session, statement)


async def find_case(session: AsyncSession, case_id: UUID, *, lock: bool = False) -> ApprovalCaseRow | None:
    statement = select(ApprovalCaseRow).where(col(ApprovalCaseRow.id) == case_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def cases_of(session: AsyncSession, rows: Sequence[ApprovalCaseRow]) -> list[Case]:
    """The domain's values of rows, in their order."""
    ids = [row.id for row in rows]
    papers: dict[UUID, list[dict[str, Any]]] = {}
    documents = select(ApprovalDocumentRow).where(col(ApprovalDocumentRow.case_id).in_(ids))
    ordered = documents.order_by(col(ApprovalDocumentRow.position)).execution_options(populate_existing=True)
    for paper in await session.scalars(ordered):
        papers.setdefault(paper.case_id, []).append(paper.model_dump(exclude={"case_id", "position"}))
    stops: dict[UUID, list[dict[str, Any]]] = {}
    pauses = select(ApprovalPauseRow).where(col(ApprovalPauseRow.case_id).in_(ids))
    numbered = pauses.order_by(col(ApprovalPauseRow.number)).execution_options(populate_existing=True)
    for stop in await session.scalars(numbered):
        stops.setdefault(stop.case_id, []).append(stop.model_dump(exclude={"case_id", "number"}))
    return [
        _CASE.validate_python(
            {name: getattr(row, name) for name in _CASE_COLUMNS}
            | {"documents": papers.get(row.id, []), "pauses": stops.get(row.id, [])}
        )
        for row in rows
    ]


async def load_case(session: AsyncSession, row: ApprovalCaseRow) -> Case:
    return (await cases_of(session, [row]))[0]


def case_columns(case: Case) -> dict[str, Any]:
    """The row's columns of a case."""
    columns = columns_of(case)
    return {name: columns[name] for name in _CASE_COLUMNS}


async def store_parts(session: AsyncSession, before: Case | None, after: Case) -> None:
    """Write papers and pauses where they changed."""
    if before is None or before.documents != after.documents:
        for position, paper in enumerate(after.documents):
            await session.merge(_document_row(after.id, position, paper))
    if before is None or before.pauses != after.pauses:
        await session.execute(
            delete(ApprovalPauseRow).where(
                col(ApprovalPauseRow.case_id) == after.id, col(ApprovalPauseRow.number) > len(after.pauses)
            )
        )
        for number, stop in enumerate(after.pauses, start=1):
            await session.merge(_pause_row(after.id, number, stop))
    await session.flush()


def _document_row(case_id: UUID, position: int, paper: CaseDocument) -> ApprovalDocumentRow:
    return ApprovalDocumentRow(case_id=case_id, position=position, **columns_of(paper))


def _pause_row(case_id: UUID, number: int, stop: Pause) -> ApprovalPauseRow:
    return ApprovalPauseRow(case_id=case_id, number=number, **columns_of(stop))


async def code_is_taken(session: AsyncSession, code: str) -> bool:
    return bool(
        await session.scalar(select(select(ApprovalCaseRow).where(col(ApprovalCaseRow.code) == code).exists()))
    )


async def next_number(session: AsyncSession, prefix: str) -> int:
    """The next number of a prefix; whoever asks next waits until this transaction ends."""
    statement = insert(ApprovalNumberRow).values(prefix=prefix, last=1)
    taken = statement.on_conflict_do_update(
        index_elements=["prefix"], set_={"last": col(ApprovalNumberRow.last) + 1}
    ).returning(col(ApprovalNumberRow.last))
    return int((await session.execute(taken)).scalar_one())


def visible_cases(principal: Principal) -> Select[Any]:
    """Ids of the cases that the caller may see, as a query."""
    return select(col(ApprovalCaseRow.id)).where(*_scope(principal))


async def list_cases(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ApprovalCaseRow]:
    return await query.page(session, select(ApprovalCaseRow).where(*_scope(principal)))


async def list_changes(session: AsyncSession, case_id: UUID, query: ListQuery) -> Page[ApprovalChangeRow]:
    statement = select(ApprovalChangeRow).where(col(ApprovalChangeRow.case_id) == case_id)
    return await query.page(session, statement)


async def running_cases(session: AsyncSession, also: Iterable[UUID]) -> list[ApprovalCaseRow]:
    """Cases whose clock was started and that are not decided, and those of the ids ``also``; ordered by id."""
    running = col(ApprovalCaseRow.status).in_([CaseStatus.ACCEPTED.value, CaseStatus.PAUSED.value])
    statement = select(ApprovalCaseRow).where(or_(running, col(ApprovalCaseRow.id).in_(list(also))))
    return list((await session.scalars(statement.order_by(col(ApprovalCaseRow.id)))).all())


async def counted_cases(
    session: AsyncSession, principal: Principal, first: date, last: date, query: ListQuery
) -> list[ApprovalCaseRow]:
    """Cases of the caller's that were granted or refused in a period, or fell due in or before it undecided."""
    judged = col(ApprovalCaseRow.outcome).in_([CaseOutcome.GRANTED.value, CaseOutcome.REFUSED.value])
    decided_on = col(ApprovalCaseRow.decided_on)
    statement = select(ApprovalCaseRow).where(
        *_scope(principal),
        *query.conditions,
        or_(
            and_(judged, decided_on.between(first, last)),
            and_(
                col(ApprovalCaseRow.due_on) < last,
                or_(decided_on.is_(None), and_(judged, decided_on > last)),
            ),
        ),
    )
    return list((await session.scalars(statement.order_by(col(ApprovalCaseRow.id)))).all())


def _scope(principal: Principal) -> tuple[Any, ...]:
    return (
        region_scope(col(ApprovalCaseRow.region_code), principal),
        enterprise_scope(col(ApprovalCaseRow.enterprise_id), principal),
    )
