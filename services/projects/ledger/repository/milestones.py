"""SQL of formalities and milestones."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import owners_among, remembered, remembered_of
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.formalities import Formality, FormalityRule, Paper
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.tables import FormalityRuleRow, MilestoneRow
from services.projects.registry.domain.validity import in_force

MILESTONES = Listing(
    fields={
        "id": FilterField(col(MilestoneRow.id), UUID),
        "title": FilterField(col(MilestoneRow.title)),
        "planned_on": FilterField(col(MilestoneRow.planned_on), date),
        "actual_on": FilterField(col(MilestoneRow.actual_on), date),
    },
    sortable=("planned_on", "actual_on", "title"),
    default_sort="planned_on",
)
FORMALITY_RULES = Listing(
    fields={
        "id": FilterField(col(FormalityRuleRow.id), UUID),
        "kind": FilterField(col(FormalityRuleRow.kind), ProjectKind),
        "region_code": FilterField(col(FormalityRuleRow.region_code)),
        "valid_from": FilterField(col(FormalityRuleRow.valid_from), date),
    },
    sortable=("kind", "region_code", "valid_from"),
    default_sort="kind,region_code,valid_from",
)


def paper_of(row: MilestoneRow) -> Paper:
    return Paper(
        id=row.id,
        formality=None if row.formality is None else Formality(row.formality),
        title=row.title,
        original_on=row.original_on,
        planned_on=row.planned_on,
        actual_on=row.actual_on,
        number=row.number,
        file_reference=row.file_reference,
        note=row.note,
    )


def formality_rule_of(row: FormalityRuleRow) -> FormalityRule:
    return FormalityRule(
        kind=ProjectKind(row.kind),
        formalities=tuple(Formality(name) for name in row.formalities),
        required=tuple(Formality(name) for name in row.required),
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@remembered_of(owners_among(col(MilestoneRow.project_id)), dict)
async def formality_rows(session: AsyncSession, project_id: UUID) -> dict[Formality, MilestoneRow]:
    statement = select(MilestoneRow).where(
        col(MilestoneRow.project_id) == project_id, col(MilestoneRow.formality).is_not(None)
    )
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {Formality(str(row.formality)): row for row in rows}


async def papers_by_project(session: AsyncSession, project_ids: Collection[UUID]) -> dict[UUID, list[Paper]]:
    """Formalities and own milestones of several projects as they were recorded; one without any is absent."""
    statement = (
        select(MilestoneRow).where(col(MilestoneRow.project_id).in_(project_ids)).order_by(col(MilestoneRow.id))
    )
    found: dict[UUID, list[Paper]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.project_id, []).append(paper_of(row))
    return found


async def own_milestones(session: AsyncSession, project_id: UUID, title: str) -> list[MilestoneRow]:
    """The milestones of a project's own with exactly this title."""
    statement = select(MilestoneRow).where(
        col(MilestoneRow.project_id) == project_id,
        col(MilestoneRow.formality).is_(None),
        col(MilestoneRow.title) == title,
    )
    return list((await session.scalars(statement)).all())


async def papers_of(session: AsyncSession, project_id: UUID) -> dict[Formality, Paper]:
    """What is recorded of a project's formalities."""
    return {name: paper_of(row) for name, row in (await formality_rows(session, project_id)).items()}


async def formality_rule_for(
    session: AsyncSession, kind: ProjectKind, region_code: str, day: date
) -> FormalityRule | None:
    """The rule that counts for projects of the kind in the region on the day."""
    return in_force(await _rules_of_kind(session, kind), region_code, day)


@remembered
async def _rules_of_kind(session: AsyncSession, kind: ProjectKind) -> list[FormalityRule]:
    statement = select(FormalityRuleRow).where(col(FormalityRuleRow.kind) == kind.value)
    return [formality_rule_of(row) for row in await session.scalars(statement)]


async def formality_rules_of(
    session: AsyncSession, kind: ProjectKind, region_code: str | None
) -> list[FormalityRuleRow]:
    """The rules of one kind and exactly this region."""
    statement = select(FormalityRuleRow).where(
        col(FormalityRuleRow.kind) == kind.value,
        col(FormalityRuleRow.region_code).is_not_distinct_from(region_code),
    )
    return list((await session.scalars(statement)).all())


async def list_milestones(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[MilestoneRow]:
    """A project's own milestones."""
    statement = select(MilestoneRow).where(
        col(MilestoneRow.project_id) == project_id, col(MilestoneRow.formality).is_(None)
    )
    return await query.page(session, statement)


async def list_formality_rules(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[FormalityRuleRow]:
    """Rules that hold for the caller: for everywhere, of the subtree and of the regions above."""
    scope = dated_scope(col(FormalityRuleRow.region_code), principal)
    return await query.page(session, select(FormalityRuleRow).where(scope))
