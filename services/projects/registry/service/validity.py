"""Putting a rule that is data in force."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.database import DatedTable
from services.projects.registry.domain.validity import DatedT, place
from services.projects.registry.errors import ValidityForbidden
from services.projects.registry.service.recording import demand_region

RowT = TypeVar("RowT", bound=DatedTable)


async def demand_reach(ctx: Context, region_code: str | None) -> None:
    """Whether the caller may set a rule for the region, or for everywhere.

    Raises ValidityForbidden, and for a region MalformedRequest, NotFound, UnknownRegion.
    """
    if region_code is not None:
        await demand_region(ctx, region_code)
    elif not ctx.principal.is_unbound:
        raise ValidityForbidden(errors=[FieldError("rule.region_required", "/region_code")])


async def put_dated(
    ctx: Context,
    table: type[RowT],
    rows: Sequence[RowT],
    new: DatedT,
    *,
    of: Callable[[RowT], DatedT],
    values: Callable[[DatedT], dict[str, Any]],
) -> RowT:
    """Place ``new`` among the ``rows`` of its subject and region, which the caller has locked by key.

    ``of`` reads a row, ``values`` gives the columns beside region and validity. A row that stays as it was keeps
    its version. Raises ValidityNotOrdered, ValidityOverlap.
    """
    by_start = {row.valid_from: row for row in rows}
    for rule in place([of(row) for row in rows], new):
        columns = {
            **values(rule),
            "region_code": rule.region_code,
            "valid_from": rule.valid_from,
            "valid_to": rule.valid_to,
        }
        row = by_start.get(rule.valid_from)
        if row is None:
            row = table(id=ctx.new_id(), version=1, updated_at=ctx.now, **columns)
            ctx.session.add(row)
            by_start[rule.valid_from] = row
        elif any(getattr(row, name) != value for name, value in columns.items()):
            for name, value in columns.items():
                setattr(row, name, value)
            row.version += 1
            row.updated_at = ctx.now
    await ctx.session.flush()
    return by_start[new.valid_from]
