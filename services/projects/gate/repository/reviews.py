"""SQL of reviews and overrides, and the way between rows and the domain's values."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.remember import owners_among, remembered_of
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.conditions.tables import ConditionRow
from services.projects.gate.domain.gate import UNDER_CONSTRUCTION, GatePoint
from services.projects.gate.domain.overrides import Override, OverrideStatus
from services.projects.gate.domain.reviews import Review, ReviewStatus, Verdict
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.domain.watching import KINDS
from services.projects.gate.tables import GateChangeRow, GateExpertRow, GateOverrideRow, GateReviewRow
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import region_filter
from services.projects.registry.service.placing import columns_of

_REVIEW = TypeAdapter(Review)
_OVERRIDE = TypeAdapter(Override)
_REVIEW_COLUMNS = tuple(spec.name for spec in fields(Review) if spec.name != "experts")
_OVERRIDE_COLUMNS = {spec.name for spec in fields(Override)}

REVIEWS = Listing(
    fields={
        "id": FilterField(col(GateReviewRow.id), UUID),
        "code": FilterField(col(GateReviewRow.code)),
        "project_id": FilterField(col(GateReviewRow.project_id), UUID),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "review": FilterField(col(GateReviewRow.review), ReviewKind),
        "status": FilterField(col(GateReviewRow.status), ReviewStatus),
        "verdict": FilterField(col(GateReviewRow.verdict), Verdict),
        "document_no": FilterField(col(GateReviewRow.document_no)),
        "opened_on": FilterField(col(GateReviewRow.opened_on), date),
        "issued_on": FilterField(col(GateReviewRow.issued_on), date),
        "valid_until": FilterField(col(GateReviewRow.valid_until), date),
    },
    sortable=("code", "opened_on", "issued_on", "valid_until"),
)
OVERRIDES = Listing(
    fields={
        "id": FilterField(col(GateOverrideRow.id), UUID),
        "code": FilterField(col(GateOverrideRow.code)),
        "project_id": FilterField(col(GateOverrideRow.project_id), UUID),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "point": FilterField(col(GateOverrideRow.point), GatePoint),
        "status": FilterField(col(GateOverrideRow.status), OverrideStatus),
        "approver_person_id": FilterField(col(GateOverrideRow.approver_person_id), UUID),
        "granted_on": FilterField(col(GateOverrideRow.granted_on), date),
        "make_good_by": FilterField(col(GateOverrideRow.make_good_by), date),
    },
    sortable=("code", "granted_on", "make_good_by"),
)
CHANGES = Listing(
    fields={
        "version": FilterField(col(GateChangeRow.version), int),
        "action": FilterField(col(GateChangeRow.action)),
    },
    key="version",
)


async def find_review(session: AsyncSession, review_id: UUID) -> GateReviewRow | None:
    """The row as it is now; who writes it holds the project's lock."""
    return await session.get(GateReviewRow, review_id, populate_existing=True)


async def find_override(session: AsyncSession, override_id: UUID) -> GateOverrideRow | None:
    return await session.get(GateOverrideRow, override_id, populate_existing=True)


async def reviews_of(session: AsyncSession, rows: Sequence[GateReviewRow]) -> list[Review]:
    """The domain's values of rows, in their order."""
    panels: dict[UUID, list[dict[str, Any]]] = {}
    statement = (
        select(GateExpertRow)
        .where(col(GateExpertRow.review_id).in_([row.id for row in rows]))
        .order_by(col(GateExpertRow.position))
    )
    for expert in await session.scalars(statement.execution_options(populate_existing=True)):
        panels.setdefault(expert.review_id, []).append(expert.model_dump(exclude={"review_id", "position"}))
    return [
        _REVIEW.validate_python(
            {name: getattr(row, name) for name in _REVIEW_COLUMNS} | {"experts": panels.get(row.id, [])}
        )
        for row in rows
    ]


async def load_review(session: AsyncSession, row: GateReviewRow) -> Review:
    return (await reviews_of(session, [row]))[0]


def override_of(row: GateOverrideRow) -> Override:
    return _OVERRIDE.validate_python(row.model_dump(include=_OVERRIDE_COLUMNS))


async def reviews_by_project(
    session: AsyncSession, kind: ReviewKind, project_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """The reviews of one kind of some projects: project by review."""
    statement = select(col(GateReviewRow.id), col(GateReviewRow.project_id)).where(
        col(GateReviewRow.review) == kind.value, col(GateReviewRow.project_id).in_(project_ids)
    )
    return {row.id: row.project_id for row in await session.execute(statement)}


@remembered_of(owners_among(col(GateReviewRow.project_id)), list)
async def reviews_of_project(session: AsyncSession, project_id: UUID) -> list[Review]:
    statement = (
        select(GateReviewRow)
        .where(col(GateReviewRow.project_id) == project_id)
        .order_by(col(GateReviewRow.id))
        .execution_options(populate_existing=True)
    )
    return await reviews_of(session, (await session.scalars(statement)).all())


@remembered_of(owners_among(col(GateOverrideRow.project_id)), list)
async def override_rows(session: AsyncSession, project_id: UUID) -> list[GateOverrideRow]:
    """A project's overrides, oldest first."""
    statement = (
        select(GateOverrideRow)
        .where(col(GateOverrideRow.project_id) == project_id)
        .order_by(col(GateOverrideRow.id))
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def gate_subjects(session: AsyncSession, project_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Ids of the projects' reviews and overrides, with the project each is of."""
    reviews, overrides = (
        select(col(table.id), col(table.project_id)).where(col(table.project_id).in_(project_ids))
        for table in (GateReviewRow, GateOverrideRow)
    )
    rows = await session.execute(reviews.union_all(overrides))
    return {row.id: row.project_id for row in rows}


async def count_reviews(session: AsyncSession, project_id: UUID) -> int:
    statement = select(func.count()).where(col(GateReviewRow.project_id) == project_id)
    return int(await session.scalar(statement) or 0)


async def count_overrides(session: AsyncSession, project_id: UUID) -> int:
    statement = select(func.count()).where(col(GateOverrideRow.project_id) == project_id)
    return int(await session.scalar(statement) or 0)


def review_columns(review: Review) -> dict[str, Any]:
    columns = columns_of(review)
    return {name: columns[name] for name in _REVIEW_COLUMNS}


async def store_panel(session: AsyncSession, before: Review | None, after: Review) -> None:
    """Write the experts that changed."""
    known = {expert.id: expert for expert in before.experts} if before is not None else {}
    for position, expert in enumerate(after.experts):
        if known.get(expert.id) != expert:
            await session.merge(GateExpertRow(review_id=after.id, position=position, **columns_of(expert)))
    await session.flush()


def visible_reviews(principal: Principal) -> Select[Any]:
    """Ids of the reviews that the caller may see, as a query."""
    return (
        select(col(GateReviewRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(GateReviewRow.project_id))
        .where(*_scope(principal))
    )


async def list_reviews(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GateReviewRow]:
    statement = (
        select(GateReviewRow)
        .join(ProjectRow, col(ProjectRow.id) == col(GateReviewRow.project_id))
        .where(*_scope(principal))
    )
    return await query.page(session, statement)


async def list_overrides(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GateOverrideRow]:
    statement = (
        select(GateOverrideRow)
        .join(ProjectRow, col(ProjectRow.id) == col(GateOverrideRow.project_id))
        .where(*_scope(principal))
    )
    return await query.page(session, statement)


async def list_changes(session: AsyncSession, subject_id: UUID, query: ListQuery) -> Page[GateChangeRow]:
    statement = select(GateChangeRow).where(col(GateChangeRow.subject_id) == subject_id)
    return await query.page(session, statement)


async def projects_to_judge(session: AsyncSession, today: date) -> list[UUID]:
    """Projects whose conditions may have changed: with an expired pass, a late override, or one still open."""
    under_construction = [stage.value for stage in UNDER_CONSTRUCTION]
    expired = (
        select(col(GateReviewRow.project_id))
        .join(ProjectRow, col(ProjectRow.id) == col(GateReviewRow.project_id))
        .where(
            col(GateReviewRow.status) == ReviewStatus.CONCLUDED.value,
            col(GateReviewRow.valid_until) < today,
            col(ProjectRow.stage).in_(under_construction),
        )
    )
    late = (
        select(col(GateOverrideRow.project_id))
        .join(ProjectRow, col(ProjectRow.id) == col(GateOverrideRow.project_id))
        .where(
            col(GateOverrideRow.status) == OverrideStatus.USED.value,
            col(GateOverrideRow.make_good_by) < today,
            col(ProjectRow.stage) != Stage.TERMINATED.value,
        )
    )
    still_open = select(col(ConditionRow.project_id)).where(
        col(ConditionRow.kind).in_(sorted(KINDS)), col(ConditionRow.cleared_at).is_(None)
    )
    statement = select(col(ProjectRow.id)).where(
        or_(col(ProjectRow.id).in_(expired), col(ProjectRow.id).in_(late), col(ProjectRow.id).in_(still_open))
    )
    return list((await session.scalars(statement.order_by(col(ProjectRow.id)))).all())


def _scope(principal: Principal) -> tuple[Any, ...]:
    return (
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )
