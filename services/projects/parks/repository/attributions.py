"""SQL of shared attribution and of the amounts it shares out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.tables import InvestmentEntryRow, ProjectRow
from services.projects.parks.domain.attribution import Attribution, Measure
from services.projects.parks.domain.shares import Share
from services.projects.parks.tables import AttributionRow, TenantFigureRow, TenantRow
from services.projects.registry.repository import region_filter

ATTRIBUTIONS = Listing(
    fields={
        "id": FilterField(col(AttributionRow.id), UUID),
        "measure": FilterField(col(AttributionRow.measure), Measure),
        "enterprise_id": FilterField(col(AttributionRow.enterprise_id), UUID),
        "project_id": FilterField(col(AttributionRow.project_id), UUID),
        "region_code": region_filter(col(AttributionRow.region_code)),
        "valid_from": FilterField(col(AttributionRow.valid_from), date),
        "valid_to": FilterField(col(AttributionRow.valid_to), date),
    },
    sortable=("measure", "valid_from"),
    default_sort="measure,valid_from",
)

_FIGURE_OF = {
    Measure.OUTPUT: TenantFigureRow.output_yuan,
    Measure.VALUE_ADDED: TenantFigureRow.value_added_yuan,
    Measure.TAX: TenantFigureRow.tax_yuan,
}


def attribution_of(row: AttributionRow) -> Attribution:
    return Attribution(
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        shares=tuple(Share(share["region_code"], share["basis_points"]) for share in row.shares),
    )


def _share_within(prefix: str) -> Any:
    """Whether a share of the row lies in the subtree of the prefix."""
    share = func.jsonb_array_elements(col(AttributionRow.shares)).table_valued("value", joins_implicitly=True)
    code = share.c.value.cast(JSONB)["region_code"].astext
    return exists(select(1).select_from(share).where(code.startswith(prefix, autoescape=True)))


def _reached(principal: Principal) -> Any:
    """Where the subject stands, or a region that has a share, is the caller's."""
    own = region_scope(col(AttributionRow.region_code), principal)
    if principal.is_unbound or principal.region_code is None:
        return own
    return or_(own, _share_within(regions.prefix(principal.region_code)))


async def list_attributions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[AttributionRow]:
    statement = select(AttributionRow).where(
        _reached(principal), enterprise_scope(col(AttributionRow.enterprise_id), principal)
    )
    return await query.page(session, statement)


async def attributions_of_subject(
    session: AsyncSession, subject_id: UUID, measure: Measure
) -> list[AttributionRow]:
    """In order of time."""
    statement = (
        select(AttributionRow)
        .where(col(AttributionRow.subject_id) == subject_id, col(AttributionRow.measure) == measure.value)
        .order_by(col(AttributionRow.valid_from))
    )
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def attributions_for(
    session: AsyncSession, measure: Measure, subject_ids: Iterable[UUID] | None = None
) -> dict[UUID, list[Attribution]]:
    """All attributions of a measure by subject, or those of some subjects."""
    statement = select(AttributionRow).where(col(AttributionRow.measure) == measure.value)
    if subject_ids is not None:
        statement = statement.where(col(AttributionRow.subject_id).in_(list(subject_ids)))
    found: dict[UUID, list[Attribution]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.subject_id, []).append(attribution_of(row))
    return found


async def subjects_sharing_with(session: AsyncSession, measure: Measure, region_code: str) -> list[UUID]:
    """Subjects, wherever they stand, of which a region of the subtree has or had a share."""
    statement = select(col(AttributionRow.subject_id)).where(
        col(AttributionRow.measure) == measure.value, _share_within(regions.prefix(region_code))
    )
    return list((await session.scalars(statement.distinct())).all())


async def tenant_amounts(
    session: AsyncSession, measure: Measure, first: date, last: date, region_code: str | None, also: Iterable[UUID]
) -> list[Any]:
    """(tenant, month, amount) of tenants that stand in the region's subtree, and of the subjects ``also``.

    Months without the figure are not there: they are not zero.
    """
    column = col(_FIGURE_OF[measure])
    subjects = list(also)
    where = (
        [
            col(TenantRow.region_code).startswith(regions.prefix(region_code))
            | col(TenantRow.enterprise_id).in_(subjects)
            | col(TenantRow.project_id).in_(subjects)
        ]
        if region_code is not None
        else []
    )
    statement = (
        select(TenantRow, col(TenantFigureRow.month), column)
        .join(TenantFigureRow, col(TenantFigureRow.tenant_id) == col(TenantRow.id))
        .where(
            col(TenantFigureRow.is_current),
            col(TenantFigureRow.month).between(first, last),
            column.is_not(None),
            *where,
        )
        .order_by(col(TenantRow.id), col(TenantFigureRow.month))
    )
    return list((await session.execute(statement)).all())


async def investment_amounts(
    session: AsyncSession, first: date, last: date, region_code: str | None, also: Iterable[UUID]
) -> list[Any]:
    """(project id, its enterprise, its region, month, amount) of investment, as :func:`tenant_amounts`."""
    subjects = list(also)
    where = (
        [
            col(ProjectRow.region_code).startswith(regions.prefix(region_code))
            | col(ProjectRow.enterprise_id).in_(subjects)
            | col(ProjectRow.id).in_(subjects)
        ]
        if region_code is not None
        else []
    )
    statement = (
        select(
            col(ProjectRow.id),
            col(ProjectRow.enterprise_id),
            col(ProjectRow.region_code),
            col(InvestmentEntryRow.month),
            col(InvestmentEntryRow.amount_yuan),
        )
        .join(InvestmentEntryRow, col(InvestmentEntryRow.project_id) == col(ProjectRow.id))
        .where(col(InvestmentEntryRow.month).between(first, last), *where)
        .order_by(col(ProjectRow.id), col(InvestmentEntryRow.month))
    )
    return list((await session.execute(statement)).all())
