"""What holds of a node for a time: what it hangs under, its capacities, its unmetered share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from services.energy.grid import repository
from services.energy.grid.domain.node import NodeKind, may_hang_under
from services.energy.grid.domain.spans import Span, overlapping, span_of
from services.energy.grid.domain.tree import Link, circle
from services.energy.grid.errors import (
    GridCapacityOfProject,
    GridCircle,
    GridParentOverlaps,
    GridParentUnfit,
    GridRowNotFound,
    GridShareOverlaps,
)
from services.energy.grid.service.recording import changed, check_span
from services.energy.grid.tables import GridCapacityRow, GridLinkRow, GridNodeRow, GridUnmeteredRow


@dataclass(frozen=True, slots=True)
class CapacityFacts:
    """See GridCapacityRow."""

    rated_mva: float
    valid_from: date
    reason: str
    units: int = 1
    valid_to: date | None = None
    overload_factor: float | None = None
    power_factor: float | None = None
    project_id: UUID | None = None
    project_code: str | None = None


async def hang(
    ctx: Context, row: GridNodeRow, parent_code: str, span: Span, reason: str | None, *, move: bool
) -> GridLinkRow:
    """Hang an opened node under another one. With ``move`` what it hung under until then ends on that day.

    Raises GridNodeNotFound, GridSpanInverted, GridParentUnfit, GridParentOverlaps, GridCircle.
    """
    parent = await repository.get_node(ctx.session, ctx.principal, parent_code)
    lost: list[UUID] = []
    if move:
        for link in await repository.links_of(ctx.session, row.id):
            if link.valid_from < span.valid_from and span_of(link).common(span) is not None:
                link.valid_to = span.valid_from
                lost.append(link.parent_id)
        await ctx.session.flush()
    link = await add_link(ctx, row, parent, span, reason)
    await changed(ctx, row, ["parent"], span, reason)
    # Whoever lost it is another sum from then on.
    await repository.note_touched(ctx, lost, Span(span.valid_from))
    return link


async def add_link(
    ctx: Context, row: GridNodeRow, parent: GridNodeRow, span: Span, reason: str | None
) -> GridLinkRow:
    """The link alone; the grid is locked. Raises as :func:`hang`."""
    check_span(span)
    if not may_hang_under(NodeKind(row.kind), NodeKind(parent.kind)):
        raise GridParentUnfit(
            node_code=row.code,
            kind=NodeKind(row.kind),
            parent_code=parent.code,
            parent_kind=NodeKind(parent.kind),
        )
    await _check_link(ctx, row, parent.id, span, None)
    link = GridLinkRow(
        id=ctx.new_id(),
        child_id=row.id,
        parent_id=parent.id,
        valid_from=span.valid_from,
        valid_to=span.valid_to,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(link)
    await ctx.session.flush()
    return link


async def change_link(ctx: Context, row: GridNodeRow, link_id: UUID, changes: dict[str, Any]) -> GridLinkRow:
    """Another end or reason. Raises GridRowNotFound, GridSpanInverted, GridParentOverlaps, GridCircle."""
    link = await repository.get_link(ctx.session, row.id, link_id)
    span = Span(link.valid_from, changes.get("valid_to", link.valid_to))
    check_span(span)
    await _check_link(ctx, row, link.parent_id, span, link.id)
    before = span_of(link)
    for name, value in changes.items():
        setattr(link, name, value)
    await changed(ctx, row, ["parent"], before, link.reason)
    await repository.note_touched(ctx, [link.parent_id], before)
    return link


async def remove_link(ctx: Context, row: GridNodeRow, link_id: UUID) -> None:
    """Take back a link that never was. Raises GridRowNotFound."""
    link = await repository.get_link(ctx.session, row.id, link_id)
    span, parent = span_of(link), link.parent_id
    await ctx.session.delete(link)
    await ctx.session.flush()
    await changed(ctx, row, ["parent"], span)
    await repository.note_touched(ctx, [parent], span)


async def _check_link(ctx: Context, row: GridNodeRow, parent_id: UUID, span: Span, own: UUID | None) -> None:
    others = [link for link in await repository.links_of(ctx.session, row.id) if link.id != own]
    other = overlapping(others, span)
    if other is not None:
        node = (await repository.nodes_by_id(ctx.session, [other.parent_id]))[other.parent_id]
        raise GridParentOverlaps(
            node_code=row.code,
            parent_code=node.code,
            parent_name=node.name,
            valid_from=other.valid_from,
            valid_to=other.valid_to or "…",
        )
    links = [link for link in await repository.links_touching(ctx.session, span) if link.child != row.id]
    days = circle(links, Link(row.id, parent_id, span.valid_from, span.valid_to))
    if days is not None:
        raise GridCircle(node_code=row.code, valid_from=days.valid_from, valid_to=days.valid_to or "…")


async def record_capacity(ctx: Context, row: GridNodeRow, facts: CapacityFacts) -> GridCapacityRow:
    """Add to (or, negative, take from) the capacity of a locked node. Raises GridSpanInverted."""
    part = await add_capacity(ctx, row, facts)
    await changed(ctx, row, ["capacity"], Span(facts.valid_from, facts.valid_to), facts.reason)
    return part


async def add_capacity(ctx: Context, row: GridNodeRow, facts: CapacityFacts) -> GridCapacityRow:
    """The row alone. Raises GridSpanInverted."""
    check_span(Span(facts.valid_from, facts.valid_to))
    part = GridCapacityRow(
        id=ctx.new_id(),
        node_id=row.id,
        rated_mva=facts.rated_mva,
        units=facts.units,
        overload_factor=facts.overload_factor,
        power_factor=facts.power_factor,
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
        reason=facts.reason,
        project_id=facts.project_id,
        project_code=facts.project_code,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(part)
    await ctx.session.flush()
    return part


async def change_capacity(
    ctx: Context, row: GridNodeRow, part_id: UUID, changes: dict[str, Any]
) -> GridCapacityRow:
    """Another end, or factors put right. Raises GridRowNotFound, GridSpanInverted, GridCapacityOfProject."""
    part = await _own_capacity(ctx, row, part_id)
    if part.project_id is not None and "rated_mva" in changes:
        raise GridCapacityOfProject(project_code=part.project_code or part.project_id)
    check_span(Span(part.valid_from, changes.get("valid_to", part.valid_to)))
    for name, value in changes.items():
        setattr(part, name, value)
    await changed(ctx, row, ["capacity"], Span(part.valid_from), part.reason)
    return part


async def withdraw_capacity(ctx: Context, row: GridNodeRow, part_id: UUID, reason: str) -> GridCapacityRow:
    """Take back what never was. Raises GridRowNotFound, GridCapacityOfProject."""
    part = await _own_capacity(ctx, row, part_id)
    if part.project_id is not None:
        raise GridCapacityOfProject(project_code=part.project_code or part.project_id)
    await take_back(ctx, row, part, reason)
    return part


async def take_back(ctx: Context, row: GridNodeRow, part: GridCapacityRow, reason: str) -> None:
    """The same of a locked node, whatever it came with."""
    part.withdrawn_at, part.withdrawn_reason = ctx.now, reason
    await changed(ctx, row, ["capacity"], span_of(part), reason)


async def _own_capacity(ctx: Context, row: GridNodeRow, part_id: UUID) -> GridCapacityRow:
    part = await repository.get_part(ctx.session, GridCapacityRow, row.id, part_id)
    if part.withdrawn_at is not None:
        raise GridRowNotFound(row_id=part_id)
    return part


async def record_share(ctx: Context, row: GridNodeRow, share: float, span: Span, reason: str) -> GridUnmeteredRow:
    """The unmetered share of a locked node for a time. Raises GridSpanInverted, GridShareOverlaps."""
    check_span(span)
    await _check_share(ctx, row, span, None)
    part = GridUnmeteredRow(
        id=ctx.new_id(),
        node_id=row.id,
        share=share,
        valid_from=span.valid_from,
        valid_to=span.valid_to,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(part)
    await ctx.session.flush()
    await changed(ctx, row, ["unmetered_share"], span, reason)
    return part


async def change_share(ctx: Context, row: GridNodeRow, part_id: UUID, changes: dict[str, Any]) -> GridUnmeteredRow:
    """Another end or share. Raises GridRowNotFound, GridSpanInverted, GridShareOverlaps."""
    part = await repository.get_part(ctx.session, GridUnmeteredRow, row.id, part_id)
    span = Span(part.valid_from, changes.get("valid_to", part.valid_to))
    check_span(span)
    await _check_share(ctx, row, span, part.id)
    for name, value in changes.items():
        setattr(part, name, value)
    await changed(ctx, row, ["unmetered_share"], Span(part.valid_from), part.reason)
    return part


async def remove_share(ctx: Context, row: GridNodeRow, part_id: UUID) -> None:
    """Take back a share that never was. Raises GridRowNotFound."""
    part = await repository.get_part(ctx.session, GridUnmeteredRow, row.id, part_id)
    span = span_of(part)
    await ctx.session.delete(part)
    await changed(ctx, row, ["unmetered_share"], span)


async def _check_share(ctx: Context, row: GridNodeRow, span: Span, own: UUID | None) -> None:
    known = [part for part in await repository.parts_of(ctx.session, GridUnmeteredRow, row.id) if part.id != own]
    other = overlapping(known, span)
    if other is not None:
        raise GridShareOverlaps(
            node_code=row.code, valid_from=other.valid_from, valid_to=other.valid_to or "…", share=other.share
        )
