"""What all changes of the grid share: who may, what is told, and whose figures are to be computed anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import (
    GridNodeChangedV1,
    GridNodePayload,
    GridNodeRegisteredV1,
    GridNodeRemovedV1,
)
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.grid import repository
from services.energy.grid.domain.spans import Span, in_force
from services.energy.grid.errors import GridRegionInvalid, GridRegionOutOfReach, GridSpanInverted
from services.energy.grid.tables import GridCapacityRow, GridNodeRow

# The grid's day is the standard-time day of the country.
STANDARD_MINUTES: Final = 480


async def open_node(ctx: Context, code: str) -> GridNodeRow:
    """The node, locked to be changed, after the grid: whoever changes two things takes them in this order.

    Raises GridNodeNotFound.
    """
    await repository.lock_grid(ctx.session)
    return await repository.get_node(ctx.session, ctx.principal, code, lock=True)


def check_region(ctx: Context, region_code: str) -> None:
    """Raises GridRegionInvalid, GridRegionOutOfReach."""
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("grid.region_invalid", "/region_code", {"region_code": region_code})
        raise GridRegionInvalid(region_code=region_code, errors=[fault]) from error
    if not reaches_region(ctx.principal, region_code):
        raise GridRegionOutOfReach(region_code=region_code)


def check_span(span: Span) -> None:
    """Raises GridSpanInverted."""
    if span.is_empty:
        raise GridSpanInverted(valid_from=span.valid_from, valid_to=span.valid_to)


async def registered(ctx: Context, row: GridNodeRow) -> None:
    """Tell that a node is new, once its parent and capacity are recorded."""
    payload = GridNodeRegisteredV1(**await _facts(ctx, row))
    await _tell(ctx, row, payload)


async def changed(
    ctx: Context, row: GridNodeRow, names: Sequence[str], span: Span, reason: str | None = None
) -> None:
    """Make it the next version of a locked node, tell it, and have the figures of the span computed anew."""
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    payload = GridNodeChangedV1(
        **await _facts(ctx, row), changed=tuple(names), effective_from=span.valid_from, reason=reason
    )
    await _tell(ctx, row, payload)
    await repository.note_touched(ctx, [row.id], span)


async def removed(ctx: Context, row: GridNodeRow) -> None:
    """Tell that a node is to be no more."""
    row.version += 1
    await _tell(ctx, row, GridNodeRemovedV1(**await _facts(ctx, row)))


async def _facts(ctx: Context, row: GridNodeRow) -> dict[str, object]:
    # A node that is planned ahead is told as it will be on its first day.
    day = max(today_of(ctx), row.valid_from)
    parents = in_force(await repository.links_of(ctx.session, row.id), day)
    nodes = await repository.nodes_by_id(ctx.session, [link.parent_id for link in parents])
    parts = await repository.parts_of(ctx.session, GridCapacityRow, row.id)
    own = [part.rated_mva for part in in_force(parts, day) if part.withdrawn_at is None]
    return {
        "node_id": row.id,
        "kind": row.kind,
        "code": row.code,
        "name": row.name,
        "region_code": row.region_code,
        "voltage_kv": row.voltage_kv,
        "parent_code": nodes[parents[0].parent_id].code if parents else None,
        "capacity_mva": math.fsum(own) if own else None,
        "project_id": row.project_id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


async def _tell(ctx: Context, row: GridNodeRow, payload: GridNodePayload) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
