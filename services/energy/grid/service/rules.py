"""What holds of the grid in a region from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from libs.common.context import Context
from libs.common.web.problems import Forbidden
from services.energy.grid import repository
from services.energy.grid.domain.spans import Span
from services.energy.grid.service.recording import check_region
from services.energy.grid.tables import GridRuleRow


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """See GridRule."""

    region_code: str | None
    valid_from: date
    power_factor: float
    overload_factor: float
    least_completeness: float
    reason: str

    def figures(self) -> dict[str, Any]:
        names = ("power_factor", "overload_factor", "least_completeness", "reason")
        return {name: getattr(self, name) for name in names}


async def put_rule(ctx: Context, facts: RuleFacts) -> GridRuleRow:
    """Put a rule in force from its first day on, until the next of its region; the one before ends there.

    A rule of the same region and day is changed. Raises GridRegionInvalid, GridRegionOutOfReach, and Forbidden for
    a rule of everywhere by somebody who is bound to a region.
    """
    if facts.region_code is not None:
        check_region(ctx, facts.region_code)
    elif not ctx.principal.is_unbound:
        raise Forbidden
    await repository.lock_grid(ctx.session)
    known = sorted(
        (row for row in await repository.all_rules(ctx.session) if row.region_code == facts.region_code),
        key=lambda row: row.valid_from,
    )
    row = next((one for one in known if one.valid_from == facts.valid_from), None)
    if row is None:
        row = GridRuleRow(
            id=ctx.new_id(),
            region_code=facts.region_code,
            valid_from=facts.valid_from,
            valid_to=next((one.valid_from for one in known if one.valid_from > facts.valid_from), None),
            version=1,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
            **facts.figures(),
        )
        before = [one for one in known if one.valid_from < facts.valid_from]
        if before and (before[-1].valid_to is None or before[-1].valid_to > facts.valid_from):
            before[-1].valid_to = facts.valid_from
        ctx.session.add(row)
    else:
        for name, value in facts.figures().items():
            setattr(row, name, value)
        row.version += 1
        row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    touched = await repository.nodes_within(ctx.session, facts.region_code)
    await repository.note_touched(ctx, touched, Span(facts.valid_from))
    return row
