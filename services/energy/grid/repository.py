"""SQL of the grid's nodes and of what is recorded of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, any_, cast, delete, false, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.grid.domain.node import GridNode, NodeKind
from services.energy.grid.domain.rules import GridRule
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import Link
from services.energy.grid.errors import GridNodeNotFound, GridRowNotFound
from services.energy.grid.tables import (
    GridCapacityRow,
    GridLinkRow,
    GridNodeRow,
    GridRuleRow,
    GridTouchedRow,
    GridUnmeteredRow,
)

PartRow = TypeVar("PartRow", GridCapacityRow, GridUnmeteredRow)

NODES: Final = Listing(
    fields={
        "id": FilterField(GridNodeRow.id, UUID),
        "code": FilterField(GridNodeRow.code, str),
        "name": FilterField(GridNodeRow.name, str),
        "kind": FilterField(GridNodeRow.kind, NodeKind),
        "region_code": FilterField(GridNodeRow.region_code, str),
        "voltage_kv": FilterField(GridNodeRow.voltage_kv, float),
        "origin": FilterField(GridNodeRow.origin, str),
        "project_id": FilterField(GridNodeRow.project_id, UUID),
        "valid_from": FilterField(GridNodeRow.valid_from, date),
        "valid_to": FilterField(GridNodeRow.valid_to, date),
    },
    sortable=("code", "name", "kind", "voltage_kv"),
    default_sort="code",
)

RULES: Final = Listing(
    fields={
        "id": FilterField(GridRuleRow.id, UUID),
        "region_code": FilterField(GridRuleRow.region_code, str),
        "valid_from": FilterField(GridRuleRow.valid_from, date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="-valid_from",
)

# What concerns more than one row (a tree, a meter's places) is changed by one at a time.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('grid'))")


async def lock_grid(session: AsyncSession) -> None:
    """Structure is judged as a whole: one change of it at a time."""
    await session.execute(_LOCK)


def among(column: Any, ids: Iterable[UUID]) -> ColumnElement[bool]:
    """As one parameter: a grid has more nodes than a statement has places."""
    found: ColumnElement[bool] = col(column) == any_(cast(list(ids), ARRAY(Uuid)))
    return found


def seen_by(principal: Principal) -> ColumnElement[bool]:
    """Nodes of the caller's regions; an enterprise sees none of the grid."""
    scope = region_scope(col(GridNodeRow.region_code), principal)
    return false() if principal.is_enterprise_bound else scope


async def list_nodes(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GridNodeRow]:
    page: Page[GridNodeRow] = await query.page(session, select(GridNodeRow).where(seen_by(principal)))
    return page


async def list_substations(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GridNodeRow]:
    statement = select(GridNodeRow).where(seen_by(principal), col(GridNodeRow.kind) == NodeKind.SUBSTATION.value)
    page: Page[GridNodeRow] = await query.page(session, statement)
    return page


async def alive_nodes(session: AsyncSession, principal: Principal, day: date) -> dict[UUID, GridNode]:
    """The caller's nodes whose life holds the day."""
    statement = select(GridNodeRow).where(
        seen_by(principal),
        col(GridNodeRow.valid_from) <= day,
        or_(col(GridNodeRow.valid_to).is_(None), col(GridNodeRow.valid_to) > day),
    )
    return {row.id: node_of(row) for row in await session.scalars(statement)}


async def get_node(session: AsyncSession, principal: Principal, code: str, *, lock: bool = False) -> GridNodeRow:
    """Raises GridNodeNotFound."""
    statement = select(GridNodeRow).where(col(GridNodeRow.code) == code, seen_by(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise GridNodeNotFound(node_code=code)
    return row


async def node_of_project(session: AsyncSession, project_id: UUID, code: str) -> GridNodeRow | None:
    """The node that a project builds, by the project's id or by its code; locked."""
    statement = (
        select(GridNodeRow)
        .where(or_(col(GridNodeRow.project_id) == project_id, col(GridNodeRow.code) == code))
        .order_by(col(GridNodeRow.project_id).is_(None))
        .with_for_update()
    )
    return (await session.scalars(statement)).first()


async def has_code(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(col(GridNodeRow.id)).where(col(GridNodeRow.code) == code)) is not None


async def nodes_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, GridNodeRow]:
    statement = select(GridNodeRow).where(among(GridNodeRow.id, ids))
    return {row.id: row for row in await session.scalars(statement)}


async def nodes_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, GridNodeRow]:
    """Whoever may see them."""
    named = col(GridNodeRow.code) == any_(cast(sorted(codes), ARRAY(Text)))
    statement = select(GridNodeRow).where(named)
    return {row.code: row for row in await session.scalars(statement)}


async def nodes_within(session: AsyncSession, region_code: str | None) -> list[UUID]:
    """Ids of the nodes of a region's subtree, or of all."""
    statement = select(col(GridNodeRow.id))
    if region_code is not None:
        statement = statement.where(col(GridNodeRow.region_code).startswith(regions.prefix(region_code)))
    return list(await session.scalars(statement))


async def areas_of(session: AsyncSession, region_codes: Sequence[str], day: date) -> dict[str, GridNodeRow]:
    """Areas by region that are registered under their region's own code."""
    statement = select(GridNodeRow).where(
        col(GridNodeRow.kind) == NodeKind.AREA.value,
        col(GridNodeRow.code).in_(region_codes),
        col(GridNodeRow.code) == col(GridNodeRow.region_code),
        col(GridNodeRow.valid_from) <= day,
        or_(col(GridNodeRow.valid_to).is_(None), col(GridNodeRow.valid_to) > day),
    )
    return {row.region_code: row for row in await session.scalars(statement)}


def node_of(row: GridNodeRow) -> GridNode:
    return GridNode(row.id, NodeKind(row.kind), row.code, row.name, row.region_code)


async def links_touching(session: AsyncSession, span: Span, nodes: Collection[UUID] | None = None) -> list[Link]:
    """Links that hold on a day of the span; of all nodes, or with one of these as child or parent."""
    statement = select(
        col(GridLinkRow.child_id),
        col(GridLinkRow.parent_id),
        col(GridLinkRow.valid_from),
        col(GridLinkRow.valid_to),
    ).where(or_(col(GridLinkRow.valid_to).is_(None), col(GridLinkRow.valid_to) > span.valid_from))
    if span.valid_to is not None:
        statement = statement.where(col(GridLinkRow.valid_from) < span.valid_to)
    if nodes is not None:
        statement = statement.where(or_(among(GridLinkRow.child_id, nodes), among(GridLinkRow.parent_id, nodes)))
    return [Link(*row) for row in await session.execute(statement)]


async def delete_node(session: AsyncSession, row: GridNodeRow) -> None:
    """The node and all that is said of it alone."""
    for table, column in (
        (GridLinkRow, GridLinkRow.child_id),
        (GridCapacityRow, GridCapacityRow.node_id),
        (GridUnmeteredRow, GridUnmeteredRow.node_id),
    ):
        await session.execute(delete(table).where(col(column) == row.id))
    await session.delete(row)
    await session.flush()


async def links_of(session: AsyncSession, child_id: UUID) -> list[GridLinkRow]:
    """Everything a node hung and will hang under, in order."""
    statement = (
        select(GridLinkRow).where(col(GridLinkRow.child_id) == child_id).order_by(col(GridLinkRow.valid_from))
    )
    return list(await session.scalars(statement))


async def get_link(session: AsyncSession, node_id: UUID, link_id: UUID) -> GridLinkRow:
    """Raises GridRowNotFound."""
    row = await session.get(GridLinkRow, link_id)
    if row is None or row.child_id != node_id:
        raise GridRowNotFound(row_id=link_id)
    return row


async def parts_of(session: AsyncSession, table: type[PartRow], node_id: UUID) -> list[PartRow]:
    """Capacities or shares of a node by their beginning; what was taken back too."""
    statement = select(table).where(col(table.node_id) == node_id).order_by(col(table.valid_from), col(table.id))
    return list(await session.scalars(statement))


async def get_part(session: AsyncSession, table: type[PartRow], node_id: UUID, part_id: UUID) -> PartRow:
    """Raises GridRowNotFound."""
    row = await session.get(table, part_id)
    if row is None or row.node_id != node_id:
        raise GridRowNotFound(row_id=part_id)
    return row


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[GridRuleRow]:
    page: Page[GridRuleRow] = await query.page(session, select(GridRuleRow))
    return page


async def get_rule(session: AsyncSession, rule_id: UUID) -> GridRuleRow:
    """Locked. Raises GridRowNotFound."""
    statement = select(GridRuleRow).where(col(GridRuleRow.id) == rule_id).with_for_update()
    row = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if row is None:
        raise GridRowNotFound(row_id=rule_id)
    return row


async def all_rules(session: AsyncSession) -> list[GridRuleRow]:
    return list(await session.scalars(select(GridRuleRow)))


def rule_of(row: GridRuleRow) -> GridRule:
    return GridRule(
        row.region_code,
        row.valid_from,
        row.valid_to,
        row.power_factor,
        row.overload_factor,
        row.least_completeness,
    )


async def note_touched(ctx: Context, nodes: Iterable[UUID], span: Span) -> None:
    """Tell whoever computes figures that those of these nodes changed on the days of the span."""
    rows: list[dict[str, Any]] = [
        {"id": ctx.new_id(), "node_id": node, "first_day": span.valid_from, "last_day": span.valid_to}
        for node in nodes
    ]
    if rows:
        await ctx.session.execute(insert(GridTouchedRow), rows)


_TAKE: Final = text(
    """
    DELETE FROM grid_touched
    WHERE id IN (SELECT id FROM grid_touched ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING node_id, first_day, last_day
    """
)


async def take_touched(session: AsyncSession, most: int = 5000) -> list[tuple[UUID, Span]]:
    """Take what was noted; it is back should this transaction not commit."""
    found = await session.execute(_TAKE, {"most": most})
    return [(node, Span(first, last)) for node, first, last in found]
