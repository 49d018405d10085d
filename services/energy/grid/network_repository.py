"""SQL of the grid as a whole: nodes, links, capacities, shares and which meter hangs where, by columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
from services.energy.grid.domain.node import GridNode, NodeKind, PlacementRole
from services.energy.grid.domain.places import NEVER, Places
from services.energy.grid.domain.spans import Span
from services.energy.grid.repository import among
from services.energy.grid.tables import GridCapacityRow, GridNodeRow, GridUnmeteredRow
from services.energy.metering.domain.meter import Kind, Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY

# Export counts against import; a signed meter brings its sign along.
SIGNS: Final = {
    Quantity.ACTIVE_IMPORT_KW: 1.0,
    Quantity.ACTIVE_EXPORT_KW: -1.0,
    Quantity.ACTIVE_POWER_KW: 1.0,
}
_ACTIVE: Final = [quantity.value for quantity in SIGNS]
_SIGN_OF: Final = np.array([np.nan, *(SIGNS.get(quantity, np.nan) for quantity in Quantity)])


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


_NEVER: Final = f"coalesce(%s - date '1970-01-01', {NEVER})"
_NUMBERS: Final = " ".join(f"WHEN '{quantity.value}' THEN {quantity.number}" for quantity in Quantity)
# A group of meters of one node as columns of bytes: an object a meter would cost more than all the rest.
_COLUMNS: Final = f"""
    string_agg(int4send(m.meter_index), ''), string_agg(int2send((CASE m.quantity {_NUMBERS} END)::int2), ''),
    string_agg(int2send(m.interval_minutes), ''), string_agg(float8send(coalesce(m.capacity_kw, 'NaN')), ''),
    string_agg(int4send(m.valid_from - date '1970-01-01'), ''),
    string_agg(int4send({_NEVER % "(m.valid_to + 1)"}), '')
"""

# By the register: the narrower code counts. Meters whose facts changed in their life are read by period.
_REGISTERED: Final = f"""
SELECT m.transformer_code, m.feeder_code, 0, {NEVER}, {_COLUMNS} FROM meter AS m
WHERE m.periods <= 1 AND m.kind <> '{Kind.VIRTUAL.value}' AND m.quantity = ANY($1::text[])
    AND (m.transformer_code = ANY($2::text[]) OR m.feeder_code = ANY($3::text[]))
GROUP BY 1, 2
"""  # noqa: S608 - our own columns

# The first period counts from ever; a change within a day counts with that day.
_BY_PERIOD: Final = f"""
SELECT p.transformer_code, p.feeder_code, p.first, p.after, {_COLUMNS} FROM (
    SELECT meter_id, facts->>'transformer_code' AS transformer_code, facts->>'feeder_code' AS feeder_code,
        from_minute / {MINUTES_A_DAY} AS first,
        coalesce(
            lead(from_minute) OVER (PARTITION BY meter_id ORDER BY from_minute) / {MINUTES_A_DAY}, {NEVER}
        ) AS after
    FROM meter_period WHERE meter_id IN (SELECT meter_id FROM meter WHERE periods > 1)
) AS p JOIN meter AS m USING (meter_id)
WHERE m.kind <> '{Kind.VIRTUAL.value}' AND m.quantity = ANY($1::text[])
    AND (p.transformer_code = ANY($2::text[]) OR p.feeder_code = ANY($3::text[]))
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own columns

_PLACED: Final = f"""
SELECT p.node_id, p.role = '{PlacementRole.GATEWAY.value}', p.valid_from - date '1970-01-01',
    {_NEVER % "p.valid_to"}, {_COLUMNS}
FROM grid_placement AS p JOIN meter AS m USING (meter_index)
WHERE (p.node_id = ANY($1::uuid[]) OR p.meter_index = ANY($2::int[]))
    AND (p.valid_to IS NULL OR p.valid_to > $3) AND p.valid_from <= $4
GROUP BY p.node_id, p.role, p.valid_from, p.valid_to
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class _Group:
    """Meters of one node (by its place, -1 for another) and time, their facts as bytes."""

    node: int
    is_explicit: bool
    is_gateway: bool
    first: int
    end: int
    columns: tuple[bytes, ...]


async def load_places(session: AsyncSession, nodes: Iterable[GridNode], first: date, last: date) -> Places:
    """Which meters hang on these nodes on days from ``first`` to ``last``."""
    own = list(nodes)
    place = {node.id: number for number, node in enumerate(own)}
    transformers = {node.code: place[node.id] for node in own if node.kind is NodeKind.TRANSFORMER}
    feeders = {node.code: place[node.id] for node in own if node.kind is NodeKind.FEEDER}
    connection = await bare_connection(session)
    groups: list[_Group] = []
    if transformers or feeders:
        for statement in (_REGISTERED, _BY_PERIOD):
            for found in await connection.fetch(statement, _ACTIVE, list(transformers), list(feeders)):
                node = transformers.get(found[0], feeders.get(found[1], -1))
                groups.append(_Group(node, False, False, found[2], found[3], tuple(found)[4:]))
    registered = _joined(groups, 0, ">i4").tolist()
    groups += [
        _Group(place.get(found[0], -1), True, found[1], found[2], found[3], tuple(found)[4:])
        for found in await connection.fetch(_PLACED, list(place), registered, first, last)
    ]
    return _places(groups)


def _joined(groups: Sequence[_Group], column: int, kind: str) -> Any:
    return np.frombuffer(b"".join(group.columns[column] for group in groups), kind)


def _places(groups: Sequence[_Group]) -> Places:
    counts = np.array([len(group.columns[0]) // 4 for group in groups], np.int64)

    def spread(values: list[Any], kind: type[Any]) -> Any:
        return np.repeat(np.array(values, kind), counts)

    quantity = _joined(groups, 1, ">i2").astype(np.int64)
    starts = _joined(groups, 4, ">i4").astype(np.int64)
    ends = _joined(groups, 5, ">i4").astype(np.int64)
    return Places(
        meter_index=_joined(groups, 0, ">i4").astype(np.int64),
        quantity=quantity,
        sign=_SIGN_OF[quantity],
        slots=MINUTES_A_DAY // _joined(groups, 2, ">i2").astype(np.int64),
        capacity_kw=_joined(groups, 3, ">f8").astype(np.float64),
        node=spread([group.node for group in groups], np.int64),
        is_explicit=spread([group.is_explicit for group in groups], np.bool_),
        is_gateway=spread([group.is_gateway for group in groups], np.bool_),
        first=np.maximum(spread([group.first for group in groups], np.int64), starts),
        end=np.minimum(spread([group.end for group in groups], np.int64), ends),
    )
