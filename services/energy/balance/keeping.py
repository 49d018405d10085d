"""What shortages are judged by: rules of regions, import limits of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, Forbidden
from services.energy.balance import due_repository, repository
from services.energy.balance.domain.levels import Edges
from services.energy.balance.domain.rules import Denominator
from services.energy.balance.errors import BalanceRuleUnordered, ImportLimitOverlaps
from services.energy.balance.tables import BalanceImportLimitRow, BalanceRuleRow
from services.energy.grid import repository as grid_repository
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.domain.spans import Span, overlapping, span_of
from services.energy.grid.service.recording import check_region, check_span, open_node
from services.energy.grid.tables import GridNodeRow


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """See BalanceRule."""

    region_code: str | None
    valid_from: date
    denominator: Denominator
    recent_days: int
    edges: Edges
    up_slots: int
    down_slots: int
    restate_points: float
    kinds: Sequence[NodeKind]
    reason: str

    def figures(self) -> dict[str, Any]:
        return {
            "denominator": self.denominator.value,
            "recent_days": self.recent_days,
            "blue_above": self.edges.blue_above,
            "yellow_above": self.edges.yellow_above,
            "orange_from": self.edges.orange_from,
            "red_from": self.edges.red_from,
            "up_slots": self.up_slots,
            "down_slots": self.down_slots,
            "restate_points": self.restate_points,
            "kinds": sorted(kind.value for kind in self.kinds),
            "reason": self.reason,
        }


async def put_rule(ctx: Context, facts: RuleFacts) -> BalanceRuleRow:
    """Put a rule in force from its first day on, until the next of its region; the one before ends there.

    Raises BalanceRuleUnordered, GridRegionInvalid, GridRegionOutOfReach, and Forbidden for a rule of everywhere by
    somebody who is bound to a region.
    """
    if not facts.edges.are_ordered:
        raise BalanceRuleUnordered(errors=[FieldError("balance.rule_unordered", "/yellow_above")])
    if facts.region_code is not None:
        check_region(ctx, facts.region_code)
    elif not ctx.principal.is_unbound:
        raise Forbidden
    await repository.lock_balances(ctx.session)
    known = sorted(
        (row for row in await repository.all_rules(ctx.session) if row.region_code == facts.region_code),
        key=lambda row: row.valid_from,
    )
    row = next((one for one in known if one.valid_from == facts.valid_from), None)
    if row is None:
        for before in [one for one in known if one.valid_from < facts.valid_from][-1:]:
            if before.valid_to is None or before.valid_to > facts.valid_from:
                before.valid_to = facts.valid_from
        row = BalanceRuleRow(
            id=ctx.new_id(),
            region_code=facts.region_code,
            valid_from=facts.valid_from,
            valid_to=next((one.valid_from for one in known if one.valid_from > facts.valid_from), None),
            version=1,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
            **facts.figures(),
        )
        ctx.session.add(row)
    else:
        for name, value in facts.figures().items():
            setattr(row, name, value)
        row.version += 1
        row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    nodes = await grid_repository.nodes_within(ctx.session, facts.region_code)
    await _recompute(ctx, nodes, span_of(row))
    return row


async def record_import_limit(
    ctx: Context, node_code: str, limit_mw: Sequence[float], span: Span, reason: str
) -> BalanceImportLimitRow:
    """What a node may import for a time. Raises GridNodeNotFound, GridSpanInverted, ImportLimitOverlaps."""
    node = await open_node(ctx, node_code)
    check_span(span)
    await _check_alone(ctx, node, span, None)
    row = BalanceImportLimitRow(
        id=ctx.new_id(),
        node_id=node.id,
        limit_mw=list(limit_mw),
        valid_from=span.valid_from,
        valid_to=span.valid_to,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _recompute(ctx, [node.id], span)
    return row


async def end_import_limit(
    ctx: Context, node_code: str, limit_id: UUID, valid_to: date | None
) -> BalanceImportLimitRow:
    """Another end. Raises GridNodeNotFound, ImportLimitNotFound, GridSpanInverted, ImportLimitOverlaps."""
    node = await open_node(ctx, node_code)
    row = await repository.get_import_limit(ctx.session, node.id, limit_id)
    span = Span(row.valid_from, valid_to)
    check_span(span)
    await _check_alone(ctx, node, span, row.id)
    row.valid_to = valid_to
    await ctx.session.flush()
    await _recompute(ctx, [node.id], Span(row.valid_from))
    return row


async def remove_import_limit(ctx: Context, node_code: str, limit_id: UUID) -> None:
    """Take back a limit that never was. Raises GridNodeNotFound, ImportLimitNotFound."""
    node = await open_node(ctx, node_code)
    row = await repository.get_import_limit(ctx.session, node.id, limit_id)
    span = span_of(row)
    await ctx.session.delete(row)
    await ctx.session.flush()
    await _recompute(ctx, [node.id], span)


async def _check_alone(ctx: Context, node: GridNodeRow, span: Span, own: UUID | None) -> None:
    known = await repository.import_limits(ctx.session, [node.id], span)
    other = overlapping([row for row in known if row.id != own], span)
    if other is not None:
        raise ImportLimitOverlaps(node_code=node.code, valid_from=other.valid_from, valid_to=other.valid_to or "…")


async def _recompute(ctx: Context, nodes: Sequence[UUID], span: Span) -> None:
    """Days that are computed already, and today."""
    today = today_of(ctx)
    pairs = await repository.computed_days(ctx.session, nodes, span)
    if span.holds(today):
        pairs += [(node, today) for node in nodes]
    await due_repository.put_due(ctx.session, pairs)
