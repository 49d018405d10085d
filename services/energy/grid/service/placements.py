"""Where meters hang, as somebody says it: one place for a load at a time, many meters for a node of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.energy.grid import placement_repository, repository
from services.energy.grid.domain.node import PlacementRole
from services.energy.grid.domain.spans import Span, overlapping
from services.energy.grid.errors import PlacementOverlaps, PlacementUnfit
from services.energy.grid.network_repository import SIGNS
from services.energy.grid.service.recording import check_span
from services.energy.grid.tables import GridNodeRow, GridPlacementRow
from services.energy.metering.domain.meter import Kind, Meter
from services.energy.metering.repository import get_visible


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """See GridPlacementRow."""

    meter_no: str
    node_code: str
    role: PlacementRole
    valid_from: date
    valid_to: date | None = None

    @property
    def span(self) -> Span:
        return Span(self.valid_from, self.valid_to)


async def place_meter(ctx: Context, facts: PlacementFacts) -> tuple[GridPlacementRow, GridNodeRow]:
    """Raises GridNodeNotFound, MeterNotFound, GridSpanInverted, PlacementUnfit, PlacementOverlaps."""
    await repository.lock_grid(ctx.session)
    meter = await get_visible(ctx.session, ctx.principal, facts.meter_no)
    node = await repository.get_node(ctx.session, ctx.principal, facts.node_code)
    known = await placement_repository.placements_of(ctx.session, [meter.meter_index])
    row = add_placement(ctx, facts, meter, node, known)
    await ctx.session.flush()
    await _touch(ctx, row)
    return row, node


def add_placement(
    ctx: Context, facts: PlacementFacts, meter: Meter, node: GridNodeRow, known: Sequence[GridPlacementRow]
) -> GridPlacementRow:
    """The row alone; ``known`` are the meter's placements. Raises GridSpanInverted and the meter's own errors."""
    check_span(facts.span)
    check_fit(meter, facts.role)
    check_alone(facts.meter_no, facts.role, facts.span, node.id, known)
    row = GridPlacementRow(
        id=ctx.new_id(),
        meter_no=meter.meter_no,
        meter_index=meter.meter_index,
        node_id=node.id,
        role=facts.role.value,
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    return row


def check_fit(meter: Meter, role: PlacementRole) -> None:
    """Raises PlacementUnfit: what is computed from others would be counted twice as a load."""
    if meter.quantity not in SIGNS or (meter.kind is Kind.VIRTUAL and role is PlacementRole.LOAD):
        raise PlacementUnfit(meter_no=meter.meter_no, quantity=meter.quantity, kind=meter.kind)


def check_alone(
    meter_no: str,
    role: PlacementRole,
    span: Span,
    node_id: UUID,
    known: Iterable[GridPlacementRow],
    own: UUID | None = None,
) -> None:
    """Raises PlacementOverlaps: a meter is one load at a time, and one node's own."""
    other = overlapping((row for row in known if row.role == role.value and row.id != own), span)
    if other is not None:
        raise PlacementOverlaps(
            meter_no=meter_no,
            role=role.value,
            valid_from=other.valid_from,
            valid_to=other.valid_to or "…",
            is_same=other.node_id == node_id,
        )


async def change_placement(
    ctx: Context, row: GridPlacementRow, node: GridNodeRow, valid_to: date | None
) -> GridPlacementRow:
    """Another end of a locked placement. Raises GridSpanInverted, PlacementOverlaps."""
    if row.valid_to == valid_to:
        return row
    span = Span(row.valid_from, valid_to)
    check_span(span)
    known = await placement_repository.placements_of(ctx.session, [row.meter_index])
    check_alone(row.meter_no, PlacementRole(row.role), span, node.id, known, row.id)
    row.valid_to = valid_to
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    await _touch(ctx, row)
    return row


async def remove_placement(ctx: Context, row: GridPlacementRow) -> None:
    """Take back a placement that never was."""
    await _touch(ctx, row)
    await ctx.session.delete(row)
    await ctx.session.flush()


async def _touch(ctx: Context, row: GridPlacementRow) -> None:
    nodes = {row.node_id, *await registered_nodes(ctx, [row.meter_index])}
    await repository.note_touched(ctx, nodes, Span(row.valid_from))


async def registered_nodes(ctx: Context, meter_indexes: Sequence[int]) -> set[UUID]:
    """The nodes that the meters' register names: they gain or lose a meter by what is said of it."""
    codes = await placement_repository.codes_of_meters(ctx.session, meter_indexes)
    return {node.id for node in (await repository.nodes_by_code(ctx.session, codes)).values()}
