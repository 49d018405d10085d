"""Putting a rule in force: its row beside those of the same key and region, each valid in its own time."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.database import VersionedTable
from services.projects.registry.domain.validity import RuleT, succession
from services.projects.registry.errors import RuleForbidden
from services.projects.registry.service.recording import demand_region

RowT = TypeVar("RowT", bound=VersionedTable)


async def demand_rule_region(ctx: Context, region_code: str | None) -> None:
    """Raises RuleForbidden (for everywhere, by a caller of one region), NotFound, UnknownRegion."""
    if region_code is not None:
        await demand_region(ctx, region_code)
    elif not ctx.principal.is_unbound:
        raise RuleForbidden(errors=[FieldError("rule.region_required", "/region_code")])


async def put_in_force(
    ctx: Context,
    rows: Sequence[RowT],
    new: RuleT,
    *,
    rule_of: Callable[[RowT], RuleT],
    new_row: Callable[[date], RowT],
    columns_of: Callable[[RuleT], dict[str, Any]],
) -> RowT:
    """Store ``new`` among ``rows``, which are all of its key and region, under a lock the caller holds.

    ``new_row`` makes a row of version 0 for a first day; ``columns_of`` names every other column of a rule. Only
    rows that change rise in version. Raises RuleNotOrdered, RuleOverlap.
    """
    by_start: dict[date, RowT] = {}
    known: list[RuleT] = []
    for row in rows:
        rule = rule_of(row)
        by_start[rule.valid_from] = row
        known.append(rule)
    for placed in succession(known, new):
        present = by_start.get(placed.valid_from)
        if present is None:
            present = by_start[placed.valid_from] = new_row(placed.valid_from)
            ctx.session.add(present)
        columns = columns_of(placed)
        if present.version == 0 or any(getattr(present, name) != value for name, value in columns.items()):
            for name, value in columns.items():
                setattr(present, name, value)
            present.version += 1
            present.updated_at = ctx.now
    await ctx.session.flush()
    return by_start[new.valid_from]
