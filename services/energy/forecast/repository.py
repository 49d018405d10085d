"""SQL of rules, issues, their days and how good they were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.forecast.domain.due import IssueKind
from services.energy.forecast.domain.outcome import Model
from services.energy.forecast.domain.parameters import ForecastParameters, Rule
from services.energy.forecast.errors import ForecastNotFound
from services.energy.forecast.tables import (
    ForecastAccuracyRow,
    ForecastDayRow,
    ForecastIssueRow,
    ForecastRuleRow,
)
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.tables import GridNodeRow

# What is forecast: feeders and transformers are too small for their own week to repeat.
FORECAST_KINDS: Final = (NodeKind.AREA, NodeKind.SUBSTATION)

RULES: Final = Listing(
    fields={
        "id": FilterField(ForecastRuleRow.id, UUID),
        "region_code": FilterField(ForecastRuleRow.region_code, str),
        "node_code": FilterField(ForecastRuleRow.node_code, str),
        "valid_from": FilterField(ForecastRuleRow.valid_from, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)

ISSUES: Final = Listing(
    fields={
        "id": FilterField(ForecastIssueRow.id, UUID),
        "node_code": FilterField(ForecastIssueRow.node_code, str),
        "node_kind": FilterField(ForecastIssueRow.node_kind, NodeKind),
        "region_code": FilterField(ForecastIssueRow.region_code, str),
        "kind": FilterField(ForecastIssueRow.kind, IssueKind),
        "status": FilterField(ForecastIssueRow.status, str),
        "reason": FilterField(ForecastIssueRow.reason, str),
        "issued_at": FilterField(ForecastIssueRow.issued_at, datetime),
        "origin_day": FilterField(ForecastIssueRow.origin_day, date),
    },
    sortable=("issued_at", "node_code"),
    default_sort="-issued_at",
)

DAYS: Final = Listing(
    fields={
        "id": FilterField(ForecastDayRow.id, UUID),
        "issue_id": FilterField(ForecastDayRow.issue_id, UUID),
        "kind": FilterField(ForecastDayRow.kind, IssueKind),
        "day": FilterField(ForecastDayRow.day, date),
        "lead": FilterField(ForecastDayRow.lead, int),
        "model": FilterField(ForecastDayRow.model, Model),
        "issued_at": FilterField(ForecastDayRow.issued_at, datetime),
        "peak_kw": FilterField(ForecastDayRow.peak_kw, float),
    },
    sortable=("issued_at", "day", "lead"),
    default_sort="-issued_at",
)

ACCURACIES: Final = Listing(
    fields={
        "id": FilterField(ForecastAccuracyRow.forecast_id, UUID),
        "node_code": FilterField(ForecastAccuracyRow.node_code, str),
        "region_code": FilterField(ForecastAccuracyRow.region_code, str),
        "kind": FilterField(ForecastAccuracyRow.kind, IssueKind),
        "day": FilterField(ForecastAccuracyRow.day, date),
        "lead": FilterField(ForecastAccuracyRow.lead, int),
        "model": FilterField(ForecastAccuracyRow.model, Model),
        "mape": FilterField(ForecastAccuracyRow.mape, float),
        "issued_at": FilterField(ForecastAccuracyRow.issued_at, datetime),
    },
    sortable=("day", "issued_at", "mape", "lead"),
    default_sort="-day",
)


def _within(column: Any, principal: Principal) -> ColumnElement[bool]:
    """As with the grid itself: an enterprise sees none of it."""
    scope = region_scope(column, principal)
    return and_(scope, text("false")) if principal.is_enterprise_bound else scope


async def load_rules(session: AsyncSession) -> list[Rule]:
    """All rules as the forecasts take them."""
    return [
        Rule(
            parameters=ForecastParameters.model_validate(row.parameters),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            region_code=row.region_code,
            node_code=row.node_code,
        )
        for row in await session.scalars(select(ForecastRuleRow))
    ]


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ForecastRuleRow]:
    """Rules of the caller's regions, of those above and of everywhere; of a node where it is the caller's."""
    nodes = select(col(GridNodeRow.code)).where(region_scope(col(GridNodeRow.region_code), principal))
    of_regions = dated_scope(col(ForecastRuleRow.region_code), principal)
    of_region = and_(col(ForecastRuleRow.node_code).is_(None), of_regions)
    visible = select(ForecastRuleRow).where(or_(of_region, col(ForecastRuleRow.node_code).in_(nodes)))
    page: Page[ForecastRuleRow] = await query.page(session, visible)
    return page


async def find_rule(
    session: AsyncSession, region_code: str | None, node_code: str | None, valid_from: date
) -> ForecastRuleRow | None:
    """The rule of this scope and beginning, locked."""
    statement = (
        select(ForecastRuleRow)
        .where(
            col(ForecastRuleRow.region_code).is_not_distinct_from(region_code),
            col(ForecastRuleRow.node_code).is_not_distinct_from(node_code),
            col(ForecastRuleRow.valid_from) == valid_from,
        )
        .with_for_update()
    )
    return (await session.scalars(statement)).first()


async def nodes_to_forecast(session: AsyncSession, day: date) -> list[GridNodeRow]:
    """Areas and substations that are there on the day, by code."""
    statement = (
        select(GridNodeRow)
        .where(
            col(GridNodeRow.kind).in_([kind.value for kind in FORECAST_KINDS]),
            col(GridNodeRow.valid_from) <= day,
            or_(col(GridNodeRow.valid_to).is_(None), col(GridNodeRow.valid_to) > day),
        )
        .order_by(col(GridNodeRow.code))
    )
    return list(await session.scalars(statement))


async def nodes_by_id(session: AsyncSession, nodes: Collection[UUID]) -> dict[UUID, GridNodeRow]:
    """Nodes by id, whether or not they are there any more."""
    statement = select(GridNodeRow).where(col(GridNodeRow.id).in_(list(nodes)))
    return {row.id: row for row in await session.scalars(statement)}


async def issued_for(session: AsyncSession, due: Collection[datetime]) -> set[tuple[UUID, str, datetime]]:
    """Node, kind and occurrence of what was issued, or refused, for these occurrences."""
    statement = select(
        col(ForecastIssueRow.node_id), col(ForecastIssueRow.kind), col(ForecastIssueRow.due_at)
    ).where(col(ForecastIssueRow.due_at).in_(list(due)))
    return {(node, kind, at) for node, kind, at in await session.execute(statement) if at is not None}


async def lock_nodes(session: AsyncSession, nodes: Iterable[UUID]) -> None:
    """Nobody else forecasts or judges these nodes until the transaction ends."""
    statement = text("SELECT pg_advisory_xact_lock(hashtext('forecast'), hashtext(:node))")
    for node in sorted(map(str, nodes)):
        await session.execute(statement, {"node": node})


async def list_issues(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ForecastIssueRow]:
    statement = select(ForecastIssueRow).where(_within(col(ForecastIssueRow.region_code), principal))
    page: Page[ForecastIssueRow] = await query.page(session, statement)
    return page


async def list_days(session: AsyncSession, node_id: UUID, query: ListQuery) -> Page[ForecastDayRow]:
    page: Page[ForecastDayRow] = await query.page(
        session, select(ForecastDayRow).where(col(ForecastDayRow.node_id) == node_id)
    )
    return page


async def get_issue(session: AsyncSession, node_id: UUID, issue_id: UUID) -> ForecastIssueRow:
    """Raises ForecastNotFound."""
    row = await session.get(ForecastIssueRow, issue_id)
    if row is None or row.node_id != node_id:
        raise ForecastNotFound(issue_id=issue_id)
    return row


async def last_issue(session: AsyncSession, node_id: UUID) -> ForecastIssueRow | None:
    """The newest issue of the node, refused or not."""
    statement = (
        select(ForecastIssueRow)
        .where(col(ForecastIssueRow.node_id) == node_id)
        .order_by(col(ForecastIssueRow.issued_at).desc(), col(ForecastIssueRow.id).desc())
    )
    return (await session.scalars(statement.limit(1))).first()


async def days_of(session: AsyncSession, issue_id: UUID) -> list[ForecastDayRow]:
    """The days of an issue, in order."""
    statement = (
        select(ForecastDayRow).where(col(ForecastDayRow.issue_id) == issue_id).order_by(col(ForecastDayRow.day))
    )
    return list(await session.scalars(statement))


async def latest_days(
    session: AsyncSession,
    nodes: Collection[UUID],
    first: date,
    last: date,
    as_of: datetime | None = None,
) -> dict[tuple[UUID, date], ForecastDayRow]:
    """The newest forecast of each node and day, or what was the newest at ``as_of``."""
    known = true() if as_of is None else col(ForecastDayRow.issued_at) <= as_of
    statement = (
        select(ForecastDayRow)
        .where(col(ForecastDayRow.node_id).in_(list(nodes)), col(ForecastDayRow.day).between(first, last), known)
        .ext(distinct_on(col(ForecastDayRow.node_id), col(ForecastDayRow.day)))
        .order_by(
            col(ForecastDayRow.node_id),
            col(ForecastDayRow.day),
            col(ForecastDayRow.issued_at).desc(),
            col(ForecastDayRow.id).desc(),
        )
    )
    return {(row.node_id, row.day): row for row in await session.scalars(statement)}


async def forecasts_of_days(session: AsyncSession, first: date, last: date) -> list[ForecastDayRow]:
    """Every forecast that any issue made of these days."""
    statement = (
        select(ForecastDayRow)
        .where(col(ForecastDayRow.day).between(first, last))
        .order_by(col(ForecastDayRow.node_id), col(ForecastDayRow.id))
    )
    return list(await session.scalars(statement))


async def put_accuracies(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write how good forecasts were, in place of what was known of them."""
    if not rows:
        return
    statement = insert(ForecastAccuracyRow)
    changes = {name: getattr(statement.excluded, name) for name in rows[0] if name != "forecast_id"}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["forecast_id"], set_=changes), [dict(row) for row in rows]
    )


async def list_accuracies(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[ForecastAccuracyRow]:
    statement = select(ForecastAccuracyRow).where(_within(col(ForecastAccuracyRow.region_code), principal))
    page: Page[ForecastAccuracyRow] = await query.page(session, statement)
    return page


async def accuracy_table(session: AsyncSession, node_id: UUID, first: date, last: date) -> list[Any]:
    """Means over the days by kind, lead and model; each forecast counts once."""
    row = ForecastAccuracyRow
    figures = (
        "mape",
        "mae_kw",
        "pinball_kw",
        "pinball_percent",
        "coverage",
        "naive_mape",
        "naive_mae_kw",
        "seasonal_mape",
        "seasonal_mae_kw",
    )
    keys = (col(row.kind), col(row.lead), col(row.model))
    statement = (
        select(
            *keys,
            func.count().label("forecasts"),
            func.count(func.distinct(col(row.day))).label("days"),
            *(func.avg(getattr(row, name)).label(name) for name in figures),
            func.avg(func.abs(col(row.peak_error_percent))).label("peak_error_percent"),
        )
        .where(col(row.node_id) == node_id, col(row.day).between(first, last), col(row.slots) > 0)
        .group_by(*keys)
        .order_by(*keys)
    )
    return list((await session.execute(statement)).mappings())
