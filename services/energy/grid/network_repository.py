"""SQL of the grid as a whole: nodes, links, capacities, shares and which meter hangs where, by columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import bare_connection
from services.energy.grid.domain.capacity import CapacityPart
from services.energy.grid.domain.node import GridNode, NodeKind
from services.energy.grid.domain.places import NEVER, Places
from services.energy.grid.domain.spans import Span
from services.energy.grid.repository import among
from services.energy.grid.tables import GridCapacityRow, GridNodeRow, GridUnmeteredRow
from services.energy.metering.domain.meter import Kind, Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

# Export counts against import; a signed meter brings its sign along.
SIGNS: Final = {
    Quantity.ACTIVE_IMPORT_KW: 1.0,
    Quantity.ACTIVE_EXPORT_KW: -1.0,
    Quantity.ACTIVE_POWER_KW: 1.0,
}
_ACTIVE: Final = [quantity.value for quantity in SIGNS]


async def load_nodes(session: AsyncSession, ids: Collection[UUID] | None = None) -> dict[UUID, GridNode]:
    """All nodes, or some."""
    statement = select(
        col(GridNodeRow.id),
        col(GridNodeRow.kind),
        col(GridNodeRow.code),
        col(GridNodeRow.name),
        col(GridNodeRow.region_code),
    )
    if ids is not None:
        statement = statement.where(among(GridNodeRow.id, ids))
    return {
        row[0]: GridNode(row[0], NodeKind(row[1]), row[2], row[3], row[4])
        for row in await session.execute(statement)
    }


async def load_capacities(session: AsyncSession, span: Span, nodes: Collection[UUID]) -> list[CapacityPart]:
    """The parts that count on a day of the span."""
    table = GridCapacityRow
    names = ("id", "node_id", "rated_mva", "units", "valid_from", "valid_to", "overload_factor", "power_factor")
    statement = select(*(col(getattr(table, name)) for name in names)).where(
        col(table.withdrawn_at).is_(None),
        or_(col(table.valid_to).is_(None), col(table.valid_to) > span.valid_from),
        among(table.node_id, nodes),
    )
    if span.valid_to is not None:
        statement = statement.where(col(table.valid_from) < span.valid_to)
    return [CapacityPart(*row) for row in await session.execute(statement.order_by(col(table.id)))]


@dataclass(frozen=True, slots=True)
class Share:
    """Of a node's load, unmetered."""

    node: UUID
    share: float
    valid_from: date
    valid_to: date | None


async def load_shares(session: AsyncSession, span: Span, nodes: Collection[UUID]) -> list[Share]:
    table = GridUnmeteredRow
    statement = select(col(table.node_id), col(table.share), col(table.valid_from), col(table.valid_to)).where(
        or_(col(table.valid_to).is_(None), col(table.valid_to) > span.valid_from),
        among(table.node_id, nodes),
    )
    return [Share(*row) for row in await session.execute(statement)]


_FACTS: Final = "meter_index, quantity, interval_minutes, capacity_kw, valid_from, valid_to"

# By the register: the narrower code counts. Meters whose facts changed in their life are read by period.
_REGISTERED: Final = f"""
SELECT {_FACTS}, transformer_code, feeder_code FROM meter
WHERE periods <= 1 AND kind <> '{Kind.VIRTUAL.value}' AND quantity = ANY($1::text[])
    AND (transformer_code = ANY($2::text[]) OR feeder_code = ANY($3::text[]))
"""  # noqa: S608 - our own columns

_BY_PERIOD: Final = f"""
SELECT {_FACTS}, p.facts->>'transformer_code', p.facts->>'feeder_code', p.from_minute,
    lead(p.from_minute) OVER (PARTITION BY meter_id ORDER BY p.from_minute)
FROM meter JOIN meter_period AS p USING (meter_id)
WHERE periods > 1 AND kind <> '{Kind.VIRTUAL.value}' AND quantity = ANY($1::text[])
"""  # noqa: S608 - our own columns

_PLACED: Final = f"""
SELECT m.{_FACTS.replace(", ", ", m.")}, p.node_id, p.role, p.valid_from, p.valid_to
FROM grid_placement AS p JOIN meter AS m USING (meter_index)
WHERE (p.node_id = ANY($1::uuid[]) OR p.meter_index = ANY($2::int[]))
    AND (p.valid_to IS NULL OR p.valid_to > $3) AND p.valid_from <= $4
"""  # noqa: S608 - our own columns


async def load_places(session: AsyncSession, nodes: Iterable[GridNode], first: date, last: date) -> Places:
    """Which meters hang on these nodes on days from ``first`` to ``last``."""
    own = list(nodes)
    transformers = {node.code: node.id for node in own if node.kind is NodeKind.TRANSFORMER}
    feeders = {node.code: node.id for node in own if node.kind is NodeKind.FEEDER}
    connection = await bare_connection(session)
    rows: list[tuple[Any, ...]] = []
    if transformers or feeders:
        wanted = (_ACTIVE, list(transformers), list(feeders))
        for found in await connection.fetch(_REGISTERED, *wanted):
            node = transformers.get(found[6]) or feeders.get(found[7])
            if node is not None:
                rows.append((*found[:6], node, False, False, 0, NEVER))
        for found in await connection.fetch(_BY_PERIOD, _ACTIVE):
            node = transformers.get(found[6]) or feeders.get(found[7])
            if node is not None:
                # The first period counts from ever; a change within a day counts from the day after.
                start, end = found[8] // MINUTES_A_DAY, found[9]
                rows.append(
                    (*found[:6], node, False, False, start, NEVER if end is None else end // MINUTES_A_DAY)
                )
    registered = sorted({row[0] for row in rows})
    for found in await connection.fetch(_PLACED, [node.id for node in own], registered, first, last):
        span = (day_number(found[8]), NEVER if found[9] is None else day_number(found[9]))
        rows.append((*found[:6], found[6], True, found[7] == "gateway", *span))
    return _places(rows, {node.id: place for place, node in enumerate(own)})


def _places(rows: list[tuple[Any, ...]], place: dict[UUID, int]) -> Places:
    def column(index: int, kind: type[Any]) -> Any:
        return np.array([row[index] for row in rows], kind)

    quantities = [Quantity(row[1]) for row in rows]
    return Places(
        meter_index=column(0, np.int64),
        quantity=np.array([quantity.number for quantity in quantities], np.int64),
        sign=np.array([SIGNS.get(quantity, np.nan) for quantity in quantities], np.float64),
        slots=np.array([MINUTES_A_DAY // row[2] for row in rows], np.int64),
        capacity_kw=np.array([np.nan if row[3] is None else row[3] for row in rows], np.float64),
        node=np.array([place.get(row[6], -1) for row in rows], np.int64),
        is_explicit=column(7, np.bool_),
        is_gateway=column(8, np.bool_),
        first=np.maximum(column(9, np.int64), np.array([day_number(row[4]) for row in rows], np.int64)),
        end=np.minimum(
            column(10, np.int64),
            np.array([NEVER if row[5] is None else day_number(row[5]) + 1 for row in rows], np.int64),
        ),
    )
