"""SQL of balances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, cast, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.balance.domain.levels import Edges
from services.energy.balance.domain.rules import BalanceRule, Denominator
from services.energy.balance.errors import BalanceNotFound, ImportLimitNotFound
from services.energy.balance.tables import BalanceDayRow, BalanceImportLimitRow, BalanceRuleRow
from services.energy.grid.domain.node import GridNode, NodeKind
from services.energy.grid.domain.spans import Span
from services.energy.grid.repository import among, node_of, seen_by
from services.energy.grid.tables import GridNodeRow
from services.energy.quotas.domain.quota import Scope
from services.energy.quotas.tables import SupplyQuotaRow

BALANCES: Final = Listing(
    fields={
        "id": FilterField(BalanceDayRow.node_id, UUID),
        "node_code": FilterField(GridNodeRow.code, str),
        "kind": FilterField(GridNodeRow.kind, NodeKind),
        "region_code": FilterField(GridNodeRow.region_code, str),
        "highest_level": FilterField(BalanceDayRow.highest_level, int),
        "highest_gap_percent": FilterField(BalanceDayRow.highest_gap_percent, float),
        "short_slots": FilterField(BalanceDayRow.short_slots, int),
        "quota_over_slots": FilterField(BalanceDayRow.quota_over_slots, int),
    },
    sortable=("node_code", "highest_level", "highest_gap_percent"),
    default_sort="-highest_level",
)

RULES: Final = Listing(
    fields={
        "id": FilterField(BalanceRuleRow.id, UUID),
        "region_code": FilterField(BalanceRuleRow.region_code, str),
        "valid_from": FilterField(BalanceRuleRow.valid_from, date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="-valid_from",
)

# A level is not held over more days without any figures.
_CARRIED: Final = timedelta(days=3)

# One computes at a time; what is due for it is noted by anybody meanwhile.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('balance'))")


async def lock_balances(session: AsyncSession) -> None:
    await session.execute(_LOCK)


async def all_rules(session: AsyncSession) -> list[BalanceRuleRow]:
    return list(await session.scalars(select(BalanceRuleRow)))


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[BalanceRuleRow]:
    page: Page[BalanceRuleRow] = await query.page(session, select(BalanceRuleRow))
    return page


def rule_of(row: BalanceRuleRow) -> BalanceRule:
    return BalanceRule(
        id=row.id,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        denominator=Denominator(row.denominator),
        recent_days=row.recent_days,
        edges=Edges(row.blue_above, row.yellow_above, row.orange_from, row.red_from),
        up_slots=row.up_slots,
        down_slots=row.down_slots,
        restate_points=row.restate_points,
        kinds=frozenset(NodeKind(kind) for kind in row.kinds),
    )


@dataclass(frozen=True, slots=True)
class Allotted:
    """A supply quota as it stands: whose, of which day, MW by slot."""

    id: UUID
    scope: Scope
    code: str
    region_code: str
    day: date
    quota_mw: Sequence[float]


async def quotas_between(session: AsyncSession, codes: Collection[str], first: date, last: date) -> list[Allotted]:
    """What stands of parts of the grid and of regions under these codes."""
    row = SupplyQuotaRow
    scopes = [Scope.REGION.value, Scope.SUBSTATION.value, Scope.TRANSFORMER.value, Scope.FEEDER.value]
    statement = select(
        col(row.id), col(row.scope), col(row.code), col(row.region_code), col(row.day), col(row.quota_mw)
    ).where(
        col(row.replaced_at).is_(None),
        col(row.day).between(first, last),
        col(row.scope).in_(scopes),
        # As one parameter: a grid has more codes than a statement has places.
        col(row.code) == any_(cast(sorted(codes), ARRAY(Text))),
    )
    return [Allotted(one[0], Scope(one[1]), *one[2:]) for one in await session.execute(statement)]


async def import_limits(session: AsyncSession, nodes: Collection[UUID], span: Span) -> list[BalanceImportLimitRow]:
    """Limits that hold on a day of the span."""
    row = BalanceImportLimitRow
    statement = select(row).where(
        among(row.node_id, nodes),
        or_(col(row.valid_to).is_(None), col(row.valid_to) > span.valid_from),
    )
    if span.valid_to is not None:
        statement = statement.where(col(row.valid_from) < span.valid_to)
    return list(await session.scalars(statement.order_by(col(row.valid_from))))


async def get_import_limit(session: AsyncSession, node_id: UUID, limit_id: UUID) -> BalanceImportLimitRow:
    """Raises ImportLimitNotFound."""
    row = await session.get(BalanceImportLimitRow, limit_id)
    if row is None or row.node_id != node_id:
        raise ImportLimitNotFound(limit_id=limit_id)
    return row


async def node_rows(session: AsyncSession, nodes: Collection[UUID]) -> dict[UUID, GridNodeRow]:
    statement = select(GridNodeRow).where(among(GridNodeRow.id, nodes))
    return {row.id: row for row in await session.scalars(statement)}


async def named_nodes(session: AsyncSession, nodes: Collection[UUID] | None = None) -> dict[str, list[GridNode]]:
    """Nodes, all or some, by the names under which lists may hand them a quota."""
    statement = select(GridNodeRow).order_by(col(GridNodeRow.id))
    if nodes is not None:
        statement = statement.where(among(GridNodeRow.id, nodes))
    found: dict[str, list[GridNode]] = {}
    for row in await session.scalars(statement):
        # Utilities' lists name a substation as people do.
        for name in {row.quota_code} if row.quota_code is not None else {row.code, row.name}:
            found.setdefault(name, []).append(node_of(row))
    return found


async def has_nodes(session: AsyncSession) -> bool:
    return await session.scalar(select(col(GridNodeRow.id)).limit(1)) is not None


async def held_before(session: AsyncSession, nodes: Collection[UUID], day: date) -> dict[UUID, dict[str, Any]]:
    """Where the levels of nodes stand after the last day that was computed before ``day``; not long before."""
    row = BalanceDayRow
    statement = (
        select(col(row.node_id), col(row.held))
        .where(
            among(row.node_id, nodes),
            col(row.day) < day,
            col(row.day) >= day - _CARRIED,
        )
        # The last one of a node stays in the dictionary.
        .order_by(col(row.day))
    )
    return dict((await session.execute(statement)).all())


async def peaks_between(
    session: AsyncSession, nodes: Collection[UUID], first: date, last: date
) -> dict[tuple[UUID, date], float]:
    """Highest demands by node and day."""
    row = BalanceDayRow
    statement = select(col(row.node_id), col(row.day), col(row.peak_kw)).where(
        among(row.node_id, nodes),
        col(row.day).between(first, last),
        col(row.peak_kw).is_not(None),
    )
    return {(node, day): peak for node, day, peak in await session.execute(statement) if peak is not None}


async def held_on(session: AsyncSession, nodes: Collection[UUID], day: date) -> dict[UUID, dict[str, Any]]:
    """Where the levels of nodes stand after a day, of those whose day was computed."""
    row = BalanceDayRow
    statement = select(col(row.node_id), col(row.held)).where(among(row.node_id, nodes), col(row.day) == day)
    return dict((await session.execute(statement)).all())


async def put_days(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write computed days."""
    if not rows:
        return
    statement = insert(BalanceDayRow)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in {"node_id", "day"}}
    await session.execute(statement.on_conflict_do_update(index_elements=["node_id", "day"], set_=changes), rows)


_DROP: Final = text("DELETE FROM balance_day WHERE day = :day AND node_id = ANY(CAST(:nodes AS uuid[]))")


async def drop_days(session: AsyncSession, nodes: Collection[UUID], day: date) -> None:
    """Nothing is expected of these nodes on the day any more."""
    if nodes:
        await session.execute(_DROP, {"day": day, "nodes": list(nodes)})


async def days_of(session: AsyncSession, node: UUID, first: date, last: date) -> list[BalanceDayRow]:
    """Computed days of a node, in order."""
    statement = (
        select(BalanceDayRow)
        .where(col(BalanceDayRow.node_id) == node, col(BalanceDayRow.day).between(first, last))
        .order_by(col(BalanceDayRow.day))
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(statement))


async def highest_levels(session: AsyncSession, nodes: Collection[UUID], day: date) -> dict[UUID, int]:
    """The highest level held on a computed day."""
    row = BalanceDayRow
    statement = select(col(row.node_id), col(row.highest_level)).where(
        among(row.node_id, nodes), col(row.day) == day
    )
    return dict((await session.execute(statement)).all())


async def get_day(session: AsyncSession, node: GridNodeRow, day: date) -> BalanceDayRow:
    """Raises BalanceNotFound."""
    found = await days_of(session, node.id, day, day)
    if not found:
        raise BalanceNotFound(node_code=node.code, day=day)
    return found[0]


async def list_days(
    session: AsyncSession, principal: Principal, query: ListQuery, day: date
) -> Page[tuple[BalanceDayRow, GridNodeRow]]:
    """The day of all nodes that the caller may see."""
    statement: Any = (
        select(BalanceDayRow, GridNodeRow)
        .join(GridNodeRow, col(GridNodeRow.id) == col(BalanceDayRow.node_id))
        .where(seen_by(principal), col(BalanceDayRow.day) == day)
    )
    page: Page[tuple[BalanceDayRow, GridNodeRow]] = await query.page(session, statement)
    return page


async def computed_days(session: AsyncSession, nodes: Collection[UUID], span: Span) -> list[tuple[UUID, date]]:
    """Which days of the span were computed of nodes."""
    row = BalanceDayRow
    statement = select(col(row.node_id), col(row.day)).where(
        among(row.node_id, nodes), col(row.day) >= span.valid_from
    )
    if span.valid_to is not None:
        statement = statement.where(col(row.day) < span.valid_to)
    return [(node, day) for node, day in await session.execute(statement)]


async def stored_quotas(
    session: AsyncSession, first: date, last: date
) -> dict[tuple[UUID, date], frozenset[UUID]]:
    """The quotas that computed days went by."""
    row = BalanceDayRow
    statement = select(col(row.node_id), col(row.day), col(row.quota_ids)).where(col(row.day).between(first, last))
    return {(node, day): frozenset(ids) for node, day, ids in await session.execute(statement)}
